"""The order desk: what needs a person, by reason, the earliest deadline and the most money first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from psycopg import Connection

from entrepot.kernel.errors import InputError
from entrepot.orders.attention import PAY_WITHIN

CONFIRM_WITHIN: Final = timedelta(hours=24)
"""From a channel's word that goods left until a warehouse should have said so too."""

REASONS: Final[dict[str, tuple[str, str]]] = {
    # reason: (predicate over a piece p, its order's life l, its work order f, the order o; its deadline)
    "refused": ("p.state IN ('refused', 'timed_out')", "NULL"),
    "short": ("p.state = 'short'", "NULL"),
    "lost": ("p.state IN ('lost', 'damaged')", "NULL"),
    "backordered": ("p.state = 'backordered'", "NULL"),
    "unmatched_sku": ("p.state = 'placed' AND p.sku IS NULL", "NULL"),
    "no_way": (
        "p.state IN ('sourced', 'released', 'accepted', 'picking', 'packed') "
        "AND (SELECT d.binding FROM orders.decision d WHERE d.order_id = p.order_id "
        "ORDER BY d.seq DESC LIMIT 1) = 'no_candidate'",
        "f.ship_by",
    ),
    "overdue_accept": ("p.state = 'released' AND f.accept_by < %(now)s", "f.accept_by"),
    "overdue_ship": (
        "p.state IN ('released', 'accepted', 'picking', 'packed') AND f.mode <> 'pickup' AND f.ship_by < %(now)s",
        "f.ship_by",
    ),
    "cancel_asked": ("p.state = 'cancel_asked'", "f.ship_by"),
    "address_changed": (
        "p.state IN ('released', 'accepted', 'picking', 'packed') AND l.sourced_for <> l.destination",
        "f.ship_by",
    ),
    "uncollected": ("p.state = 'uncollected'", "f.collect_by"),
    "held": (
        "p.state = 'risk_hold' OR (p.state IN ('reserved', 'sourced') AND coalesce(o.hold_status, 'none') <> 'none')",
        "NULL",
    ),
    "unpaid": (
        "p.state = 'sourced' AND coalesce(o.payment_status, 'unpaid') = 'unpaid' AND o.placed_at < %(pay_by)s",
        "NULL",
    ),
    "returning": ("p.state = 'returning'", "NULL"),
    "return_asked": ("p.state = 'return_asked'", "NULL"),
    "to_grade": ("p.state = 'received'", "NULL"),
    "to_put_away": ("p.state = 'graded'", "NULL"),
    "unconfirmed": (
        "p.hold IS NOT NULL AND p.state IN ('shipped', 'delivered', 'collected') AND p.since < %(confirm_by)s",
        "NULL",
    ),
}
"""Why a piece is on the desk, worst first; the first that holds counts."""

OVER_ISSUED: Final = "over_issued"
"""More units left than were ordered; of the order as a whole."""

LATE_RISK: Final = "late_risk"
"""More likely than not it arrives after the promised day, as the promise watch last saw it; of the order as a whole."""

LIKELY: Final = 0.5

ALL_REASONS: Final = (OVER_ISSUED, *REASONS, LATE_RISK)

# What has ended is on the desk only while a warehouse's word is missing: two index scans, no walk through history.
_PIECES: Final = f"""
piece AS (
    SELECT p.*, l.version, o.channel, o.native_id, o.promised_at, o.placed_at, o.currency,
        coalesce(i.unit_price, 0) * p.qty AS money,
        CASE {" ".join(f"WHEN {test} THEN '{name}'" for name, (test, _) in REASONS.items())} END AS reason,
        CASE {" ".join(f"WHEN {test} THEN {due}" for _, (test, due) in REASONS.items())} END::timestamptz AS deadline
    FROM (
        SELECT * FROM orders.piece
        WHERE state NOT IN ('delivered', 'collected', 'cancelled', 'restocked', 'scrapped', 'vendor')
        UNION
        SELECT * FROM orders.piece WHERE hold IS NOT NULL AND state IN ('shipped', 'delivered', 'collected')
    ) AS p
    JOIN orders.life l ON l.order_id = p.order_id
    JOIN orders.orders o ON o.id = p.order_id
    LEFT JOIN orders.fulfilment f ON f.id = p.work
    LEFT JOIN orders.line i ON i.order_id = p.order_id AND i.line_id = p.line
), matter AS (
    SELECT order_id, reason, channel, native_id, currency, version, placed_at, promised_at,
        coalesce(min(deadline), promised_at, min(since)) AS due, min(since) AS since, sum(qty)::bigint AS qty,
        sum(money)::bigint AS money, array_agg(line || '#' || no ORDER BY line, no) AS pieces,
        array_agg(DISTINCT node) FILTER (WHERE node IS NOT NULL) AS nodes
    FROM piece WHERE reason IS NOT NULL
    GROUP BY order_id, reason, channel, native_id, currency, version, placed_at, promised_at
    UNION ALL
    SELECT l.order_id, '{OVER_ISSUED}', o.channel, o.native_id, o.currency, l.version, o.placed_at, o.promised_at,
        l.changed_at, l.changed_at, l.over_issued, 0, '{{}}', NULL
    FROM orders.life l JOIN orders.orders o ON o.id = l.order_id WHERE l.over_issued > 0
    UNION ALL
    SELECT r.order_id, '{LATE_RISK}', o.channel, o.native_id, o.currency, coalesce(l.version, 0), o.placed_at,
        r.promised::timestamptz, r.promised::timestamptz, r.looked_at, o.pieces, coalesce(o.goods, 0), '{{}}', NULL
    FROM orders.promise_risk r JOIN orders.orders o ON o.id = r.order_id
    LEFT JOIN orders.life l ON l.order_id = r.order_id
    WHERE r.late_chance >= {LIKELY}
)"""

