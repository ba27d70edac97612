"""The canonical kinds and their fields: one table, checked when a mapping is compiled.

Types: ``text``; ``int`` (counts and quantities); ``money`` (minor units of the record's currency); ``instant``
(ISO-8601 UTC text); ``flag``; ``pii`` (see `entrepot.kernel.facts.Pii`); ``number`` (decimal text); ``list``.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

FieldType: TypeAlias = Literal["text", "int", "money", "instant", "flag", "pii", "number", "list"]


def _fields(**types: str) -> dict[str, FieldType]:
    return {name: kind for kind, names in types.items() for name in names.split()}  # type: ignore[misc]


PAYMENT: Final = ("unpaid", "authorised", "part_paid", "paid", "part_refunded", "refunded", "voided")
FULFILMENT: Final = ("open", "in_progress", "part_shipped", "shipped", "delivered", "completed", "cancelled")
AFTERSALE: Final = ("none", "asked", "returning", "part_refunded", "refunded", "refused", "closed")
HOLD: Final = ("none", "risk", "address", "payment", "manual")
TRACKING: Final = (
    "created", "picked_up", "in_transit", "arrived", "customs", "out_for_delivery", "ready_for_pickup",
    "attempt_failed", "exception", "returning", "returned", "refused", "cancelled", "delivered",
)  # fmt: skip

KINDS: Final[dict[str, dict[str, FieldType]]] = {
    "order": _fields(
        text="native_id parent_id kind payment_status fulfilment_status aftersale_status hold_status currency "
        "fulfil_mode store country province city district street postal buyer_id buyer_note seller_note source",
        instant="placed_at paid_at shipped_at delivered_at completed_at cancelled_at promised_at updated_at",
        money="goods freight tax discount_seller discount_platform adjust total paid",
        flag="tax_included is_test",
        pii="buyer_name buyer_phone buyer_email address",
        number="longitude latitude",
        list="line_ids",
    ),
    "order_line": _fields(
        text="native_id listing item_id sku_native_id merchant_code barcode title spec status refund_status seller "
        "store",
        int="line_no qty qty_shipped qty_cancelled qty_refunded",
        money="unit_price line_total discount freight tax",
        instant="ship_by",
        flag="is_gift",
    ),
    "payment": _fields(
        text="native_id method status currency reference", int="instalments", money="amount", instant="paid_at"
    ),
    "refund": _fields(
        text="native_id status kind currency reason restock line",
        int="qty",
        money="amount freight",
        instant="asked_at refunded_at",
        list="lines",
    ),
    "shipment": _fields(
        text="native_id carrier carrier_name tracking_no status from_node",
        instant="shipped_at delivered_at",
        list="lines",
    ),
    "tracking_event": _fields(
        text="tracking_no carrier code raw_code place text order_ref", instant="at", number="longitude latitude"
    ),
    "product": _fields(
        text="native_id title title_en brand category barcode merchant_code status currency",
        int="weight_g length_mm width_mm height_mm",
        money="price",
    ),
    "listing": _fields(
        text="item_id sku_native_id merchant_code barcode title spec status currency stock_item", money="price"
    ),
    "location": _fields(
        text="native_id name name_en kind country province city district postal",
        pii="address phone",
        number="longitude latitude",
        flag="is_active",
    ),
    "stock_fact": _fields(text="location sku bucket mode cause", int="qty", instant="as_of"),
    "movement": _fields(
        text="native_id reason sku from_node from_state to_node to_state doc line", int="qty", instant="valid_at"
    ),
    "fetch": _fields(text="entity native_id reason"),
}
"""Field names and types by kind."""

ORDER_PARTS: Final = ("order_line", "payment", "refund", "shipment")
"""Kinds folded inside their order."""
