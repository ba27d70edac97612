"""Orders that wait for their release, decided again together.

Scarce stock changes hands, and orders of one buyer travel together. Every order offers its candidates as columns, two
orders of one buyer also those of both as one; an integer program picks one column an order within the stock and
capacity they share. What the orders hold now is among the columns, so the plan is never worse than that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final, NamedTuple

import msgspec
import numpy as np

from entrepot.orders.sourcing.acceptance import expected_refusals
from entrepot.orders.sourcing.decide import decide
from entrepot.orders.sourcing.decision import Candidate
from entrepot.orders.sourcing.facts import Cell, Facts
from entrepot.orders.sourcing.ports import Rates
from entrepot.orders.sourcing.selection import Column, Selected, select
from entrepot.orders.sourcing.snapshot import RecordingRates, Told, ToldRates

MOST_TOGETHER: Final = 4
"""Candidates of two orders together that are offered."""


class Holding(NamedTuple):
    """Pieces of a SKU held at a node."""

    node: str
    sku: str
    qty: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order that waits, with what it holds.

    Parameters
    ----------
    facts : Facts
        As for a decision; neither ``free`` nor the nodes' ``load`` counts what the orders of the batch hold: what is
        free is what anybody may take beside that.
    held : tuple of Holding
        What is held for it: all of its pieces, one entry a node and SKU.
    buyer : str
        Equal for orders of one channel that may travel together: one buyer, one address; empty for none.
    """

    facts: Facts
    held: tuple[Holding, ...]
    buyer: str = ""


class Plan(NamedTuple):
    """The batch's answer.

    Parameters
    ----------
    chosen : dict of order to Candidate
        One for each order; where orders travel together, each has its own lines and the cost of all.
    together : tuple of tuple of str
        Orders that travel together.
    moved : tuple of str
        Orders whose nodes change.
    before, after : int
        Cost of what was held, and of the plan; ``after`` is never the larger.
    bound : float
        No choice among the candidates costs less.
    """

    chosen: dict[str, Candidate]
    together: tuple[tuple[str, ...], ...]
    moved: tuple[str, ...]
    before: int
    after: int
    bound: float


def reoptimise(waiting: Sequence[Waiting], rates: Rates) -> Plan:
    """Decide waiting orders together.

    Parameters
    ----------
    waiting : sequence of Waiting
        Orders of one moment: their facts carry the same prices and the same free stock.
    rates : Rates
        The carriers.

    Returns
    -------
    Plan
        Optimal among the candidates up to the solver's node limit; `Plan.bound` says how far it can be off.

    Notes
    -----
    An order whose holding no longer passes the rules has no cost to compare with, and is left out: it needs a decision
    of its own.
    """
    pool = _pool(waiting)
    columns: list[Column] = []
    offers: list[Column] = []
    for one in waiting:
        offered = _offered(one.facts, pool, rates)
        held = _as_held(one, offered, rates)
        if held is not None:
            columns.append(_column((one.facts.order,), held))
            offers.extend(_column((one.facts.order,), candidate) for candidate in offered)
    start = list(range(len(columns)))
    known = {column.orders[0] for column in columns}
    kept = [one for one in waiting if one.facts.order in known]
    for pair in _pairs(kept):
        orders = tuple(one.facts.order for one in pair)
        joint = _offered(_joined([one.facts for one in pair]), pool, rates)[:MOST_TOGETHER]
        offers.extend(_column(orders, candidate) for candidate in joint)
    columns += offers
    selected = select(columns, pool, _capacity(kept), start)
    return _plan(kept, columns, selected, len(start))


class BatchSnapshot(NamedTuple):
    """All that a plan rests on."""

    waiting: tuple[Waiting, ...]
    told: tuple[Told, ...]


def plan_and_record(waiting: Sequence[Waiting], rates: Rates) -> tuple[Plan, bytes]:
    """Decide waiting orders together, and write down what the plan rests on."""
    recording = RecordingRates(rates)
    plan = reoptimise(waiting, recording)
    return plan, msgspec.json.encode(BatchSnapshot(tuple(waiting), recording.told()))


def plan_again(snapshot: bytes | str) -> Plan:
    """Decide again from what was known then."""
    kept = msgspec.json.decode(snapshot, type=BatchSnapshot)
    return reoptimise(kept.waiting, ToldRates(kept.told))


def _pool(waiting: Sequence[Waiting]) -> dict[tuple[str, str], int]:
    """Return what the orders may share: free stock, seen alike by all, and what they hold."""
    pool = {(cell.node, cell.sku): max(0, cell.free) for one in waiting for cell in one.facts.stock}
    for one in waiting:
        for node, sku, qty in one.held:
            pool[node, sku] = pool.get((node, sku), 0) + qty
    return pool


def _capacity(waiting: Sequence[Waiting]) -> dict[str, int]:
    """Return what nodes can work off: never less than they have been given already."""
    limits = {node.id: node.capacity_left for one in waiting for node in one.facts.nodes}
    return {node: max(left, _held_at(waiting, node)) for node, left in limits.items() if left is not None}