_WANTED: Final = """
    (%(reason)s::text IS NULL OR reason = %(reason)s) AND (%(channel)s::text IS NULL OR channel = %(channel)s)
    AND (%(node)s::text IS NULL OR %(node)s = ANY (nodes)) AND (%(q)s::text IS NULL OR %(q)s IN (native_id, order_id))
    AND (%(orders)s::text[] IS NULL OR order_id = ANY (%(orders)s))"""

_ROWS: Final = f"""WITH {_PIECES}
SELECT order_id, reason, channel, native_id, version, due, since, placed_at, promised_at, qty, money, currency,
    coalesce(nodes, '{{}}'), pieces
FROM matter
WHERE {_WANTED} AND (%(after)s::timestamptz IS NULL
    OR (due, -money, order_id, reason) > (%(after)s, %(after_money)s, %(after_order)s, %(after_reason)s))
ORDER BY due, -money, order_id, reason LIMIT %(limit)s"""

_COUNTS: Final = f"""WITH {_PIECES}
SELECT reason, count(*), sum(qty)::bigint, min(due) FROM matter
WHERE {_WANTED.replace("(%(reason)s::text IS NULL OR reason = %(reason)s) AND ", "")} GROUP BY reason"""


@dataclass(frozen=True, slots=True)
class DeskQuery:
    """What to show of the desk.

    Parameters
    ----------
    reason : str or None
        One of `ALL_REASONS`.
    channel, node : str or None
        Exactly this.
    q : str or None
        An order's number or id.
    orders : tuple of str or None
        These orders only.
    """

    reason: str | None = None
    channel: str | None = None
    node: str | None = None
    q: str | None = None
    orders: tuple[str, ...] | None = None

    def values(self, now: datetime) -> dict[str, object]:
        """Return the parameters of the statements.

        Raises
        ------
        InputError
            ``orders.desk_reason``.
        """
        if self.reason is not None and self.reason not in ALL_REASONS:
            raise InputError(
                "orders.desk_reason",
                f"There is no reason {self.reason[:40]!r}.",
                f"Use one of {', '.join(ALL_REASONS)}.",
            )
        return {
            "reason": self.reason,
            "channel": self.channel,
            "node": self.node,
            "q": self.q,
            "orders": None if self.orders is None else list(self.orders),
            "now": now,
            "pay_by": now - PAY_WITHIN,
            "confirm_by": now - CONFIRM_WITHIN,
        }


class DeskRow(NamedTuple):
    """An order and one reason why it is on the desk; money in minor units of the currency."""

    order_id: str
    reason: str
    channel: str
    native_id: str
    version: int
    due: datetime
    since: datetime
    placed_at: datetime | None
    promised_at: datetime | None
    qty: int
    money: int
    currency: str | None
    nodes: list[str]
    pieces: list[str]


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many orders are on the desk for a reason, with how many units, and the earliest deadline."""

    reason: str
    count: int
    qty: int
    due: datetime


Position = tuple[datetime, int, str, str]
"""Where a page ended: due, money turned round, order, reason."""


def position_of(row: DeskRow) -> Position:
    """Return the place of a row in the sequence."""
    return row.due, -row.money, row.order_id, row.reason


def rows(conn: Connection, query: DeskQuery, now: datetime, limit: int, after: Position | None = None) -> list[DeskRow]:
    """List what needs a person: the earliest deadline first, of equals the most money."""
    place = dict(zip(("after", "after_money", "after_order", "after_reason"), after or (None,) * 4, strict=True))
    values: dict[str, object] = {**query.values(now), **place, "limit": limit}
    return [DeskRow(*row) for row in conn.execute(_ROWS.encode(), values)]


def titles(conn: Connection, orders: Sequence[str]) -> dict[tuple[str, str], str]:
    """Return what channels call the goods of orders, by order and line."""
    query = (
        "SELECT order_id, line_id, coalesce(nullif(title, ''), merchant_code) AS called FROM orders.line "
        "WHERE order_id = ANY (%s)"
    )
    return {(order, line): called for order, line, called in conn.execute(query, (list(orders),)) if called}


def counts(conn: Connection, query: DeskQuery, now: datetime) -> Sequence[ReasonCount]:
    """Count by reason, worst first; the filter by reason is left aside."""
    found = [ReasonCount(*row) for row in conn.execute(_COUNTS.encode(), query.values(now))]
    return sorted(found, key=lambda one: ALL_REASONS.index(one.reason))
