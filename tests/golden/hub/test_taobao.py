"""Taobao: the captured bodies read exactly, and the project's own samples against their golden records."""

from pathlib import Path

from tests.golden.hub.golden import check_samples, kinds, of_kind, one, read, rules


def body(shared_data: Path, name: str) -> bytes:
    return (shared_data / "payloads" / "taobao" / name).read_bytes()


def test_the_store_order_is_read_to_the_fen(shared_data):
    read_ = read("taobao", body(shared_data, "trade_fullinfo_get_tmall_store_deliver.json"))
    order = one(read_, "order")
    assert kinds(read_) == {"order": 1, "order_line": 1, "shipment": 1}
    assert order["native_id"] == "41171612630246574"
    assert (order["goods"], order["discount_seller"], order["freight"]) == (4400, 1450, 0)
    assert order["total"] == order["paid"] == 2950
    assert (order["fulfil_mode"], order["store"]) == ("store", "20000019")
    assert order["placed_at"] == "2017-07-31T06:07:29Z"
    assert (order["payment_status"], order["fulfilment_status"]) == ("paid", "shipped")
    line = one(read_, "order_line")
    assert (line["qty"], line["unit_price"], line["line_total"], line["discount"]) == (5, 880, 4400, 1450)
    parcel = one(read_, "shipment")
    assert (parcel["tracking_no"], parcel["lines"]) == ("104232941", [["41171411613446363", 5]])
    assert rules(read_) == set()


def test_the_two_line_order_flows_and_is_flagged_because_the_vendors_sample_does_not_add_up(shared_data):
    read_ = read("taobao", body(shared_data, "trade_fullinfo_get_two_lines.json"))
    assert kinds(read_) == {"order": 1, "order_line": 2}
    assert one(read_, "order")["total"] == 32358
    assert [line.fields["merchant_code"] for line in of_kind(read_, "order_line")] == [
        "B-C352-F301-356M",
        "B-C352-F302-357M",
    ]
    assert rules(read_) == {"arithmetic.goods", "arithmetic.total"}
    assert not read_.is_quarantined


def test_the_projects_samples_give_their_golden_records():
    check_samples("taobao")
