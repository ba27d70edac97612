"""The cheapest assignment among many nodes, proven without asking the carriers about every share.

With 43 nodes and five atoms there are 1,333 shares, and carriers' quotes take most of a decision's time. What a share
costs beside the carrier is known at once; a parcel is carried for no less than the smallest there could be and, for
nodes that promise something, than the dearest of its atoms alone: a floor under every share. A depth-first search
gives blocks of atoms to nodes, lowest floor first, prices a share only when it is reached, and leaves a branch as soon
as its floor is above the best that was found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from entrepot.orders.sourcing.acceptance import expected_refusal
from entrepot.orders.sourcing.cost import NEVER, ShareCosts, bits_of

Masks: TypeAlias = tuple[tuple[int, int], ...]
"""``(node, atoms)`` by node; atoms as a bit mask, none empty."""

MOST_ATOMS: Final = 8
"""Of an order that is searched: with more, the ways to cut it into blocks are too many."""

MOST_VISITS: Final = 20_000
"""Shares looked at; beyond, the best that was found is not proven."""

MORE_VISITS: Final = 40
"""Shares looked at for further candidates once the cheapest is proven."""

MOST_SINGLE: Final = 12
"""Nodes asked for the whole order before the search."""

_FEW: Final = 4

_TIES: Final = 16
"""Costs are counted in sixteenths here, and each parcel counts as one: of equals the one with fewer nodes is found."""

_NEVER: Final = NEVER * _TIES
_OUT_OF_REACH: Final = _NEVER // 2  # what may not be stays above it, whatever else is saved


_Worth: TypeAlias = Callable[[int, tuple[int, ...]], int]


def _itself(total: int, nodes: tuple[int, ...]) -> int:
    return total


class Search:
    """The search of one order.

    Parameters
    ----------
    costs : ShareCosts
        Prices each share.

    Attributes
    ----------
    seen : dict of node tuple to (int, Masks)
        Node sets met, each with the least cost seen of it: of those up to the cheapest that cost is their least.

    Notes
    -----
    Proven while a parcel with more in it costs no less; `entrepot.delivery.rates.falls` tells at import which cards
    break that. Where a share that is priced does, every share is priced and the search begins again with exact costs
    for floors, which assumes nothing; if it is noticed only among the ways out of a refusal, nothing is proven.
    """

    def __init__(self, costs: ShareCosts) -> None:
        self._costs = costs
        self._full = (1 << len(costs.atoms)) - 1
        beside = costs.beside()
        self._beside = np.where(beside < NEVER, beside * _TIES + 1, _NEVER)
        self._exact: dict[tuple[int, int], int] = {}
        self._is_monotone = True
        self._visits = 0
        self.seen: dict[tuple[int, ...], tuple[int, Masks]] = {}
        self._floor = self._under_all()
        self._find()
        if not self._is_monotone:
            self._floor = np.array(
                [[self._price(node, mask) for mask in range(self._full + 1)] for node in range(len(costs.nodes))],
                dtype=np.int64,
            )
            self._is_monotone = True
            self._find()

    @property
    def is_proven(self) -> bool:
        """Whether no assignment costs less than the cheapest seen."""
        return self._is_monotone and self._visits < MOST_VISITS

    def refusals(self) -> dict[tuple[int, ...], int]:
        """Return what refusals add to each set seen, once those that may then be the cheapest are seen too.

        Notes
        -----
        Refusals never make a set cheaper, and leave one alone whose nodes are sure. So only where the cheapest set
        asks an unsure node is there more to look for: ways out without that node, and sets that cost less than the
        cheapest set with its refusals.
        """
        if not self.seen:
            return {}
        costs, policy = self._costs, self._costs.facts.policy
        cheapest = min(self.seen, key=lambda nodes: (self.seen[nodes][0], len(nodes), nodes))
        least = self.seen[cheapest][0]
        unsure = [node for node in cheapest if costs.acceptance[node] < 1]
        without = [least] * len(costs.nodes)
        for node in unsure:
            self._walk(self._floor, None, node)
            without[node] = min((total for nodes, (total, _) in self.seen.items() if node not in nodes), default=NEVER)

        def added(total: int, nodes: tuple[int, ...]) -> int:
            return expected_refusal(total, ((costs.acceptance[node], without[node]) for node in nodes), policy)

        if unsure:
            # A set's cost with refusals is convex in its cost without them: at the ends of a range it is largest.
            def highest(total: int, nodes: tuple[int, ...]) -> int:
                return max(total + added(total, nodes), least + added(least, nodes))

            extra = [_TIES * int((1 - rate) * policy.refusal_cost) for rate in costs.acceptance]
            self._walk(self._floor + np.array(extra, dtype=np.int64)[:, None], extra, -1, highest)
        self._look_further()
        return {nodes: added(total, nodes) for nodes, (total, _) in self.seen.items()}

    def bound(self) -> int:
        """Return a cost that no assignment is below."""
        return _rest(self._floor.min(axis=0).tolist())[self._full] // _TIES

    def passed(self) -> list[tuple[int, int]]:
        """List nodes that could send something and are in no set seen, with the least cost of any set with them."""
        met = {node for nodes in self.seen for node in nodes}
        at_best = self._at_best().tolist()
        return [(node, one // _TIES) for node, one in enumerate(at_best) if node not in met and one < _OUT_OF_REACH]

    def _under_all(self) -> NDArray[np.int64]:
        """Return the first floor: what a share costs beside the carrier, and the smallest parcel there could be."""
        least = np.array([self._costs.least_carrier(node) for node in range(len(self._costs.nodes))], dtype=np.int64)
        floor: NDArray[np.int64] = np.minimum(self._beside + _TIES * least[:, None], _NEVER)
        floor[:, 0] = 0
        return floor

    def _raise_floors(self) -> None:
        """Price the atoms of the promising nodes alone: a parcel is carried for no less than the dearest of them."""
        limit = self._limit(-1, _itself)
        promising = np.flatnonzero(self._at_best() < limit)
        atoms = np.array([1 << atom for atom in range(len(self._costs.atoms))])
        alone = np.array([[self._price(node, atom) for atom in atoms.tolist()] for node in promising.tolist()])
        if len(promising):
            carrier = np.where(alone < _NEVER, alone - self._beside[promising][:, atoms], _NEVER)
            dearest = (carrier[:, :, None] * bits_of(len(atoms))).max(axis=1)
            raised = np.minimum(self._beside[promising] + dearest, _NEVER)
            self._floor[promising] = np.maximum(self._floor[promising], raised)

    def _at_best(self) -> NDArray[np.int64]:
        """Return the least cost of any way with a node in it, shape ``(n_nodes,)``."""
        rest = np.array(_rest(self._floor.min(axis=0).tolist()), dtype=np.int64)
        masks = np.arange(1, self._full + 1)
        best: NDArray[np.int64] = (self._floor[:, masks] + rest[self._full & ~masks]).min(axis=1)
        return best

    def _price(self, node: int, mask: int) -> int:
        known = self._exact.get((node, mask))
        if known is None:
            beside = int(self._beside[node, mask])
            found = self._costs.carrier(node, mask) if mask and beside < _NEVER else None
            known = _NEVER if found is None else beside + _TIES * found[0]
            self._exact[node, mask] = known = known if mask else 0
            self._is_monotone &= known >= int(self._floor[node, mask])
        return known

    def _find(self) -> None:
        """Find the least cost; what a few nodes would ask for the whole order is the first thing to beat."""
        for node in self._floor[:, self._full].argsort(kind="stable")[:MOST_SINGLE].tolist():
            total = self._price(node, self._full)
            if total < _NEVER:
                self._note(total // _TIES, ((node, self._full),))
        self._raise_floors()
        self._walk(self._floor, None, -1)

    def _look_further(self) -> None:
        """Look for some more candidates, a little dearer, where nearly none were met."""
        if not 0 < len(self.seen) < _FEW:
            return
        least = min(total for total, _ in self.seen.values())
        dearest = least + least // 4 + self._costs.facts.policy.split_penalty
        self._walk(self._floor, None, -1, lambda total, nodes: dearest, self._visits + MORE_VISITS)

    def _walk(
        self,
        floor: NDArray[np.int64],
        extra: Sequence[int] | None,
        banned: int,
        highest: _Worth = _itself,
        most_visits: int = MOST_VISITS,
    ) -> None:
        """Meet every node set that may cost less than the cheapest met; see the module.

        Parameters
        ----------
        floor : array of int, shape (n_nodes, n_masks)
            Under the shares, `extra` included.
        extra : sequence of int, shape (n_nodes,), or None
            Added to the shares of each node.
        banned : int
            A node that is not to be used; -1 for none.
        highest : callable
            ``(cost, nodes)``: what a set comes to at most.
        most_visits : int
            Of all walks.
        """
        if banned >= 0:
            floor = floor.copy()
            floor[banned] = _NEVER
        least = floor.min(axis=0).tolist()
        rest = _rest(least)
        order = floor.argsort(axis=0, kind="stable")
        limit = self._limit(banned, highest)

        def go(left: int, at: int, total: int, masks: Masks) -> None:
            nonlocal limit
            if not left:
                self._note(total // _TIES, masks)
                limit = min(limit, _counted(highest, total // _TIES, tuple(node for node, _ in masks)))
                return
            for block in _blocks(left, least, rest):
                beyond = at + rest[left & ~block]
                if beyond + least[block] >= limit:
                    break
                for node in order[:, block].tolist():
                    if beyond + int(floor[node, block]) >= limit or self._visits >= most_visits:
                        break
                    if any(node == one for one, _ in masks):
                        continue
                    self._visits += 1
                    cost = self._price(node, block)
                    more = cost + (extra[node] if extra is not None else 0)
                    if beyond + more < limit:
                        go(left & ~block, at + more, total + cost, (*masks, (node, block)))

        go(self._full, 0, 0, ())

    def _limit(self, banned: int, highest: _Worth) -> int:
        """Return what is to be beaten: the least that a set seen comes to."""
        able = ((total, nodes) for nodes, (total, _) in self.seen.items() if banned not in nodes)
        return min((_counted(highest, total, nodes) for total, nodes in able), default=_OUT_OF_REACH)

    def _note(self, total: int, masks: Masks) -> None:
        masks = tuple(sorted(masks))
        nodes = tuple(node for node, _ in masks)
        if nodes not in self.seen or total < self.seen[nodes][0]:
            self.seen[nodes] = total, masks


def _counted(highest: _Worth, total: int, nodes: tuple[int, ...]) -> int:
    return _TIES * highest(total, nodes) + len(nodes)


def _rest(least: Sequence[int]) -> list[int]:
    """Return the least that each set of atoms can cost, cut into blocks, given the least cost of every block."""
    rest = [0] * len(least)
    for left in range(1, len(least)):
        low = left & -left
        others = block = left ^ low
        best = least[left]
        while block:
            block = (block - 1) & others
            best = min(best, least[low | block] + rest[others ^ block])
        rest[left] = best
    return rest


def _blocks(left: int, least: Sequence[int], rest: Sequence[int]) -> list[int]:
    """List the blocks that hold the lowest atom left, the one that promises most first; of equals the larger."""
    low = left & -left
    others = block = left ^ low
    found = [left]
    while block:
        block = (block - 1) & others
        found.append(low | block)
    return sorted(found, key=lambda one: least[one] + rest[left & ~one])
