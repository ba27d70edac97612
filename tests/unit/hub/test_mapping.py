"""A mapping that is wrong does not compile, and one that is right finds what it names."""

from __future__ import annotations

import pytest

from entrepot.hub.adapter import Adapter, Topic
from entrepot.hub.channels import ADAPTERS, adapter_of
from entrepot.hub.converters import Converter, iso_time, pieces, text, yuan
from entrepot.hub.documents import Json
from entrepot.hub.mapping import Field, Place, Table, compile_at, compile_path, compile_table, escaped, steps
from entrepot.kernel.errors import InputError, InvariantBroken

DOCUMENT: Json = {
    "shop": "a",
    "orders": {"order": [{"id": 1, "lines": [{"no": 7}, {"no": 8}]}, {"id": 2, "lines": {"no": 9}}]},
}


def get(path: str | tuple[str, ...], place: Place) -> Json:
    return compile_path(path)(place)


def places(at: str, value: Json = DOCUMENT) -> list[Place]:
    return list(compile_at(at)(Place(value, "", None)))


@pytest.mark.parametrize(
    ("table", "code", "says"),
    [
        (Table("ordre", id="id", fields=()), "mapping.kind", "no canonical kind 'ordre'"),
        (Table("order", id="id", fields=(Field("pries", "p", yuan),)), "mapping.field", "order has no field 'pries'"),
        (
            Table("order", id="id", fields=(Field("paid", "a", yuan), Field("paid", "b", yuan))),
            "mapping.twice",
            "twice",
        ),
        (
            Table("order", id="id", fields=(Field("paid", "a", text),)),
            "mapping.type",
            "paid is money, but text gives text",
        ),
        (Table("order", id="id", fields=(), version="at"), "mapping.version", "needs a converter of times"),
        (Table("order", id="id", fields=(), version="at", version_by=text), "mapping.version", "needs a converter"),
        (
            Table(
                "order", id="id", fields=(), parts=(Table("order_line", id="no", fields=(Field("qty", "q", yuan),)),)
            ),
            "mapping.type",
            "order_line.qty is int",
        ),
    ],
)
def test_a_wrong_mapping_does_not_compile_and_says_why(table: Table, code: str, says: str) -> None:
    with pytest.raises(InvariantBroken, match=says) as caught:
        compile_table(table)
    assert caught.value.code == code


def test_a_right_mapping_compiles_with_its_parts() -> None:
    line = Table(
        "order_line", id="no", scope="parent", at="lines[]", fields=(Field("qty", "n", pieces, required=True),)
    )
    compiled = compile_table(
        Table("order", "id", (Field("paid", "sum", yuan),), version="at", version_by=iso_time, parts=(line,))
    )
    assert [field.target for field in compiled.fields] == ["paid"]
    assert [field.required for field in compiled.parts[0].fields] == [True]


def test_objects_are_found_with_their_pointer_and_place() -> None:
    found = [(place.pointer, place.index) for place in places("orders.order[].lines[]")]
    assert found == [("/orders/order/0/lines/0", 1), ("/orders/order/0/lines/1", 2), ("/orders/order/1/lines", 1)]
    assert [place.value for place in places("orders.order[].id")] == [1, 2]
    assert places("nothing[].here") == places("shop[]") == places("missing") == []
    assert [place.pointer for place in places("[]", [1, 2])] == ["/0", "/1"]
    assert [place.value for place in places("")] == [DOCUMENT]


def test_a_path_climbs_starts_at_the_root_and_counts() -> None:
    line = places("orders.order[].lines[]")[1]
    assert get("no", line) == 8
    assert get("^.id", line) == 1
    assert get("^.^.shop", line) == get("$.shop", line) == "a"
    assert get("^.^.^.^.shop", line) is None
    assert get("#", line) == 2
    assert get("^.lines.0.no", line) == 7
    assert get("^.lines.9.no", line) is None
    assert get(".", line) == {"no": 8}
    assert get("=CNY", line) == "CNY"
    assert get(("no", "^.id", "nothing"), line) == [8, 1, None]


@pytest.mark.parametrize("name", ["a.b", "^", "$", "#", "=x", "c[]", "实付(元)", "back\\slash"])
def test_any_name_can_be_written_as_one_step(name: str) -> None:
    assert steps(escaped(name)) == [name]
    assert get(escaped(name), Place({name: 5}, "", None)) == 5


def test_a_name_with_a_slash_is_escaped_in_the_pointer() -> None:
    assert [place.pointer for place in places("a/b~c[]", {"a/b~c": [1]})] == ["/a~1b~0c/0"]


@pytest.mark.parametrize("channel", ADAPTERS)
def test_every_adapter_compiles_and_names_its_topics_once(channel: str) -> None:
    adapter = adapter_of(channel)
    names = [name for topic in adapter.topics for name in (topic.name, *topic.aliases)]
    assert len(names) == len(set(names))
    assert all(topic.tables or topic.note for topic in adapter.topics)


def test_a_channel_nobody_knows_is_told_with_those_that_are() -> None:
    with pytest.raises(InputError, match="Use one of: taobao, ") as caught:
        adapter_of("tabao")
    assert caught.value.code == "hub.unknown_channel"


def test_a_named_topic_is_believed_only_where_the_body_agrees() -> None:
    adapter = Adapter(
        "t", "T", "", "channel", 1, (Topic("a", ("x",), aliases=("made",), note="-"), Topic("b", ("y",), note="-"))
    )
    asked: list[tuple[str, Json]] = [
        ("b", {"x": 1, "y": 1}), ("made", {"x": 1, "y": 1}), ("b", {"x": 1}), ("", {"y": 1}), ("a", {"z": 1}),
    ]  # fmt: skip
    found = [adapter.topic_of(name, document) for name, document in asked]
    assert [topic.name if topic else None for topic in found] == ["b", "a", "a", "b", None]


def test_a_converter_carries_its_name_and_type() -> None:
    assert isinstance(yuan, Converter)
    assert (yuan.name, yuan.type) == ("yuan", "money")
