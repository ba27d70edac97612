"""Shopify: the vendor's published bodies read exactly, and the project's own samples against their golden records."""

from pathlib import Path

import pytest

from tests.golden.hub.golden import check_samples, kinds, of_kind, one, read, rules


def body(shared_data: Path, name: str) -> bytes:
    return (shared_data / "payloads" / "shopify" / name).read_bytes()


def test_the_full_order_is_read_to_the_cent(shared_data):
    read_ = read("shopify", body(shared_data, "rest_2026_07_order_450789469_full.json"))
    order = one(read_, "order")
    assert kinds(read_) == {"order": 1, "order_line": 3, "shipment": 1, "refund": 1}
    assert (order["goods"], order["tax"], order["discount_seller"], order["total"]) == (59700, 1194, 1000, 59894)
    assert (order["payment_status"], order["aftersale_status"]) == ("part_refunded", "part_refunded")
    assert order["fulfilment_status"] == "open"
    assert order["line_ids"] == ["466157049", "518995019", "703073504"]
    assert order["placed_at"] == "2008-01-10T16:00:00Z"
    lines = {line.fields["native_id"]: line.fields for line in of_kind(read_, "order_line")}
    assert [line["discount"] for line in lines.values()] == [334, 333, 333]
    assert [line["qty_refunded"] for line in lines.values()] == [1, 0, 1]
    refund = one(read_, "refund")
    assert (refund["amount"], refund["restock"], refund["lines"]) == (
        20900,
        "return",
        [["703073504", 1], ["466157049", 1]],
    )
    assert rules(read_) == set()


def test_a_cancelled_order_is_cancelled_and_refunded(shared_data):
    order = one(read("shopify", body(shared_data, "rest_2026_07_order_cancel_with_refund_response.json")), "order")
    assert (order["payment_status"], order["fulfilment_status"]) == ("refunded", "cancelled")
    assert order["cancelled_at"] == "2025-07-02T16:31:21Z"


def test_an_order_in_euro_keeps_its_currency(shared_data):
    order = one(read("shopify", body(shared_data, "rest_2026_07_order_created_simple.json")), "order")
    assert (order["currency"], order["total"], order["tax"]) == ("EUR", 23847, 1350)


def test_the_legacy_order_flows(shared_data):
    read_ = read("shopify", body(shared_data, "legacy_fixture_order.json"))
    assert kinds(read_)["order_line"] == 3
    assert one(read_, "order")["payment_status"] == "authorised"


def test_a_calculated_refund_is_no_fact_and_says_why(shared_data):
    read_ = read("shopify", body(shared_data, "rest_2026_07_refund_calculate.json"))
    assert (read_.topic, read_.facts, rules(read_)) == ("refund_calculation", [], {"message.empty"})


def test_a_refund_beside_the_order_and_inside_it_are_one_record(shared_data):
    alone = one(read("shopify", body(shared_data, "rest_2026_07_refund_created.json")), "refund")
    inside = one(read("shopify", body(shared_data, "rest_2026_07_order_450789469_full.json")), "refund")
    assert (alone["native_id"], alone["amount"]) == (inside["native_id"], inside["amount"])


def test_stock_levels_name_item_and_location(shared_data):
    levels = of_kind(read("shopify", body(shared_data, "rest_2026_07_inventory_levels.json")), "stock_fact")
    assert [level.fields["qty"] for level in levels] == [2, 1, 4, 3]
    assert levels[0].id == "shopify:demo:49148385|655441491"
    assert levels[0].fields["as_of"] == "2025-07-02T16:29:59Z"


def test_a_product_gives_a_listing_a_variant(shared_data):
    read_ = read("shopify", body(shared_data, "rest_2026_07_product_632910392.json"))
    assert kinds(read_) == {"product": 1, "listing": 4}
    pink = of_kind(read_, "listing")[0].fields
    assert (pink["merchant_code"], pink["price"], pink["barcode"]) == ("IPOD2008PINK", 19900, "1234_pink")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("legacy_fixture_fulfillment", {"shipment": 1}),
        ("legacy_fixture_fulfillment_event", {"tracking_event": 1}),
        ("legacy_fixture_inventory_levels", {"stock_fact": 4}),
        ("rest_2026_07_fulfillment_created_tracking", {"shipment": 1}),
        ("rest_2026_07_fulfillment_events", {"tracking_event": 1}),
        ("rest_2026_07_fulfillment_order_move", {"order": 1, "order_line": 1}),
        ("rest_2026_07_fulfillment_orders", {"order": 1, "order_line": 1}),
        ("rest_2026_07_fulfillments_of_order", {"shipment": 1}),
        ("rest_2026_07_inventory_items", {"listing": 3}),
        ("rest_2026_07_inventory_level_adjust", {"stock_fact": 1}),
        ("rest_2026_07_locations", {"location": 5}),
        ("rest_2026_07_orders_list_page", {"order": 1, "order_line": 1}),
        ("rest_2026_07_refunds_of_order", {"refund": 1}),
    ],
)
def test_every_other_body_gives_its_records(shared_data, name, expected):
    assert kinds(read("shopify", body(shared_data, f"{name}.json"))) == expected


def test_the_projects_samples_give_their_golden_records():
    check_samples("shopify")
