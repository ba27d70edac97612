"""What it costs to let a node send some of an order's atoms, part by part."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from entrepot.orders.sourcing.atoms import Atom, Free
from entrepot.orders.sourcing.facts import Facts, NodeFacts, Parcel, RateQuote
from entrepot.orders.sourcing.ports import Rates
from entrepot.orders.sourcing.rules import LeftOut, parcel_refusal, service_refusal

NEVER: Final = 1 << 50
"""Cost of what no rule lets happen; sums of it stay within 64 bits."""

_AT_ONCE: Final = datetime.min.replace(tzinfo=UTC)


class CostParts(NamedTuple):
    """The parts of a cost in minor units; their sum is what candidates are compared by.

    Parameters
    ----------
    carrier : int
        The carrier's bill.
    handling : int
        Picking and packing.
    split : int
        For parcels beyond the first.
    load : int
        For burdening a busy node.
    markdown : int
        Markdown saved, below zero.
    stock_price : int
        What the pieces taken are worth to later orders.
    refusal : int
        Expected cost of being refused.
    """

    carrier: int = 0
    handling: int = 0
    split: int = 0
    load: int = 0
    markdown: int = 0
    stock_price: int = 0
    refusal: int = 0

    @property
    def total(self) -> int:
        """The sum of all parts."""
        return sum(self)


class ShareCosts:
    """Costs of every share (a node with a set of atoms) of one order; a set is a bit mask over the atoms.

    Parameters
    ----------
    facts : Facts
        The order.
    nodes : sequence of NodeFacts
        Those that may serve it.
    atoms : sequence of Atom
        Its atoms.
    free : mapping
        Stock by (node, sku).
    rates : Rates
        The carriers.
    """

    def __init__(
        self, facts: Facts, nodes: Sequence[NodeFacts], atoms: Sequence[Atom], free: Free, rates: Rates
    ) -> None:
        self.facts = facts
        self.nodes = nodes
        self.atoms = atoms
        self._free = free
        self._rates = rates
        self._parcels: dict[int, Parcel] = {}
        self._open = {one.node: one.parcel for one in facts.open}
        # The order's first parcel is no split; one that is being made ready is the first already.
        self.first_parcel = 0 if facts.open else facts.policy.split_penalty
        # Who makes a parcel ready has accepted.
        self.acceptance = [1.0 if node.id in self._open else node.acceptance for node in nodes]
        self._totals: dict[tuple[int, int], int] = {}
        self._able = [self._able_mask(node) for node in nodes]
        self._smallest = Parcel(1, min(atom.weight_g for atom in atoms), min(atom.volume_mm3 for atom in atoms))
        self._cut = _cut_skus(atoms)

    def total(self, node: int, mask: int) -> int:
        """Return the cost of a share, `NEVER` when it may not be; the empty share costs nothing."""
        total = self._totals.get((node, mask))
        if total is None:
            priced = self.priced(node, mask) if mask else None
            total = self._totals[node, mask] = sum(priced[0]) if priced else NEVER if mask else 0
        return total

    def row(self, node: int) -> list[int]:
        """Return the costs of all shares of a node, by mask."""
        return [self.total(node, mask) for mask in range(1 << len(self.atoms))]

    def priced(self, node: int, mask: int) -> tuple[CostParts, RateQuote] | None:
        """Return the parts of a share's cost and the carrier's service; None when it may not be.

        Notes
        -----
        ``split`` is charged to every new parcel here; a candidate gives `first_parcel` back.
        """
        found = self.carrier(node, mask)
        if found is None:
            return None
        who, parcel = self.nodes[node], self.parcel(mask)
        is_new = who.id not in self._open
        price, credit = self._worth(who.id, mask)
        parts = CostParts(
            found[0],
            who.handling_per_piece * parcel.pieces + (who.handling_per_parcel if is_new else 0),
            self.facts.policy.split_penalty if is_new else 0,
            load_cost(self.facts.policy.load_cost, who, parcel.pieces),
            -credit,
            price,
        )
        return parts, found[1]

    def carrier(self, node: int, mask: int) -> tuple[int, RateQuote] | None:
        """Return the carrier's part of a share's cost and its service; None when the share may not be."""
        if mask & ~self._able[node] or not self._has_enough(node, mask):
            return None
        who, parcel = self.nodes[node], self.parcel(mask)
        if parcel_refusal(self.facts, who, parcel) is not None:
            return None
        begun = self._open.get(who.id)
        quote = self._quote(who, parcel if begun is None else _together(parcel, begun))
        if quote is None:
            return None
        already = self._quote(who, begun) if begun is not None else None
        return quote.cost - (already.cost if already is not None else 0), quote

    def least_carrier(self, node: int) -> int:
        """Return the carrier's part for a parcel no larger than any atom; `NEVER` where nobody takes it."""
        who, begun = self.nodes[node], self._open.get(self.nodes[node].id)
        quote = self._quote(who, self._smallest if begun is None else _together(self._smallest, begun))
        already = self._quote(who, begun) if begun is not None else None
        return NEVER if quote is None else quote.cost - (already.cost if already is not None else 0)

    def beside(self) -> NDArray[np.int64]:
        """Return what shares cost beside the carrier, shape ``(n_nodes, 2 ** n_atoms)``; `NEVER` without the stock."""
        bits = bits_of(len(self.atoms))
        pieces = np.array([atom.qty for atom in self.atoms]) @ bits
        counts, places = np.unique(pieces, return_inverse=True)
        policy = self.facts.policy
        first = [0 if who.id in self._open else policy.split_penalty + who.handling_per_parcel for who in self.nodes]
        loads = [[load_cost(policy.load_cost, who, one) for one in counts.tolist()] for who in self.nodes]
        worth = [
            [self._worth_of(who.id, atom) if able >> index & 1 else 0 for index, atom in enumerate(self.atoms)]
            for who, able in zip(self.nodes, self._able, strict=True)
        ]
        table: NDArray[np.int64] = np.array([who.handling_per_piece for who in self.nodes])[:, None] * pieces
        table += np.array(first)[:, None] + np.array(loads)[:, places] + np.array(worth) @ bits
        table[(np.arange(bits.shape[1]) & ~np.array(self._able)[:, None]) != 0] = NEVER
        table[:, 0] = 0
        return table

    def parcel(self, mask: int) -> Parcel:
        """Return what the atoms of a mask make together."""
        parcel = self._parcels.get(mask)
        if parcel is None:
            chosen = [atom for index, atom in enumerate(self.atoms) if mask >> index & 1]
            parcel = self._parcels[mask] = Parcel(
                sum(atom.qty for atom in chosen),
                sum(atom.weight_g for atom in chosen),
                sum(atom.volume_mm3 for atom in chosen),
                any(atom.is_hazmat for atom in chosen),
            )
        return parcel

    def why_never(self, node: int) -> LeftOut | None:
        """Tell why a node that has some of the atoms can send none of them; None when it can."""
        who = self.nodes[node]
        found: LeftOut | None = None
        for mask in (1 << atom for atom in range(len(self.atoms))):
            if mask & ~self._able[node]:
                continue
            if self.priced(node, mask) is not None:
                return None
            found = found or self._why_not(who, self.parcel(mask))
        return found

    def _why_not(self, who: NodeFacts, parcel: Parcel) -> LeftOut | None:
        refusal = parcel_refusal(self.facts, who, parcel)
        quotes = self._rates.quote(who.id, self.facts.destination, parcel) if refusal is None else ()
        for quote in quotes:
            refusal = refusal or service_refusal(self.facts, who, quote)
        return refusal or LeftOut(who.id, "no_service", f"No carrier takes the goods from {who.id} to there.")

    def _quote(self, who: NodeFacts, parcel: Parcel) -> RateQuote | None:
        return self._best(who, self._rates.quote(who.id, self.facts.destination, parcel))

    def _best(self, who: NodeFacts, quotes: Sequence[RateQuote]) -> RateQuote | None:
        """Return the cheapest service that no rule refuses; of equals the earlier arrival, then the earlier name."""
        ranked = sorted(quotes, key=_by_cost)
        return next((quote for quote in ranked if service_refusal(self.facts, who, quote) is None), None)

    def _able_mask(self, node: NodeFacts) -> int:
        able = 0
        for index, atom in enumerate(self.atoms):
            cell = self._free.get((node.id, atom.sku))
            if cell is not None and cell.free >= atom.qty:
                able |= 1 << index
        return able

    def _has_enough(self, node: int, mask: int) -> bool:
        # Each atom alone fits (`_able`); only the cuts of one SKU can be too much together.
        for sku, cuts in self._cut:
            asked = sum(self.atoms[index].qty for index in cuts if mask >> index & 1)
            if asked and asked > self._free[self.nodes[node].id, sku].free:
                return False
        return True

    def _worth_of(self, node: str, atom: Atom) -> int:
        cell = self._free[node, atom.sku]
        return (cell.price - cell.credit) * atom.qty

    def _worth(self, node: str, mask: int) -> tuple[int, int]:
        price = credit = 0
        for index, atom in enumerate(self.atoms):
            if mask >> index & 1:
                cell = self._free[node, atom.sku]
                price += cell.price * atom.qty
                credit += cell.credit * atom.qty
        return price, credit


