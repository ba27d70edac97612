"""What wakes waiting orders: news in the log, and time.

The follower reads what channels, carriers, warehouses, people and the stock engine told, looks at the orders
concerned, and asks for a job only for those that have a next step: history that is over costs one look. The sweeper
does the same for deadlines, once a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from psycopg import Connection

from entrepot.flows.order_facts import to_plan
from entrepot.flows.order_to_delivery import JOB, OrderToDelivery
from entrepot.infra import log
from entrepot.infra.database import Database, retry_conflicts
from entrepot.infra.jobs import JobContext, Jobs
from entrepot.kernel.clock import Clock
from entrepot.orders.lifecycle import Lifecycle
from entrepot.orders.lifecycle.steps import next_step
from entrepot.orders.lifecycle.store import kept_of
from entrepot.orders.pieces import TRANSITIONS, Command, Take

READER: Final = "order_to_delivery"
SWEEP: Final = "orders due"
_MOST_SUPPLIED: Final = 500

KINDS: Final = (
    "order.changed", "parcel.changed", "stock.moved", "hold.voided", "hold.expired", "hold.displaced",
    *sorted({row.event for row in TRANSITIONS}),
)  # fmt: skip
"""Events that may let an order go on."""

# Pieces that are larger than what is free are passed over; the others take it in the sequence in which they wait.
_SERVED: Final = """
SELECT order_id FROM (
    SELECT p.order_id, p.since, f.units,
           sum(p.qty) OVER (PARTITION BY p.sku ORDER BY p.since, p.order_id, p.line, p.no) - p.qty AS before
    FROM orders.piece p
    JOIN (SELECT sku, sum(greatest(on_hand - reserved - allocated - safety, 0)) AS units
          FROM stock.level WHERE sku = ANY (%s) GROUP BY sku) AS f ON f.sku = p.sku AND p.qty <= f.units
    WHERE p.state = 'backordered' AND p.sku = ANY (%s)
) AS waiting
WHERE before < units GROUP BY order_id ORDER BY min(since), order_id LIMIT %s"""

Submit = Callable[[Connection, str, str, bool], None]
"""``(transaction, order, key, whether stock came in)``: asks for the order to be moved on."""


def submit_jobs(jobs: Jobs) -> Submit:
    """Ask for a job; one key is one job, so news that is read again asks for nothing more."""

    def submit(conn: Connection, order: str, key: str, supply: bool) -> None:
        args: dict[str, object] = {"order": order, "supply": True} if supply else {"order": order}
        jobs.submit(JOB, args, key=key, by=READER, conn=conn)

    return submit


class OrderNews:
    """The follower; `step` is called again and again.

    Parameters
    ----------
    db : Database
        Where the log is.
    lifecycle : Lifecycle
        Looks at orders.
    clock : Clock
        The time.
    submit : callable
        Asks for an order to be moved on; see `Submit`.
    """

    def __init__(self, db: Database, lifecycle: Lifecycle, clock: Clock, submit: Submit) -> None:
        self._db = db
        self._lifecycle = lifecycle
        self._clock = clock
        self._submit = submit
        self._reader = log.Reader(db, READER, KINDS)

    def step(self, limit: int = 2000) -> int:
        """Wake the orders that the next events let go on, in one transaction; returns the events read."""
        return retry_conflicts(lambda: self._step(limit))

    def _step(self, limit: int) -> int:
        with self._db.transaction() as conn:
            events = self._reader.take(conn, limit)
            if not events:
                return 0
            position = events[-1].position
            supplied = _awaiting(conn, _supplied(events))
            for order in self._wakeable(conn, _concerned(conn, events)):
                if order not in supplied:
                    self._submit(conn, order, f"{order}@{position.seq}", False)
            for order in supplied:
                self._submit(conn, order, f"{order}@{position.seq}", True)
            self._reader.advance(conn, position)
            return len(events)

    def _wakeable(self, conn: Connection, orders: set[str]) -> list[str]:
        now = self._clock.now()
        kept = self._lifecycle.look(conn, kept_of(conn, orders))
        going = [order for order, one in kept.items() if next_step(one.life, one.order, one.facts, now) is not None]
        return sorted([*going, *to_plan(conn, orders - kept.keys())])


def _concerned(conn: Connection, events: Iterable[log.Logged]) -> set[str]:
    orders: set[str] = set()
    parcels: set[str] = set()
    for logged in events:
        kind, key, payload = logged.event
        if kind == "parcel.changed":
            parcels.add(key)
        elif kind.startswith(("stock.", "hold.")):
            doc = payload.get("doc")
            if isinstance(doc, str):
                orders.add(doc)
        else:
            orders.add(key)
    if parcels:
        query = "SELECT order_id FROM orders.shipment WHERE tracking_no = ANY (%s)"
        orders.update(row[0] for row in conn.execute(query, (sorted(parcels),)))
    return orders


def _supplied(events: Iterable[log.Logged]) -> set[str]:
    """Return the SKUs of which some became free."""
    skus: set[str] = set()
    for logged in events:
        kind, key, payload = logged.event
        if kind == "stock.moved" and payload.get("to") != ["customer", "on_hand"]:
            skus.add(key)
        elif kind in ("hold.voided", "hold.expired"):
            lines = payload.get("lines")
            skus.update(str(line["sku"]) for line in (lines if isinstance(lines, list) else ()))
    return skus


def _awaiting(conn: Connection, skus: set[str]) -> list[str]:
    """Return the orders that the free units of the SKUs can serve, the one that waits longest first."""
    if not skus:
        return []
    return [row[0] for row in conn.execute(_SERVED, (sorted(skus), sorted(skus), _MOST_SUPPLIED))]


class OrdersDue:
    """The sweeper: deadlines that passed become commands, and orders whose time has come go on.

    Parameters
    ----------
    db : Database
        Where orders are.
    lifecycle : Lifecycle
        Does the commands.
    saga : OrderToDelivery
        Moves orders on.
    clock : Clock
        The time.
    """

    def __init__(self, db: Database, lifecycle: Lifecycle, saga: OrderToDelivery, clock: Clock) -> None:
        self._db = db
        self._lifecycle = lifecycle
        self._saga = saga
        self._clock = clock

    def register(self, jobs: Jobs) -> None:
        """Register the job, once a minute."""
        jobs.register(SWEEP, self.run)
        jobs.schedule(SWEEP, "* * * * *")

    def run(self, ctx: JobContext) -> dict[str, int]:
        """Sweep as a job."""
        return self.sweep(lambda done, total: ctx.progress(done, total, "orders"))

    def sweep(self, report: Callable[[int, int], None] = lambda done, total: None) -> dict[str, int]:
        """Do what is due.

        Returns
        -------
        dict of str to int
            Work orders timed out, and left uncollected; orders moved on.
        """
        with self._db.read() as conn:
            late = {name: conn.execute(query, (self._clock.now(),)).fetchall() for name, query in _DUE.items()}
            query = "SELECT order_id FROM orders.life WHERE release_at <= %s ORDER BY release_at, order_id"
            orders = [row[0] for row in conn.execute(query, (self._clock.now(),))]
        for name, works in late.items():
            for order, work in works:
                self._command(order, work, name)
                orders.append(order)
        unique = list(dict.fromkeys(orders))
        for done, order in enumerate(unique, 1):
            self._saga.advance(order)
            report(done, len(unique))
        return {name: len(works) for name, works in late.items()} | {"orders": len(unique)}

    def _command(self, order: str, work: str, name: str) -> None:
        def once() -> None:
            with self._db.transaction() as conn:
                standing = self._lifecycle.lock(conn, order)
                state = "released" if name == "time_out" else "ready"
                takes = tuple(Take(p.id) for p in standing.order.pieces if p.work == work and p.state == state)
                if takes:
                    command = Command(f"due:{work}:{name}", name, takes=takes, actor=SWEEP)
                    self._lifecycle.act(conn, standing, command)

        retry_conflicts(once)


_DUE: Final = {
    "time_out": "SELECT DISTINCT f.order_id, f.id FROM orders.fulfilment f JOIN orders.piece p ON p.work = f.id "
    "WHERE f.accept_by <= %s AND p.state = 'released' ORDER BY 1, 2",
    "leave": "SELECT DISTINCT f.order_id, f.id FROM orders.fulfilment f JOIN orders.piece p ON p.work = f.id "
    "WHERE f.collect_by <= %s AND p.state = 'ready' ORDER BY 1, 2",
}
"""Deadlines that passed, by the command they become."""
