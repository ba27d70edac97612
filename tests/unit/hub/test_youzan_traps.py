"""What has gone wrong with Youzan's pushes, each trap by name."""

import json
from urllib.parse import quote, quote_plus

import pytest

from tests.golden.hub.golden import kinds, one, read, rules

LINE = {
    "oid": "2813577170427838537",
    "item_id": 9,
    "sku_id": 0,
    "num": 2,
    "price": "5.00",
    "total_fee": "10.00",
    "payment": "9.00",
}


def trade(order=None, pay=None, address=None, lines=None, **beside):
    return {
        "full_order_info": {
            "order_info": {
                "tid": "E1",
                "status": "TRADE_PAID",
                "created": "2026-03-01 07:30:00",
                "pay_time": "2026-03-01 07:31:00",
                "update_time": "2026-03-01 07:31:00",
                "consign_time": "",
                "express_type": 0,
                "refund_state": 0,
                **(order or {}),
            },
            "pay_info": {"total_fee": "10.00", "post_fee": "2.00", "payment": "11.00", **(pay or {})},
            "address_info": {"delivery_province": "浙江省", **(address or {})},
            "orders": lines or [LINE],
        },
        "order_promotion": {"adjust_fee": "0.00", "order": [{"discount_fee": "1.00"}]},
        **beside,
    }


def push(message, kind="trade_TradePaid", encode=quote_plus):
    text = json.dumps(message, ensure_ascii=False)
    envelope = {"msg": encode(text), "type": kind, "id": "E1", "msg_id": "m", "version": 1772321460, "test": False}
    return read("youzan", json.dumps(envelope).encode())


@pytest.mark.parametrize("encode", [quote_plus, quote, str], ids=["plus", "percent", "plain"])
def test_msg_is_json_url_encoded_either_way_or_plain(encode):
    assert (
        one(push(trade(address={"delivery_address": "路 1 号"}), encode=encode), "order")["address"]["value"]
        == "路 1 号"
    )


def test_an_address_with_a_plus_survives_the_decoding():
    assert one(push(trade(address={"delivery_address": "A+B 座"})), "order")["address"]["value"] == "A+B 座"


def test_msg_may_be_an_object():
    message = {"tid": "E1", "refund_id": "R1", "refunded_fee": "9.90", "refund_type": "REFUND_ONLY", "oids": ["7"]}
    body = {"msg": message, "type": "youzan_trade_RefundSuccess", "id": "E1", "version": 1772321460}
    refund = one(read("youzan", json.dumps(body).encode()), "refund")
    assert (refund["amount"], refund["status"], refund["line"]) == (990, "refunded", "7")


def test_sku_zero_is_no_sku():
    assert "sku_native_id" not in one(push(trade()), "order_line")


def test_goods_freight_and_discounts_give_the_total():
    order = one(push(trade()), "order")
    assert (order["goods"], order["freight"], order["discount_seller"], order["total"]) == (1000, 200, 100, 1100)
    assert rules(push(trade())) == set()


def test_an_unpaid_order_has_paid_nothing_though_a_payment_is_named():
    order = one(push(trade({"status": "WAIT_BUYER_PAY", "pay_time": ""})), "order")
    assert (order["total"], order["paid"], order["payment_status"]) == (1100, 0, "unpaid")


def test_an_empty_time_is_no_time_and_a_naive_time_is_chinas():
    order = one(push(trade()), "order")
    assert "shipped_at" not in order
    assert order["placed_at"] == "2026-02-28T23:30:00Z"


def test_the_empty_address_of_a_virtual_good_is_no_address():
    empty = dict.fromkeys(("delivery_province", "delivery_city", "delivery_address", "receiver_tel"), "")
    order = one(push(trade({"express_type": 9}, address={**empty, "address_extra": "{}"})), "order")
    assert order["fulfil_mode"] == "virtual"
    assert {"province", "city", "address", "longitude"}.isdisjoint(order)


def test_the_word_null_is_nothing():
    assert "merchant_code" not in one(push(trade(lines=[{**LINE, "outer_sku_id": "null"}])), "order_line")


