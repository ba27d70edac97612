"""Stock and fulfilments to Shopify, through the GraphQL Admin API of 2026-04."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from entrepot.hub.writeback.writer import (
    Access,
    Rate,
    Reply,
    Request,
    ShipmentWish,
    StockWish,
    Task,
    Verdict,
    Wish,
    Writer,
    by_status,
    idempotency_key,
    in_batches,
    list_of,
    object_of,
    text_of,
    unreadable,
)

VERSION: Final = "2026-04"
MOST_QUANTITIES: Final = 100

SET_QUANTITIES: Final = (
    "mutation Entrepot($input: InventorySetQuantitiesInput!, $key: String!) { "
    "inventorySetQuantities(input: $input) @idempotent(key: $key) { "
    "inventoryAdjustmentGroup { id } userErrors { code field message } } }"
)
FULFIL: Final = (
    "mutation Entrepot($fulfillment: FulfillmentInput!) { "
    "fulfillmentCreate(fulfillment: $fulfillment) { fulfillment { id } userErrors { field message } } }"
)

STALE: Final = frozenset(
    {
        "CHANGE_FROM_QUANTITY_STALE",
        "COMPARE_QUANTITY_STALE",
        "IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
        "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED",
    }
)
TEMPORARY: Final = frozenset({"IDEMPOTENCY_CONCURRENT_REQUEST", "INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE"})
LOCKED_OUT: Final = frozenset({"ACCESS_DENIED", "SHOP_INACTIVE"})


def _refuse(wish: Wish) -> Verdict | None:
    if isinstance(wish, ShipmentWish):
        if wish.fulfilment_id:
            return None
        message = f"It is not known which fulfilment order of order {wish.order_id} the parcel fulfils."
        return Verdict("permanent", "shopify.no_fulfilment_order", message, "Mark it as fulfilled in Shopify.")
    if not wish.stock_item.isdigit():
        return Verdict(
            "permanent",
            "shopify.no_inventory_item",
            f"It is not known which inventory item is behind variant {wish.sku_native_id} of product {wish.item_id}.",
            "Let Shopify send its products (webhook products/update, or a bulk load), then retry.",
        )
    return None


def _batch(tasks: Sequence[Task]) -> list[list[Task]]:
    stock = [task for task in tasks if isinstance(task.wish, StockWish)]
    return in_batches(stock, MOST_QUANTITIES) + [[task] for task in tasks if isinstance(task.wish, ShipmentWish)]


def _write(tasks: Sequence[Task], access: Access, now: datetime) -> Request:
    first = tasks[0].wish
    if isinstance(first, ShipmentWish):
        query, variables = FULFIL, _fulfilment(first, access)
    else:
        query, variables = SET_QUANTITIES, _quantities(tasks, access)
    return Request(
        "POST",
        f"/admin/api/{VERSION}/graphql.json",
        headers={"content-type": "application/json", "x-shopify-access-token": access.secrets["access_token"]},
        body=msgspec.json.encode({"query": query, "variables": variables}),
    )


def _quantities(tasks: Sequence[Task], access: Access) -> dict[str, object]:
    """Set absolute quantities; each compares with what Shopify last accepted, where we know it for sure."""
    quantities: list[dict[str, object]] = [
        {
            "inventoryItemId": f"gid://shopify/InventoryItem/{task.wish.stock_item}",
            "locationId": f"gid://shopify/Location/{access.settings['location_id']}",
            "quantity": task.wish.qty,
            "changeFromQuantity": task.accepted.qty if isinstance(task.accepted, StockWish) else None,
        }
        for task in tasks
        if isinstance(task.wish, StockWish)
    ]
    key = idempotency_key(access.shop, msgspec.json.encode(quantities), *(task.wished_at for task in tasks))
    return {"input": {"name": "available", "reason": "correction", "quantities": quantities}, "key": key}


def _fulfilment(wish: ShipmentWish, access: Access) -> dict[str, object]:
    """Fulfil one fulfilment order; the lines are its line items."""
    lines = [{"id": f"gid://shopify/FulfillmentOrderLineItem/{line}"} for line in wish.line_ids]
    order: dict[str, object] = {"fulfillmentOrderId": f"gid://shopify/FulfillmentOrder/{wish.fulfilment_id}"}
    if lines:
        order["fulfillmentOrderLineItems"] = lines
    return {
        "fulfillment": {
            "lineItemsByFulfillmentOrder": [order],
            "notifyCustomer": False,
            "trackingInfo": {"company": wish.carrier_name or access.carrier_code(wish), "number": wish.tracking_no},
        }
    }


def _judge(kind: str, reply: Reply) -> Verdict:
    if reply.status != 200:
        return by_status(reply)
    document = reply.document()
    if errors := list_of(document.get("errors")):
        return _top_level(document, object_of(errors[0]))
    data = object_of(document.get("data"))
    answer = object_of(data.get("inventorySetQuantities" if kind == "stock" else "fulfillmentCreate"))
    if not answer:
        return unreadable(reply)
    faults = [object_of(fault) for fault in list_of(answer.get("userErrors"))]
    return _user_error(faults) if faults else Verdict("ok")


def _top_level(document: dict[str, object], error: dict[str, object]) -> Verdict:
    code = text_of(object_of(error.get("extensions")).get("code"))
    reason, message = f"shopify.{code or 'error'}", f"Shopify answered: {text_of(error.get('message'))}"
    if code == "THROTTLED":
        return Verdict("throttled", reason, message, retry_after=_seconds_until_afforded(document))
    if code in LOCKED_OUT:
        return Verdict("locked_out", reason, message, "Give the app the scope write_inventory, or a new token.")
    if code in TEMPORARY:
        return Verdict("temporary", reason, message)
    return Verdict("permanent", reason, message, "The call itself is refused: the API version may have ended.")


def _seconds_until_afforded(document: dict[str, object]) -> float | None:
    cost = object_of(object_of(document.get("extensions")).get("cost"))
    status = object_of(cost.get("throttleStatus"))
    asked, have, rate = cost.get("requestedQueryCost"), status.get("currentlyAvailable"), status.get("restoreRate")
    if not isinstance(asked, int | float) or not isinstance(have, int | float) or not isinstance(rate, int | float):
        return None
    return max(0.0, (asked - have) / rate) if rate > 0 else None


def _user_error(faults: list[dict[str, object]]) -> Verdict:
    codes = {text_of(fault.get("code")) for fault in faults}
    first = faults[0]
    reason = f"shopify.{text_of(first.get('code')) or 'user_error'}"
    message = f"Shopify refused {text_of(first.get('field'))}: {text_of(first.get('message'))}"
    if codes <= STALE:
        return Verdict("stale", reason, message)
    if codes <= TEMPORARY:
        return Verdict("temporary", reason, message)
    return Verdict("permanent", reason, message, "Check the variant, its location and tracking in Shopify, then retry.")


WRITER: Final = Writer(
    secrets=("access_token",),
    settings=("location_id",),
    rates={"stock": Rate(2, 10), "shipment": Rate(2, 10)},
    batch=_batch,
    write=_write,
    judge=_judge,
    refuse=_refuse,
)
