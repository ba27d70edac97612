"""Whatever happens to a sample, its adapter answers: a record or a finding, never an exception, and always the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entrepot.hub.channels import ADAPTERS, adapter_of
from entrepot.hub.documents import Json
from tests.golden.hub.golden import read, samples

PAYLOADS = Path(__file__).parents[4] / "shared" / "data" / "payloads"
_PER_CHANNEL = 12
_STRANGE = st.sampled_from(
    [
        *(None, "", " ", "null", "0", 0, -1, 1.5, True, [], {}, [[]], [{}], {"a": {"b": [1]}}),
        *("x" * 300, "NaN", "1e9999", 2**70, "\x00", "\ud800", "-0.01", "一"),
        *("2026-02-30 25:61:00", "0001-01-01 00:00:00"),
    ]
)
_LENIENT = settings(
    max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@cache
def _bodies(channel: str) -> list[bytes]:
    paths = samples(channel) + (sorted((PAYLOADS / channel).glob("*.json")) if PAYLOADS.is_dir() else [])
    step = max(1, len(paths) // _PER_CHANNEL)
    return [path.read_bytes() for path in paths[::step]]


CHANNELS = [channel for channel in ADAPTERS if channel != "files"]


def _paths(document: Json, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    members = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for name, member in members:
        yield from _paths(member, (*path, name))


def _changed(document: Json, path: tuple[str | int, ...], how: str, value: Json) -> Json:
    copy = json.loads(json.dumps(document))
    place = copy
    for step in path[:-1]:
        place = place[step]
    last = path[-1]
    if how == "drop":
        del place[last]
    elif how == "rename" and isinstance(place, dict):
        place[f"{last}_"] = place.pop(last)
    elif how == "retype":
        held = place[last]
        place[last] = int(held) if isinstance(held, str) and held.isdecimal() else str(held)
    elif how == "wrap":
        place[last] = [place[last]]
    else:
        place[last] = value
    return copy


def _opened(channel: str, body: bytes) -> Json:
    """The body as its adapter decodes it, in plain JSON: inner texts are open, so that they change too."""
    document = adapter_of(channel).decode(body, {})
    return json.loads(msgspec.json.encode(document))


def _answers(channel: str, body: bytes) -> None:
    first, second = read(channel, body), read(channel, body)
    assert first.facts or first.findings
    assert (first.facts, first.findings) == (second.facts, second.findings)
    msgspec.json.encode([first.facts, first.findings])


@pytest.mark.parametrize("channel", CHANNELS)
@given(data=st.data())
@_LENIENT
def test_a_changed_field_gives_a_record_or_a_finding(channel, data):
    bodies = _bodies(channel)
    if not bodies:
        pytest.skip(f"{channel} has no samples")
    document = _opened(channel, data.draw(st.sampled_from(bodies)))
    for _ in range(data.draw(st.integers(1, 3))):
        places = list(_paths(document))
        if not places:
            break
        how = data.draw(st.sampled_from(["drop", "rename", "retype", "wrap", "replace"]))
        document = _changed(document, data.draw(st.sampled_from(places)), how, data.draw(_STRANGE))
    _answers(channel, json.dumps(document).encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("channel", CHANNELS)
@given(data=st.data())
@_LENIENT
def test_a_damaged_body_gives_a_record_or_a_finding(channel, data):
    bodies = _bodies(channel)
    if not bodies:
        pytest.skip(f"{channel} has no samples")
    body = bytearray(data.draw(st.sampled_from(bodies)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 5))] = data.draw(st.binary(max_size=3))
        if not body:
            break
    _answers(channel, bytes(body))


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(
    "body", [b"", b"null", b"0", b'""', b"[]", b"{}", b"[[]]", b"[null]", b"\xff", b"{" * 500, b"a=b"]
)
def test_a_body_of_nothing_gives_a_finding(channel, body):
    _answers(channel, body)
