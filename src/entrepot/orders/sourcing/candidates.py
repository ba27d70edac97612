"""Node sets that could serve an order, each with its cheapest assignment of atoms to nodes.

While the assignments can be counted out (`MOST_ENTRIES`) all ``nodes ** atoms`` of them are priced from one table of
shares, so carrier tariffs need not be additive. Above that `entrepot.orders.sourcing.search` proves the cheapest among
any number of nodes; orders of more than its `MOST_ATOMS` atoms get a beam over node sets, whose limits are stated at
`_beam`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from entrepot.orders.sourcing.acceptance import expected_refusals
from entrepot.orders.sourcing.cost import NEVER, ShareCosts
from entrepot.orders.sourcing.search import MOST_ATOMS, Masks, Search

MOST_ENTRIES: Final = 3_000
"""Nodes times assignments that are priced one and all: 5 nodes and 3 atoms, 14 and 2, 54 and 1."""

MOST_SETS: Final = 64
BEAM_WIDTH: Final = 16
BEAM_NODES: Final = 4


class NodeSet(NamedTuple):
    """A set of nodes and its cheapest assignment.

    Parameters
    ----------
    total : int
        Its cost, the expected cost of refusals included.
    refusal : int
        That part of it.
    masks : tuple of (int, int)
        Which atoms each node gets.
    """

    total: int
    refusal: int
    masks: Masks


class Found(NamedTuple):
    """Node sets that can serve an order, cheapest first.

    Parameters
    ----------
    sets : list of NodeSet
        `MOST_SETS` at most. Of equals the one with fewer nodes, then the nodes' sequence.
    bound : int
        No assignment of the atoms costs less.
    is_exact : bool
        Whether it is proven that none does better than the first.
    passed : list of (int, int)
        ``(node, cost)``: nodes in none of the sets, and what any set with them costs more than the first at least.
    """

    sets: list[NodeSet]
    bound: int
    is_exact: bool
    passed: list[tuple[int, int]]


def find_sets(costs: ShareCosts) -> Found:
    """Find the node sets that can serve an order.

    Parameters
    ----------
    costs : ShareCosts
        Prices each share.

    Returns
    -------
    Found
        Exact but for orders of very many lines, and searches that had to be given up.
    """
    atoms, nodes = len(costs.atoms), list(range(len(costs.nodes)))
    if _entries(len(nodes), atoms) <= MOST_ENTRIES:
        sets = _exact(costs, nodes)
        return Found(sets, sets[0].total if sets else NEVER, True, [])
    if atoms <= MOST_ATOMS:
        return _searched(costs)
    return Found(_beam(costs, nodes), _bound(costs, nodes), False, [])


def _searched(costs: ShareCosts) -> Found:
    search = Search(costs)
    refusals = search.refusals()
    sets = [
        NodeSet(total - costs.first_parcel + refusals[nodes], refusals[nodes], masks)
        for nodes, (total, masks) in search.seen.items()
    ]
    sets.sort(key=lambda one: (one.total, len(one.masks), one.masks))
    if not sets:
        return Found([], NEVER, search.is_proven, [])
    cheapest = sets[0].total
    bound = cheapest if search.is_proven else search.bound() - costs.first_parcel
    passed = [(node, max(0, least - costs.first_parcel - cheapest)) for node, least in search.passed()]
    return Found(sets[:MOST_SETS], bound, search.is_proven, passed)


def _entries(nodes: int, atoms: int) -> int:
    return nodes * int(max(nodes, 2) ** atoms)


class _Plan(NamedTuple):
    """All assignments of some atoms to some nodes, those of one node set together."""

    masks: NDArray[np.int32]  # (nodes, assignments): atoms each node gets
    starts: NDArray[np.int64]  # where each node set begins
    used: NDArray[np.bool_]  # (nodes, sets)


@lru_cache(maxsize=24)
def _plan(nodes: int, atoms: int) -> _Plan:
    count = nodes**atoms
    digits = np.arange(count)[None, :] // nodes ** np.arange(atoms)[:, None] % nodes
    masks = np.zeros((nodes, count), dtype=np.int32)
    for atom in range(atoms):
        masks[digits[atom], np.arange(count)] |= 1 << atom
    used = masks > 0
    # Fewer nodes first, then the nodes' own sequence: ties fall to the earlier.
    order = np.lexsort([*(~used)[::-1], used.sum(axis=0)])
    masks, used = masks[:, order], used[:, order]
    starts = np.flatnonzero(np.r_[True, (used[:, 1:] != used[:, :-1]).any(axis=0)])
    return _Plan(np.ascontiguousarray(masks), starts, used[:, starts])


def assignment_masks(nodes: int, atoms: int) -> NDArray[np.int32]:
    """Return which atoms each node gets in every assignment, as bit masks of shape ``(nodes, nodes ** atoms)``."""
    return _plan(nodes, atoms).masks


def _exact(costs: ShareCosts, nodes: Sequence[int]) -> list[NodeSet]:
    """Price all ``nodes ** atoms`` assignments; return the best of each node set, cheapest first."""
    if not nodes:
        return []
    plan = _plan(len(nodes), len(costs.atoms))
    totals = np.zeros(plan.masks.shape[1], dtype=np.int64)
    for place, node in enumerate(nodes):
        totals += np.array(costs.row(node), dtype=np.int64)[plan.masks[place]]
    best = np.minimum.reduceat(totals, plan.starts) - costs.first_parcel
    refusals = expected_refusals(best, plan.used, [costs.acceptance[node] for node in nodes], costs.facts.policy)
    ends = np.r_[plan.starts[1:], totals.size]
    found = []
    for index in np.argsort(best + refusals, kind="stable")[:MOST_SETS]:
        if best[index] >= NEVER // 2:
            break
        start = plan.starts[index]
        column = plan.masks[:, start + int(np.argmin(totals[start : ends[index]]))]
        masks = tuple((node, int(mask)) for node, mask in zip(nodes, column, strict=True) if mask)
        found.append(NodeSet(int(best[index] + refusals[index]), int(refusals[index]), masks))
    return found


def _beam(costs: ShareCosts, nodes: Sequence[int]) -> list[NodeSet]:
    """Grow node sets one node at a time and keep the best `BEAM_WIDTH` of each size, up to `BEAM_NODES` nodes.

    Notes
    -----
    Within a set each atom, the heaviest first, goes where it raises the cost least, and single atoms are then moved
    while that helps. So neither the set nor the assignment is proven best; `_bound` is what none can beat.
    """
    sizes = [[_fill(costs, (node,)) for node in nodes]]
    while sizes[-1] and len(sizes) < min(BEAM_NODES, len(nodes)):
        kept = sorted(sizes[-1])[:BEAM_WIDTH]
        grown = {tuple(sorted((*chosen, node))) for _, chosen, _ in kept for node in nodes if node not in chosen}
        sizes.append([_fill(costs, chosen) for chosen in sorted(grown)])
    best: dict[tuple[int, ...], tuple[int, Masks]] = {}
    for total, _, masks in (one for size in sizes for one in size):
        used = tuple(node for node, _ in masks)
        if total < NEVER // 2 and (used not in best or total < best[used][0]):
            best[used] = (total, masks)
    return _with_refusals(costs, nodes, list(best.values()))


def _with_refusals(costs: ShareCosts, nodes: Sequence[int], found: list[tuple[int, Masks]]) -> list[NodeSet]:
    if not found:
        return []
    totals = np.array([total for total, _ in found], dtype=np.int64)
    used = np.array([[any(node == one for one, _ in masks) for _, masks in found] for node in nodes], dtype=np.bool_)
    refusals = expected_refusals(totals, used, [costs.acceptance[node] for node in nodes], costs.facts.policy)
    sets = [
        NodeSet(total + int(refusal), int(refusal), masks)
        for (total, masks), refusal in zip(found, refusals, strict=True)
    ]
    return sorted(sets, key=lambda one: (one.total, len(one.masks), one.masks))[:MOST_SETS]


def _fill(costs: ShareCosts, chosen: tuple[int, ...]) -> tuple[int, tuple[int, ...], Masks]:
    """Give each atom to a node of the set; a set that cannot take them all ranks by how many it leaves."""
    masks = dict.fromkeys(chosen, 0)
    missing = 0
    for atom in sorted(range(len(costs.atoms)), key=lambda atom: (-costs.atoms[atom].weight_g, atom)):
        rise, node = min((_rise(costs, node, mask, 1 << atom), node) for node, mask in masks.items())
        if rise >= NEVER // 2:
            missing += 1
        else:
            masks[node] |= 1 << atom
    _move_while_better(costs, masks)
    used = tuple((node, mask) for node, mask in sorted(masks.items()) if mask)
    total = sum(costs.total(node, mask) for node, mask in used)
    return total - costs.first_parcel + NEVER * missing, chosen, used


def _rise(costs: ShareCosts, node: int, mask: int, bit: int) -> int:
    more = costs.total(node, mask | bit)
    return more if more >= NEVER else more - costs.total(node, mask)


def _move_while_better(costs: ShareCosts, masks: dict[int, int]) -> None:
    moves = [(1 << atom, giver, taker) for atom in range(len(costs.atoms)) for giver in masks for taker in masks]
    is_better = True
    while is_better:
        is_better = False
        for bit, giver, taker in moves:
            if giver != taker and masks[giver] & bit:
                left = masks[giver] & ~bit
                saved = costs.total(giver, masks[giver]) - costs.total(giver, left)
                if _rise(costs, taker, masks[taker], bit) < saved:
                    masks[giver], masks[taker] = left, masks[taker] | bit
                    is_better = True


def _bound(costs: ShareCosts, nodes: Sequence[int]) -> int:
    """Return the dearest atom's cheapest parcel plus what every atom costs beyond its parcel, each at its cheapest.

    Notes
    -----
    Below every assignment while a parcel with more in it does not cost less.
    """
    shipping, beyond = 0, 0
    for atom in range(len(costs.atoms)):
        alone = [priced[0] for node in nodes if (priced := costs.priced(node, 1 << atom)) is not None]
        if not alone:
            return NEVER
        shipping = max(shipping, min(parts.carrier + parts.handling + parts.load for parts in alone))
        beyond += min(parts.markdown + parts.stock_price for parts in alone)
    return shipping + beyond
