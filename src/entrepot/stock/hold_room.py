"""How much room there is for a hold: a working copy of locked cells and quotas, while a batch is decided."""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from entrepot.stock.hold import SOFT, Change, HoldRow, Key
from entrepot.stock.quota import EVERYWHERE, Quota


class Cell(NamedTuple):
    """What a locked cell holds and owes.

    ``is_open`` tells whether a line without a node may be placed there.
    """

    on_hand: int
    reserved: int = 0
    allocated: int = 0
    safety: int = 0
    backorder_cap: int = 0
    is_open: bool = True

    @property
    def free(self) -> int:
        """What is there and promised to nobody; below zero when more is promised than is there."""
        return self.on_hand - self.reserved - self.allocated - self.safety


@dataclass(frozen=True, slots=True)
class Facts:
    """What a batch is decided from; all of it is locked.

    Parameters
    ----------
    cells : mapping of (SKU, node) to Cell
        Those the requests may touch, and all cells of SKUs with a quota over all nodes.
    quotas : sequence of Quota
        Those of the SKUs.
    rows : mapping of str to sequence of HoldRow
        Earlier holds under the ids of the batch, by place.
    seqs : mapping of str to int
        Newest journal entry of those.
    displaceable : sequence of HoldRow
        Open holds in the cells that give way.
    """

    cells: Mapping[Key, Cell]
    quotas: Sequence[Quota] = ()
    rows: Mapping[str, Sequence[HoldRow]] = field(default_factory=dict)
    seqs: Mapping[str, int] = field(default_factory=dict)
    displaceable: Sequence[HoldRow] = ()


class Shelf:
    """The working copy: what is free after the changes so far.

    Parameters
    ----------
    facts : Facts
        What was free at the start.
    now : datetime
        Quotas whose period holds now protect.
    """

    def __init__(self, facts: Facts, now: datetime) -> None:
        self.changes: list[Change] = []
        self._cells = dict(facts.cells)
        self._kept: dict[Key, dict[str, int]] = {}
        self._everywhere: dict[str, int] = {}
        self._open: dict[str, list[str]] | None = None
        self._yielding: defaultdict[Key, list[HoldRow]] = defaultdict(list)
        self.give_way(facts.displaceable)
        for quota in facts.quotas:
            if quota.counts(now):
                self._kept.setdefault((quota.sku, quota.node), {})[quota.channel] = quota.protected - quota.drawn
                if quota.node == EVERYWHERE:
                    self._everywhere[quota.sku] = 0
        if self._everywhere:
            for (sku, _), cell in facts.cells.items():
                if sku in self._everywhere:
                    self._everywhere[sku] += max(cell.free, 0)

    def cell(self, key: Key) -> Cell | None:
        """Return a cell as it stands now."""
        return self._cells.get(key)

    def open_nodes(self, sku: str) -> list[str]:
        """Return the nodes where a line without one may be placed: the fullest first, equal ones by name."""
        if self._open is None:
            self._open = {}
            for (one, node), cell in self._cells.items():
                if cell.is_open:
                    self._open.setdefault(one, []).append(node)
        return sorted(self._open.get(sku, ()), key=lambda node: (-self._cells[sku, node].free, node))

    def room(self, key: Key, channel: str | None, may_backorder: bool) -> int:
        """Return how many pieces of a cell a channel may still be promised.

        What is kept for others is kept in pieces that are there: where something is, nobody goes beyond what is there.
        """
        on_hand, reserved, allocated, safety, backorder_cap, _ = self._cells[key]
        free = on_hand - reserved - allocated - safety
        if self._kept:
            here = self._kept_from(key, channel)
            limit = self.limit(key[0], channel)
            if here or limit is not None:
                return max(free - here if limit is None else min(free - here, limit), 0)
        return max(free + backorder_cap if may_backorder else free, 0)

    def limit(self, sku: str, channel: str | None) -> int | None:
        """Return how many pieces a channel may be promised over all nodes; None where quotas set no limit."""
        if sku not in self._everywhere:
            return None
        kept = self._kept_from((sku, EVERYWHERE), channel)
        return self._everywhere[sku] - kept if kept else None

    def take(self, row: HoldRow, act: str = "create") -> None:
        """Hold pieces."""
        self._shift(row, row.held)
        self.changes.append(Change(None, row, act))

    def release(self, row: HoldRow, state: str, act: str) -> None:
        """Hold a row's pieces no more."""
        self._shift(row, -row.held)
        self.changes.append(Change(row, row._replace(held=0, state=row.ended(state)), act))

    def give_way(self, rows: Sequence[HoldRow]) -> None:
        """Let rows be displaced from now on."""
        for row in rows:
            insort(self._yielding[row.cell], row, key=_age)

    def displace(self, key: Key) -> bool:
        """Let the newest displaceable row of a cell give way; False where there is none."""
        if not self._yielding[key]:
            return False
        self.release(self._yielding[key].pop(), "displaced", "displace")
        return True

    def undo(self, count: int) -> None:
        """Take back all changes but the first so many."""
        while len(self.changes) > count:
            before, after, *_ = self.changes.pop()
            if before is None:
                self._shift(after, -after.held)
            else:
                self._shift(before, before.held)
                self.give_way([before])

    def _shift(self, row: HoldRow, qty: int) -> None:
        key = row.sku, row.node
        cell = self._cells[key]
        on_hand, reserved, allocated, safety, backorder_cap, is_open = cell
        if row.kind in SOFT:
            reserved += qty
        else:
            allocated += qty
        self._cells[key] = shifted = Cell(on_hand, reserved, allocated, safety, backorder_cap, is_open)
        if not self._kept:
            return
        if row.sku in self._everywhere:
            self._everywhere[row.sku] += max(shifted.free, 0) - max(cell.free, 0)
        if row.channel is not None:
            for node in (row.node, EVERYWHERE):
                kept = self._kept.get((row.sku, node), {})
                if row.channel in kept:
                    kept[row.channel] -= qty

    def _kept_from(self, key: Key, channel: str | None) -> int:
        return sum(max(rest, 0) for owner, rest in self._kept.get(key, {}).items() if owner != channel)


def _age(row: HoldRow) -> tuple[datetime, str, int]:
    return row.created_at, row.id, row.place
