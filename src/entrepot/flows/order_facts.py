"""What others know of orders: channels and carriers by the order book, warehouses by the stock book."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from psycopg import Connection

from entrepot.orders.detail import parcel_numbers
from entrepot.orders.fold import OrderState, from_json
from entrepot.orders.lifecycle import Facts
from entrepot.orders.pieces.reading import destination_of, told_of
from entrepot.stock.catalogue import unknown_codes

_ORDERS: Final = """
SELECT o.id, o.channel, o.shop, coalesce(p.stock_policy, 'none'), o.fulfil_mode,
       coalesce(o.store, p.default_node), o.doc::text
FROM orders.orders o LEFT JOIN hub.shop p ON p.channel = o.channel AND p.shop = o.shop
WHERE o.id = ANY (%s)"""

# From the customer, a reversal takes back an issue; to the customer, one takes back a return.
_GOODS: Final = """
SELECT doc, sku, CASE WHEN is_issue THEN from_node ELSE to_node END,
       CASE WHEN is_issue THEN '' ELSE to_state END, sum(qty)::bigint
FROM (
    SELECT doc, sku, from_node, to_node, to_state, to_node = 'customer' AS is_issue, qty FROM stock.movement
    WHERE doc = ANY (%(ids)s) AND reason <> 'reversal' AND 'customer' IN (from_node, to_node)
    UNION ALL
    SELECT doc, sku, to_node, from_node, from_state, from_node = 'customer', -qty FROM stock.movement
    WHERE doc = ANY (%(ids)s) AND reason = 'reversal' AND 'customer' IN (from_node, to_node)
) AS goods
GROUP BY 1, 2, 3, 4 HAVING sum(qty) <> 0"""

_TO_PLAN: Final = """
SELECT o.id FROM orders.orders o
JOIN hub.shop p ON p.channel = o.channel AND p.shop = o.shop AND p.stock_policy = 'confirmations'
WHERE o.id = ANY (%s) AND coalesce(o.fulfilment_status, 'open') IN ('open', 'in_progress', 'part_shipped')
  AND coalesce(o.payment_status, 'unpaid') <> 'voided' AND coalesce(o.fulfil_mode, 'ship') NOT IN ('store', 'virtual')
ORDER BY o.id"""

_HOLDS: Final = "SELECT doc, id, node, sum(held)::bigint FROM stock.hold WHERE doc = ANY (%s) GROUP BY 1, 2, 3"


OWN: Final = "own"
"""The channel of orders taken by ourselves; see `entrepot.flows.own_news`."""


class _Goods(NamedTuple):
    issued: dict[tuple[str, str], int]
    back: dict[tuple[str, str, str], int]


class OrderFacts:
    """Facts for the life of orders; see `entrepot.orders.lifecycle.Sources`."""

    def facts(self, conn: Connection, order_ids: Collection[str]) -> dict[str, Facts]:
        """Return the facts of orders; those that do not exist are left out."""
        ids = sorted(order_ids)
        rows = conn.execute(_ORDERS, (ids,)).fetchall()
        states = {row[0]: from_json(row[-1]) for row in rows}
        skus = _skus(conn, ids)
        parcels = _parcels(conn, states)
        goods = _goods(conn, ids)
        holds = _holds(conn, ids)
        found = {}
        for order_id, channel, shop, policy, mode, store, _ in rows:
            state, moved = states[order_id], goods[order_id]
            told = told_of(
                state, skus[order_id], parcels, moved.issued, moved.back, holds.get(order_id), is_ours=channel == OWN
            )
            if policy == "sales" and mode not in ("ship", "pickup"):
                told = told.handed_over(store)
            found[order_id] = Facts(told, channel, shop, policy, destination_of(state))
        return found

    def stores(self, conn: Connection, nodes: Collection[str]) -> set[str]:
        """Return which of the nodes are stores."""
        rows = conn.execute("SELECT id FROM stock.node WHERE id = ANY (%s) AND kind = 'store'", (sorted(nodes),))
        return {row[0] for row in rows}

    def unknown(self, conn: Connection, skus: Collection[str], nodes: Collection[str]) -> tuple[list[str], list[str]]:
        """Return which SKUs and which nodes neither the catalogue nor the stock book has ever heard of."""
        return unknown_codes(conn, skus, nodes)


def to_plan(conn: Connection, order_ids: Collection[str]) -> list[str]:
    """Return which orders, not kept in pieces yet, are to be planned for.

    Tills hand goods over at once, sellers of a marketplace keep their own stock, and what left before it was heard of
    needs no plan: how such an order stands follows from the facts whenever somebody asks.
    """
    return [row[0] for row in conn.execute(_TO_PLAN, (sorted(order_ids),))]


def _skus(conn: Connection, ids: list[str]) -> dict[str, dict[str, str | None]]:
    found: dict[str, dict[str, str | None]] = defaultdict(dict)
    for order_id, line, sku in conn.execute(
        "SELECT order_id, line_id, sku FROM orders.line WHERE order_id = ANY (%s)", (ids,)
    ):
        found[order_id][line] = sku
    return found


def _parcels(conn: Connection, states: Mapping[str, OrderState]) -> dict[str, str]:
    numbers = sorted({number for state in states.values() for number in parcel_numbers(state)})
    if not numbers:
        return {}
    query = "SELECT tracking_no, status FROM orders.parcel WHERE tracking_no = ANY (%s)"
    return dict(conn.execute(query, (numbers,)).fetchall())


def _goods(conn: Connection, ids: list[str]) -> dict[str, _Goods]:
    found: dict[str, _Goods] = defaultdict(lambda: _Goods({}, {}))
    for doc, sku, node, state, qty in conn.execute(_GOODS, {"ids": ids}):
        if state:
            found[doc].back[sku, node, state] = qty
        else:
            found[doc].issued[sku, node] = qty
    return found


def _holds(conn: Connection, ids: list[str]) -> dict[str, dict[tuple[str, str], int]]:
    found: dict[str, dict[tuple[str, str], int]] = defaultdict(dict)
    for doc, hold, node, held in conn.execute(_HOLDS, (ids,)):
        found[doc][hold, node] = held
    return dict(found)
