"""Closing holds by what others report: goods left, and the promise they were kept for is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from entrepot.stock.hold import Change, HoldRow
from entrepot.stock.hold_change import left


class Gone(NamedTuple):
    """Pieces that left for a document, and close no hold yet."""

    movement: str
    doc: str
    line: str | None
    sku: str
    node: str
    qty: int


# The nearest likeness first: a warehouse may name its own lines, or ship from another node than was promised.
_LIKENESSES: Final[tuple[Callable[[HoldRow, Gone], bool], ...]] = (
    lambda row, gone: row.node == gone.node and row.line == gone.line,
    lambda row, gone: row.node == gone.node,
    lambda row, gone: row.line == gone.line,
    lambda row, gone: True,
)


def close(rows: Sequence[HoldRow], gone: Sequence[Gone]) -> list[Change]:
    """Match what left with what is held for the same document and SKU.

    Parameters
    ----------
    rows : sequence of HoldRow
        Open ones, the oldest first.
    gone : sequence of Gone
        In the order in which they left.

    Returns
    -------
    list of Change
        Same line and node first, then same node, same line, any. What finds no hold is left over.
    """
    open_rows = list(rows)
    missing = [one.qty for one in gone]
    changes = []
    for is_like in _LIKENESSES:
        for number, one in enumerate(gone):
            for place, row in enumerate(open_rows):
                qty = min(missing[number], row.held)
                if qty and (row.doc, row.sku) == (one.doc, one.sku) and is_like(row, one):
                    change = left(row, qty, one.movement)
                    changes.append(change)
                    open_rows[place] = change.after
                    missing[number] -= qty
    return changes
