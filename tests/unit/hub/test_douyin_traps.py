"""What has gone wrong with the Douyin shop's messages, each trap by name."""

import json

import pytest

from tests.golden.hub.golden import kinds, of_kind, one, read, rules

ROW = {"order_id": "6931781998977357825", "item_num": 2, "sum_amount": 2000, "origin_amount": 1000, "pay_amount": 1700}
ORDER = {
    "order_id": "6931781998977357824",
    "order_status": 2,
    "main_status": 2,
    "create_time": 1772321400,
    "pay_time": 1772321430,
    "update_time": 1772321460,
    "finish_time": 0,
    "pay_amount": 1700,
    "post_amount": 0,
    "promotion_amount": 300,
    "promotion_shop_amount": 300,
    "promotion_platform_amount": 0,
    "shop_cost_amount": 100,
    "platform_cost_amount": 200,
    "sku_order_list": [ROW],
}


def detail(**changes):
    return read("douyin", json.dumps({"code": 10000, "data": {"shop_order_detail": {**ORDER, **changes}}}).encode())


def push(tag, data):
    return read("douyin", json.dumps([{"tag": tag, "msg_id": "1", "data": json.dumps(data)}]).encode())


def test_money_is_in_fen_and_is_not_multiplied_again():
    assert one(detail(), "order")["paid"] == 1700


def test_zero_seconds_are_no_time():
    order = one(detail(), "order")
    assert "completed_at" not in order
    assert order["placed_at"] == "2026-02-28T23:30:00Z"


def test_ids_above_two_to_the_53_keep_their_last_digit_as_number_and_as_text():
    assert one(detail(order_id=6931781998977357825), "order")["native_id"] == "6931781998977357825"
    assert one(detail(), "order")["native_id"] == "6931781998977357824"


def test_town_is_the_district_and_street_the_street():
    address = {
        "province": {"name": "福建省"},
        "city": {"name": "厦门市"},
        "town": {"name": "思明区"},
        "street": {"name": "莲前"},
    }
    order = one(detail(post_addr=address), "order")
    assert (order["province"], order["city"], order["district"], order["street"]) == (
        "福建省",
        "厦门市",
        "思明区",
        "莲前",
    )


def test_the_discount_is_split_by_who_bears_it():
    order = one(detail(), "order")
    assert (order["discount_seller"], order["discount_platform"]) == (100, 200)
    assert rules(detail()) == set()


def test_costs_that_do_not_add_up_give_way_to_whose_promotion_it_was():
    order = one(detail(shop_cost_amount=0, platform_cost_amount=0), "order")
    assert (order["discount_seller"], order["discount_platform"]) == (300, 0)


@pytest.mark.parametrize(
    ("main", "payment", "fulfilment"),
    [
        (1, "unpaid", "open"),
        (103, "part_paid", "open"),
        (2, "paid", "open"),
        (101, "paid", "part_shipped"),
        (3, "paid", "shipped"),
        (5, "paid", "completed"),
        (21, "refunded", "cancelled"),
        (22, "refunded", "shipped"),
        (39, "refunded", "completed"),
    ],
)
def test_the_main_status_tells_both_axes(main, payment, fulfilment):
    order = one(detail(main_status=main, order_status=4 if main > 20 and main < 100 else main), "order")
    assert (order["payment_status"], order["fulfilment_status"]) == (payment, fulfilment)


def test_a_cancelled_order_is_voided_or_refunded_by_whether_it_was_paid():
    assert one(detail(main_status=4, order_status=4), "order")["payment_status"] == "refunded"
    assert one(detail(main_status=4, order_status=4, pay_time=0), "order")["payment_status"] == "voided"


def test_status_105_is_paid_and_held():
    order = one(detail(main_status=105, order_status=105), "order")
    assert (order["payment_status"], order["hold_status"]) == ("paid", "risk")


def test_an_unpaid_order_has_paid_nothing():
    assert one(detail(main_status=1, order_status=1, pay_time=0), "order")["paid"] == 0


def test_a_finished_exchange_gives_no_money_back():
    rows = [{**ROW, "after_sale_info": {"after_sale_status": 12, "after_sale_type": 3}}]
    assert one(detail(sku_order_list=rows), "order_line")["refund_status"] == "closed"


def test_numbers_sent_as_text_read_the_same():
    rows = [{name: str(value) for name, value in ROW.items()}]
    changes = {name: str(value) for name, value in ORDER.items() if name != "sku_order_list"}
    assert detail(**changes, sku_order_list=rows).facts == detail().facts


def test_the_data_of_a_push_is_json_in_a_string():
    read_ = push("101", {"p_id": 6931781998977357824, "order_status": 2, "pay_amount": 1700, "pay_time": 1772321430})
    assert one(read_, "order") == {
        "native_id": "6931781998977357824",
        "paid_at": "2026-02-28T23:30:30Z",
        "payment_status": "paid",
        "fulfilment_status": "open",
        "paid": 1700,
    }
    assert read_.facts[0].version == 1772321430_000000
    assert one(read_, "fetch")["entity"] == "order"


def test_a_push_of_a_status_is_not_flagged_for_having_no_lines():
    assert rules(push("103", {"p_id": 1, "order_status": 5, "complete_time": 1772321430})) == set()


def test_a_part_shipment_names_its_lines():
    message = {
        "express_company_id": 12,
        "logistics_code": "YT1",
        "shipped_order_info": [{"shipped_order_id": 7, "shipped_num": 2}],
    }
    read_ = push("108", {"p_id": 1, "order_status": 101, "update_time": 1772321430, "logistics_msg": message})
    assert one(read_, "shipment")["lines"] == [["7", 2]]
    assert of_kind(read_, "shipment")[0].parent == "douyin:demo:1"


def test_an_after_sale_push_is_a_refund_in_fen():
    data = {"p_id": 1, "s_id": 2, "aftersale_id": 3, "aftersale_status": 12, "aftersale_type": 1, "refund_amount": 990,
            "success_time": 1772321430}  # fmt: skip
    refund = one(push("206", data), "refund")
    assert (refund["amount"], refund["status"], refund["line"]) == (990, "refunded", "2")
    assert refund["refunded_at"] == "2026-02-28T23:30:30Z"


def test_each_message_of_a_push_stands_alone():
    messages = [
        {"tag": "103", "msg_id": "1", "data": json.dumps({"p_id": 1, "order_status": 5, "complete_time": 1772321430})},
        {"tag": "100", "msg_id": "2", "data": "{"},
        {"tag": "999", "msg_id": "3", "data": "{}"},
        {"tag": "0", "msg_id": "4", "data": ""},
    ]
    read_ = read("douyin", json.dumps(messages).encode())
    assert kinds(read_) == {"order": 1, "fetch": 1}
    assert {finding.pointer.split("/")[1] for finding in read_.findings} == {"1", "2"}


def test_an_unknown_status_keeps_out_that_axis_only():
    read_ = detail(main_status=888, order_status=888)
    assert {finding.scope for finding in read_.findings} == {"field"}
    assert one(read_, "order")["paid"] == 1700


def test_an_error_reply_is_understood():
    read_ = read("douyin", b'{"code":50002,"msg":"x","sub_code":"isv.business-failed:2","data":null}')
    assert (read_.topic, rules(read_)) == ("error", {"message.empty"})
