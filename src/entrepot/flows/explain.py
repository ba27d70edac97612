"""Explain: the value of an order's field, the message that won it, its bytes and converter, and who said otherwise."""

from __future__ import annotations

from typing import Final, NamedTuple

from psycopg import Connection

from entrepot.hub.adapter import RawMessage
from entrepot.hub.channels import adapter_of
from entrepot.hub.lineage import FieldTrace, MessageTrace, explain_message
from entrepot.hub.shops import Shops
from entrepot.hub.spans import Span
from entrepot.hub.store import load_messages
from entrepot.infra.database import Database
from entrepot.kernel.errors import InputError, NotFound
from entrepot.kernel.facts import Value
from entrepot.orders.fold import OrderState, Register, from_json

PARTS: Final = {"line": "order_line", "payment": "payment", "refund": "refund", "shipment": "shipment"}


class Candidate(NamedTuple):
    """What another message said of the field."""

    message_id: str
    version: int
    value: Value


class Explanation(NamedTuple):
    """Where a field comes from.

    Parameters
    ----------
    value : Value
        As folded.
    message_id, topic, received_at : str
        The message that won.
    adapter : str
        Channel and version of the mapping.
    converter : str
        Name of the conversion.
    pointers : tuple of str
        JSON pointers into the message.
    spans : tuple of (int, int)
        Their places in the message's text.
    excerpts : tuple of str
        The text there.
    candidates : tuple of Candidate
        Other messages that spoke of it, newest version first.
    """

    value: Value
    message_id: str
    topic: str
    received_at: str
    adapter: str
    converter: str
    pointers: tuple[str, ...]
    spans: tuple[Span, ...]
    excerpts: tuple[str, ...]
    candidates: tuple[Candidate, ...]


def explain_order(db: Database, shops: Shops, order_id: str, field: str) -> Explanation:
    """Explain a field of an order.

    Parameters
    ----------
    db : Database
        Where it is.
    shops : Shops
        For the shop's currency and zone.
    order_id : str
        ``channel:shop:native``.
    field : str
        An order's field, or ``line/<id>/<field>`` (likewise ``payment``, ``refund``, ``shipment``).

    Raises
    ------
    NotFound
        If there is no such order, or nothing is known of the field.
    """
    with db.read() as conn:
        row = conn.execute("SELECT doc::text FROM orders.orders WHERE id = %s", (order_id,)).fetchone()
        if row is None:
            raise NotFound("orders.order", f"There is no order {order_id!r}.", "Search it by its native id.")
        kind, record, name = _address(order_id, field)
        register = _register(from_json(row[0]), kind, record, order_id, name)
        winner = register[1][1]
        sources = conn.execute("SELECT message_id FROM orders.source WHERE order_id = %s", (order_id,)).fetchall()
        traces = _traces(conn, shops, [bytes(source[0]) for source in sources])
    found = [
        (message_id, message, trace, version, field_trace)
        for message_id, message, trace in traces
        for version, field_trace in _fields(trace, kind, record, name)
    ]
    found.sort(key=lambda one: (one[3], one[0]), reverse=True)
    won = next((one for one in found if one[0] == winner and one[4].value == register[0]), None)
    others = tuple(Candidate(one[0], one[3], one[4].value) for one in found if one is not won)
    if won is None:
        return Explanation(register[0], winner, "", "", "", "(erased, or read by an older mapping)", (), (), (), others)
    message_id, message, trace, _, field_trace = won
    adapter = adapter_of(message.channel)
    return Explanation(
        register[0],
        message_id,
        trace.topic,
        message.received_at.isoformat(),
        f"{adapter.channel} {adapter.version}",
        field_trace.converter,
        field_trace.pointers,
        field_trace.spans,
        tuple(trace.text[start:end] for start, end in field_trace.spans),
        others,
    )


def _address(order_id: str, field: str) -> tuple[str, str, str]:
    head, _, rest = field.partition("/")
    if not rest:
        return "order", order_id, field
    part, _, name = rest.rpartition("/")
    if head not in PARTS or not part:
        raise InputError("explain.field", f"{field!r} names no field.", "Use FIELD, or line/LINE_ID/FIELD.")
    return PARTS[head], f"{order_id}/{part}", name


def _register(state: OrderState, kind: str, record: str, order_id: str, name: str) -> Register:
    fields = state.fields if kind == "order" else state.parts.get(kind, {}).get(record[len(order_id) + 1 :], {})
    if name not in fields:
        raise NotFound("explain.unknown", f"No message spoke of {name!r} of {record}.", "Nothing is known of it.")
    return fields[name]


def _traces(conn: Connection, shops: Shops, ids: list[bytes]) -> list[tuple[str, RawMessage, MessageTrace]]:
    registered = shops.all(conn)
    return [
        (
            key.hex(),
            message,
            explain_message(
                adapter_of(message.channel), message, registered[message.channel, message.shop].context
            ),
        )
        for key, message, _ in load_messages(conn, ids)
    ]


def _fields(trace: MessageTrace, kind: str, record: str, name: str) -> list[tuple[int, FieldTrace]]:
    return [
        (one.fact.version, one.fields[name])
        for one in trace.records
        if one.fact.kind == kind and one.fact.id == record and name in one.fields
    ]
