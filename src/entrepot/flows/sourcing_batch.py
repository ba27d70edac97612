"""Orders that wait for their release, decided again together and moved at once, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from psycopg import Connection, Rollback

from entrepot.delivery import Carriers
from entrepot.flows.sourcing_facts import Surroundings, held_by, order_facts, surroundings
from entrepot.flows.sourcing_plan import spots_of
from entrepot.infra.database import Database, retry_conflicts
from entrepot.kernel.clock import Clock
from entrepot.orders.lifecycle import Lifecycle, Standing
from entrepot.orders.pieces import Command
from entrepot.orders.sourcing import store
from entrepot.orders.sourcing.batch import Holding, Plan, Waiting, plan_and_record
from entrepot.orders.sourcing.decision import VERSION, Binding, Candidate, Decision

if TYPE_CHECKING:
    from entrepot.infra.jobs import JobContext, Jobs

JOB: Final = "sourcing batch"
MOST_ORDERS: Final = 200
"""Orders locked at a time: a larger batch finds a little more and keeps others waiting longer."""

_WAITING: Final = """
SELECT life.order_id, life.destination, coalesce(o.buyer_id, '') FROM orders.life life
JOIN orders.orders o ON o.id = life.order_id
WHERE life.release_at > %s ORDER BY life.release_at, life.order_id LIMIT %s"""


class Reoptimised(NamedTuple):
    """What came of a batch.

    Parameters
    ----------
    batch : int or None
        Its number; None where nothing waited.
    orders, moved, together : int
        Orders that waited, that go elsewhere now, and that travel with another.
    before, after : int
        Their cost in minor units.
    bound : float
        No choice among the candidates costs less.
    """

    batch: int | None
    orders: int
    moved: int
    together: int
    before: int
    after: int
    bound: float


NOTHING: Final = Reoptimised(None, 0, 0, 0, 0, 0, 0.0)


def reoptimise_waiting(
    db: Database, lifecycle: Lifecycle, carriers: Carriers, now: datetime, actor: str
) -> Reoptimised:
    """Decide the orders that wait together, in one transaction.

    Notes
    -----
    The plan is carried out whole: where one of its moves finds its stock gone, or orders would have to trade places
    with no free piece between them, nothing moves, and the next run looks again.
    """

    def once() -> Reoptimised:
        with db.transaction() as conn:
            return _reoptimise(conn, lifecycle, carriers, now, actor)

    return retry_conflicts(once)


def register_batch_jobs(jobs: Jobs, db: Database, lifecycle: Lifecycle, carriers: Carriers, clock: Clock) -> None:
    """Register the job that decides waiting orders again, every five minutes."""

    def run(ctx: JobContext) -> dict[str, object]:
        return reoptimise_waiting(db, lifecycle, carriers, clock.now(), JOB)._asdict()

    jobs.register(JOB, run)
    jobs.schedule(JOB, "*/5 * * * *")


def _reoptimise(conn: Connection, lifecycle: Lifecycle, carriers: Carriers, now: datetime, actor: str) -> Reoptimised:
    found = conn.execute(_WAITING, (now, MOST_ORDERS)).fetchall()
    buyers = {order: f"{buyer} {address}" if buyer and address else "" for order, address, buyer in found}
    standings = [lifecycle.lock(conn, order) for order in sorted(buyers)]
    standings = [one for one in standings if _may_move(one)]
    if not standings:
        return NOTHING
    around = surroundings(conn, carriers, now)
    waiting = _waiting(conn, around, standings, buyers)
    plan, snapshot = plan_and_record(waiting, around.rates)
    if not plan.moved:
        return NOTHING._replace(orders=len(plan.chosen), before=plan.before, after=plan.after, bound=plan.bound)
    with conn.transaction() as savepoint:
        costs = (plan.before, plan.after, plan.bound)
        batch = store.add_batch(conn, now, len(plan.chosen), len(plan.moved), costs, actor, snapshot)
        if _carry_out(conn, lifecycle, standings, plan, batch, actor):
            _keep(conn, around, plan, batch, actor)
            together = sum(len(orders) for orders in plan.together)
            return Reoptimised(batch, len(plan.chosen), len(plan.moved), together, *costs)
        raise Rollback(savepoint)
    return NOTHING._replace(orders=len(plan.chosen), before=plan.before, after=plan.before, bound=plan.bound)


def _may_move(standing: Standing) -> bool:
    """Tell whether the whole order still waits at nodes that were chosen for it."""
    pieces = [piece for piece in standing.order.pieces if piece.state == "sourced"]
    return bool(pieces) and standing.order.mode != "pickup" and standing.life.sourced_for == standing.life.destination


def _waiting(
    conn: Connection, around: Surroundings, standings: Sequence[Standing], buyers: dict[str, str]
) -> list[Waiting]:
    orders = {one.order.id: one.order for one in standings}
    pieces = {id: [piece for piece in order.pieces if piece.state == "sourced"] for id, order in orders.items()}
    given: dict[str, int] = {}
    for held in (held_by(some) for some in pieces.values()):
        for (node, _), qty in held.items():
            given[node] = given.get(node, 0) + qty
    # The batch weighs its own orders against a node's capacity itself, so they are no load to it.
    nodes = tuple(replace(node, load=max(0, node.load - given.get(node.id, 0))) for node in around.nodes)
    around = replace(around, nodes=nodes)
    return [
        Waiting(
            order_facts(conn, around, orders[id], some, counts_own=False),
            tuple(Holding(*cell, qty) for cell, qty in sorted(held_by(some).items())),
            buyers[id],
        )
        for id, some in pieces.items()
    ]


def _carry_out(
    conn: Connection, lifecycle: Lifecycle, standings: Sequence[Standing], plan: Plan, batch: int, actor: str
) -> bool:
    """Move the orders, those first whose new stock is free; False when some cannot move."""
    left = [one for one in standings if one.order.id in plan.moved]
    while left:
        stuck = []
        for standing in left:
            spots = tuple(spots_of(plan.chosen[standing.order.id]))
            command = Command(f"batch:{batch}", "source", spots=spots, actor=actor)
            if lifecycle.act(conn, standing, command).value is None:
                stuck.append(standing)
        if len(stuck) == len(left):
            return False
        left = stuck
    return True


def _keep(conn: Connection, around: Surroundings, plan: Plan, batch: int, actor: str) -> None:
    partners = {order: orders for orders in plan.together for order in orders}
    for order in plan.moved:
        decision = _decision(around, plan, order, plan.chosen[order], partners.get(order, ()))
        store.add(conn, decision, None, kind="batch", actor=actor, batch=batch)


def _decision(around: Surroundings, plan: Plan, order: str, chosen: Candidate, partners: Sequence[str]) -> Decision:
    message = f"Decided together with the {len(plan.chosen)} orders that wait: {plan.before - plan.after} less in all."
    others = [one for one in partners if one != order]
    if others:
        message += f" Travels with {', '.join(others)}; the cost is that of all."
    return Decision(
        order=order,
        at=around.at,
        position=around.position,
        version=VERSION,
        price_run=around.price_run,
        chosen=chosen,
        candidates=(chosen,),
        left_out=(),
        binding=Binding("batch", message),
        gap_to_runner_up=None,
        bound=chosen.total,
        is_exact=False,
    )
