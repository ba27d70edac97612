"""Writes of the outbox: wishes coalesce in one row a target; a sender leases rows, and settles them by the reply."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID, uuid4

import msgspec
from psycopg import Connection

from entrepot.hub.writeback.pace import (
    LOCKED_OUT_WAIT,
    MOST_ATTEMPTS,
    THROTTLED_WAIT,
    Bucket,
    filled,
    is_open,
    later,
    wait_seconds,
)
from entrepot.hub.writeback.writer import ShipmentWish, StockWish, Task, Verdict, Wish, Writer
from entrepot.infra.log import Position

LEASE_SECONDS: Final = 60
"""How long a sender has rows to itself; after that it is taken for dead and others may send them."""

_MOST_ROWS: Final = 500

# A wish that came too late for a newer one is dropped; one that is what the channel has already is done, unless a
# sender is on its way with another value.
_WISH: Final = """
INSERT INTO hub.writeback AS held (channel, shop, kind, target, wish, log_xid, log_seq, wished_at, due_at)
SELECT channel, shop, wish ->> 'type', target, wish, %(xid)s, %(seq)s, %(now)s, %(now)s
FROM jsonb_to_recordset(%(rows)s) AS given (channel text, shop text, target text, wish jsonb)
ORDER BY channel COLLATE "C", shop COLLATE "C", wish ->> 'type', target COLLATE "C"
ON CONFLICT (channel, shop, kind, target) DO UPDATE
SET wish = EXCLUDED.wish, log_xid = EXCLUDED.log_xid, log_seq = EXCLUDED.log_seq, wished_at = EXCLUDED.wished_at,
    due_at = EXCLUDED.due_at, attempts = 0, is_alone = false, reason = '', message = '', mend = '',
    state = CASE WHEN held.accepted = EXCLUDED.wish AND held.lease IS NULL THEN 'done' ELSE 'waiting' END
WHERE held.wish <> EXCLUDED.wish
  AND (held.log_xid, held.log_seq) <= (EXCLUDED.log_xid, EXCLUDED.log_seq)"""

_DUE: Final = """
SELECT target, wish, accepted, wished_at, is_alone FROM hub.writeback
WHERE channel = %s AND shop = %s AND kind = %s AND state = 'waiting' AND due_at <= %s
  AND (leased_until IS NULL OR leased_until <= %s)
ORDER BY due_at, target LIMIT %s FOR UPDATE SKIP LOCKED"""

_LEASE: Final = """
UPDATE hub.writeback SET lease = %s, leased_until = %s
WHERE channel = %s AND shop = %s AND kind = %s AND target = ANY (%s)"""

_RELEASE: Final = "UPDATE hub.writeback SET lease = NULL, leased_until = NULL WHERE lease = %s AND target = ANY (%s)"

# The reply answers the wish that was sent; where a newer one came meanwhile, that one is sent next.
_ACCEPTED: Final = """
UPDATE hub.writeback w
SET accepted = sent.wish, accepted_at = %(now)s, attempts = 0, is_alone = false, lease = NULL, leased_until = NULL,
    due_at = %(now)s, reason = '', message = '', mend = '',
    state = CASE WHEN w.wish = sent.wish THEN 'done' ELSE 'waiting' END
FROM jsonb_to_recordset(%(rows)s) AS sent (target text, wish jsonb)
WHERE w.channel = %(channel)s AND w.shop = %(shop)s AND w.kind = %(kind)s AND w.target = sent.target
  AND w.lease = %(lease)s"""

_FAILED: Final = """
UPDATE hub.writeback w
SET attempts = w.attempts + sent.counts, is_alone = w.is_alone OR sent.goes_alone, lease = NULL, leased_until = NULL,
    accepted = CASE WHEN sent.is_sure THEN w.accepted END,
    due_at = CASE WHEN w.wish = sent.wish THEN sent.due_at ELSE %(now)s END,
    state = CASE WHEN sent.is_dead AND w.wish = sent.wish THEN 'dead' ELSE 'waiting' END,
    reason = %(reason)s, message = %(message)s, mend = %(mend)s
FROM jsonb_to_recordset(%(rows)s) AS sent (target text, wish jsonb, counts integer, goes_alone boolean,
    is_sure boolean, is_dead boolean, due_at timestamptz)
WHERE w.channel = %(channel)s AND w.shop = %(shop)s AND w.kind = %(kind)s AND w.target = sent.target
  AND w.lease = %(lease)s
