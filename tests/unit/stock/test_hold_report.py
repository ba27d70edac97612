"""Matching what left with what is held for it."""

from __future__ import annotations

from datetime import UTC, datetime

from entrepot.stock.hold import HoldRow
from entrepot.stock.hold_report import Gone, close

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def row(id: str, qty: int, line: str = "1", node: str = "N1", doc: str = "D", sku: str = "A") -> HoldRow:
    return HoldRow(id, 0, line, sku, node, qty, qty, 0, 0, "order", "held", None, doc, None, None, False, 0, None, NOW)


def closed(rows: list[HoldRow], *gone: Gone) -> list[tuple[str, str, int]]:
    """(hold, movement, pieces) of each change."""
    return [
        (change.after.id, change.movement or "", change.after.posted - (change.before.posted if change.before else 0))
        for change in close(rows, gone)
    ]


def test_other_documents_and_skus_are_left_alone() -> None:
    rows = [row("other doc", 2, doc="E"), row("other sku", 2, sku="B"), row("it", 2)]
    assert closed(rows, Gone("m", "D", "1", "A", "N1", 3)) == [("it", "m", 2)]


def test_the_same_line_and_node_come_first_then_the_node_then_the_line_then_any() -> None:
    rows = [row("any", 1, "9", "N9"), row("line", 1, "1", "N9"), row("node", 1, "9"), row("both", 1)]
    assert [id for id, _, _ in closed(rows, Gone("m", "D", "1", "A", "N1", 4))] == ["both", "node", "line", "any"]


def test_several_movements_share_several_holds() -> None:
    rows = [row("a", 3), row("b", 3)]
    found = closed(rows, Gone("m1", "D", None, "A", "N1", 2), Gone("m2", "D", None, "A", "N1", 3))
    assert found == [("a", "m1", 2), ("a", "m2", 1), ("b", "m2", 2)]
