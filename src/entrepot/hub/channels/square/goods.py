"""Catalogue, inventory and locations of Square."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from entrepot.hub.channels.square.codes import BUCKET, BUCKETS, CAUSES, LOCATION_ACTIVE, NOT_HELD
from entrepot.hub.converters import (
    BadValue,
    ShopContext,
    computed,
    constant,
    currency,
    fen,
    ident,
    iso_time,
    number,
    pieces,
    pii,
    signed_pieces,
)
from entrepot.hub.documents import Json
from entrepot.hub.mapping import Field, Table
from entrepot.kernel.facts import Value

When: TypeAlias = Callable[[Json], bool]


def _is(kind: str) -> When:
    return lambda row: isinstance(row, dict) and row.get("type") == kind


def _deletion(raw: Json, context: ShopContext) -> Value:
    return "deleted" if raw is True else "active" if raw is False else None


def _named(raw: Json, context: ShopContext) -> Value:
    """Name a variation as its item is named; its own name is the choice (size)."""
    of_item, own = raw if isinstance(raw, list) else (None, None)
    return str(of_item or own).strip() if of_item or own else None


VARIATION: Final = Table(
    "listing",
    id="id",
    at="item_data.variations[]",
    version="updated_at",
    version_by=iso_time,
    currency="item_variation_data.price_money.currency",
    fields=(
        Field("item_id", "item_variation_data.item_id", ident),
        Field("sku_native_id", "id", ident),
        Field("merchant_code", "item_variation_data.sku"),
        Field("barcode", "item_variation_data.upc"),
        Field(
            "title",
            ("^.item_data.name", "item_variation_data.name"),
            computed("name of the item", "text", _named),
        ),
        Field("spec", "item_variation_data.name"),
        Field("status", "is_deleted", computed("is_deleted", "text", _deletion)),
        Field("price", "item_variation_data.price_money.amount", fen),
        Field("currency", "item_variation_data.price_money.currency", currency),
        Field("stock_item", "id", ident),
    ),
)
ITEM: Final = Table(
    "product",
    id="id",
    at="objects[]",
    version="updated_at",
    version_by=iso_time,
    when=_is("ITEM"),
    fields=(
        Field("native_id", "id", ident),
        Field("title", "item_data.name"),
        Field("category", "item_data.categories.0.id", ident),
        Field("status", "is_deleted", computed("is_deleted", "text", _deletion)),
    ),
    parts=(VARIATION,),
)

# Inventory ----------------------------------------------------------------------------------------------------------


def _held(row: Json, state: str = "state") -> bool:
    return isinstance(row, dict) and str(row.get(state)) not in NOT_HELD


COUNT: Final = Table(
    "stock_fact",
    id=("catalog_object_id", "location_id", "state"),
    at="counts[]",
    version=("calculated_at", "occurred_at", "created_at"),
    version_by=iso_time,
    when=_held,
    fields=(
        Field("location", "location_id", ident, required=True),
        Field("sku", "catalog_object_id", ident, required=True),
        Field("bucket", "state", BUCKET, required=True),
        Field("mode", "state", constant("absolute")),
        Field("qty", "quantity", signed_pieces, required=True),
        Field("as_of", "calculated_at", iso_time),
    ),
)
PHYSICAL_COUNT: Final = Table(
    "stock_fact",
    id=("catalog_object_id", "location_id", "state"),
    at="changes[].physical_count",
    version=("occurred_at", "created_at"),
    version_by=iso_time,
    when=_held,
    fields=(
        Field("location", "location_id", ident, required=True),
        Field("sku", "catalog_object_id", ident, required=True),
        Field("bucket", "state", BUCKET, required=True),
        Field("mode", "state", constant("absolute")),
        Field("cause", "reference_id"),
        Field("qty", "quantity", pieces, required=True),
        Field("as_of", "occurred_at", iso_time),
    ),
)


def _loss(raw: Json, context: ShopContext) -> Value:
    qty = pieces.convert(raw, context)
    return -qty if isinstance(qty, int) else None


def _cause(raw: Json, context: ShopContext) -> Value:
    return CAUSES.get(str(raw), "adjustment")


def _bucket_of(raw: Json, context: ShopContext) -> Value:
    if str(raw) in BUCKETS:
        return BUCKETS[str(raw)]
    raise BadValue(raw, f"one of inventory state: {', '.join(BUCKETS)}")


def _side(side: str, other: str, qty: Field, kind: str = "adjustment") -> Table:
    """Make the table of one side of a change: what leaves a state, or what enters one."""
    state, beyond = ("state", "state") if kind == "transfer" else (f"{side}_state", f"{other}_state")
    place = "location_id" if kind == "adjustment" else f"{side}_location_id"
    return Table(
        "stock_fact",
        id=("id", f"={side}"),
        at=f"changes[].{kind}",
        version=("occurred_at", "created_at"),
        version_by=iso_time,
        when=lambda row: _held(row, state) and isinstance(row, dict) and row.get(state) is not None,
        fields=(
            Field("location", place, ident, required=True),
            Field("sku", "catalog_object_id", ident, required=True),
            Field("bucket", state, computed("inventory state", "text", _bucket_of), required=True),
            Field("mode", "id", constant("delta")),
            Field("cause", beyond, computed("state on the other side", "text", _cause)),
            qty,
            Field("as_of", "occurred_at", iso_time),
        ),
    )


_OUT: Final = Field("qty", "quantity", computed("less quantity", "int", _loss), required=True)
_IN: Final = Field("qty", "quantity", pieces, required=True)
CHANGES: Final = (
    PHYSICAL_COUNT,
    _side("from", "to", _OUT),
    _side("to", "from", _IN),
    _side("from", "to", _OUT, "transfer"),
    _side("to", "from", _IN, "transfer"),
)


def _active(raw: Json, context: ShopContext) -> Value:
    return LOCATION_ACTIVE.get(str(raw))


LOCATION: Final = Table(
    "location",
    id="id",
    at="locations[]",
    version="created_at",
    version_by=iso_time,
    fields=(
        Field("native_id", "id", ident),
        Field("name", "name"),
        Field("kind", "id", constant("store")),
        Field("country", "country"),
        Field("province", "address.administrative_district_level_1"),
        Field("city", "address.locality"),
        Field("postal", "address.postal_code"),
        Field("address", "address.address_line_1", pii),
        Field("phone", "phone_number", pii),
        Field("longitude", "coordinates.longitude", number),
        Field("latitude", "coordinates.latitude", number),
        Field("is_active", "status", computed("status is ACTIVE", "flag", _active)),
    ),
)