def _as_held(one: Waiting, offered: Sequence[Candidate], rates: Rates) -> Candidate | None:
    held = as_held(one.facts, one.held, rates)
    return None if held is None else _with_refusals(held, offered, one.facts)


def as_held(facts: Facts, held: Sequence[Holding], rates: Rates) -> Candidate | None:
    """Price what an order holds, refusals apart: with that stock alone there is one way to serve it."""
    known = {(cell.node, cell.sku): cell for cell in facts.stock}
    cells = tuple(known.get((node, sku), Cell(node, sku, 0))._replace(free=qty) for node, sku, qty in held)
    nodes = tuple(replace(node, acceptance=1.0, capacity=None) for node in facts.nodes)
    return decide(replace(facts, stock=cells, nodes=nodes), rates).chosen


def _with_refusals(held: Candidate, offered: Sequence[Candidate], facts: Facts) -> Candidate:
    """Add what refusals are expected to cost, by the same ways out that the offered candidates have."""
    ways = [held, *offered]
    totals = np.array([way.total - way.cost.refusal for way in ways], dtype=np.int64)
    used = np.array([[node.id in way.nodes for way in ways] for node in facts.nodes], dtype=np.bool_)
    refusal = int(expected_refusals(totals, used, [node.acceptance for node in facts.nodes], facts.policy)[0])
    return held._replace(total=held.total + refusal, cost=held.cost._replace(refusal=refusal))


def _offered(facts: Facts, pool: Mapping[tuple[str, str], int], rates: Rates) -> tuple[Candidate, ...]:
    cells = tuple(cell._replace(free=pool[cell.node, cell.sku]) for cell in facts.stock)
    return decide(replace(facts, stock=cells), rates).candidates


def _pairs(waiting: Sequence[Waiting]) -> list[tuple[Waiting, Waiting]]:
    buyers: dict[tuple[str, str | None], list[Waiting]] = {}
    for one in waiting:
        if one.buyer and not one.facts.open:
            buyers.setdefault((one.buyer, one.facts.channel), []).append(one)
    return [pair for orders in buyers.values() for pair in combinations(orders, 2)]


def _joined(parts: Sequence[Facts]) -> Facts:
    """Make one order of several: all lines, all cells, the strictest promise, every node that refused one of them."""
    first = parts[0]
    items = tuple(item._replace(line=f"{part.order}\t{item.line}") for part in parts for item in part.items)
    stock = {(cell.node, cell.sku): cell for part in parts for cell in part.stock}
    return replace(
        first,
        order="\t".join(part.order for part in parts),
        items=items,
        stock=tuple(stock.values()),
        leave_by=min((part.leave_by for part in parts if part.leave_by is not None), default=None),
        promised_at=min((part.promised_at for part in parts if part.promised_at is not None), default=None),
        barred=tuple(sorted({node for part in parts for node in part.barred})),
    )


def uses_of(candidate: Candidate) -> dict[tuple[str, str], int]:
    """Return the stock a candidate takes, by (node, sku)."""
    uses: dict[tuple[str, str], int] = {}
    for share in candidate.shares:
        for pick in share.picks:
            uses[share.node, pick.sku] = uses.get((share.node, pick.sku), 0) + pick.qty
    return uses


def _column(orders: tuple[str, ...], candidate: Candidate) -> Column:
    return Column(orders, candidate, candidate.total, uses_of(candidate))


def _held_at(waiting: Sequence[Waiting], node: str) -> int:
    return sum(holding.qty for one in waiting for holding in one.held if holding.node == node)


def _plan(waiting: Sequence[Waiting], columns: Sequence[Column], selected: Selected, held: int) -> Plan:
    chosen: dict[str, Candidate] = {}
    together = []
    for column in (columns[index] for index in selected.columns):
        if len(column.orders) > 1:
            together.append(column.orders)
        for order in column.orders:
            chosen[order] = column.candidate if len(column.orders) == 1 else _part(column.candidate, order)
    moved = tuple(
        one.facts.order
        for one in waiting
        if uses_of(chosen[one.facts.order]) != {(node, sku): qty for node, sku, qty in one.held}
    )
    before = sum(column.cost for column in columns[:held])
    after = sum(columns[index].cost for index in selected.columns)
    return Plan(chosen, tuple(together), moved, before, after, selected.bound)


def _part(candidate: Candidate, order: str) -> Candidate:
    """Return the part of a joint candidate that is one order's: its picks; the costs stay those of the whole."""
    prefix = f"{order}\t"
    shares = []
    for share in candidate.shares:
        picks = tuple(
            pick._replace(line=pick.line.removeprefix(prefix)) for pick in share.picks if pick.line.startswith(prefix)
        )
        if picks:
            shares.append(share._replace(picks=picks))
    return candidate._replace(nodes=tuple(share.node for share in shares), shares=tuple(shares))
