"""Changes of a hold: what each act does, what it refuses, and what twice of it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from entrepot.kernel.outcome import Outcome
from entrepot.stock.hold import REASONS, Change, Held, HoldRow, Part, Placement
from entrepot.stock.hold_change import Changes, confirm, expire, extend, left, move, movement_of, post, unknown, void
from entrepot.stock.hold_room import Cell, Facts, Shelf

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def row(place: int = 0, line: str = "1", node: str = "N1", qty: int = 5, **more: object) -> HoldRow:
    plain = HoldRow(
        "h", place, line, "A", node, qty, qty, 0, 0, "order", "held", "web", "D", None, None, False, 7, None, NOW
    )  # fmt: skip
    return plain._replace(**more)  # type: ignore[arg-type]


CELLS = {("A", node): Cell(20, allocated=5) for node in ("N1", "N2", "N3")}
GONE = [row(held=0, posted=5, state="posted")]
VOIDED = [row(held=0, state="voided")]


def brief(decided: Changes | Outcome[Held]) -> object:
    """The refusal's reason, the state of what was done already, or (node, held, posted, state) of each change."""
    if isinstance(decided, Outcome):
        if decided.refusal is not None:
            assert decided.refusal.reason in REASONS
            return decided.refusal.reason
        return decided.value.state if decided.value is not None else None
    return [(one.after.node, one.after.held, one.after.posted, one.after.state) for one in decided]


def test_a_hold_is_released_whole_or_in_part() -> None:
    rows = [row(), row(1, node="N2", qty=3), row(2, "2", qty=2)]
    assert brief(void(rows, None)) == [("N1", 0, 0, "voided"), ("N2", 0, 0, "voided"), ("N1", 0, 0, "voided")]
    assert brief(void(rows, [Part("1", 6)])) == [("N1", 0, 0, "voided"), ("N2", 2, 0, "held")]
    assert brief(void(rows, [Part("1", 2, "N2"), Part("2")])) == [("N2", 1, 0, "held"), ("N1", 0, 0, "voided")]
    assert brief(void(rows, [Part("1", 1), Part("1", 1)])) == [("N1", 3, 0, "held")]


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ([Part("9")], "unknown_part"),
        ([Part("1", None, "N9")], "unknown_part"),
        ([Part("1", 9)], "too_many"),
        ([Part("1", 0)], "too_many"),
        ([Part("1", 4), Part("1", 5)], "too_many"),
    ],
)
def test_a_part_it_has_not_is_refused(parts: list[Part], reason: str) -> None:
    rows = [row(), row(1, node="N2", qty=3)]
    assert brief(void(rows, parts)) == reason
    assert brief(post(rows, parts, CELLS)) == reason


def test_releasing_twice_is_releasing_once_but_what_left_does_not_come_back() -> None:
    assert brief(void(VOIDED, None)) == "voided"
    assert brief(void([row(held=0, state="expired")], None)) == "expired"
    assert brief(void(GONE, None)) == "over"


def test_goods_leave_whole_or_in_part_and_each_time_by_a_movement_of_its_own() -> None:
    some = post([row()], [Part("1", 2)], CELLS)
    assert brief(some) == [("N1", 3, 2, "held")]
    assert isinstance(some, list)
    rest = post([some[0].after], None, CELLS)
    assert brief(rest) == [("N1", 0, 5, "posted")]
    assert isinstance(rest, list)
    assert (some[0].movement, rest[0].movement) == ("hold/h/0@0", "hold/h/0@2")
    sale = movement_of(rest[0], NOW, "ann")
    assert (sale.qty, sale.reason, sale.to_node, sale.doc, sale.line, sale.channel) == (
        3, "sale", "customer", "D", "1", "web",
    )  # fmt: skip


def test_a_transfer_leaves_for_its_node() -> None:
    decided = post([row(kind="transfer", to_node="N7", doc=None)], None, CELLS)
    assert isinstance(decided, list)
    sent = movement_of(decided[0], NOW, None)
    assert (sent.reason, sent.to_node, sent.to_state, sent.doc) == ("transfer_out", "N7", "in_transit", "h")


