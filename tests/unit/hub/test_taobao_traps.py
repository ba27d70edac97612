"""What has gone wrong with Taobao's trades, each trap by name."""

import json

import pytest

from tests.golden.hub.golden import kinds, of_kind, one, read, rules

LINE = {
    "oid": 71,
    "num": 2,
    "price": "10.00",
    "total_fee": "18.50",
    "discount_fee": "1.50",
    "refund_status": "NO_REFUND",
}
TRADE = {
    "tid": 41171612630246575,
    "status": "WAIT_SELLER_SEND_GOODS",
    "created": "2026-03-01 07:30:00",
    "modified": "2026-03-01 07:31:00",
    "pay_time": "2026-03-01 07:30:30",
    "total_fee": "20.00",
    "post_fee": "8.00",
    "discount_fee": "3.00",
    "payment": "23.50",
    "orders": {"order": [LINE]},
}


def trade(**changes):
    body = {"trade_fullinfo_get_response": {"trade": {**TRADE, **changes}}}
    return read("taobao", json.dumps(body).encode())


def test_an_id_above_two_to_the_53_keeps_its_last_digit():
    assert one(trade(), "order")["native_id"] == "41171612630246575"


@pytest.mark.parametrize("payment", ["23.50", 23.5, "23.5", " 23.50 "])
def test_yuan_as_text_or_number_are_the_same_fen(payment):
    assert one(trade(payment=payment), "order")["paid"] == 2350


def test_a_naive_time_is_china_time_even_across_midnight():
    assert one(trade(), "order")["placed_at"] == "2026-02-28T23:30:00Z"


def test_goods_less_all_discounts_plus_freight_is_what_was_paid():
    order = one(trade(), "order")
    assert order["goods"] - order["discount_seller"] + order["freight"] == order["total"] == 2350
    assert rules(trade()) == set()


def test_an_order_that_was_not_paid_has_paid_nothing():
    order = one(trade(status="WAIT_BUYER_PAY", pay_time=None), "order")
    assert (order["total"], order["paid"], order["payment_status"]) == (2350, 0, "unpaid")


def test_closed_before_payment_is_voided_and_closed_after_payment_is_refunded():
    assert one(trade(status="TRADE_CLOSED_BY_TAOBAO"), "order")["payment_status"] == "voided"
    assert one(trade(status="TRADE_CLOSED"), "order")["payment_status"] == "refunded"


def test_goods_that_left_before_the_refund_stay_shipped():
    assert one(trade(status="TRADE_CLOSED"), "order")["fulfilment_status"] == "cancelled"
    assert (
        one(trade(status="TRADE_CLOSED", consign_time="2026-03-02 09:00:00"), "order")["fulfilment_status"] == "shipped"
    )


def test_an_unknown_status_keeps_out_the_status_and_nothing_else():
    read_ = trade(status="PAID_FORBID_CONSIGN")
    assert {"payment_status", "fulfilment_status"}.isdisjoint(one(read_, "order"))
    assert {finding.scope for finding in read_.findings} == {"field"}
    assert kinds(read_) == {"order": 1, "order_line": 1}


def test_a_list_with_one_line_may_come_as_a_single_object():
    assert kinds(trade(orders={"order": LINE})) == {"order": 1, "order_line": 1}


def test_two_lines_of_one_parcel_are_both_in_it():
    lines = [{**LINE, "oid": oid, "invoice_no": "SF1", "logistics_company": "顺丰"} for oid in (71, 72)]
    parcels = of_kind(trade(orders={"order": lines}), "shipment")
    assert {parcel.id for parcel in parcels} == {"taobao:demo:41171612630246575/SF1"}
    assert all(parcel.fields["lines"] == [["71", 2], ["72", 2]] for parcel in parcels)


def test_half_a_refunded_order_is_part_refunded():
    lines = [{**LINE, "refund_status": "SUCCESS"}, {**LINE, "oid": 72}]
    assert one(trade(orders={"order": lines}), "order")["aftersale_status"] == "part_refunded"


def test_a_row_of_the_push_database_has_its_trade_as_text():
    row = {"tid": 1, "jdp_response": json.dumps({"trade_fullinfo_get_response": {"trade": TRADE}})}
    for body in (row, [row]):
        assert one(read("taobao", json.dumps(body).encode()), "order")["paid"] == 2350


def test_a_broken_row_does_not_drop_the_others():
    row = {"jdp_response": json.dumps({"trade_fullinfo_get_response": {"trade": TRADE}})}
    assert kinds(read("taobao", json.dumps([{"jdp_response": "{"}, row]).encode())) == {"order": 1, "order_line": 1}


def test_a_page_of_trades_is_read_trade_by_trade():
    trades = [TRADE, {**TRADE, "tid": 2, "created": "yesterday"}, {**TRADE, "tid": 3}]
    read_ = read("taobao", json.dumps({"trades_sold_get_response": {"trades": {"trade": trades}}}).encode())
    assert [fact.fields["native_id"] for fact in of_kind(read_, "order")] == ["41171612630246575", "3"]
    assert [finding.scope for finding in read_.findings] == ["record"]


def test_a_refund_belongs_to_its_trade_and_line():
    refund = {
        "refund_id": "210000000001", "tid": 41171612630246575, "oid": 71, "status": "SUCCESS", "refund_fee": "9.25",
        "has_good_return": True, "num": 1, "created": "2026-03-05 10:00:00", "modified": "2026-03-06 10:00:00",
    }  # fmt: skip
    (fact,) = read("taobao", json.dumps({"refund_get_response": {"refund": refund}}).encode()).facts
    assert fact.parent == "taobao:demo:41171612630246575"
    assert (fact.fields["amount"], fact.fields["line"], fact.fields["status"]) == (925, "71", "refunded")
    assert (fact.fields["kind"], fact.fields["refunded_at"]) == ("return", "2026-03-06T02:00:00Z")


def test_a_thin_message_asks_for_the_trade():
    message = {
        "topic": "taobao_trade_TradeChanged", "pub_time": "2026-03-01 08:00:00",
        "content": json.dumps({"tid": 41171612630246575, "oid": 71, "status": "TRADE_FINISHED"}),
    }  # fmt: skip
    consumed = {"tmc_messages_consume_response": {"messages": {"tmc_message": [message]}}}
    for body in (message, [message], consumed):
        assert one(read("taobao", json.dumps(body).encode()), "fetch")["native_id"] == "41171612630246575"


def test_an_error_reply_is_understood():
    read_ = read("taobao", b'{"error_response":{"code":27,"msg":"Invalid session"}}')
    assert (read_.topic, rules(read_)) == ("error", {"message.empty"})