def test_encrypted_persons_are_ciphers():
    order = one(push(trade(address={"receiver_name": "$Qn/ZHaMby1MzBq3Rw2t7fw==$1$"})), "order")
    assert order["buyer_name"] == {"state": "cipher", "value": "$Qn/ZHaMby1MzBq3Rw2t7fw==$1$", "scheme": "youzan"}


def test_a_closed_trade_is_voided_or_refunded_by_whether_it_was_paid():
    assert one(push(trade({"status": "TRADE_CLOSED"})), "order")["payment_status"] == "refunded"
    assert one(push(trade({"status": "TRADE_CLOSED", "pay_time": ""})), "order")["payment_status"] == "voided"


def test_parcels_and_refunds_beside_the_order_are_its_parts():
    deliveries = [{"express_state": 1, "oids": [{"oid": LINE["oid"]}],
                   "dists": [{"dist_id": "D1", "create_time": "2026-03-02 09:00:00",
                              "express_info": {"express_id": 7, "express_no": "SF1"}}]}]  # fmt: skip
    refunds = [{"refund_id": "R1", "refund_fee": "0.50", "refund_state": 60, "oids": [{"oid": LINE["oid"]}]}]
    read_ = push(trade({"status": "WAIT_SELLER_SEND_GOODS"}, delivery_order=deliveries, refund_order=refunds))
    assert one(read_, "order")["fulfilment_status"] == "part_shipped"
    assert one(read_, "shipment")["lines"] == [[LINE["oid"], 2]]
    assert (one(read_, "refund")["amount"], one(read_, "refund")["status"]) == (50, "refunded")


def test_the_reply_of_trade_get_reads_like_the_push():
    pushed = push(trade())
    for name in ("data", "response"):
        reply = read("youzan", json.dumps({"code": 200, name: trade()}).encode())
        assert [fact.id for fact in reply.facts] == [fact.id for fact in pushed.facts]
        assert [fact.version for fact in reply.facts] == [fact.version for fact in pushed.facts]


def test_a_page_of_trades_is_read():
    page = {"data": {"full_order_info_list": [trade(), trade({"tid": "E2"})], "total_results": 2}}
    assert kinds(read("youzan", json.dumps(page).encode())) == {"order": 2, "order_line": 2}


def test_a_delivery_push_names_the_parcel():
    message = {"tid": "E1", "oids": "7,8", "express_id": 2, "express_no": "YT1", "update_time": "2026-03-02 09:00:00"}
    read_ = push(message, "trade_TradeSellerShip")
    assert one(read_, "order")["fulfilment_status"] == "shipped"
    assert one(read_, "shipment")["lines"] == [["7", None], ["8", None]]


@pytest.mark.parametrize(
    ("kind", "refund_type", "status"),
    [
        ("trade_refund_BuyerCreated", "REFUND_ONLY", "asked"),
        ("trade_refund_RefundSellerAgree", "REFUND_ONLY", "refunded"),
        ("trade_refund_RefundSellerAgree", "REFUND_AND_RETURN", "returning"),
        ("trade_refund_RefundSuccess", "REFUND_AND_RETURN", "refunded"),
        ("trade_refund_RefundClosed", "REFUND_ONLY", "closed"),
    ],
)
def test_the_type_of_a_refund_push_is_its_status(kind, refund_type, status):
    read_ = push({"tid": "E1", "refund_id": "R1", "refund_type": refund_type, "refunded_fee": "1.00"}, kind)
    assert one(read_, "refund")["status"] == status


def test_an_unknown_type_is_kept_out_with_its_type():
    read_ = push({"tid": "E1"}, "trade_TradeTeleported")
    assert (kinds(read_), rules(read_)) == ({}, {"field.entity"})


def test_a_message_about_customers_is_understood():
    assert rules(push({"mobile": "1"}, "SCRM_CUSTOMER_EVENT")) == {"message.empty"}


def test_a_whole_trade_under_the_push_topic_is_a_trade():
    envelope = {"msg": quote_plus(json.dumps(trade())), "type": "trade_TradePaid", "id": "E1", "msg_id": "m"}
    read_ = read("youzan", json.dumps(envelope).encode(), "push")
    assert (read_.topic, kinds(read_)["order"]) == ("trade", 1)
