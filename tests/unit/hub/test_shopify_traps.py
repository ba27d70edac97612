"""What goes wrong with Shopify's messages when one does not know them."""

import msgspec
import pytest

from tests.golden.hub.golden import kinds, of_kind, one, read, rules

ORDER = {
    "id": 9007199254740993,
    "currency": "JPY",
    "created_at": "2026-03-29T01:30:00+09:00",
    "updated_at": "2026-03-29T01:31:00+09:00",
    "financial_status": "paid",
    "fulfillment_status": None,
    "cancelled_at": None,
    "total_line_items_price": "1200",
    "total_price": "1200",
    "total_discounts": "0",
    "total_tax": "0",
    "taxes_included": True,
    "line_items": [{"id": 9007199254740995, "quantity": 2, "price": "600", "sku": "A-1"}],
}


def shopify(document: object, topic: str = ""):
    return read("shopify", msgspec.json.encode(document), topic)


def test_yen_have_no_decimals():
    assert one(shopify(ORDER), "order")["total"] == 1200
    assert one(shopify({**ORDER, "currency": "USD"}), "order")["total"] == 120000


def test_ids_above_two_to_the_53_stay_exact():
    read_ = shopify(ORDER)
    assert read_.facts[0].id == "shopify:demo:9007199254740993"
    assert one(read_, "order")["line_ids"] == ["9007199254740995"]


def test_times_carry_the_shops_offset():
    assert one(shopify(ORDER), "order")["placed_at"] == "2026-03-28T16:30:00Z"


def test_a_null_fulfillment_status_is_open_and_a_missing_one_says_nothing():
    assert one(shopify(ORDER), "order")["fulfilment_status"] == "open"
    bare = {name: value for name, value in ORDER.items() if name not in {"fulfillment_status", "financial_status"}}
    assert "fulfilment_status" not in one(shopify({"order": bare}), "order")


def test_cancelled_beats_fulfilled():
    order = one(
        shopify({**ORDER, "fulfillment_status": "fulfilled", "cancelled_at": "2026-04-01T00:00:00+09:00"}), "order"
    )
    assert order["fulfilment_status"] == "cancelled"


def test_an_unknown_status_keeps_out_its_axis_only():
    read_ = shopify({**ORDER, "financial_status": "pondering"})
    assert rules(read_) == {"field.payment_status", "field.aftersale_status"}
    assert one(read_, "order")["fulfilment_status"] == "open"


def test_current_quantity_splits_into_refunded_and_cancelled():
    line = {**ORDER["line_items"][0], "quantity": 5, "current_quantity": 1}
    items = [
        {"line_item_id": line["id"], "quantity": 2, "restock_type": "return"},
        {"line_item_id": line["id"], "quantity": 1, "restock_type": "cancel"},
    ]
    read_ = shopify({**ORDER, "line_items": [line], "refunds": [{"id": 1, "refund_line_items": items}]})
    told = one(read_, "order_line")
    assert (told["qty"], told["qty_refunded"], told["qty_cancelled"]) == (5, 2, 2)


def test_a_webhook_body_a_wrapped_reply_a_page_and_a_list_are_the_same_order():
    forms = [ORDER, {"order": ORDER}, {"orders": [ORDER]}, [ORDER]]
    assert len({msgspec.json.encode(shopify(form).facts) for form in forms}) == 1


def test_a_wrong_topic_does_not_mislead():
    assert shopify(ORDER, "products/update").topic == "order"


def test_only_the_webhook_topic_tells_what_was_deleted():
    assert one(shopify({"id": 7}, "products/delete"), "product")["status"] == "deleted"
    assert one(shopify({"id": 7}, "orders/delete"), "fetch")["entity"] == "order"
    assert rules(shopify({"id": 7})) == {"message.empty"}


def test_a_delivered_event_also_moves_the_shipment():
    event = {
        "id": 1, "order_id": 2, "fulfillment_id": 3, "status": "delivered", "happened_at": "2026-01-01T00:00:00Z"
    }  # fmt: skip
    read_ = shopify({"fulfillment_event": event})
    assert one(read_, "shipment")["status"] == "delivered"
    assert of_kind(read_, "shipment")[0].id == "shopify:demo:2/3"


def test_a_refunds_currency_is_its_own():
    refund = {
        "id": 1, "order_id": 2, "created_at": "2026-01-01T00:00:00Z", "refund_line_items": [],
        "transactions": [{"kind": "refund", "status": "success", "amount": "500", "currency": "JPY"}],
    }  # fmt: skip
    assert one(shopify(refund), "refund")["amount"] == 500


def test_stock_below_zero_is_read_and_untracked_stock_is_not():
    level = {"inventory_item_id": 1, "location_id": 2, "available": -3, "updated_at": "2026-01-01T00:00:00Z"}
    assert one(shopify(level), "stock_fact")["qty"] == -3
    assert kinds(shopify({**level, "available": None})) == {}


@pytest.mark.parametrize(
    "document", [{"errors": "Not Found"}, {"count": 3}, {"orders": []}, {"draft_order": {"id": 1}}]
)
def test_what_carries_no_fact_says_so(document):
    read_ = shopify(document)
    assert (read_.facts, rules(read_)) == ([], {"message.empty"})
