"""Orders: the list, its export, one order, and where a value came from."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import StreamingResponse
from psycopg import Connection
from pydantic import Field

from entrepot.api.access import Reader, may_read_personal
from entrepot.api.explain import Explanation, explain_value
from entrepot.api.export import order_csv
from entrepot.api.moments import moment, one_of, words
from entrepot.api.order_reply import OrderReply, order_reply
from entrepot.api.paging import Page, Paged, bad_cursor, decode_cursor, encode_cursor
from entrepot.api.resource import resource_router
from entrepot.api.services import Services, Wired
from entrepot.hub.quarantine import records_kept_out
from entrepot.hub.queries import stocked_shops
from entrepot.kernel.canonical import AFTERSALE, FULFILMENT, HOLD, PAYMENT
from entrepot.kernel.errors import NotFound
from entrepot.orders.detail import find_order
from entrepot.orders.queries import (
    OrderQuery,
    OrderSummary,
    Surroundings,
    count_orders,
    list_orders,
    position_of,
)
from entrepot.stock.catalogue import sku_names

router = resource_router("orders")

Text = Annotated[str | None, Field(max_length=200)]


class OrderFilter(Paged):
    """Filters of the list of orders; several values of one are separated by commas."""

    channel: Text = None
    shop: Text = None
    status: Annotated[str | None, Field(max_length=200, description="the same as fulfilment")] = None
    payment: Text = None
    fulfilment: Text = None
    aftersale: Text = None
    hold: Text = None
    province: Text = None
    city: Text = None
    store: Text = None
    placed_from: Annotated[str | None, Field(alias="from", max_length=40, description="placed from this day on")] = None
    placed_to: Annotated[str | None, Field(alias="to", max_length=40, description="placed until this day's end")] = None
    updated_since: Annotated[
        str | None,
        Field(
            max_length=40,
            description="changed at or after this instant; ask from two minutes before your last call: commits overlap",
        ),
    ] = None
    q: Annotated[
        str | None,
        Field(max_length=200, description="order number (or its first 4+ characters), SKU, merchant code or parcel"),
    ] = None
    exception: Text = None
    sort: Annotated[str, Field(max_length=40, description="placed_at, updated_at, paid or pieces; - for down")] = (
        "-placed_at"
    )

    def query(self, zone: str) -> OrderQuery:
        """Return the filter as the order book reads it."""
        return OrderQuery(
            channel=words(self.channel),
            shop=self.shop or None,
            payment=one_of("payment", self.payment, PAYMENT),
            fulfilment=one_of("fulfilment", self.fulfilment or self.status, FULFILMENT),
            aftersale=one_of("aftersale", self.aftersale, AFTERSALE),
            hold=one_of("hold", self.hold, HOLD),
            province=self.province or None,
            city=self.city or None,
            store=self.store or None,
            placed_from=moment("from", self.placed_from, zone),
            placed_to=moment("to", self.placed_to, zone, is_end=True),
            updated_since=moment("updated_since", self.updated_since, zone),
            q=(self.q or "").strip() or None,
            exception=self.exception or None,
            sort=self.sort,
        )


@router.get("/orders", summary="List orders")
def get_orders(services: Wired, caller: Reader, wanted: Annotated[OrderFilter, Query()]) -> Page[OrderSummary]:
    """List orders that match, newest first; ``exceptions`` says what is wrong with each, worst first."""
    query = wanted.query(services.zone)
    after = None
    if wanted.cursor is not None:
        after = _position(wanted.cursor, query.sort)
    with services.db.read() as conn:
        around = surroundings(conn, services)
        found = list_orders(conn, query, around, wanted.limit + 1, after)
        if len(found) <= wanted.limit:
            return Page(items=found, total=len(found) if after is None else None)
        total = count_orders(conn, query, around) if after is None else None
    items = found[: wanted.limit]
    return Page(items=items, next=encode_cursor(query.sort, *position_of(items[-1], query.sort)), total=total)


def _position(cursor: str, sort: str) -> tuple[datetime | int | None, str] | None:
    shape = tuple[str, datetime | None, str] if sort.endswith("_at") else tuple[str, int | None, str]
    key = decode_cursor(cursor, shape)
    if key is None or key[0] != sort:
        raise bad_cursor(cursor)
    return key[1], key[2]


@router.get("/orders.csv", summary="Export orders", response_class=StreamingResponse)
def get_orders_csv(services: Wired, caller: Reader, wanted: Annotated[OrderFilter, Query()]) -> StreamingResponse:
    """Export all orders that match as CSV (UTF-8 with a byte order mark, as spreadsheets want it); no personal data."""
    query = wanted.query(services.zone)
    with services.db.read() as conn:
        around = surroundings(conn, services)
        list_orders(conn, query, around, 1)  # a filter that is wrong is refused before the first byte leaves
    return StreamingResponse(
        order_csv(services.db, query, around),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="orders.csv"'},
    )


@router.get("/orders/{order_id:path}/explain", summary="Explain a value of an order")
def get_explanation(
    services: Wired,
    caller: Reader,
    order_id: str,
    field: Annotated[str, Query(max_length=60, description="canonical field")],
    part: Annotated[str, Query(max_length=300, description="part id; empty for the order itself")] = "",
    kind: Annotated[
        Literal["order_line", "payment", "refund", "shipment"] | None,
        Query(description="kind of the part, where a line and a payment have one id"),
    ] = None,
) -> Explanation:
    """Tell which message, which bytes and which conversion a value came from, and which values it overruled."""
    return explain_value(services, order_id, part, field, may_read_personal(caller), kind)


@router.get("/orders/{order_id:path}", summary="Read an order")
def get_order(services: Wired, caller: Reader, order_id: str) -> OrderReply:
    """Read an order with its parts, parcels, stock movements and timeline; personal data as the caller may see it."""
    with services.db.read() as conn:
        order = find_order(conn, order_id, surroundings(conn, services, [order_id]))
        names = sku_names(conn, {sku for sku in order.skus.values() if sku is not None} if order else ())
    if order is None:
        raise NotFound(
            "orders.unknown",
            f"There is no order {order_id[:200]!r}.",
            "Ids are channel:shop:number; look for the number with /api/v1/search?q=.",
            id=order_id[:200],
        )
    return order_reply(order, services.stock.movements_of(order_id), may_read_personal(caller), names)


def surroundings(conn: Connection, services: Services, order_ids: list[str] | None = None) -> Surroundings:
    """Gather what the exceptions of orders depend on."""
    return Surroundings(services.clock.now(), services.zone, records_kept_out(conn, order_ids), stocked_shops(conn))
