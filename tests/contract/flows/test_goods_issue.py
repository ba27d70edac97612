"""A till's sale moves the stock once, follows what the order says, and waits for SKUs it does not know yet."""

from __future__ import annotations

import json

from entrepot.app import Platform
from entrepot.flows.catalogue import node_of, sku_of
from entrepot.flows.followers import catch_up
from entrepot.hub.adapter import RawMessage
from entrepot.kernel.facts import Fact
from entrepot.stock import upsert_nodes, upsert_skus
from tests.contract.flows.conftest import message


def _sale(qty: int = 2, uuid: str = "u-1") -> RawMessage:
    line = {"product_id": 7, "qty": qty, "price_unit": 10.0, "price_subtotal_incl": 10.0 * qty, "default_code": "A-1",
            "discount": 0, "tax_ids": [[6, False, []]]}  # fmt: skip
    order = {
        "uuid": uuid, "name": f"Order {uuid}", "date_order": "2026-11-02 02:00:00", "amount_total": 10.0 * qty,
        "amount_paid": 10.0 * qty, "amount_tax": 0, "amount_return": 0, "session_id": 1, "lines": [[0, 0, line]],
        "payment_ids": [[0, 0, {"amount": 10.0 * qty, "name": "2026-11-02 02:00:00", "payment_method_id": 1}]],
    }  # fmt: skip
    return message("odoo_pos", [order], shop="till")


def _know(platform: Platform, sku: bool = True) -> None:
    with platform.db.transaction() as conn:
        upsert_nodes(
            conn, [node_of(Fact("location", "files:wms:S-1", None, 1, {"native_id": "S-1", "name": "店"}), "a")]
        )
        if sku:
            upsert_skus(conn, [sku_of(Fact("product", "files:wms:A-1", None, 1, {"merchant_code": "A-1"}), "a")])


def _on_hand(platform: Platform) -> dict[tuple[str, str], int]:
    with platform.db.read() as conn:
        return {(row[0], row[1]): row[2] for row in conn.execute("SELECT sku, node, on_hand FROM stock.level")}


def _code(platform: Platform) -> str:
    with platform.db.read() as conn:
        row = conn.execute("SELECT merchant_code, item_id FROM orders.line").fetchone()
    return json.dumps(row)


def test_a_sale_moves_stock_once_however_often_it_is_read(shop: Platform) -> None:
    _know(shop)
    shop.intake.accept([_sale()])
    assert catch_up(shop.followers()) > 0, _code(shop)
    assert _on_hand(shop) == {("A-1", "S-1"): -2}
    for reader in ("goods_issue", "matching"):
        with shop.db.transaction() as conn:
            conn.execute("UPDATE log.reader SET xid = '0', seq = 0 WHERE name = %s", (reader,))
    catch_up(shop.followers())
    assert _on_hand(shop) == {("A-1", "S-1"): -2}
    assert shop.book.audit() == []


def test_a_refund_brings_goods_back(shop: Platform) -> None:
    _know(shop)
    shop.intake.accept([_sale(), _sale(-1, "u-2")])
    catch_up(shop.followers())
    assert _on_hand(shop) == {("A-1", "S-1"): -1}


def test_an_order_that_is_voided_afterwards_moves_back(shop: Platform) -> None:
    _know(shop)
    shop.intake.accept([_sale()])
    catch_up(shop.followers())
    with shop.db.transaction() as conn:
        conn.execute("UPDATE orders.orders SET payment_status = 'voided'")
        conn.execute("INSERT INTO log.event (kind, key, payload) SELECT 'order.changed', id, '{}' FROM orders.orders")
    catch_up(shop.followers())
    assert _on_hand(shop) == {("A-1", "S-1"): 0}
    assert shop.book.audit() == []


def test_a_line_waits_for_its_sku(shop: Platform) -> None:
    _know(shop, sku=False)
    shop.intake.accept([_sale()])
    catch_up(shop.followers())
    assert _on_hand(shop) == {}
    _know(shop)
    with shop.db.transaction() as conn:
        conn.execute("INSERT INTO log.event (kind, key, payload) VALUES ('catalogue.changed', 'stock.sku', '{}')")
    catch_up(shop.followers())
    assert _on_hand(shop) == {("A-1", "S-1"): -2}
