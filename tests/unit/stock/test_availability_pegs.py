"""Which backorders still wait, and what they are served from."""

from __future__ import annotations

from datetime import date

from entrepot.stock.availability import Due, Supply
from entrepot.stock.availability_pegs import Backorder, Peg, peg, still_waiting

SOON, LATE = date(2026, 11, 4), date(2026, 11, 9)


def backorder(hold: str, qty: int, priority: int = 1, since: str = "2026-11-01", node: str = "DC") -> Backorder:
    return Backorder(hold, "1", node, qty, priority, since)


def supply(id: str, qty: int, due: date | None, node: str = "DC") -> Supply:
    return Supply(id, node, qty, None if due is None else Due(due, due, due))


def test_the_higher_priority_then_the_longer_wait_is_served_from_the_soonest_supply() -> None:
    pegs = peg(
        [backorder("young", 4), backorder("old", 4, since="2026-10-01"), backorder("cart", 4, priority=0)],
        [supply("late", 5, LATE), supply("soon", 5, SOON), supply("never", 1, None)],
    )
    assert pegs == [
        Peg("old", "1", "DC", "soon", 4),
        Peg("young", "1", "DC", "soon", 1),
        Peg("young", "1", "DC", "late", 3),
        Peg("cart", "1", "DC", "late", 2),
        Peg("cart", "1", "DC", "never", 1),
    ]


def test_a_supply_serves_only_its_own_node() -> None:
    assert peg([backorder("a", 2, node="S-1")], [supply("PO1", 5, SOON)]) == []


def test_stock_covers_other_holds_first_then_backorders_in_the_order_of_service() -> None:
    waiting = [backorder("young", 3), backorder("old", 3, since="2026-10-01")]
    assert still_waiting(8, 10, waiting) == [backorder("young", 2)]
    assert still_waiting(10, 10, waiting) == []
    assert still_waiting(2, 10, waiting) == [waiting[1], waiting[0]]
