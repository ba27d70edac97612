"""Each vendor's own way: money, time, ids, envelopes, signatures."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from typing import Any
from urllib.parse import parse_qs, unquote_plus

from .conftest import Past

CHINA_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
YUAN = re.compile(r"-?\d+\.\d\d")
LARGEST_DOUBLE_INTEGER = 2**53


def _fen(text: str) -> int:
    return round(float(text) * 100)


def _trades(past: Past) -> list[Any]:
    return [json.loads(m.body)["trade_fullinfo_get_response"]["trade"] for m in past.of("taobao", "trade")]


def test_taobao_writes_yuan_as_text_and_ids_as_long_numbers(past: Past) -> None:
    for trade in _trades(past):
        assert isinstance(trade["tid"], int)
        assert trade["tid"] > LARGEST_DOUBLE_INTEGER
        assert all(YUAN.fullmatch(trade[name]) for name in ("payment", "total_fee", "post_fee", "discount_fee"))
        assert CHINA_TIME.fullmatch(trade["created"])


def test_taobao_trades_add_up(past: Past) -> None:
    for trade in _trades(past):
        lines = trade["orders"]["order"]
        assert _fen(trade["payment"]) == sum(_fen(line["divide_order_fee"]) for line in lines) + _fen(trade["post_fee"])
        assert _fen(trade["total_fee"]) == sum(_fen(line["price"]) * line["num"] for line in lines)
        if len(lines) == 1:
            assert lines[0]["oid"] == trade["tid"]
            assert _fen(lines[0]["payment"]) == _fen(trade["payment"])


def test_taobao_versions_grow_over_a_trade_s_life(past: Past) -> None:
    last: dict[int, str] = {}
    for trade in _trades(past):
        assert last.get(trade["tid"], "") < trade["modified"]
        last[trade["tid"]] = trade["modified"]


def test_taobao_names_the_store_that_delivers(past: Past) -> None:
    routed = [trade for trade in _trades(past) if "omnichannel_param" in trade]
    assert routed
    stores = {store.code for store in past.retailer.stores}
    for trade in routed:
        named = re.search(r"targetStoreOuterId:(\w+)", trade["omnichannel_param"])
        assert named is not None
        assert named[1] in stores


def test_douyin_counts_fen_and_seconds_and_ciphers_people(past: Past) -> None:
    for message in past.of("douyin", "order"):
        order = json.loads(message.body)["data"]["shop_order_detail"]
        assert int(order["order_id"]) > LARGEST_DOUBLE_INTEGER
        assert order["pay_amount"] == sum(line["pay_amount"] for line in order["sku_order_list"])
        assert order["pay_amount"] == order["order_amount"] - order["promotion_amount"] + order["post_amount"]
        assert 1_700_000_000 < order["create_time"] < 2_000_000_000
        assert re.fullmatch(r"\$\$[\w+/=]+\*[\w+/=]+\$1\$\$", order["encrypt_post_tel"])
        assert re.fullmatch(r"##[\w+/=]+\*[\w+/=]+#1##", order["post_addr"]["encrypt_detail"])


def test_douyin_pushes_are_signed_lists_with_json_inside_text(past: Past) -> None:
    secret = past.retailer.shop("douyin").secret
    for message in past.of("douyin", "push"):
        signed = secret["app_key"].encode() + message.body + secret["app_secret"].encode()
        assert message.headers["event-sign"] == hashlib.md5(signed).hexdigest()
        [push] = json.loads(message.body)
        assert json.loads(push["data"])["p_id"] > LARGEST_DOUBLE_INTEGER


def test_youzan_signs_its_url_encoded_message(past: Past) -> None:
    secret = past.retailer.shop("youzan").secret
    for message in past.of("youzan"):
        envelope = json.loads(message.body)
        signed = (secret["client_id"] + envelope["msg"] + secret["client_secret"]).encode()
        assert envelope["sign"] == hashlib.md5(signed).hexdigest()
        content = json.loads(unquote_plus(envelope["msg"]))
        if "full_order_info" in content:
            pay = content["full_order_info"]["pay_info"]
            lines = content["full_order_info"]["orders"]
            assert _fen(pay["total_fee"]) == sum(_fen(line["total_fee"]) for line in lines)
            assert _fen(pay["payment"]) == sum(_fen(line["payment"]) for line in lines) + _fen(pay["post_fee"])


def test_shopify_signs_the_raw_body_and_keeps_the_shop_s_offset(past: Past) -> None:
    secret = past.retailer.shop("shopify").secret["webhook_secret"].encode()
    for message in past.of("shopify"):
        digest = base64.b64encode(hmac.digest(secret, message.body, "sha256")).decode()
        assert message.headers["x-shopify-hmac-sha256"] == digest
        assert message.headers["x-shopify-topic"] == message.topic
        content = json.loads(message.body)
        assert content["created_at"].endswith("-07:00")
        if message.topic.startswith("orders/"):
            parts = ("subtotal_price", "total_tax", "shipping")
            content["shipping"] = content["total_shipping_price_set"]["shop_money"]["amount"]
            assert _fen(content["total_price"]) == sum(_fen(content[part]) for part in parts)


def test_tills_send_naive_utc_and_balanced_receipts(past: Past) -> None:
    for message in past.of("odoo_pos"):
        for order in json.loads(message.body):
            lines = [line for _, _, line in order["lines"]]
            total = round(order["amount_total"] * 100)
            assert total == sum(round(line["price_subtotal_incl"] * 100) for line in lines)
            paid = sum(round(payment["amount"] * 100) for _, _, payment in order["payment_ids"])
            assert paid - round(order["amount_return"] * 100) == total
            assert order["date_order"] <= f"{message.at:%Y-%m-%d %H:%M:%S}"


def test_kuaidi100_pushes_signed_forms_newest_first(past: Past) -> None:
    salt = past.retailer.shop("kuaidi100").secret["salt"]
    for message in past.of("kuaidi100"):
        form = parse_qs(message.body.decode())
        assert form["sign"] == [hashlib.md5((form["param"][0] + salt).encode()).hexdigest().upper()]
        times = [node["time"] for node in json.loads(form["param"][0])["lastResult"]["data"]]
        assert times == sorted(times, reverse=True)


def test_sf_pushes_routes_and_answers_queries_with_json_inside_text(past: Past) -> None:
    for message in past.of("sf", "route_push"):
        assert all(route["opCode"] and route["mailno"] for route in json.loads(message.body)["Body"]["WaybillRoute"])
    for message in past.of("sf", "search_routes"):
        data = json.loads(json.loads(message.body)["apiResultData"])
        assert data["msgData"]["routeResps"][0]["routes"]


def test_numbers_of_persons_lead_nowhere(past: Past) -> None:
    for message in past.of("youzan"):
        numbers = re.findall(r"(?<!\d)1[3-9]\d{9}(?!\d)", unquote_plus(json.loads(message.body)["msg"]))
        assert all(number.startswith("138000") for number in numbers if not number.startswith("17"))
