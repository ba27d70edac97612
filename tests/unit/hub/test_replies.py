"""What each vendor's reply means: done, done before, later, never, or the whole shop locked out."""

from __future__ import annotations

import json

import pytest

from entrepot.hub.channels.douyin.write import WRITER as DOUYIN
from entrepot.hub.channels.files.write import WRITER as FILES
from entrepot.hub.channels.shopify.write import WRITER as SHOPIFY
from entrepot.hub.channels.square.write import WRITER as SQUARE
from entrepot.hub.channels.taobao.write import WRITER as TAOBAO
from entrepot.hub.channels.youzan.write import WRITER as YOUZAN
from entrepot.hub.writeback.writer import Reply, Writer


def top(code: int, sub_code: str = "", sub_msg: str = "") -> object:
    return {"error_response": {"code": code, "msg": "Remote service error", "sub_code": sub_code, "sub_msg": sub_msg}}


def douyin(code: int, sub_code: str = "", sub_msg: str = "") -> object:
    return {"code": code, "msg": "x", "sub_code": sub_code, "sub_msg": sub_msg, "data": None}


def user_error(code: str) -> object:
    fault = {"code": code, "field": ["input", "quantities", "0"], "message": "no"}
    return {"data": {"inventorySetQuantities": {"inventoryAdjustmentGroup": None, "userErrors": [fault]}}}


THROTTLED = {
    "errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}],
    "extensions": {
        "cost": {
            "requestedQueryCost": 752,
            "actualQueryCost": None,
            "throttleStatus": {"maximumAvailable": 1000.0, "currentlyAvailable": 652, "restoreRate": 50.0},
        }
    },
}
DONE = {"data": {"inventorySetQuantities": {"inventoryAdjustmentGroup": {"id": "gid://x/1"}, "userErrors": []}}}
FULFILLED = {"data": {"fulfillmentCreate": {"fulfillment": {"id": "gid://x/1"}, "userErrors": []}}}


def square(category: str, code: str) -> object:
    return {"errors": [{"category": category, "code": code, "detail": "x"}]}