RETURNING w.state"""


_BURY: Final = """
UPDATE hub.writeback w SET state = 'dead', reason = given.reason, message = given.message, mend = given.mend
FROM jsonb_to_recordset(%(rows)s) AS given (target text, reason text, message text, mend text)
WHERE w.channel = %(channel)s AND w.shop = %(shop)s AND w.kind = %(kind)s AND w.target = given.target"""


class NewWish(NamedTuple):
    """A wish for a target of a shop."""

    channel: str
    shop: str
    target: str
    wish: Wish


class Lane(NamedTuple):
    """A shop and a kind of wish: what one bucket paces."""

    channel: str
    shop: str
    kind: str


class Claim(NamedTuple):
    """What a sender may send now, in batches, and how many wishes can never be sent as they are."""

    lease: UUID
    batches: list[list[Task]]
    buried: int = 0


class _Due(NamedTuple):
    task: Task
    is_alone: bool
    refusal: Verdict | None


def wish_for(conn: Connection, wishes: Sequence[NewWish], position: Position, now: datetime) -> int:
    """Put wishes in the outbox, in the caller's transaction.

    Parameters
    ----------
    conn : Connection
        In a transaction.
    wishes : sequence of NewWish
        At most one a target.
    position : Position
        Place in the log the wishes reflect; an older one never replaces a newer one.
    now : datetime
        The moment.

    Returns
    -------
    int
        Rows that changed: what is wished already is left alone.
    """
    rows = msgspec.json.encode([wish._asdict() for wish in wishes]).decode()
    values = {"rows": rows, "xid": position.xid, "seq": position.seq, "now": now}
    return conn.execute(_WISH, values).rowcount if wishes else 0


def claim(conn: Connection, lane: Lane, writer: Writer, now: datetime) -> Claim:
    """Lease what is due, as much as the shop takes now; nothing when another sender is at it.

    Parameters
    ----------
    conn : Connection
        In a transaction, committed before anything is sent.
    lane : Lane
        Which shop, which kind.
    writer : Writer
        How it is written to; must take the kind.
    now : datetime
        The moment.
    """
    lease = uuid4()
    bucket = _lock_bucket(conn, lane, writer, now)
    if bucket is None or not is_open(bucket, now):
        return Claim(lease, [])
    due = _due(conn, lane, writer, now)
    buried = _bury(conn, lane, [one for one in due if one.refusal])
    alone = [one.task for one in due if one.is_alone and not one.refusal]
    together = [one.task for one in due if not one.is_alone and not one.refusal]
    batches = [*([task] for task in alone), *writer.batch(together)][: int(bucket.tokens)]
    targets = [task.target for batch in batches for task in batch]
    conn.execute(_LEASE, (lease, later(now, LEASE_SECONDS), *lane, targets))
    _save_bucket(conn, lane, bucket._replace(tokens=bucket.tokens - len(batches)))
    return Claim(lease, batches, buried)


def release(conn: Connection, lease: UUID, tasks: Sequence[Task]) -> None:
    """Give back what was leased and not sent."""
    conn.execute(_RELEASE, (lease, [task.target for task in tasks]))


def settle(
    conn: Connection, lane: Lane, lease: UUID, tasks: Sequence[Task], verdict: Verdict, now: datetime
) -> list[str]:
    """Write down what became of a batch that was sent.

    Returns
    -------
    list of str
        The states of the rows of a batch that failed; empty for one that was accepted.
    """
    values: dict[str, object] = {**lane._asdict(), "lease": lease, "now": now}
    if verdict.outcome in ("ok", "already"):
        told: list[dict[str, object]] = [{"target": task.target, "wish": task.wish} for task in tasks]
        conn.execute(_ACCEPTED, values | {"rows": _json(told)})
        return []
    pause = _pause(verdict)
    if pause:
        _close_bucket(conn, lane, later(now, pause))
    attempts = _attempts(conn, lane, lease)
    rows = [_failure(task, attempts.get(task.target, 0), verdict, pause, len(tasks), now) for task in tasks]
    values |= {"reason": verdict.reason, "message": verdict.message, "mend": verdict.mend, "rows": _json(rows)}
    return [state for (state,) in conn.execute(_FAILED, values)]


def hold(conn: Connection, lane: Lane, reason: str, message: str, mend: str) -> int:
    """Keep the wishes of a shop that cannot be written to, and say why; returns how many."""
    return conn.execute(
        "UPDATE hub.writeback SET state = 'held', reason = %s, message = %s, mend = %s "
        "WHERE channel = %s AND shop = %s AND kind = %s "
        "AND (state = 'waiting' OR (state = 'held' AND message <> %s))",
        (reason, message, mend, *lane, message),
    ).rowcount


def unhold(conn: Connection, lane: Lane, now: datetime) -> int:
    """Let the wishes of a shop go that can be written to by now; returns how many."""
    return conn.execute(
        "UPDATE hub.writeback SET state = 'waiting', due_at = %s, reason = '', message = '', mend = '' "
        "WHERE channel = %s AND shop = %s AND kind = %s AND state = 'held'",
        (now, *lane),
    ).rowcount


def retry(
    conn: Connection,
    now: datetime,
    *,
    channel: str | None = None,
    shop: str | None = None,
    kind: str | None = None,
    target: str | None = None,
) -> int:
    """Send dead letters again; returns how many. What is None is not asked about."""
    return conn.execute(
        "UPDATE hub.writeback SET state = 'waiting', attempts = 0, due_at = %s, reason = '', message = '', mend = '' "
        "WHERE state = 'dead' AND channel = coalesce(%s, channel) AND shop = coalesce(%s, shop) "
        "AND kind = coalesce(%s, kind) AND target = coalesce(%s, target)",
        (now, channel, shop, kind, target),
    ).rowcount


def _lock_bucket(conn: Connection, lane: Lane, writer: Writer, now: datetime) -> Bucket | None:
    rate = writer.rates[lane.kind]
    conn.execute(
        "INSERT INTO hub.write_bucket (channel, shop, kind, tokens, filled_at) VALUES (%s, %s, %s, %s, %s) "
        "ON CONFLICT DO NOTHING",
        (*lane, rate.burst, now),
    )
    row = conn.execute(
        "SELECT tokens, filled_at, closed_until FROM hub.write_bucket "
        "WHERE channel = %s AND shop = %s AND kind = %s FOR UPDATE SKIP LOCKED",
        lane,
    ).fetchone()
    return None if row is None else filled(Bucket(*row), rate, now)


def _save_bucket(conn: Connection, lane: Lane, bucket: Bucket) -> None:
    conn.execute(
        "UPDATE hub.write_bucket SET tokens = %s, filled_at = %s WHERE channel = %s AND shop = %s AND kind = %s",
        (bucket.tokens, bucket.filled_at, *lane),
    )


def _close_bucket(conn: Connection, lane: Lane, until: datetime) -> None:
    conn.execute(
        "UPDATE hub.write_bucket SET closed_until = greatest(closed_until, %s) "
        "WHERE channel = %s AND shop = %s AND kind = %s",
        (until, *lane),
    )


def _due(conn: Connection, lane: Lane, writer: Writer, now: datetime) -> list[_Due]:
    found = []
    for target, wish, accepted, wished_at, is_alone in conn.execute(_DUE, (*lane, now, now, _MOST_ROWS)):
        task = Task(target, _wish(wish), None if accepted is None else _wish(accepted), wished_at)
        found.append(_Due(task, is_alone, writer.refuse(task.wish)))
    return found


def _bury(conn: Connection, lane: Lane, refused: Sequence[_Due]) -> int:
    """Take out of the queue what cannot be addressed at all, without a call."""
    rows = [
        {
            "target": one.task.target,
            "reason": one.refusal.reason,
            "message": one.refusal.message,
            "mend": one.refusal.mend,
        }
        for one in refused
        if one.refusal
    ]
    return conn.execute(_BURY, {**lane._asdict(), "rows": _json(rows)}).rowcount if rows else 0


def _attempts(conn: Connection, lane: Lane, lease: UUID) -> dict[str, int]:
    rows = conn.execute(
        "SELECT target, attempts FROM hub.writeback WHERE channel = %s AND shop = %s AND kind = %s AND lease = %s",
        (*lane, lease),
    )
    return dict(rows.fetchall())


def _pause(verdict: Verdict) -> float:
    """Return how long the whole shop is left alone."""
    if verdict.outcome == "throttled":
        return verdict.retry_after or THROTTLED_WAIT
    if verdict.outcome == "locked_out":
        return LOCKED_OUT_WAIT
    return verdict.retry_after or 0.0


def _failure(task: Task, attempts: int, verdict: Verdict, pause: float, batch: int, now: datetime) -> dict[str, object]:
    counts = 0 if verdict.outcome in ("throttled", "locked_out") else 1
    goes_alone = verdict.outcome == "permanent" and batch > 1
    wait = 0.0 if goes_alone else pause if counts == 0 else wait_seconds(attempts + 1, task.target)
    return {
        "target": task.target,
        "wish": task.wish,
        "counts": counts,
        "goes_alone": goes_alone,
        # Only a call that was turned away at the door surely changed nothing there.
        "is_sure": counts == 0,
        "is_dead": not goes_alone and (verdict.outcome == "permanent" or attempts + counts >= MOST_ATTEMPTS),
        "due_at": later(now, wait),
    }


def _wish(document: object) -> Wish:
    return msgspec.convert(document, StockWish | ShipmentWish)


def _json(rows: object) -> str:
    return msgspec.json.encode(rows).decode()
