"""Work orders as a node sees them: what to accept, pick, pack and hand over; a rule over pieces says how far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from psycopg import Connection

from entrepot.kernel.errors import InputError
from entrepot.orders.pieces import STATES

OPEN_STATES: Final = (
    "released", "cancel_asked", "accepted", "picking", "packed", "ready", "uncollected", "shipped",
)  # fmt: skip
"""States a node's list can be asked for; further ones are found in the order."""

# The least advanced piece says where a work order stands; cancelled ones say nothing.
_WORK: Final = """
work AS (
    SELECT p.work, (array_agg(p.state ORDER BY array_position(%(states)s::text[], p.state), p.line, p.no)
            FILTER (WHERE p.state <> 'cancelled'))[1] AS state
    FROM orders.piece p
    WHERE p.work IN (
        SELECT work FROM orders.piece
        WHERE work IS NOT NULL AND state = ANY (%(open)s) AND (%(node)s::text IS NULL OR node = %(node)s))
    GROUP BY p.work
)"""

_ROWS: Final = f"""WITH {_WORK}
SELECT f.id, f.order_id, o.channel, o.native_id, f.node, f.mode, w.state, f.released_at, f.accept_by, f.ship_by,
    f.collect_by, f.parcels,
    (SELECT json_agg(json_build_object('id', p.line || '#' || p.no, 'line', p.line, 'sku', p.sku, 'qty', p.qty,
            'state', p.state, 'title', i.title, 'node', p.node) ORDER BY p.line, p.no)
     FROM orders.piece p LEFT JOIN orders.line i ON i.order_id = p.order_id AND i.line_id = p.line WHERE p.work = f.id)
FROM work w JOIN orders.fulfilment f ON f.id = w.work JOIN orders.orders o ON o.id = f.order_id
WHERE (%(state)s::text IS NULL OR w.state = %(state)s)
  AND (%(q)s::text IS NULL OR %(q)s IN (f.id, f.order_id, o.native_id))
  AND (%(after)s::timestamptz IS NULL OR (f.ship_by, f.id) > (%(after)s, %(after_id)s))
ORDER BY f.ship_by, f.id LIMIT %(limit)s"""

_COUNTS: Final = f"""WITH {_WORK}
SELECT w.state, count(*) FROM work w JOIN orders.fulfilment f ON f.id = w.work JOIN orders.orders o ON o.id = f.order_id
WHERE w.state IS NOT NULL AND (%(q)s::text IS NULL OR %(q)s IN (f.id, f.order_id, o.native_id)) GROUP BY w.state"""


@dataclass(frozen=True, slots=True)
class WorkQuery:
    """Which work orders: of a node, in a state, or by the number of work order or order."""

    node: str | None = None
    state: str | None = None
    q: str | None = None

    def values(self) -> dict[str, object]:
        """Return the parameters of the statements.

        Raises
        ------
        InputError
            ``orders.work_state``.
        """
        if self.state is not None and self.state not in OPEN_STATES:
            raise InputError(
                "orders.work_state",
                f"Work orders are not listed by {self.state[:40]!r}.",
                f"Use one of {', '.join(OPEN_STATES)}.",
            )
        return {"states": list(STATES), "open": list(OPEN_STATES), "node": self.node, "state": self.state, "q": self.q}


class WorkRow(NamedTuple):
    """A work order."""

    id: str
    order_id: str
    channel: str
    native_id: str
    node: str
    mode: str
    state: str
    released_at: datetime
    accept_by: datetime | None
    ship_by: datetime
    collect_by: datetime | None
    parcels: list[dict[str, str]]
    pieces: list[dict[str, object]]


def rows(conn: Connection, query: WorkQuery, limit: int, after: tuple[datetime, str] | None = None) -> list[WorkRow]:
    """List work orders, the one to be shipped first at the head."""
    place: dict[str, object] = {"after": after[0] if after else None, "after_id": after[1] if after else None}
    return [WorkRow(*row) for row in conn.execute(_ROWS.encode(), {**query.values(), **place, "limit": limit})]


def counts(conn: Connection, query: WorkQuery) -> dict[str, int]:
    """Count a node's work orders by state."""
    found: dict[str, int] = dict(conn.execute(_COUNTS.encode(), query.values()).fetchall())
    return {state: found[state] for state in OPEN_STATES if state in found}