CASES: list[tuple[Writer, str, int, object, str]] = [
    (TAOBAO, "stock", 200, {"skus_quantity_update_response": {"item": {"num_iid": 1}}}, "ok"),
    (TAOBAO, "stock", 200, top(7, "accesscontrol.limited-by-api-access-count"), "throttled"),
    (TAOBAO, "stock", 200, top(15, "isp.call-limited"), "throttled"),
    (TAOBAO, "stock", 200, top(15, "isp.top-remote-connection-timeout"), "temporary"),
    (TAOBAO, "stock", 200, top(15), "temporary"),
    (TAOBAO, "stock", 200, top(27, "invalid-sessionkey"), "locked_out"),
    (TAOBAO, "stock", 200, top(25), "locked_out"),
    (TAOBAO, "stock", 200, top(15, "isv.item-not-exist:invalid-numIid-or-iid"), "permanent"),
    (TAOBAO, "shipment", 200, top(15, "isv.logistics-offline-service-error:B04", "不能重复发货"), "already"),
    (TAOBAO, "stock", 200, top(15, "isv.logistics-offline-service-error:B04"), "permanent"),
    (TAOBAO, "shipment", 200, top(15, "isv.logistics-offline-service-error:B60"), "permanent"),
    (TAOBAO, "stock", 200, "<html>", "temporary"),
    (TAOBAO, "stock", 502, "bad gateway", "temporary"),
    (DOUYIN, "stock", 200, douyin(10000), "ok"),
    (DOUYIN, "stock", 200, douyin(40004, "isv.parameter-invalid:40010"), "already"),
    (DOUYIN, "stock", 200, douyin(40004, "isv.parameter-invalid:40004"), "temporary"),
    (DOUYIN, "stock", 200, douyin(50002, "isv.business-failed:2010401"), "temporary"),
    (DOUYIN, "stock", 200, douyin(20000, "isp.service-error:10000"), "temporary"),
    (DOUYIN, "stock", 200, douyin(40004, "isv.parameter-invalid:5"), "permanent"),
    (DOUYIN, "stock", 200, douyin(30002, "isv.access-token-expired"), "locked_out"),
    (DOUYIN, "stock", 200, douyin(40003, "isv.api-call-limit"), "throttled"),
    (DOUYIN, "shipment", 200, douyin(50002, "isv.business-failed:1", "订单已发货"), "already"),
    (DOUYIN, "stock", 200, {}, "temporary"),
    (YOUZAN, "stock", 200, {"trace_id": "x", "code": 200, "success": True, "data": {"is_success": True}}, "ok"),
    (YOUZAN, "stock", 200, {"response": {"is_success": True}}, "ok"),
    (YOUZAN, "stock", 200, {"gw_err_resp": {"err_code": 4203, "err_msg": "Token 不存在"}}, "locked_out"),
    (YOUZAN, "stock", 200, {"gw_err_resp": {"err_code": 4005, "err_msg": "非法的API"}}, "permanent"),
    (YOUZAN, "stock", 200, {"gw_err_resp": {"err_code": 4301, "err_msg": "调用过于频繁"}}, "throttled"),
    (YOUZAN, "stock", 200, {"code": 301000002, "success": False, "message": "商品不存在"}, "permanent"),
    (YOUZAN, "stock", 200, {"code": 234000001, "success": False, "message": "系统异常"}, "temporary"),
    (YOUZAN, "shipment", 200, {"error_response": {"code": 50000, "msg": "订单已发货"}}, "already"),
    (YOUZAN, "stock", 200, {"hello": 1}, "temporary"),
    (SHOPIFY, "stock", 200, DONE, "ok"),
    (SHOPIFY, "shipment", 200, FULFILLED, "ok"),
    (SHOPIFY, "stock", 200, THROTTLED, "throttled"),
    (SHOPIFY, "stock", 200, user_error("CHANGE_FROM_QUANTITY_STALE"), "stale"),
    (SHOPIFY, "stock", 200, user_error("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"), "stale"),
    (SHOPIFY, "stock", 200, user_error("IDEMPOTENCY_CONCURRENT_REQUEST"), "temporary"),
    (SHOPIFY, "stock", 200, user_error("INVALID_INVENTORY_ITEM"), "permanent"),
    (SHOPIFY, "stock", 200, {"errors": [{"message": "x", "extensions": {"code": "ACCESS_DENIED"}}]}, "locked_out"),
    (SHOPIFY, "stock", 401, {"errors": "[API] Invalid API key or access token"}, "locked_out"),
    (SHOPIFY, "stock", 429, "", "throttled"),
    (SHOPIFY, "stock", 200, {"data": None}, "temporary"),
    (SQUARE, "stock", 200, {"counts": [], "changes": []}, "ok"),
    (SQUARE, "stock", 400, square("INVALID_REQUEST_ERROR", "IDEMPOTENCY_KEY_REUSED"), "already"),
    (SQUARE, "stock", 429, square("RATE_LIMIT_ERROR", "RATE_LIMITED"), "throttled"),
    (SQUARE, "stock", 401, square("AUTHENTICATION_ERROR", "UNAUTHORIZED"), "locked_out"),
    (SQUARE, "stock", 500, square("API_ERROR", "INTERNAL_SERVER_ERROR"), "temporary"),
    (SQUARE, "stock", 404, square("INVALID_REQUEST_ERROR", "NOT_FOUND"), "permanent"),
    (FILES, "stock", 204, "", "ok"),
    (FILES, "stock", 409, "", "already"),
    (FILES, "stock", 503, "", "temporary"),
    (FILES, "stock", 403, "", "locked_out"),
    (FILES, "stock", 410, "", "permanent"),
    (FILES, "stock", 302, "", "permanent"),
]


@pytest.mark.parametrize(("writer", "kind", "status", "body", "outcome"), CASES)
def test_a_reply_means(writer: Writer, kind: str, status: int, body: object, outcome: str) -> None:
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    verdict = writer.judge(kind, Reply(status, text.encode()))
    assert verdict.outcome == outcome
    assert verdict.outcome == "ok" or verdict.reason or status == 409
    assert verdict.outcome != "permanent" or verdict.mend
    assert verdict.outcome != "locked_out" or verdict.mend


def test_how_long_to_wait_is_read_where_a_vendor_says_it() -> None:
    banned = top(7, "accesscontrol.limited-by-app-access-count", "This ban will last for 31 more seconds")
    assert TAOBAO.judge("stock", Reply(200, json.dumps(banned).encode())).retry_after == 31
    assert SHOPIFY.judge("stock", Reply(200, json.dumps(THROTTLED).encode())).retry_after == 2
    assert FILES.judge("stock", Reply(429, b"", {"retry-after": "7"})).retry_after == 7


@pytest.mark.parametrize("writer", [TAOBAO, DOUYIN, YOUZAN, SHOPIFY, SQUARE, FILES])
@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"3", b"\xff", b'{"error_response":1}', b'{"errors":[3]}', b"{"])
def test_no_body_makes_a_judge_fail(writer: Writer, body: bytes) -> None:
    for status in (200, 404, 500):
        for kind in writer.rates:
            assert writer.judge(kind, Reply(status, body)).outcome
