"""Every value that was read from one place of a message is found there again, for every sample there is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote_plus

import pytest

from entrepot.hub.adapter import RawMessage
from entrepot.hub.channels import ADAPTERS, adapter_of
from entrepot.hub.converters import ShopContext
from entrepot.hub.documents import Json
from entrepot.hub.lineage import explain_message
from entrepot.hub.translate import translate
from tests.golden.hub.golden import samples

RECEIVED = datetime(2026, 12, 31, tzinfo=UTC)


def _readings(excerpt: str) -> set[str]:
    """What an excerpt may mean: as it stands, or unescaped, and that again for texts inside texts."""
    found = {excerpt}
    for _ in range(4):
        found |= {unquote_plus(text) for text in found} | {_unescaped(text) for text in found}
    return found


def _unescaped(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text


def _is(raw: Json, excerpt: str) -> bool:
    if isinstance(raw, bool):
        return excerpt in {"true", "false"} and raw == (excerpt == "true")
    if isinstance(raw, (int, Decimal)):
        return any(_number(reading) == raw for reading in _readings(excerpt))
    # A cell of a table is read without the blanks around it.
    return any(reading == raw or reading.strip() == str(raw).strip() for reading in _readings(excerpt))


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except ArithmeticError:
        return None


def _check(channel: str, path: Path) -> int:
    adapter = adapter_of(channel)
    context = ShopContext(channel, "demo", adapter.currency, adapter.zone)
    message = RawMessage(channel, "demo", "", path.read_bytes(), RECEIVED)
    said = translate(adapter, message, context)
    told = explain_message(adapter, message, context)
    assert (told.topic, [one.fact for one in told.records]) == (said.topic, said.facts)
    direct = 0
    for record, (table, place) in zip(told.records, said.places, strict=True):
        assert record.fields.keys() == record.fact.fields.keys()
        for compiled in table.fields:
            trace = record.fields.get(compiled.target)
            raw = compiled.get(place)
            paths = compiled.field.paths
            if (
                trace is None
                or not isinstance(paths, str)
                or paths[:1] == "="
                or paths[-1:] == "#"
                or isinstance(raw, (dict, list))
            ):
                continue
            name = f"{path.name}: {record.fact.kind}.{compiled.target} ({paths})"
            assert trace.spans, f"{name} stands nowhere: {trace.pointers}"
            ((start, end),) = trace.spans
            assert _is(raw, told.text[start:end]), f"{name}: {told.text[start:end]!r} is not {raw!r}"
            direct += 1
    return direct


@pytest.mark.parametrize("channel", [channel for channel in ADAPTERS if samples(channel)])
def test_a_value_read_from_one_place_is_found_there(channel: str) -> None:
    assert sum(_check(channel, path) for path in samples(channel)) > 10


@pytest.mark.parametrize("channel", ADAPTERS)
def test_a_value_of_a_vendors_sample_is_found_where_it_was_read(channel: str, shared_data: Path) -> None:
    folder = shared_data / "payloads" / channel
    if not folder.is_dir():
        pytest.skip(f"no vendor's samples of {channel}")
    paths = [path for path in sorted(folder.rglob("*")) if path.suffix in {".json", ".txt"} and path.is_file()]
    assert sum(_check(channel, path) for path in paths) > 0