@lru_cache(maxsize=16)
def bits_of(atoms: int) -> NDArray[np.int64]:
    """Return which atoms are in which mask, shape ``(n_atoms, 2 ** n_atoms)``."""
    bits: NDArray[np.int64] = (np.arange(1 << atoms) >> np.arange(atoms)[:, None]) & 1
    return bits


def _together(one: Parcel, other: Parcel) -> Parcel:
    return Parcel(
        one.pieces + other.pieces,
        one.weight_g + other.weight_g,
        one.volume_mm3 + other.volume_mm3,
        one.is_hazmat or other.is_hazmat,
    )


def _by_cost(quote: RateQuote) -> tuple[int, datetime, str, str]:
    return quote.cost, quote.arrives_at or _AT_ONCE, quote.carrier, quote.service


def load_cost(per_piece: int, node: NodeFacts, pieces: int) -> int:
    """Return the cost of burdening a node: per piece, the square of its load over its capacity; half up.

    Examples
    --------
    >>> load_cost(100, NodeFacts("S-1", capacity=10, load=5), 2)
    50
    """
    if not per_piece or not node.capacity:
        return 0
    square = node.capacity * node.capacity
    return (2 * per_piece * pieces * node.load * node.load + square) // (2 * square)


def _cut_skus(atoms: Sequence[Atom]) -> list[tuple[str, list[int]]]:
    places: dict[str, list[int]] = {}
    for index, atom in enumerate(atoms):
        places.setdefault(atom.sku, []).append(index)
    return [(sku, cuts) for sku, cuts in places.items() if len(cuts) > 1]
