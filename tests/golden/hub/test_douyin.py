"""Douyin: the captured bodies read exactly, and the project's own samples against their golden records."""

from pathlib import Path

from tests.golden.hub.golden import check_samples, kinds, one, read, rules


def body(shared_data: Path, name: str) -> bytes:
    return (shared_data / "payloads" / "douyin" / name).read_bytes()


def test_the_refunded_order_of_a_list_is_read(shared_data):
    read_ = read("douyin", body(shared_data, "order_search_list_refunded_after_ship_via_agiso.json"))
    order = one(read_, "order")
    assert kinds(read_) == {"order": 1, "order_line": 1, "shipment": 1, "payment": 1}
    assert order["native_id"] == "6936476692437472563"
    assert (order["goods"], order["freight"], order["total"], order["paid"]) == (1, 0, 1, 1)
    assert (order["payment_status"], order["fulfilment_status"], order["aftersale_status"]) == (
        "refunded",
        "shipped",
        "refunded",
    )
    assert order["placed_at"] == "2024-11-18T07:55:51Z"
    assert (order["city"], order["district"], order["street"]) == ("厦门市", "思明区", "莲前街道")
    assert {order[name]["state"] for name in ("buyer_name", "buyer_phone", "address")} == {"cipher"}
    line = one(read_, "order_line")
    assert (line["qty"], line["merchant_code"], line["refund_status"]) == (1, "112233", "refunded")
    parcel = one(read_, "shipment")
    assert (parcel["carrier"], parcel["lines"]) == ("shenzhenshishun", [["6936476692437472563", 1]])
    assert rules(read_) == set()


def test_the_after_sale_is_a_refund_of_its_order(shared_data):
    read_ = read("douyin", body(shared_data, "after_sale_detail_via_agiso.json"))
    (refund,) = read_.facts
    assert refund.parent == "douyin:demo:6931781998977357824"
    assert refund.fields["native_id"] == "146501574716378560"
    assert (refund.fields["status"], refund.fields["kind"], refund.fields["reason"]) == ("returning", "return", "其他")
    assert refund.fields["lines"] == [["6931781998977357824", 1]]
    assert refund.fields["asked_at"] == "2024-08-15T01:40:10Z"


def test_the_projects_samples_give_their_golden_records():
    check_samples("douyin")
