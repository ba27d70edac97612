"""What a channel sends is counted by path and type, and what a mapping reads of it is known."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from entrepot.hub.adapter import Adapter, RawMessage, Topic
from entrepot.hub.channels import ADAPTERS, adapter_of
from entrepot.hub.converters import ShopContext, currency, iso_time, yuan
from entrepot.hub.documents import Json
from entrepot.hub.lineage import pointer_of
from entrepot.hub.mapping import Field, Table
from entrepot.hub.observe import is_known, known_paths, observe
from entrepot.hub.translate import translate
from tests.golden.hub.golden import samples


def seen(document: Json) -> dict[tuple[str, str], int]:
    counter: Counter[tuple[str, str]] = Counter()
    observe(document, counter)
    return dict(counter)


def test_paths_and_types_are_counted() -> None:
    assert seen({"a": 1, "b": [{"c": "x"}, {"c": None}], "d": {"e": True}}) == {
        ("a", "integer"): 1,
        ("b", "list"): 1,
        ("b[].c", "text"): 1,
        ("b[].c", "null"): 1,
        ("d", "object"): 1,
        ("d.e", "flag"): 1,
    }


def test_lists_in_lists_and_a_list_at_the_top_are_walked() -> None:
    assert seen([[{"a": 1}], {"b": 2}]) == {("[][].a", "integer"): 1, ("[].b", "integer"): 1}
    assert seen("text") == {}


def test_keys_that_are_data_do_not_fill_the_memory() -> None:
    counter: Counter[tuple[str, str]] = Counter()
    observe({str(number): number for number in range(5000)}, counter)
    assert len(counter) == 2000
    observe({"1": 1}, counter)
    assert counter["1", "integer"] == 2


LINE = Table("order_line", id="no", scope="parent", at="lines[]", fields=(Field("title", "^.name"),))
ORDER = Table(
    "order",
    id="id",
    at="data.orders[]",
    version="at",
    version_by=iso_time,
    currency="money.code",
    fields=(Field("paid", "money.sum", yuan), Field("currency", "$.code", currency), Field("city", "places.0.city")),
    parts=(LINE,),
)
ADAPTER = Adapter("test", "Test", "", "channel", 1, (Topic("orders", ("data.orders",), (ORDER,)),))


@pytest.mark.parametrize(
    "path",
    ["data", "data.orders", "data.orders[]", "data.orders[].id", "data.orders[].money.sum", "data.orders[].money.code",
     "data.orders[].at", "code", "data.orders[].lines[].no", "data.orders[].name", "data.orders[].places[].city"],
)  # fmt: skip
def test_what_a_mapping_reads_is_known(path: str) -> None:
    assert is_known(path, known_paths(ADAPTER, "orders"))


def test_the_rest_is_new() -> None:
    known = known_paths(ADAPTER, "orders")
    assert not [
        path for path in ("data.orders[].novelty", "novelty", "data.orders[].lines[].name") if is_known(path, known)
    ]
    assert known_paths(ADAPTER, "another") == frozenset()


def _observed(pointer: str, document: Json) -> str:
    path = ""
    for part in pointer.split("/")[1:]:
        step = part.replace("~1", "/").replace("~0", "~")
        if isinstance(document, list):
            document, path = document[int(step)], f"{path}[]"
        else:
            document = document[step] if isinstance(document, dict) else None
            path = f"{path}.{step}" if path else step
    return path


def _unknown(channel: str, path: Path) -> set[str]:
    adapter = adapter_of(channel)
    context = ShopContext(channel, "demo", adapter.currency, adapter.zone)
    message = RawMessage(channel, "demo", "", path.read_bytes(), datetime(2026, 12, 31, tzinfo=UTC))
    said = translate(adapter, message, context)
    known = known_paths(adapter, said.topic)
    read = {
        _observed(pointer_of(compiled.field.paths, place), said.document)
        for table, place in said.places
        for compiled in table.fields
        if isinstance(compiled.field.paths, str)
        and compiled.field.paths[:1] not in {"=", "."}
        and compiled.field.paths[-1:] != "#"
        and compiled.get(place) is not None
    }
    return {one for one in read if not is_known(one, known)}


@pytest.mark.parametrize("channel", [channel for channel in ADAPTERS if samples(channel)])
def test_what_was_read_of_a_sample_is_known(channel: str) -> None:
    assert {path.name: new for path in samples(channel) if (new := _unknown(channel, path))} == {}
