"""From canonical records to movements and counts."""

from datetime import UTC, datetime

import pytest

from entrepot.kernel.facts import Fact, Value
from entrepot.stock.facts import read_facts
from entrepot.stock.movement import Movement

AT = datetime(2026, 3, 1, 4, 30, tzinfo=UTC)
TEXT = "2026-03-01T04:30:00Z"


def record(kind: str = "movement", version: int = 0, **fields: Value) -> Fact:
    return Fact(kind, "erp:main:7", None, version, {"sku": "A", "qty": 3} | fields)


def moved(**fields: Value) -> Movement:
    reading = read_facts([record(valid_at=TEXT, **fields)], source_id="ff")
    assert reading.problems == []
    return reading.movements[0]


@pytest.mark.parametrize(
    ("fields", "accounts"),
    [
        ({"reason": "receipt", "to_node": "R"}, ("supplier", "on_hand", "R", "on_hand")),
        ({"reason": "sale", "from_node": "S"}, ("S", "on_hand", "customer", "on_hand")),
        ({"reason": "return", "to_node": "S", "to_state": "damaged"}, ("customer", "on_hand", "S", "damaged")),
        ({"reason": "transfer_out", "from_node": "R", "to_node": "S"}, ("R", "on_hand", "S", "in_transit")),
        ({"reason": "transfer_out", "from_node": "R"}, ("R", "on_hand", "transit", "in_transit")),
        ({"reason": "transfer_in", "from_node": "R", "to_node": "S"}, ("S", "in_transit", "S", "on_hand")),
        ({"reason": "transfer_in", "from_node": "transit", "to_node": "S"}, ("transit", "in_transit", "S", "on_hand")),
        ({"reason": "damage", "from_node": "S"}, ("S", "on_hand", "S", "damaged")),
        ({"reason": "release", "to_node": "S"}, ("S", "quality_hold", "S", "on_hand")),
        ({"reason": "scrap", "from_node": "S"}, ("S", "damaged", "scrap", "on_hand")),
        ({"reason": "count", "to_node": "S"}, ("difference", "on_hand", "S", "on_hand")),
        ({"reason": "adjustment", "to_node": "S", "qty": -3}, ("S", "on_hand", "difference", "on_hand")),
    ],
)
def test_the_side_left_unsaid_follows_from_the_reason(fields: dict[str, Value], accounts: tuple[str, ...]) -> None:
    one = moved(**fields)
    assert (one.from_node, one.from_state, one.to_node, one.to_state) == accounts
    assert one.qty == 3


def test_a_movement_keeps_its_cause() -> None:
    one = moved(reason="sale", from_node="S", doc="order-1", line="2")
    assert (one.id, one.channel, one.source_id, one.doc, one.line, one.valid_at) == (
        "erp:main:7", "erp", "ff", "order-1", "2", AT,
    )  # fmt: skip


def test_an_absolute_stock_fact_is_a_count_of_its_version() -> None:
    reading = read_facts([record("stock_fact", 99, location="S", mode="absolute", as_of=TEXT)])
    (one,) = reading.counts
    assert (one.id, one.node, one.state, one.qty, one.as_of) == ("erp:main:7@99", "S", "on_hand", 3, AT)


def test_a_stock_fact_without_version_is_named_by_its_moment() -> None:
    (one,) = read_facts([record("stock_fact", location="S", as_of=TEXT)]).counts
    assert one.id == "erp:main:7@1772339400000000"


@pytest.mark.parametrize(
    ("cause", "qty", "reason", "accounts"),
    [
        ("sale", -2, "sale", ("S", "customer")),
        ("sale", 2, "adjustment", ("difference", "S")),
        ("return", 2, "return", ("customer", "S")),
        ("receipt", 2, "receipt", ("supplier", "S")),
        ("shrink", -2, "adjustment", ("S", "difference")),
    ],
)
def test_a_change_of_stock_is_a_movement(cause: str, qty: int, reason: str, accounts: tuple[str, str]) -> None:
    fact = record("stock_fact", 99, location="S", mode="delta", as_of=TEXT, cause=cause, qty=qty)
    (one,) = read_facts([fact]).movements
    assert (one.reason, one.qty, (one.from_node, one.to_node)) == (reason, 2, accounts)


def test_a_record_without_time_falls_back_to_its_version_then_to_when_it_was_heard() -> None:
    versioned = record(version=1_772_339_400_000_000, reason="sale", from_node="S")
    assert read_facts([versioned]).movements[0].valid_at == AT
    assert read_facts([record(reason="sale", from_node="S")], heard_at=AT).movements[0].valid_at == AT


@pytest.mark.parametrize(
    ("fact", "code"),
    [
        (record(reason="magic", valid_at=TEXT), "stock.reason"),
        (record(reason="sale", from_node="S"), "stock.valid_at"),
        (record(reason="sale", from_node="S", valid_at="yesterday"), "stock.valid_at"),
        (record(reason="sale", valid_at=TEXT, from_node="S", qty=None), "stock.qty"),
        (record(reason="sale", valid_at=TEXT, from_node="S", qty=-1), "stock.movement"),
        (record(reason="sale", valid_at=TEXT), "stock.movement"),
        (record("stock_fact", location="S", bucket="available", as_of=TEXT), "stock.bucket"),
        (record("stock_fact", as_of=TEXT), "stock.count"),
    ],
)
def test_a_record_that_cannot_be_booked_is_a_problem_alone(fact: Fact, code: str) -> None:
    reading = read_facts([fact, record(reason="sale", valid_at=TEXT, from_node="S")])
    assert [(one.fact, one.code) for one in reading.problems] == [("erp:main:7", code)]
    assert len(reading.movements) == 1


def test_other_kinds_are_passed_over() -> None:
    reading = read_facts([Fact("order", "erp:main:1", None, 1, {})])
    assert (reading.movements, reading.counts, reading.problems) == ([], [], [])
