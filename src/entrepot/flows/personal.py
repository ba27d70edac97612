"""Personal data of an order: handed out, or erased for good."""

from __future__ import annotations

from typing import Final

from psycopg import Connection

from entrepot.delivery.dispatch import store as dispatch_store
from entrepot.infra.auth import SYSTEM, record_audit
from entrepot.infra.database import Database
from entrepot.kernel.canonical import KINDS
from entrepot.kernel.errors import NotFound
from entrepot.kernel.facts import Value
from entrepot.orders.fold import OrderState, from_json, to_json

FIELDS: Final = (
    *(name for name, kind in KINDS["order"].items() if kind == "pii"),
    "buyer_id", "buyer_note", "seller_note", "street", "postal", "longitude", "latitude",
)  # fmt: skip


def export_order(db: Database, order_id: str) -> dict[str, Value]:
    """Return the personal data held for an order."""
    with db.read() as conn:
        state = _state(conn, order_id)
    return {name: state.fields[name][0] for name in FIELDS if name in state.fields}


def erase_order(db: Database, order_id: str, by: str) -> dict[str, int]:
    """Erase the personal data of an order: its fields, its place in delivery days, and the bodies of its messages.

    Returns
    -------
    dict
        ``fields`` and ``messages`` erased.

    Notes
    -----
    A message that spoke of several orders loses its body for all of them: the folded orders stay, their lineage to
    the bytes ends there. The identity of the message stays, so that the same bytes sent again change nothing.
    """
    with db.transaction() as conn:
        state = _state(conn, order_id)
        erased = [name for name in FIELDS if name in state.fields]
        for name in erased:
            state.fields[name] = ({"state": "erased", "value": ""}, state.fields[name][1])
        conn.execute(
            "UPDATE orders.orders SET doc = %s, buyer_id = NULL, revision = revision + 1, "
            "change = nextval('orders.change'), changed_at = now() WHERE id = %s",
            (to_json(state).decode(), order_id),
        )
        messages = conn.execute(
            "UPDATE hub.raw SET body = NULL, headers = NULL, erased_at = now() WHERE body IS NOT NULL AND id IN "
            "(SELECT message_id FROM orders.source WHERE order_id = %s)",
            (order_id,),
        ).rowcount
        dispatch_store.forget_places(conn, order_id)
        record_audit(conn, SYSTEM, "personal.erase", order_id, {"by": by, "fields": erased, "messages": messages})
    return {"fields": len(erased), "messages": messages}


def _state(conn: Connection, order_id: str) -> OrderState:
    row = conn.execute("SELECT doc::text FROM orders.orders WHERE id = %s FOR UPDATE", (order_id,)).fetchone()
    if row is None:
        raise NotFound("orders.order", f"There is no order {order_id!r}.", "Search it by its native id.")
    return from_json(row[0])
