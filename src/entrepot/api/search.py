"""One search for all that has a name: orders, parcels, SKUs, nodes, messages."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import Query
from psycopg import Connection
from pydantic import BaseModel

from entrepot.api.access import Reader
from entrepot.api.resource import resource_router
from entrepot.api.services import Services, Wired
from entrepot.hub.queries import as_id_prefix, find_messages
from entrepot.orders.queries import OrderQuery, Surroundings, list_orders, parcel_orders
from entrepot.stock import find_skus

router = resource_router("search")


class Hit(BaseModel):
    """Something found, and the page of the console that shows it."""

    kind: Literal["order", "parcel", "sku", "node", "message"]
    id: str
    title: str
    url: str


class SearchReply(BaseModel):
    """What was found, the most likely first."""

    items: list[Hit]


@router.get("/search", summary="Search")
def get_search(
    services: Wired,
    caller: Reader,
    q: Annotated[str, Query(min_length=1, max_length=200, description="number, code, title, name, pinyin, message id")],
    limit: Annotated[int, Query(ge=1, le=50)] = 8,
) -> SearchReply:
    """Find orders, parcels, SKUs, nodes and messages by what people have in hand."""
    text = q.strip()
    if not text:
        return SearchReply(items=[])
    with services.db.read() as conn:
        found: dict[tuple[str, str], Hit] = {}
        for hits in (
            _parcels(conn, text, limit),
            _orders(conn, services, text, limit),
            _skus(conn, text, limit),
            _nodes(services, text),
            _messages(conn, text, limit),
        ):
            # No kind may crowd out the others.
            for hit in islice(hits, max(3, limit // 2)):
                found.setdefault((hit.kind, hit.id), hit)
    return SearchReply(items=list(found.values())[:limit])


def _parcels(conn: Connection, text: str, limit: int) -> Iterator[Hit]:
    for number in dict.fromkeys((text, text.upper())):
        for order_id, parcel in parcel_orders(conn, number, limit):
            yield Hit(kind="parcel", id=parcel, title=f"{parcel} · {order_id}", url=f"/orders/{_safe(order_id)}")


def _orders(conn: Connection, services: Services, text: str, limit: int) -> Iterator[Hit]:
    for order in list_orders(conn, OrderQuery(q=text), Surroundings(services.clock.now(), services.zone), limit):
        title = f"{order.native_id} · {order.channel} {order.shop}"
        yield Hit(kind="order", id=order.id, title=title, url=f"/orders/{_safe(order.id)}")


def _skus(conn: Connection, text: str, limit: int) -> Iterator[Hit]:
    for sku in find_skus(conn, text, limit):
        yield Hit(kind="sku", id=sku.id, title=f"{sku.id} · {sku.title}", url=f"/stock?sku={_safe(sku.id)}")


def _nodes(services: Services, text: str) -> Iterator[Hit]:
    wanted = text.casefold()
    for node in services.stock.nodes(services.clock.now()):
        if wanted in f"{node.id} {node.name} {node.name_en} {node.city}".casefold():
            yield Hit(kind="node", id=node.id, title=f"{node.id} · {node.name}", url=f"/stock?node={_safe(node.id)}")


def _messages(conn: Connection, text: str, limit: int) -> Iterator[Hit]:
    prefix = as_id_prefix(text)
    if prefix is None:
        return
    for row in find_messages(conn, prefix, limit):
        title = f"{row.id[:16]} · {row.channel} {row.topic}"
        yield Hit(kind="message", id=row.id, title=title, url=f"/messages/{row.id}")


def _safe(text: str) -> str:
    return quote(text, safe="")
