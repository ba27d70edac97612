"""One order whole: its folded fields and parts, its parcels, and the messages that spoke of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg import Connection

from entrepot.kernel.facts import Value
from entrepot.orders.fold import Fields, OrderState, from_json, live_lines
from entrepot.orders.projection import told
from entrepot.orders.queries import OrderSummary, Surroundings, read_orders

_MOST_SOURCES = 500


@dataclass(frozen=True, slots=True)
class TrackingRow:
    """What a carrier saw of a parcel, and which message said so."""

    tracking_no: str
    at: datetime
    code: str
    raw_code: str | None
    place: str | None
    text: str | None
    carrier: str | None
    message_id: str


@dataclass(frozen=True, slots=True)
class ParcelRow:
    """Where a parcel is, and the carrier that says so."""

    status: str
    place: str | None
    carrier: str | None


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A message that spoke of an order."""

    message_id: str
    version: int
    topic: str
    received_at: datetime
    kinds: str


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """An order with all that is known of it.

    Parameters
    ----------
    summary : OrderSummary
        As in the list.
    state : OrderState
        The folded state; every field with the message that won it.
    skus : dict
        Our SKU by line.
    parcels : dict
        By parcel number.
    tracking : list of TrackingRow
        Oldest first.
    sources : list of SourceRow
        Oldest first; the latest 500.
    """

    summary: OrderSummary
    state: OrderState
    skus: dict[str, str | None]
    parcels: dict[str, ParcelRow]
    tracking: list[TrackingRow]
    sources: list[SourceRow]

    def parts(self, kind: str) -> dict[str, Fields]:
        """Return the parts of a kind that the order still has."""
        return live_lines(self.state) if kind == "order_line" else self.state.parts.get(kind, {})


def find_order(conn: Connection, order_id: str, around: Surroundings) -> OrderDetail | None:
    """Read one order; None when there is none by that id."""
    summaries = read_orders(conn, [order_id], around)
    row = conn.execute("SELECT doc::text FROM orders.orders WHERE id = %s", (order_id,)).fetchone()
    if not summaries or row is None:
        return None
    state = from_json(row[0])
    skus = conn.execute("SELECT line_id, sku FROM orders.line WHERE order_id = %s", (order_id,)).fetchall()
    numbers = parcel_numbers(state)
    parcels = conn.execute(
        "SELECT tracking_no, status, place, carrier FROM orders.parcel WHERE tracking_no = ANY (%s)", (numbers,)
    ).fetchall()
    return OrderDetail(
        summaries[0],
        state,
        dict(skus),
        {number: ParcelRow(*parcel) for number, *parcel in parcels},
        _tracking(conn, numbers),
        order_sources(conn, order_id),
    )


def parcel_numbers(state: OrderState) -> list[str]:
    """Return the numbers of the order's parcels."""
    numbers: list[Value] = [told(fields, "tracking_no") for fields in state.parts.get("shipment", {}).values()]
    return sorted({number for number in numbers if isinstance(number, str)})


def order_state(conn: Connection, order_id: str) -> OrderState | None:
    """Read the folded state alone; None when there is no such order."""
    row = conn.execute("SELECT doc::text FROM orders.orders WHERE id = %s", (order_id,)).fetchone()
    return None if row is None else from_json(row[0])


def order_sources(conn: Connection, order_id: str) -> list[SourceRow]:
    """List the messages that spoke of an order, oldest first."""
    rows = conn.execute(
        "SELECT encode(message_id, 'hex'), version, topic, received_at, kinds FROM orders.source WHERE order_id = %s "
        "ORDER BY received_at DESC, message_id DESC LIMIT %s",
        (order_id, _MOST_SOURCES),
    ).fetchall()
    return [SourceRow(*row) for row in reversed(rows)]


def _tracking(conn: Connection, numbers: list[str]) -> list[TrackingRow]:
    rows = conn.execute(
        "SELECT tracking_no, at, code, raw_code, place, note, carrier, encode(message_id, 'hex') "
        "FROM orders.tracking_event WHERE tracking_no = ANY (%s) ORDER BY at, id",
        (numbers,),
    ).fetchall()
    return [TrackingRow(*row) for row in rows]
