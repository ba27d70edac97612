"""What is stocked, where, and under which names the channels sell it.

A row changes only when the given (version, source) is greater, so repeats and late arrivals change nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from typing import Final, NamedTuple

import msgspec
from psycopg import Connection

from entrepot.kernel.errors import NotFound
from entrepot.stock.pages import page_size
from entrepot.stock.pinyin import like_patterns, search_text, sort_key

NODE_KINDS: Final = (
    "rdc",
    "fdc",
    "store",
    "marketplace",
    "returns",
    "supplier",
    "customer",
    "transit",
    "scrap",
    "difference",
)
"""Kinds of node; ``rdc`` regional centre, ``fdc`` forward (front) warehouse, ``marketplace`` a channel's warehouse."""


@dataclass(frozen=True, slots=True)
class Sku:
    """A unit we stock and count.

    Parameters
    ----------
    id : str
        SKU code.
    version : int
        The source's own version, microseconds.
    source : str
        Raw message id (hex); breaks ties between equal versions.
    price : int or None
        Minor units of ``currency``.
    attrs : dict
        Anything else, JSON-able.
    """

    id: str
    version: int
    source: str
    title: str = ""
    title_en: str = ""
    brand: str = ""
    category: str = ""
    barcode: str = ""
    weight_g: int | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    price: int | None = None
    currency: str | None = None
    attrs: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Node:
    """A place that holds or hands over stock; version and source as in `Sku`."""

    id: str
    version: int
    source: str
    name: str = ""
    name_en: str = ""
    kind: str = "store"
    country: str = ""
    province: str = ""
    city: str = ""
    latitude: float | None = None
    longitude: float | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Listing:
    """A channel's offer; version and source as in `Sku`.

    Parameters
    ----------
    merchant_code, stock_item : str
        What the channel says it stands for: our code, and the channel's own name of the stock behind it.
    sku_id : str or None
        What is sold; None while unmatched.
    how : {"exact", "rule", "human"} or None
        How it was matched.
    confidence : float or None
        0 to 1.
    """

    channel: str
    shop: str
    item_id: str
    version: int
    source: str
    sku_native_id: str = ""
    merchant_code: str = ""
    stock_item: str = ""
    sku_id: str | None = None
    how: str | None = None
    confidence: float | None = None


class SkuRow(NamedTuple):
    """A SKU found by a search."""

    id: str
    title: str
    title_en: str
    brand: str
    category: str
    barcode: str
    price: int | None
    currency: str | None


# The greatest (version, source) of a batch goes in; ON CONFLICT cannot meet one row twice.
_UPSERT: Final = """
INSERT INTO stock.{table} AS held ({columns})
SELECT DISTINCT ON ({key}) {columns} FROM json_populate_recordset(NULL::stock.{table}, %s)
ORDER BY {key}, version DESC, source DESC
ON CONFLICT ({key}) DO UPDATE SET ({columns}, updated_at) = ROW ({values}, clock_timestamp())
WHERE (held.version, held.source) < (EXCLUDED.version, EXCLUDED.source)"""

_SKUS: Final = """
SELECT id, title, title_en, brand, category, barcode, price, currency FROM stock.sku
WHERE search LIKE ALL (%(q)s) ORDER BY pinyin, id LIMIT %(rows)s"""

_MOST_TOLD: Final = 20

_UNKNOWN: Final = """
SELECT (SELECT coalesce(array_agg(code ORDER BY code), '{}') FROM unnest(%(skus)s::text[]) AS code
        WHERE NOT EXISTS (SELECT FROM stock.sku s WHERE s.id = code)
          AND NOT EXISTS (SELECT FROM stock.level l WHERE l.sku = code)),
       (SELECT coalesce(array_agg(code ORDER BY code), '{}') FROM unnest(%(nodes)s::text[]) AS code
        WHERE NOT EXISTS (SELECT FROM stock.node n WHERE n.id = code)
          AND NOT EXISTS (SELECT FROM stock.level l WHERE l.node = code))"""


