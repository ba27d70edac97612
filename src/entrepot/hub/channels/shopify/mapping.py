"""The messages of Shopify: replies of the REST Admin API (wrapped, lists) and webhooks (bare objects)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeAlias

from entrepot.hub.adapter import Adapter, Topic
from entrepot.hub.channels.shopify.goods import DELETED_PRODUCT, LEVEL, LOCATION, PRODUCT_TABLE, STOCK_ITEM, VARIANT
from entrepot.hub.channels.shopify.orders import ORDER
from entrepot.hub.channels.shopify.parcels import (
    DELIVERED_TABLE,
    FULFILMENT_ORDER_TABLE,
    FULFILMENT_TABLE,
    TRACKING_TABLE,
)
from entrepot.hub.channels.shopify.refunds import PAYMENT_TABLE, REFUND_TABLE, RETURN_TABLE
from entrepot.hub.converters import constant, ident
from entrepot.hub.documents import Json
from entrepot.hub.mapping import Field, Table

Recognise: TypeAlias = Callable[[Json], bool]


def _has(*names: str, without: tuple[str, ...] = ()) -> Recognise:
    """Recognise an object, or a list whose first is one, by its members."""

    def recognise(document: Json) -> bool:
        sample = document[0] if isinstance(document, list) and document else document
        if not isinstance(sample, dict):
            return False
        return all(name in sample for name in names) and not any(name in sample for name in without)

    return recognise


def _listed(*names: str) -> Recognise:
    return lambda document: isinstance(document, dict) and any(isinstance(document.get(name), list) for name in names)


def _wrapped(name: str, *members: str) -> Recognise:
    def recognise(document: Json) -> bool:
        inner = document.get(name) if isinstance(document, dict) else None
        return isinstance(inner, dict) and all(member in inner for member in members)

    return recognise


def _any(*conditions: Recognise) -> Recognise:
    return lambda document: any(condition(document) for condition in conditions)


def _only_id(document: Json) -> bool:
    return isinstance(document, dict) and "id" in document and document.keys() <= {"id", "admin_graphql_api_id"}


def _deleted(entity: str) -> tuple[Table, ...]:
    return (
        Table(
            "fetch",
            id=(f"={entity}", "id"),
            fields=(
                Field("entity", "id", constant(entity)),
                Field("native_id", "id", ident),
                Field("reason", "id", constant("deleted")),
            ),
        ),
    )


def _standing(table: Table, *places: str) -> tuple[Table, ...]:
    """Repeat a table for every place its objects may stand."""
    return tuple(replace(table, at=place) for place in places)


def _event(row: Json) -> bool:
    return isinstance(row, dict) and "happened_at" in row


_MOVED: Final = tuple(
    f"{which}_fulfillment_order" for which in ("original", "moved", "remaining", "submitted", "unsubmitted")
)
_EVERYWHERE: Final = ("[]",)  # a bare object, or a list of them
_NOTES: Final = {
    "errors": "Shopify answered with an error, not with a record.",
    "count": "A count of records, not a record.",
    "draft_order": "A draft order: nothing is sold until Shopify makes an order of it.",
    "draft_orders": "Draft orders: nothing is sold until Shopify makes orders of them.",
    "checkout": "A checkout: nothing is sold until Shopify makes an order of it.",
    "checkouts": "Checkouts: nothing is sold until Shopify makes orders of them.",
    "customer": "A customer: orders carry what is needed of their buyers.",
    "customers": "Customers: orders carry what is needed of their buyers.",
    "shop": "The shop's own settings; they are kept with the shop in Entrepot.",
    "shop_domain": "A privacy request of Shopify: answer it with the erase or export command.",
    "webhook": "A webhook's registration.",
    "webhooks": "Registered webhooks.",
    "events": "The shop's activity list.",
    "gateway": "A payment gateway's settings.",
}

TOPICS: Final = (
    Topic(
        "refund_calculation",
        marks=("refund",),
        note="A calculated refund (a question, not a refund): nothing was paid back.",
        recognise=lambda document: not _wrapped("refund", "id")(document),
    ),
    Topic(
        "order",
        marks=(),
        recognise=_any(
            _wrapped("order", "id"),
            _listed("orders"),
            _has("id", "line_items", "order_number"),
            _has("id", "line_items", "financial_status"),
            _has("id", "line_items", "total_price", without=("order_id", "invoice_url", "abandoned_checkout_url")),
        ),
        tables=_standing(ORDER, "order", "orders[]")
        + _standing(replace(ORDER, when=lambda row: isinstance(row, dict) and "line_items" in row), *_EVERYWHERE),
        aliases=(
            "orders/create",
            "orders/updated",
            "orders/paid",
            "orders/cancelled",
            "orders/fulfilled",
            "orders/partially_fulfilled",
            "orders/edited",
            "orders",
        ),
    ),
    Topic(
        "fulfillment",
        marks=(),
        recognise=_any(
            _wrapped("fulfillment", "id"),
            _listed("fulfillments"),
            _has("id", "order_id", "tracking_numbers"),
            _has("id", "order_id", "tracking_company"),
        ),
        tables=_standing(FULFILMENT_TABLE, "fulfillment", "fulfillments[]")
        + _standing(
            replace(FULFILMENT_TABLE, when=lambda row: isinstance(row, dict) and "order_id" in row), *_EVERYWHERE
        ),
        aliases=("fulfillments/create", "fulfillments/update"),
    ),
    Topic(
        "fulfillment_event",
        marks=(),
        recognise=_any(
            _wrapped("fulfillment_event", "id"),
            _listed("fulfillment_events"),
            _has("fulfillment_id", "happened_at"),
        ),
        tables=tuple(
            replace(table, at=at, when=_event if table is TRACKING_TABLE else table.when)
            for at in ("fulfillment_event", "fulfillment_events[]", *_EVERYWHERE)
            for table in (TRACKING_TABLE, DELIVERED_TABLE)
        ),
        aliases=("fulfillment_events/create", "fulfillment_events/delete"),
    ),
    Topic(
        "fulfillment_order",
        marks=(),
        recognise=_any(
            *(_wrapped(name, "order_id") for name in ("fulfillment_order", *_MOVED)),
            _listed("fulfillment_orders"),
            _has("order_id", "assigned_location_id"),
        ),
        tables=_standing(FULFILMENT_ORDER_TABLE, "fulfillment_order", *_MOVED, "fulfillment_orders[]", *_EVERYWHERE),
        aliases=(
            "fulfillment_orders/moved",
            "fulfillment_orders/placed_on_hold",
            "fulfillment_orders/hold_released",
            "fulfillment_orders/order_routing_complete",
            "fulfillment_orders/split",
        ),
    ),
    Topic(
        "refund",
        marks=(),
        recognise=_any(_wrapped("refund", "id"), _listed("refunds"), _has("id", "order_id", "refund_line_items")),
        tables=_standing(REFUND_TABLE, "refund", "refunds[]")
        + _standing(replace(REFUND_TABLE, when=lambda row: isinstance(row, dict) and "order_id" in row), *_EVERYWHERE),
        aliases=("refunds/create",),
    ),
    Topic(
        "return",
        marks=(),
        recognise=_any(
            _has("id", "status", "order", "return_line_items"), _has("id", "status", "order", "total_return_line_items")
        ),
        tables=(RETURN_TABLE,),
        aliases=(
            "returns/request",
            "returns/approve",
            "returns/decline",
            "returns/cancel",
            "returns/close",
            "returns/reopen",
            "returns/update",
        ),
    ),
    Topic(
        "transaction",
        marks=(),
        recognise=_any(
            _wrapped("transaction", "amount"), _listed("transactions"), _has("id", "order_id", "amount", "gateway")
        ),
        tables=_standing(PAYMENT_TABLE, "transaction", "transactions[]", *_EVERYWHERE),
        aliases=("order_transactions/create",),
        note="The transactions take no money (a void, or a refund that comes with its own message).",
    ),
    Topic(
        "inventory_level",
        marks=(),
        recognise=_any(
            _wrapped("inventory_level", "location_id"),
            _listed("inventory_levels"),
            _has("inventory_item_id", "location_id"),
        ),
        tables=_standing(LEVEL, "inventory_level", "inventory_levels[]", *_EVERYWHERE),
        aliases=("inventory_levels/update", "inventory_levels/connect", "inventory_levels/disconnect"),
        note="The item is not stocked, or its stock is not tracked, at that location: there is no quantity.",
    ),
    Topic(
        "inventory_item",
        marks=(),
        recognise=_any(
            _wrapped("inventory_item", "id"),
            _listed("inventory_items"),
            _has("id", "sku", "tracked", "requires_shipping"),
        ),
        tables=_standing(STOCK_ITEM, "inventory_item", "inventory_items[]")
        + _standing(replace(STOCK_ITEM, when=lambda row: isinstance(row, dict) and "tracked" in row), *_EVERYWHERE),
        aliases=("inventory_items/create", "inventory_items/update"),
    ),
    Topic(
        "product",
        marks=(),
        recognise=_any(_wrapped("product", "id"), _listed("products"), _has("id", "title", "variants")),
        tables=_standing(PRODUCT_TABLE, "product", "products[]")
        + _standing(replace(PRODUCT_TABLE, when=lambda row: isinstance(row, dict) and "variants" in row), *_EVERYWHERE),
        aliases=("products/create", "products/update"),
    ),
    Topic(
        "variant",
        marks=(),
        recognise=_any(
            _wrapped("variant", "id"), _listed("variants"), _has("id", "product_id", "inventory_item_id", "price")
        ),
        tables=_standing(VARIANT, "variant", "variants[]")
        + _standing(replace(VARIANT, when=lambda row: isinstance(row, dict) and "product_id" in row), *_EVERYWHERE),
        aliases=("variants/in_stock", "variants/out_of_stock"),
    ),
    Topic(
        "location",
        marks=(),
        recognise=_any(_wrapped("location", "id"), _listed("locations"), _has("id", "name", "address1", "legacy")),
        tables=_standing(LOCATION, "location", "locations[]")
        + _standing(replace(LOCATION, when=lambda row: isinstance(row, dict) and "legacy" in row), *_EVERYWHERE),
        aliases=("locations/create", "locations/update", "locations/activate", "locations/deactivate"),
    ),
    Topic(
        "only_an_id",
        marks=("id",),
        recognise=_only_id,
        note="Only an id: something was deleted, and without its webhook topic the message does not say what.",
    ),
    Topic("order_deleted", ("id",), _deleted("order"), ("orders/delete",), recognise=_only_id),
    Topic("product_deleted", ("id",), (DELETED_PRODUCT,), ("products/delete",), recognise=_only_id),
    Topic("stock_item_deleted", ("id",), _deleted("inventory_item"), ("inventory_items/delete",), recognise=_only_id),
    Topic("location_deleted", ("id",), _deleted("location"), ("locations/delete",), recognise=_only_id),
    *(Topic(name, marks=(name,), note=note) for name, note in _NOTES.items()),
)

ADAPTER: Final = Adapter(
    channel="shopify",
    title="Shopify",
    title_zh="Shopify 独立站",
    kind="channel",
    version=1,
    currency="USD",
    zone="America/New_York",
    signature="shopify",
    topics=TOPICS,
)
