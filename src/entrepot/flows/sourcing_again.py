"""After a refusal: what was refused is decided together with what other nodes have and have not begun with.

Deciding only what was refused leaves the rest where it made sense before the refusal. Here the whole of the order that
can still move is decided too, with the stock it holds counted as free; it is carried out where that costs less than
leaving the others alone, each node that is called back counted as dear as a refusal. Who has begun keeps its work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from psycopg import Connection

from entrepot.flows.sourcing_facts import Surroundings, held_by, order_facts
from entrepot.flows.sourcing_plan import Plan, decide_keeping_promise
from entrepot.orders.pieces import NOT_BEGUN, Order, Piece, Spot
from entrepot.orders.sourcing.batch import Holding, as_held
from entrepot.orders.sourcing.decision import Candidate
from entrepot.orders.sourcing.facts import Facts, NodeFacts


def given_to_others(order: Order, pieces: Sequence[Piece]) -> list[Piece]:
    """List what other nodes have of an order and may still be moved, once some of it was refused.

    Nodes that refused some of the order keep what they took of it: they would not be asked again.
    """
    refused = {node for piece in pieces for node in piece.barred}
    movable = ("sourced", *NOT_BEGUN)
    others = [piece for piece in order.pieces if piece.state in movable and piece not in pieces]
    return [piece for piece in others if piece.node not in refused] if refused else []


def cheaper_together(
    conn: Connection, around: Surroundings, order: Order, pieces: Sequence[Piece], given: Sequence[Piece], alone: Plan
) -> Plan:
    """Decide pieces together with those given to other nodes.

    Parameters
    ----------
    conn : Connection
        In the transaction that holds the order's lock.
    around : Surroundings
        What the moment gives.
    order : Order
        The order.
    pieces : sequence of Piece
        Those that need a node.
    given : sequence of Piece
        From `given_to_others`.
    alone : Plan
        For `pieces` by themselves, `given` left where they are.

    Returns
    -------
    Plan
        The cheaper of both; of equals `alone`. A promise that only one of them keeps goes before the cost.
    """
    held = held_by(given)
    facts = order_facts(conn, replace(around, nodes=_asked(around.nodes, held)), order, [*given, *pieces])
    decision, snapshot = decide_keeping_promise(facts, around.rates)
    staying = as_held(_only(facts, given), [Holding(*cell, qty) for cell, qty in sorted(held.items())], around.rates)
    if decision.chosen is None or staying is None:
        return alone
    spots = spots_near(decision.chosen, given, pieces)
    moved = {spot.piece for spot in spots}
    called_back = {piece.node for piece in given if piece.id in moved and piece.state in NOT_BEGUN}
    cost = decision.chosen.total + facts.policy.refusal_cost * len(called_back)
    if alone.decision.chosen is None:
        return Plan(decision, snapshot, spots)
    apart = bool(alone.snapshot.facts.waived), alone.decision.chosen.total + staying.total
    return Plan(decision, snapshot, spots) if (bool(snapshot.facts.waived), cost) < apart else alone


def _asked(nodes: Sequence[NodeFacts], held: Mapping[tuple[str, str], int]) -> tuple[NodeFacts, ...]:
    """Return the nodes as those that hold pieces were asked already, and are not burdened by what is decided again."""
    load: dict[str, int] = {}
    for (node, _), qty in held.items():
        load[node] = load.get(node, 0) + qty
    return tuple(
        replace(node, acceptance=1.0, load=max(0, node.load - load[node.id])) if node.id in load else node
        for node in nodes
    )


def spots_near(chosen: Candidate, given: Sequence[Piece], pieces: Sequence[Piece]) -> list[Spot]:
    """Return where pieces go, as few of those given elsewhere as the choice allows; who stays is left out."""
    left: dict[tuple[str, str], int] = {}
    for share in chosen.shares:
        for pick in share.picks:
            left[pick.sku, share.node] = left.get((pick.sku, share.node), 0) + pick.qty
    spots: dict[str, list[Spot]] = {piece.id: [] for piece in (*given, *pieces)}
    for piece in given:
        _take(spots[piece.id], piece, piece.node or "", left)
    for piece in (*given, *pieces):
        for sku, node in list(left):
            if sku == piece.sku:
                _take(spots[piece.id], piece, node, left)
    stays = {piece.id for piece in given if spots[piece.id] == [Spot(piece.id, piece.node or "", piece.qty)]}
    return [spot for id, found in spots.items() if id not in stays for spot in found]


def _take(spots: list[Spot], piece: Piece, node: str, left: dict[tuple[str, str], int]) -> None:
    """Let a node send units of a piece, as many as both have left."""
    cell = piece.sku or "", node
    units = min(left.get(cell, 0), piece.qty - sum(spot.qty for spot in spots))
    if units > 0:
        left[cell] -= units
        spots.append(Spot(piece.id, node, units))


def _only(facts: Facts, pieces: Sequence[Piece]) -> Facts:
    names = {piece.id for piece in pieces}
    return replace(facts, items=tuple(item for item in facts.items if item.line in names))