def upsert_skus(conn: Connection, skus: Sequence[Sku]) -> int:
    """Write SKUs with their pinyin keys; returns how many rows changed."""
    rows = [
        asdict(sku)
        | {
            "pinyin": sort_key(sku.title),
            "search": search_text(sku.id, sku.title, sku.title_en, sku.brand, sku.barcode),
        }
        for sku in skus
    ]
    return _upsert(conn, "sku", ("id",), rows)


def upsert_nodes(conn: Connection, nodes: Sequence[Node]) -> int:
    """Write nodes with their pinyin keys; returns how many rows changed."""
    rows = [
        asdict(node)
        | {"pinyin": sort_key(node.name), "search": search_text(node.id, node.name, node.name_en, node.city)}
        for node in nodes
    ]
    return _upsert(conn, "node", ("id",), rows)


def upsert_listings(conn: Connection, listings: Sequence[Listing]) -> int:
    """Write listings; returns how many rows changed."""
    return _upsert(conn, "listing", ("channel", "shop", "item_id", "sku_native_id"), [asdict(one) for one in listings])


def sku_ids(conn: Connection, listings: Sequence[tuple[str, str, str, str]]) -> list[str | None]:
    """Resolve (channel, shop, item_id, sku_native_id) to SKU codes, in the given order; None where unmatched."""
    names = ("channel", "shop", "item_id", "sku_native_id")
    body = msgspec.json.encode([dict(zip(names, key, strict=True)) for key in listings]).decode()
    sql = """
        SELECT l.sku_id
        FROM ROWS FROM (json_to_recordset(%s) AS (channel text, shop text, item_id text, sku_native_id text))
            WITH ORDINALITY AS given
        LEFT JOIN stock.listing l USING (channel, shop, item_id, sku_native_id)
        ORDER BY ordinality"""
    return [sku for (sku,) in conn.execute(sql, (body,))]


def require_known(conn: Connection, skus: Collection[str], nodes: Collection[str]) -> None:
    """Refuse codes that nobody has heard of: what is set for a misspelt one would do nothing, or hold goods back.

    Raises
    ------
    NotFound
        ``stock.unknown_code``.
    """
    no_skus, no_nodes = unknown_codes(conn, skus, nodes)
    told = [f"SKU {code!r}" for code in no_skus] + [f"node {code!r}" for code in no_nodes]
    if told:
        raise NotFound(
            "stock.unknown_code",
            f"Neither the catalogue nor the stock book knows {', '.join(told[:_MOST_TOLD])}.",
            "Check the codes, or load the catalogue first.",
            skus=no_skus,
            nodes=no_nodes,
        )


def sku_names(conn: Connection, skus: Collection[str]) -> dict[str, tuple[str, str]]:
    """Return the catalogue's names of SKUs, in Chinese and in English; those it does not have are left out."""
    if not skus:
        return {}
    rows = conn.execute("SELECT id, title, title_en FROM stock.sku WHERE id = ANY (%s)", (sorted(skus),))
    return {sku: (title, title_en) for sku, title, title_en in rows}


def unknown_codes(conn: Connection, skus: Collection[str], nodes: Collection[str]) -> tuple[list[str], list[str]]:
    """Return which SKUs and which nodes neither the catalogue nor the stock book has ever heard of, each in order."""
    values = {"skus": sorted(skus), "nodes": sorted(nodes)}
    found = conn.execute(_UNKNOWN, values).fetchone() if skus or nodes else None
    return (found[0], found[1]) if found is not None else ([], [])


def find_skus(conn: Connection, q: str, limit: int = 20) -> list[SkuRow]:
    """Find SKUs by code, title, brand, barcode, pinyin or initials."""
    return [SkuRow(*row) for row in conn.execute(_SKUS, {"q": like_patterns(q), "rows": page_size(limit)})]


def _upsert(conn: Connection, table: str, key: tuple[str, ...], rows: list[dict[str, object]]) -> int:
    if not rows:
        return 0
    columns = list(rows[0])
    sql = _UPSERT.format(
        table=table,
        key=", ".join(key),
        columns=", ".join(columns),
        values=", ".join(f"EXCLUDED.{column}" for column in columns),
    )
    return conn.execute(sql.encode(), (msgspec.json.encode(rows).decode().replace("\\u0000", ""),)).rowcount
