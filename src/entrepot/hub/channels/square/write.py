"""Stock to Square: physical counts by BatchChangeInventory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from entrepot.hub.writeback.writer import (
    Access,
    Rate,
    Reply,
    Request,
    StockWish,
    Task,
    Verdict,
    Writer,
    by_status,
    idempotency_key,
    in_batches,
    list_of,
    object_of,
    text_of,
)

VERSION: Final = "2025-08-20"
MOST_CHANGES: Final = 100
_OLDEST: Final = timedelta(hours=23)  # Square takes no count older than a day


def _batch(tasks: Sequence[Task]) -> list[list[Task]]:
    return in_batches(tasks, MOST_CHANGES)


def _write(tasks: Sequence[Task], access: Access, now: datetime) -> Request:
    changes = [
        _change(task.wish, access, max(task.wished_at, now - _OLDEST))
        for task in tasks
        if isinstance(task.wish, StockWish)
    ]
    body = {
        "idempotency_key": idempotency_key(access.shop, msgspec.json.encode(changes)),
        "ignore_unchanged_counts": True,
        "changes": changes,
    }
    headers = {
        "authorization": f"Bearer {access.secrets['access_token']}",
        "content-type": "application/json",
        "square-version": VERSION,
    }
    return Request("POST", "/v2/inventory/changes/batch-create", headers=headers, body=msgspec.json.encode(body))


def _change(wish: StockWish, access: Access, at: datetime) -> dict[str, object]:
    # Square applies counts in the order of occurred_at, so an older one that comes late changes nothing there either.
    moment = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "type": "PHYSICAL_COUNT",
        "physical_count": {
            "catalog_object_id": wish.sku_native_id or wish.item_id,
            "location_id": access.settings["location_id"],
            "state": "IN_STOCK",
            "quantity": str(wish.qty),
            "occurred_at": moment,
        },
    }


def _judge(kind: str, reply: Reply) -> Verdict:
    errors = [object_of(error) for error in list_of(reply.document().get("errors"))]
    if not errors:
        return by_status(reply)
    code, category = text_of(errors[0].get("code")), text_of(errors[0].get("category"))
    reason, message = f"square.{code}", f"Square answered {code}: {text_of(errors[0].get('detail'))}"
    if code == "IDEMPOTENCY_KEY_REUSED":
        return Verdict("already", reason, message)
    if code == "RATE_LIMITED":
        return Verdict("throttled", reason, message)
    if category == "AUTHENTICATION_ERROR":
        return Verdict("locked_out", reason, message, "Renew the shop's access_token, or its scope INVENTORY_WRITE.")
    if category == "API_ERROR" or reply.status >= 500:
        return Verdict("temporary", reason, message)
    return Verdict("permanent", reason, message, "Check the item variation and the location in Square, then retry.")


WRITER: Final = Writer(
    secrets=("access_token",),
    settings=("location_id",),
    rates={"stock": Rate(5, 10)},
    batch=_batch,
    write=_write,
    judge=_judge,
)