def test_only_firm_holds_are_posted_and_only_what_is_there() -> None:
    assert brief(post([row(kind="cart")], None, CELLS)) == "not_firm"
    assert brief(post([row()], None, {("A", "N1"): Cell(4)})) == "short"
    assert brief(post([row(), row(1, "2")], None, {("A", "N1"): Cell(9)})) == "short"
    assert brief(post(GONE, None, CELLS)) == "posted"
    assert brief(post(GONE, [Part("1", 1)], CELLS)) == "over"
    assert brief(post(VOIDED, None, CELLS)) == "over"


def test_a_cart_becomes_an_order_that_does_not_expire() -> None:
    decided = confirm([row(kind="cart", expires_at=NOW)])
    assert isinstance(decided, list)
    assert [(one.after.kind, one.after.expires_at) for one in decided] == [("order", None)]
    assert confirm([row()]) == []
    assert brief(confirm([row(kind="transfer", to_node="N2")])) == "not_soft"
    assert brief(confirm(VOIDED)) == "over"


def test_a_time_is_put_off() -> None:
    decided = extend([row(kind="cart", expires_at=NOW + HOUR)], NOW + 2 * HOUR, NOW)
    assert isinstance(decided, list)
    assert decided[0].after.expires_at == NOW + 2 * HOUR
    assert extend([row(expires_at=NOW + HOUR)], NOW + HOUR, NOW) == []
    assert isinstance(extend([row(expires_at=NOW + HOUR)], None, NOW), list)
    assert brief(extend([row(kind="cart", expires_at=NOW + HOUR)], None, NOW)) == "expired"
    assert brief(extend([row()], NOW, NOW)) == "expired"
    assert brief(extend([row()], NOW.replace(year=9999), NOW)) == "expired"
    assert brief(extend(VOIDED, NOW + HOUR, NOW)) == "over"


def test_only_what_is_due_expires() -> None:
    assert brief(expire([row(expires_at=NOW), row(1, expires_at=NOW + HOUR), row(2)], NOW)) == [("N1", 0, 0, "expired")]
    assert brief(expire([row(qty=9, held=3, posted=2, expires_at=NOW)], NOW)) == [("N1", 0, 2, "posted")]


def moved(rows: list[HoldRow], *placements: Placement, **free: int) -> object:
    cells = {("A", node): Cell(qty, allocated=sum(one.held for one in rows if one.node == node))
             for node, qty in free.items()}  # fmt: skip
    return brief(move(rows, placements, Shelf(Facts(cells), NOW)))


def test_a_line_is_placed_anew_and_others_stay() -> None:
    rows = [row(), row(1, "2", qty=1)]
    assert moved(rows, Placement("1", "A", "N2", 3), Placement("1", "A", "N1", 2), N1=6, N2=3) == [
        ("N1", 0, 0, "moved"),
        ("N2", 3, 0, "held"),
        ("N1", 2, 0, "held"),
    ]


def test_a_move_that_does_not_fit_is_refused() -> None:
    rows = [row()]
    assert moved(rows, Placement("1", "A", "N2", 5), N1=5, N2=4) == "short"
    assert moved(rows, Placement("1", "A", "N2", 4), N1=5, N2=9) == "quantity"
    assert moved(rows, Placement("1", "A", "N2", 6), Placement("1", "A", "N1", -1), N1=5, N2=9) == "quantity"
    assert moved(rows, Placement("1", "B", "N2", 5), N1=5, N2=9) == "unknown_part"
    assert moved(rows, Placement("2", "A", "N2", 5), N1=5, N2=9) == "unknown_part"
    assert moved(rows, Placement("1", "A", "N9", 5), N1=5) == "unknown_cell"
    assert moved(VOIDED, Placement("1", "A", "N2", 5), N1=5, N2=9) == "over"


def test_what_is_overcommitted_may_stay_where_it_is_but_no_more_may_come() -> None:
    rows = [row(), row(1, node="N2", qty=2)]
    stays = [Placement("1", "A", "N1", 5), Placement("1", "A", "N2", 2)]
    assert moved(rows, *stays, N1=1, N2=1) != "short"
    assert moved(rows, Placement("1", "A", "N1", 6), Placement("1", "A", "N2", 1), N1=5, N2=2) == "short"


def test_an_unknown_hold_is_named() -> None:
    assert brief(unknown("x")) == "unknown"


def test_what_left_by_a_report_names_the_movement() -> None:
    assert left(row(), 5, "sale-1") == Change(row(), row(held=0, posted=5, state="posted"), "post", "sale-1")
