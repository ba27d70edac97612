"""What channels call our goods and places: canonical products, listings and locations to the stock book's catalogue."""

from __future__ import annotations

from psycopg import Connection

from entrepot.kernel.facts import Fact, Value
from entrepot.orders.fold import Fields
from entrepot.orders.projection import told
from entrepot.stock import Listing, Node, Sku
from entrepot.stock.catalogue import NODE_KINDS

EVERY_SHOP = "*"
"""The shop of a listing that holds for all shops of its channel, as tills share one product table."""


class Matcher:
    """Finds the SKU of an order line.

    The merchant code decides where it is a SKU of ours; else the channel's listing. Nothing is guessed: a line that
    neither names stays unmatched and is shown as an exception.
    """

    def __init__(self) -> None:
        self._skus: frozenset[str] = frozenset()
        self._listings: dict[tuple[str, str, str, str], str] = {}
        self._mark: tuple[object, ...] = ()

    def refresh(self, conn: Connection) -> None:
        """Load the catalogue again when it has changed since."""
        mark = conn.execute(
            "SELECT (SELECT max(updated_at) FROM stock.sku), (SELECT max(updated_at) FROM stock.listing)"
        ).fetchone()
        if mark != self._mark or mark is None:
            self.reload(conn)
            self._mark = mark or ()

    def reload(self, conn: Connection) -> None:
        """Load the catalogue as the transaction sees it."""
        self._skus = frozenset(row[0] for row in conn.execute("SELECT id FROM stock.sku"))
        self._listings = {
            (row[0], row[1], row[2], row[3]): row[4]
            for row in conn.execute(
                "SELECT channel, shop, item_id, sku_native_id, sku_id FROM stock.listing WHERE sku_id IS NOT NULL"
            )
        }
        self._mark = ()

    def sku(self, channel: str, shop: str, line: Fields) -> str | None:
        """Return the line's SKU, or None."""
        code = told(line, "merchant_code")
        if isinstance(code, str) and code in self._skus:
            return code
        named = (_text(told(line, "item_id")), _text(told(line, "sku_native_id")))
        return self._listings.get((channel, shop, *named)) or self._listings.get((channel, EVERY_SHOP, *named))

    def known(self, *codes: Value) -> str | None:
        """Return the first of the codes that is a SKU of ours."""
        return next((code for code in codes if isinstance(code, str) and code in self._skus), None)


def sku_of(fact: Fact, source: str) -> Sku:
    """Read a product: its merchant code is the SKU, its native id where it has none."""
    said = fact.fields
    currency = said.get("currency")
    return Sku(
        str(said.get("merchant_code") or said.get("native_id") or fact.id),
        fact.version,
        source,
        title=_text(said.get("title")),
        title_en=_text(said.get("title_en")),
        brand=_text(said.get("brand")),
        category=_text(said.get("category")),
        barcode=_text(said.get("barcode")),
        weight_g=_whole(said.get("weight_g")),
        length_mm=_whole(said.get("length_mm")),
        width_mm=_whole(said.get("width_mm")),
        height_mm=_whole(said.get("height_mm")),
        price=_whole(said.get("price")),
        currency=str(currency) if currency else None,
    )


def node_of(fact: Fact, source: str) -> Node:
    """Read a location."""
    said = fact.fields
    kind = str(said.get("kind") or "")
    return Node(
        str(said.get("native_id") or fact.id),
        fact.version,
        source,
        name=_text(said.get("name")),
        name_en=_text(said.get("name_en")),
        country=_text(said.get("country")),
        province=_text(said.get("province")),
        city=_text(said.get("city")),
        kind=kind if kind in NODE_KINDS else "store",
        latitude=_degrees(said.get("latitude"), 90),
        longitude=_degrees(said.get("longitude"), 180),
        active=said.get("is_active") is not False,
    )


def listing_of(fact: Fact, source: str, matcher: Matcher) -> Listing:
    """Read a channel's offer; it is matched when a code it names is a SKU of ours."""
    channel, shop, _ = fact.id.split(":", 2)
    said = fact.fields
    sku = matcher.known(said.get("merchant_code"), said.get("stock_item"))
    return Listing(
        channel,
        shop,
        _text(said.get("item_id")),
        fact.version,
        source,
        sku_native_id=_text(said.get("sku_native_id")),
        merchant_code=_text(said.get("merchant_code")),
        stock_item=_text(said.get("stock_item")),
        sku_id=sku,
        how=None if sku is None else "exact",
        confidence=None if sku is None else 1.0,
    )


def _text(value: Value) -> str:
    return str(value or "")


def _whole(value: Value) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None


def _degrees(value: Value, limit: int) -> float | None:
    degrees = float(value) if isinstance(value, str) else None
    return degrees if degrees is not None and abs(degrees) <= limit else None
