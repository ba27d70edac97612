"""Products, listings, stock levels and locations of Shopify."""

from __future__ import annotations

from typing import Final

from entrepot.hub.channels.shopify.codes import PRODUCT
from entrepot.hub.channels.shopify.values import several
from entrepot.hub.converters import (
    ShopContext,
    computed,
    constant,
    flag,
    ident,
    iso_time,
    number,
    pii,
    signed_pieces,
    yuan,
)
from entrepot.hub.documents import Json
from entrepot.hub.mapping import Field, Table
from entrepot.kernel.facts import Value


def _variant_title(raw: Json, context: ShopContext) -> Value:
    """Name a variant as its product is named; its own title is the choice (colour, size)."""
    of_product, own = several(raw, 2)
    return str(of_product or own).strip() if of_product or own else None


def _spec(raw: Json, context: ShopContext) -> Value:
    return None if raw in ("Default Title", "", None) else str(raw).strip()


def _address(raw: Json, context: ShopContext) -> Value:
    return pii.convert(", ".join(str(part) for part in raw if part), context) if isinstance(raw, list) else None


VARIANT: Final = Table(
    "listing",
    id="id",
    at="variants[]",
    version=("updated_at", "created_at"),
    version_by=iso_time,
    fields=(
        Field("item_id", "product_id", ident),
        Field("sku_native_id", "id", ident),
        Field("merchant_code", "sku"),
        Field("barcode", "barcode"),
        Field("title", ("^.title", "title"), computed("title of the product", "text", _variant_title)),
        Field("spec", "title", computed("title of the variant", "text", _spec)),
        Field("price", "price", yuan),
        Field("stock_item", "inventory_item_id", ident),
    ),
)
PRODUCT_TABLE: Final = Table(
    "product",
    id="id",
    version=("updated_at", "created_at"),
    version_by=iso_time,
    fields=(
        Field("native_id", "id", ident),
        Field("title", "title"),
        Field("brand", "vendor"),
        Field("category", "product_type"),
        Field("status", "status", PRODUCT),
    ),
    parts=(VARIANT,),
)
DELETED_PRODUCT: Final = Table(
    "product", id="id", fields=(Field("native_id", "id", ident), Field("status", "id", constant("deleted")))
)
STOCK_ITEM: Final = Table(
    "listing",
    id=("=inventory_item", "id"),
    at="inventory_items[]",
    version=("updated_at", "created_at"),
    version_by=iso_time,
    fields=(Field("merchant_code", "sku"), Field("stock_item", "id", ident)),
)
LEVEL: Final = Table(
    "stock_fact",
    id=("inventory_item_id", "location_id"),
    at="inventory_levels[]",
    version="updated_at",
    version_by=iso_time,
    when=lambda row: isinstance(row, dict) and row.get("available") is not None,  # null: not tracked there
    fields=(
        Field("location", "location_id", ident, required=True),
        Field("sku", "inventory_item_id", ident, required=True),
        Field("bucket", "available", constant("available")),
        Field("mode", "available", constant("absolute")),
        Field("qty", "available", signed_pieces, required=True),  # below zero where overselling is allowed
        Field("as_of", "updated_at", iso_time),
    ),
)
LOCATION: Final = Table(
    "location",
    id="id",
    at="locations[]",
    version=("updated_at", "created_at"),
    version_by=iso_time,
    fields=(
        Field("native_id", "id", ident),
        Field("name", "name"),
        Field("country", "country_code"),
        Field("province", "province"),
        Field("city", "city"),
        Field("postal", "zip"),
        Field("address", ("address1", "address2"), computed("address1, address2", "pii", _address)),
        Field("phone", "phone", pii),
        Field("longitude", "longitude", number),
        Field("latitude", "latitude", number),
        Field("is_active", "active", flag),
    ),
)
