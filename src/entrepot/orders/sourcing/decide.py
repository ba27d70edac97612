"""Facts in, decision out: the cheapest way to serve an order, stock prices counted, with its reasons."""

from __future__ import annotations

from collections.abc import Sequence

from entrepot.orders.sourcing.atoms import Atom, Free, Short, atoms_of
from entrepot.orders.sourcing.candidates import Found, NodeSet, find_sets
from entrepot.orders.sourcing.cost import CostParts, ShareCosts
from entrepot.orders.sourcing.decision import VERSION, Binding, Candidate, Decision, Pick, Share
from entrepot.orders.sourcing.facts import Facts, Item, NodeFacts
from entrepot.orders.sourcing.ports import Rates
from entrepot.orders.sourcing.reasons import binding_of
from entrepot.orders.sourcing.rules import LeftOut, node_refusal


def decide(facts: Facts, rates: Rates) -> Decision:
    """Choose the nodes that send an order.

    Parameters
    ----------
    facts : Facts
        What is known.
    rates : Rates
        The carriers' answers; the same answers give the same decision.

    Returns
    -------
    Decision
        The candidate with the least total; of equals the one with fewer nodes, then in the nodes' own sequence, as far
        as equals were looked for: a search leaves out what is no better than the best it has.
    """
    gone = [(node, node_refusal(facts, node)) for node in facts.nodes]
    reasons = [reason for _, reason in gone if reason is not None]
    free = {(cell.node, cell.sku): cell for cell in facts.stock}
    willing = [node for node, reason in gone if reason is None]
    atoms, shorts = atoms_of(facts.items, willing, free)
    able = [node for node in willing if _has_any(node, atoms, free)]
    reasons.extend(LeftOut(node.id, "stock", _no_stock(node)) for node in willing if node not in able)
    if shorts:
        return _decision(facts, [], reasons, Binding("short", _short(shorts)), None)
    costs = ShareCosts(facts, able, atoms, free, rates)
    found = find_sets(costs)
    reasons.extend(_passed(found, able))
    reasons.extend(_unused(costs, found))
    candidates = [_candidate(facts, costs, one) for one in undominated(found.sets)[: facts.policy.most_candidates]]
    binding = binding_of(candidates, reasons)
    if facts.waived:
        binding = binding._replace(message=f"{facts.waived} {binding.message}")
    return _decision(facts, candidates, reasons, binding, found)


def undominated(sets: Sequence[NodeSet]) -> list[NodeSet]:
    """Leave out node sets that cost no less than a part of their own nodes; keeps the sequence."""
    kept: list[tuple[frozenset[int], NodeSet]] = []
    for one in sets:
        nodes = frozenset(node for node, _ in one.masks)
        if not any(other < nodes for other, _ in kept):
            kept.append((nodes, one))
    return [one for _, one in kept]


def _decision(
    facts: Facts, candidates: Sequence[Candidate], reasons: Sequence[LeftOut], binding: Binding, found: Found | None
) -> Decision:
    chosen = candidates[0] if candidates else None
    return Decision(
        order=facts.order,
        at=facts.at,
        position=facts.position,
        version=VERSION,
        price_run=facts.price_run,
        chosen=chosen,
        candidates=tuple(candidates),
        left_out=tuple(reasons),
        binding=binding,
        gap_to_runner_up=candidates[1].total - candidates[0].total if len(candidates) > 1 else None,
        bound=found.bound if found is not None and chosen is not None else 0,
        is_exact=found is None or found.is_exact,
    )


def _candidate(facts: Facts, costs: ShareCosts, one: NodeSet) -> Candidate:
    lines = _Lines(facts.items)
    shares = tuple(_share(facts, costs, node, mask, lines) for node, mask in one.masks)
    columns = [sum(column) for column in zip(*(share.cost for share in shares), strict=True)]
    whole = CostParts(*columns)
    cost = whole._replace(split=whole.split - costs.first_parcel, refusal=one.refusal)
    shares = tuple(share._replace(cost=share.cost._replace(split=0)) for share in shares)
    return Candidate(tuple(share.node for share in shares), one.total, cost, shares)


def _share(facts: Facts, costs: ShareCosts, node: int, mask: int, lines: _Lines) -> Share:
    priced = costs.priced(node, mask)
    assert priced is not None, "a node set holds shares that may be"
    parts, quote = priced
    picks = tuple(
        pick for index, atom in enumerate(costs.atoms) if mask >> index & 1 for pick in lines.take(atom.sku, atom.qty)
    )
    return Share(costs.nodes[node].id, picks, quote, parts)


class _Lines:
    """Gives atoms back to the order's lines, in the lines' sequence."""

    def __init__(self, items: Sequence[Item]) -> None:
        self._items = items
        self._left = [item.qty for item in items]

    def take(self, sku: str, qty: int) -> list[Pick]:
        """Take pieces of a SKU from the first lines that still want some."""
        picks = []
        for place, item in enumerate(self._items):
            taken = min(self._left[place], qty) if item.sku == sku else 0
            if taken:
                picks.append(Pick(item.line, sku, taken))
                self._left[place] -= taken
                qty -= taken
        return picks


def _has_any(node: NodeFacts, atoms: Sequence[Atom], free: Free) -> bool:
    return any((cell := free.get((node.id, atom.sku))) is not None and cell.free >= atom.qty for atom in atoms)


def _passed(found: Found, nodes: Sequence[NodeFacts]) -> list[LeftOut]:
    return [
        LeftOut(nodes[node].id, "dominated", f"With {nodes[node].id} in it the order costs at least {more} more.")
        for node, more in found.passed
    ]


def _unused(costs: ShareCosts, found: Found) -> list[LeftOut]:
    """Explain nodes with stock that appear in no set: a rule about parcel or service, or no carrier, keeps them out."""
    seen = {node for one in found.sets for node, _ in one.masks} | {node for node, _ in found.passed}
    why = [costs.why_never(node) for node in range(len(costs.nodes)) if node not in seen]
    return [one for one in why if one is not None]


def _no_stock(node: NodeFacts) -> str:
    return f"{node.id} has none of the lines in full."


def _short(shorts: Sequence[Short]) -> str:
    told = "; ".join(f"{one.asked} of {one.sku} are asked for, {one.found} are free" for one in shorts)
    return f"The order cannot be sourced: {told}. Wait for supply, or take the rest out of the order."
