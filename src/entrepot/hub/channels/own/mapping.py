"""Our own orders. Money is minor units, times are ISO-8601 with their offset, words are the canonical ones.

A document need not be whole: what it leaves out it says nothing of, so a change of the address is a document with the
number, the version and the address.
"""

from __future__ import annotations

from typing import Final

from entrepot.hub.adapter import Adapter, Topic
from entrepot.hub.channels.own import rounds
from entrepot.hub.channels.own.codes import FULFILMENT, HELD, MODE, PAYMENT
from entrepot.hub.converters import (
    ShopContext,
    constant,
    currency,
    fen,
    first,
    ident,
    iso_time,
    listed,
    number,
    pieces,
    pii,
)
from entrepot.hub.documents import Json
from entrepot.hub.mapping import Field, Table
from entrepot.kernel.facts import Value


def _names(raw: Json, context: ShopContext) -> Value:
    lines = raw if isinstance(raw, list) else []
    return [str(line["line_id"]) for line in lines if isinstance(line, dict) and "line_id" in line]


LINE: Final = Table(
    "order_line",
    id="line_id",
    scope="parent",
    at="lines[]",
    fields=(
        Field("native_id", "line_id", ident),
        Field("line_no", "#", pieces),
        Field("merchant_code", "sku", ident, required=True),
        Field("title", "title"),
        Field("qty", "qty", pieces, required=True),
        Field("unit_price", "unit_price", fen),
        Field("line_total", "line_total", fen),
    ),
)
PARCEL: Final = Table(
    "shipment",
    id="id",
    scope="parent",
    at="parcels[]",
    fields=(
        Field("native_id", "id", ident),
        Field("tracking_no", "parcel", ident, required=True),
        Field("carrier", "carrier"),
        Field("status", "parcel", constant("shipped")),
        Field("from_node", "node", ident),
        Field("shipped_at", "shipped_at", iso_time),
        Field("lines", "lines", listed("lines", rounds.pairs)),
    ),
)
ORDER: Final = Table(
    "order",
    id="order_id",
    version="version",
    version_by=iso_time,
    currency="currency",
    fields=(
        Field("native_id", "order_id", ident),
        Field("kind", "order_id", constant("sale")),
        Field("placed_at", "placed_at", iso_time),
        Field("paid_at", "paid_at", iso_time),
        Field("cancelled_at", "cancelled_at", iso_time),
        Field("shipped_at", "shipped_at", iso_time),
        Field("delivered_at", "delivered_at", iso_time),
        Field("promised_at", "promised_at", iso_time),
        Field("updated_at", ("version", "placed_at"), first(iso_time)),
        Field("payment_status", "payment", PAYMENT),
        Field("fulfilment_status", "status", FULFILMENT),
        Field("hold_status", "hold", HELD),
        Field("fulfil_mode", "mode", MODE),
        Field("store", "store", ident),
        Field("currency", "currency", currency),
        Field("freight", "freight", fen),
        Field("paid", "paid", fen),
        Field("source", "source"),
        Field("seller_note", "note"),
        Field("buyer_id", "buyer.id", ident),
        Field("buyer_name", "buyer.name", pii),
        Field("buyer_phone", "buyer.phone", pii),
        Field("buyer_email", "buyer.email", pii),
        Field("country", "address.country"),
        Field("province", "address.province"),
        Field("city", "address.city"),
        Field("district", "address.district"),
        Field("postal", "address.postal", ident),
        Field("address", "address.street", pii),
        Field("longitude", "address.longitude", number),
        Field("latitude", "address.latitude", number),
        Field("line_ids", "lines", listed("line_ids", _names)),
    ),
    parts=(LINE, PARCEL),
)

ADAPTER: Final = Adapter(
    channel="own",
    title="Own orders",
    title_zh="自有订单",
    kind="channel",
    version=3,
    topics=(
        Topic("order", marks=("order_id",), tables=(ORDER,)),
        Topic("round", marks=("parcel", "order", "code", "at"), tables=(rounds.ORDER, rounds.EVENT)),
    ),
)
