"""The messages of Square: replies of the Connect API and its webhook events (many of them thin)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeAlias

from entrepot.hub.adapter import Adapter, Topic
from entrepot.hub.channels.square.goods import CHANGES, COUNT, ITEM, LOCATION, VARIATION
from entrepot.hub.channels.square.orders import ORDER, PAYMENT_TABLE, REFUND_TABLE, RETURN_TABLE
from entrepot.hub.converters import constant, ident, iso_time
from entrepot.hub.documents import Json
from entrepot.hub.mapping import Field, Table

Recognise: TypeAlias = Callable[[Json], bool]
_OBJECT: Final = "data.object"


def _has(*names: str) -> Recognise:
    """Recognise an object, or a list whose first is one, by its members."""

    def recognise(document: Json) -> bool:
        sample = document[0] if isinstance(document, list) and document else document
        return isinstance(sample, dict) and all(name in sample for name in names)

    return recognise


def _any_of(*members: str | tuple[str, ...]) -> Recognise:
    conditions = [_has(*((names,) if isinstance(names, str) else names)) for names in members]
    return lambda document: any(condition(document) for condition in conditions)


def _standing(table: Table, *places: str) -> tuple[Table, ...]:
    return tuple(replace(table, at=place) for place in places)


def _is_request(document: Json) -> bool:
    """Recognise a request (ours, or another application's) that Square has not answered: its order has no id."""
    order = document.get("order") if isinstance(document, dict) else None
    return isinstance(order, dict) and (not order.get("id") or _has("idempotency_key")(document))


def _whole_order(row: Json) -> bool:
    return isinstance(row, dict) and "created_at" in row and "location_id" in row and "state" in row


def _ordered(*places: str) -> tuple[Table, ...]:
    tables = []
    for place in places:
        tables.append(replace(ORDER, at=place))
        tables.append(replace(RETURN_TABLE, at=f"{place}.returns[]" if place != "[]" else "[].returns[]"))
    return tuple(tables)


def _is_event(*subjects: str) -> Recognise:
    def recognise(document: Json) -> bool:
        kind = document.get("type") if isinstance(document, dict) else None
        return isinstance(kind, str) and kind.split(".")[0] in subjects

    return recognise


def _fetch(at: str, entity: str, native: str, version: tuple[str, ...], reason: str) -> Table:
    return Table(
        "fetch",
        id=(f"={entity}", native),
        at=at,
        version=version,
        version_by=iso_time,
        fields=(
            Field("entity", native, constant(entity)),
            Field("native_id", native, ident, required=True),
            Field("reason", reason),
        ),
    )


_THIN_ORDERS: Final = ("order_created", "order_updated", "order_fulfillment_updated", "order_custom_attribute_updated")
_CATALOGUE: Final = tuple(
    table
    for at in ("objects[]", "related_objects[]", "object", "catalog_object")
    for table in (
        replace(ITEM, at=at),
        replace(VARIATION, at=at, when=lambda row: isinstance(row, dict) and row.get("type") == "ITEM_VARIATION"),
    )
)

TOPICS: Final = (
    Topic(
        "order_event",
        marks=("event_id", _OBJECT),
        recognise=_is_event("order"),
        tables=tuple(
            _fetch(f"{_OBJECT}.{name}", "order", "order_id", ("updated_at", "created_at"), "$.type")
            for name in _THIN_ORDERS
        ),
        aliases=("order.created", "order.updated", "order.fulfillment.updated"),
    ),
    Topic(
        "payment_event",
        marks=(f"{_OBJECT}.payment",),
        tables=_standing(PAYMENT_TABLE, f"{_OBJECT}.payment"),
        aliases=("payment.created", "payment.updated"),
    ),
    Topic(
        "refund_event",
        marks=(f"{_OBJECT}.refund",),
        tables=_standing(REFUND_TABLE, f"{_OBJECT}.refund"),
        aliases=("refund.created", "refund.updated"),
    ),
    Topic(
        "inventory_event",
        marks=(f"{_OBJECT}.inventory_counts",),
        tables=_standing(COUNT, f"{_OBJECT}.inventory_counts[]"),
        aliases=("inventory.count.updated",),
        note="The counts are of units that are sold or otherwise gone, not of stock.",
    ),
    Topic(
        "catalog_event",
        marks=("event_id", "data"),
        recognise=_is_event("catalog"),
        tables=(_fetch("", "catalog", "merchant_id", (f"{_OBJECT}.catalog_version.updated_at", "created_at"), "type"),),
        aliases=("catalog.version.updated",),
    ),
    Topic(
        "location_event",
        marks=("event_id", "data.id"),
        recognise=_is_event("location"),
        tables=(_fetch("", "location", "data.id", ("created_at",), "type"),),
        aliases=("location.created", "location.updated"),
    ),
    Topic(
        "event",
        marks=("event_id", "type", "data"),
        note="An event about something Entrepot keeps no record of.",
    ),
    Topic(
        "order_request",
        marks=("order",),
        recognise=_is_request,
        note="A request to Square about an order, not Square's order: nothing is known until Square answers.",
        aliases=("UpdateOrderRequest", "CreateOrderRequest", "CalculateOrderRequest"),
    ),
    Topic(
        "order",
        marks=(),
        recognise=_any_of("order", "orders", ("id", "location_id", "state", "created_at")),
        tables=tuple(
            replace(table, when=_whole_order) if table.kind == "order" and table.at == "[]" else table
            for table in _ordered("order", "orders[]", "[]")
        ),
    ),
    Topic(
        "order_entries",
        marks=("order_entries",),
        tables=(
            Table(
                "fetch",
                id=("=order", "order_id"),
                at="order_entries[]",
                fields=(
                    Field("entity", "order_id", constant("order")),
                    Field("native_id", "order_id", ident, required=True),
                    Field("reason", "order_id", constant("search")),
                ),
            ),
        ),
    ),
    Topic("payment", (), _standing(PAYMENT_TABLE, "payment", "payments[]"), recognise=_any_of("payment", "payments")),
    Topic("refund", (), _standing(REFUND_TABLE, "refund", "refunds[]"), recognise=_any_of("refund", "refunds")),
    Topic(
        "inventory_counts",
        marks=("counts",),
        tables=(COUNT,),
        note="The counts are of units that are sold or otherwise gone, not of stock.",
    ),
    Topic("inventory_changes", marks=("changes",), tables=CHANGES),
    Topic(
        "catalog",
        marks=(),
        recognise=_any_of("objects", "object", "catalog_object"),
        tables=_CATALOGUE,
        note="Catalogue objects that are neither items nor variations (categories, taxes, discounts).",
    ),
    Topic("location", (), _standing(LOCATION, "location", "locations[]"), recognise=_any_of("location", "locations")),
    Topic(
        "errors",
        marks=("errors",),
        note="Square answered with an error, not with a record.",
    ),
    Topic(
        "empty",
        marks=(),
        recognise=lambda document: document == {} or (isinstance(document, dict) and document.keys() == {"cursor"}),
        note="An empty reply.",
    ),
)

ADAPTER: Final = Adapter(
    channel="square",
    title="Square",
    title_zh="Square 收银",
    kind="channel",
    version=1,
    currency="USD",
    zone="America/Los_Angeles",
    signature="square",
    topics=TOPICS,
)
