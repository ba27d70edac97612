"""Reads and writes of decisions and batches, in the caller's transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from psycopg import Connection

from entrepot.orders.sourcing.decision import VERSION, Decision
from entrepot.orders.sourcing.snapshot import Snapshot, decode_decision, decode_snapshot, encode

_ROW: Final = (
    "seq, order_id, kind, at, version, price_run, nodes, total, binding, batch, overrides, actor, reason, "
    "snapshot::text, answer::text"
)


class Stored(NamedTuple):
    """A decision as it is kept.

    Parameters
    ----------
    seq : int
        Its number; the newest of an order is in force.
    order : str
        The order.
    kind : {"single", "batch", "override"}
        By itself, together with others that waited, or by a person.
    at : datetime
        When.
    version : str
        Of the rules.
    price_run : int or None
        Solution the prices are of.
    nodes : list of str
        Who sends; empty where nobody could.
    total : int or None
        Its cost.
    binding : str
        What decided.
    batch, overrides : int or None
        The batch it was decided in; the decision it takes the place of.
    actor, reason : str
        Who, and why a person decided otherwise.
    snapshot : str or None
        What it was decided from; of a batch it is kept once, with the batch.
    answer : str
        The decision.
    """

    seq: int
    order: str
    kind: str
    at: datetime
    version: str
    price_run: int | None
    nodes: list[str]
    total: int | None
    binding: str
    batch: int | None
    overrides: int | None
    actor: str
    reason: str
    snapshot: str | None
    answer: str

    @property
    def decision(self) -> Decision:
        """The decision itself."""
        return decode_decision(self.answer)

    @property
    def facts(self) -> Snapshot | None:
        """What it was decided from."""
        return None if self.snapshot is None else decode_snapshot(self.snapshot)


def add(
    conn: Connection,
    decision: Decision,
    snapshot: Snapshot | None,
    *,
    kind: str,
    actor: str,
    reason: str = "",
    overrides: int | None = None,
    batch: int | None = None,
) -> int:
    """Keep a decision; returns its number."""
    chosen = decision.chosen
    row = conn.execute(
        "INSERT INTO orders.decision (order_id, kind, at, log_xid, log_seq, version, price_run, nodes, total, binding, "
        "batch, overrides, actor, reason, snapshot, answer) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::json, %s::json) RETURNING seq",
        (
            decision.order, kind, decision.at, *decision.position, decision.version, decision.price_run,
            [] if chosen is None else list(chosen.nodes), None if chosen is None else chosen.total,
            decision.binding.reason, batch, overrides, actor, reason,
            None if snapshot is None else encode(snapshot).decode(), encode(decision).decode(),
        ),
    ).fetchone()  # fmt: skip
    assert row is not None
    return int(row[0])


def latest(conn: Connection, order: str) -> Stored | None:
    """Return the decision in force for an order."""
    row = conn.execute(
        f"SELECT {_ROW} FROM orders.decision WHERE order_id = %s ORDER BY seq DESC LIMIT 1", (order,)
    ).fetchone()
    return None if row is None else Stored(*row)


def by_seq(conn: Connection, seq: int) -> Stored | None:
    """Return one decision."""
    row = conn.execute(f"SELECT {_ROW} FROM orders.decision WHERE seq = %s", (seq,)).fetchone()
    return None if row is None else Stored(*row)


def listed(
    conn: Connection,
    *,
    before: int | None,
    limit: int,
    order: str | None = None,
    kind: str | None = None,
    binding: str | None = None,
    node: str | None = None,
) -> list[Stored]:
    """List decisions, newest first, without what they were decided from."""
    columns_ = _ROW.replace("snapshot::text", "NULL")
    rows = conn.execute(
        f"SELECT {columns_} FROM orders.decision WHERE (%(before)s::bigint IS NULL OR seq < %(before)s) "
        "AND (%(order)s::text IS NULL OR order_id = %(order)s) AND (%(kind)s::text IS NULL OR kind = %(kind)s) "
        "AND (%(binding)s::text IS NULL OR binding = %(binding)s) "
        "AND (%(node)s::text IS NULL OR %(node)s = ANY (nodes)) ORDER BY seq DESC LIMIT %(limit)s",
        {"before": before, "limit": limit, "order": order, "kind": kind, "binding": binding, "node": node},
    )
    return [Stored(*row) for row in rows]


# Batches ------------------------------------------------------------------------------------------------------------


class BatchRow(NamedTuple):
    """A batch as it is kept; see `entrepot.orders.sourcing.batch.Plan`."""

    id: int
    at: datetime
    orders: int
    moved: int
    before: int
    after: int
    bound: float
    version: str
    actor: str
    snapshot: str


def add_batch(
    conn: Connection, at: datetime, orders: int, moved: int, costs: tuple[int, int, float], actor: str, snapshot: bytes
) -> int:
    """Keep a batch (``costs``: before, after, bound); returns its number."""
    row = conn.execute(
        "INSERT INTO orders.sourcing_batch (at, orders, moved, before, after, bound, version, actor, snapshot) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s::json) RETURNING id",
        (at, orders, moved, *costs, VERSION, actor, snapshot.decode()),
    ).fetchone()
    assert row is not None
    return int(row[0])


def batch(conn: Connection, id: int) -> BatchRow | None:
    """Return one batch."""
    row = conn.execute(
        "SELECT id, at, orders, moved, before, after, bound, version, actor, snapshot::text "
        "FROM orders.sourcing_batch WHERE id = %s",
        (id,),
    ).fetchone()
    return None if row is None else BatchRow(*row)
