"""The gallery of bad input: a clear 4xx or a quarantined message with its reason; never a 500, never half of it."""

from __future__ import annotations

import hashlib
import json

import pytest

from entrepot.api import Services
from tests.contract.api.conftest import Client, trade

HOOK = "/hub/taobao/flagship/trade"

NOISE = "".join(hashlib.sha256(bytes([number % 256, number // 256])).hexdigest() for number in range(320))

KEPT = {
    "malformed JSON": (b'{"trade": {"tid": 1,', "decode.json"),
    "not JSON at all": (b"<xml/>", None),
    "wrong encoding": ('{"trade": "茶"}'.encode("gbk"), "decode"),
    "a NUL in the text": (trade(1, title="a\x00b", receiver_name="x\x00y"), None),
    "nested deeper than anything real": (b"[" * 5000 + b"]" * 5000, None),
    "absurd dates": (trade(2, created="0000-99-99 25:61:00", modified="9999-12-31 23:59:59"), None),
    "a negative quantity": (trade(3, orders={"order": [{"oid": 4, "num": -5, "price": "1.00"}]}), None),
    "an id above 2^53": (trade(9_007_199_254_740_993), None),
    "an id above 2^64": (trade(10**40), None),
    "emoji": (trade(5, receiver_name="😀🫖", buyer_message="🧧" * 50), None),
    "SQL in strings": (trade(6, receiver_city="'; DROP TABLE orders.orders; --"), None),
    "a price that is no number": (trade(7, payment="NaN"), None),
    "a price of forty digits": (trade(8, payment="9" * 40), None),
    "lone surrogates": (b'{"trade_fullinfo_get_response":{"trade":{"tid":9,"buyer_nick":"\\ud800"}}}', None),
    "numbers for texts and texts for numbers": (trade(10, receiver_city=5, payment=29.5, status=7), None),
    "a code of twenty thousand characters": (
        trade(11, orders={"order": [{"oid": 12, "num": 1, "price": "1.00", "outer_sku_id": NOISE}]}), None,
    ),
    "an id of twenty thousand characters": (trade(13).replace(b"13,", f"\"{NOISE}\",".encode(), 1), None),
    "nothing inside": (b"{}", "message.unrecognised"),
    "a list": (b"[1,2,3]", "message.unrecognised"),
    "one byte": (b"\xff", "decode"),
}  # fmt: skip


def test_a_broken_message_is_acknowledged_and_kept_with_its_reason(
    nobody: Client, admin: Client, subtests: pytest.Subtests
) -> None:
    for what, (body, rule) in KEPT.items():
        with subtests.test(what):
            reply = nobody.post(HOOK, content=body)
            assert reply.status_code == 200, reply.text
            message = admin.get(f"/api/v1/messages/{reply.json()['id']}").json()
            assert message["size"] == len(body)
            assert message["records"] or message["findings"]
            if rule is not None:
                assert reply.json()["status"] == "quarantined"
                assert any(one["rule"].startswith(rule) and one["message"] for one in message["findings"])
    for page in ("orders", "quarantine", "quarantine/groups", "channels", "tower"):
        assert admin.get(f"/api/v1/{page}").status_code == 200
    for order in admin.get("/api/v1/orders").json()["items"]:
        assert admin.get(f"/api/v1/orders/{order['id']}").status_code == 200


def test_sql_in_strings_is_text(nobody: Client, admin: Client) -> None:
    nobody.post(HOOK, content=trade(6, receiver_city="'; DROP TABLE orders.orders; --"))
    assert admin.get("/api/v1/orders/taobao:flagship:6").json()["city"] == "'; DROP TABLE orders.orders; --"
    assert admin.get("/api/v1/orders", params={"q": "'; DROP TABLE orders.orders; --"}).json()["items"] == []
    assert admin.get("/api/v1/orders", params={"city": "' OR 1=1 --"}).json()["items"] == []


def test_an_id_above_2_53_keeps_every_digit(nobody: Client, admin: Client) -> None:
    nobody.post(HOOK, content=trade(9_007_199_254_740_993))
    assert admin.get("/api/v1/orders").json()["items"][0]["native_id"] == "9007199254740993"


REFUSED = {
    "an unknown channel": ("/hub/temu/shop/orders", b"{}", 404, "hub.unknown_channel"),
    "a shop not registered": ("/hub/taobao/other/trade", b"{}", 404, "hub.unknown_shop"),
    "an inactive shop": ("/hub/douyin/closed/order", b"{}", 403, "hub.shop_inactive"),
    "an empty body": (HOOK, b"", 422, "hub.empty_body"),
    "a body too large": (HOOK, b"x" * (2**20 + 1), 413, "api.too_large"),
    "a topic with a NUL": ("/hub/taobao/flagship/a%00b", b"{}", 422, "hub.bad_topic"),
    "a topic too long": ("/hub/taobao/flagship/" + "x" * 300, b"{}", 422, "hub.bad_topic"),
    "a shop with a NUL": ("/hub/taobao/a%00b/trade", b"{}", 404, "hub.unknown_shop"),
    "a path that climbs": ("/hub/taobao/..%2f..%2fetc/passwd", b"{}", 404, "hub.unknown_shop"),
}


def test_a_message_for_nobody_is_refused_and_not_stored(
    nobody: Client, services: Services, subtests: pytest.Subtests
) -> None:
    for what, (url, body, status, code) in REFUSED.items():
        with subtests.test(what):
            reply = nobody.post(url, content=body)
            assert (reply.status_code, reply.json()["code"]) == (status, code)
            assert reply.headers["content-type"] == "application/problem+json"
            assert reply.json()["mend"]
    with services.db.read() as conn:
        assert conn.execute("SELECT count(*) FROM hub.raw").fetchone() == (0,)


QUERIES = {
    "a limit of nothing": ("/api/v1/orders", {"limit": "0"}, 422),
    "a limit too large": ("/api/v1/orders", {"limit": "501"}, 422),
    "a filter misspelt": ("/api/v1/orders", {"chanel": "taobao"}, 422),
    "a status from no list": ("/api/v1/orders", {"payment": "payed"}, 422),
    "an exception from no list": ("/api/v1/orders", {"exception": "bad_hair"}, 422),
    "a sort by what is no column": ("/api/v1/orders", {"sort": "doc; DROP TABLE orders.orders"}, 422),
    "an absurd date": ("/api/v1/orders", {"from": "0001-01-01"}, 422),
    "a cursor that is none": ("/api/v1/orders", {"cursor": "AAAA"}, 400),
    "a cursor of another sequence": ("/api/v1/orders", {"cursor": "WyJwYWlkIiw1LCJ4Il0", "sort": "-placed_at"}, 400),
    "a NUL in a search": ("/api/v1/orders", {"q": "a\x00b"}, 422),
    "a NUL in a name": ("/api/v1/orders", {"city": "a\x00b"}, 422),
    "an outcome from no list": ("/api/v1/messages", {"outcome": "lost"}, 422),
    "a NUL in the global search": ("/api/v1/search", {"q": "\x00"}, 422),
    "an empty search": ("/api/v1/search", {"q": ""}, 422),
    "a stock status from no list": ("/api/v1/stock/levels", {"status": "plenty"}, 422),
    "a stock cursor that is none": ("/api/v1/stock/levels", {"cursor": "%%%"}, 400),
    "a time that is none": ("/api/v1/stock/as-of", {"valid": "soon"}, 422),
    "a job status from no list": ("/api/v1/jobs", {"status": "lazy"}, 422),
    "a job cursor that is none": ("/api/v1/jobs", {"cursor": "9" * 40}, 400),
    "an order that is none": ("/api/v1/orders/taobao:flagship:%00", {}, 422),
    "an order unknown": ("/api/v1/orders/taobao:flagship:1", {}, 404),
    "a message that is none": ("/api/v1/messages/zz", {}, 404),
    "a cell unknown": ("/api/v1/stock/cells/A-1/N-1", {}, 404),
    "an entry beyond all numbers": (f"/api/v1/quarantine/{10**30}", {}, 404),
    "a job unknown": ("/api/v1/jobs/none", {}, 404),
}


def test_a_question_that_makes_no_sense_gets_a_clear_answer(admin: Client, subtests: pytest.Subtests) -> None:
    for what, (url, params, status) in QUERIES.items():
        with subtests.test(what):
            reply = admin.get(url, params=params)
            assert reply.status_code == status, reply.text
            problem = reply.json()
            assert problem["status"] == status
            assert problem["detail"]
            assert problem["mend"]
            assert not any(word in reply.text for word in ("SELECT", "psycopg", "Traceback", "LINE 1"))


WRITES = {
    "malformed JSON": ("/api/v1/quarantine/replay", b"{", 400),
    "not an object": ("/api/v1/quarantine/replay", b"[]", 422),
    "nothing chosen": ("/api/v1/quarantine/replay", b"{}", 422),
    "no ids": ("/api/v1/quarantine/replay", b'{"ids": []}', 422),
    "a number beyond the database's": ("/api/v1/quarantine/replay", b'{"ids": [99999999999999999999]}', 422),
    "a member that is none": ("/api/v1/quarantine/replay", b'{"ids": [1], "force": true}', 422),
    "no reason": ("/api/v1/quarantine/dismiss", b'{"ids": [1], "why": "  "}', 422),
    "a NUL in a reason": ("/api/v1/quarantine/dismiss", b'{"ids": [1], "why": "a\\u0000b"}', 422),
    "a lone surrogate": ("/api/v1/quarantine/dismiss", b'{"ids": [1], "why": "\\ud800"}', 422),
    "a weak password": ("/api/v1/users", b'{"name": "x", "password": "short", "role": "viewer"}', 422),
    "a name that is none": (
        "/api/v1/users", b'{"name": "a b", "password": "long enough, is it", "role": "viewer"}', 422,
    ),
    "a role that is none": ("/api/v1/users", b'{"name": "x", "password": "long enough, is it", "role": "king"}', 422),
    "a scope that is none": ("/api/v1/tokens", b'{"name": "x", "scopes": ["everything"]}', 422),
    "a token that ended already": (
        "/api/v1/tokens", b'{"name": "x", "scopes": ["read"], "expires_at": "2001-01-01T00:00:00Z"}', 422,
    ),
    "a token that ends at no offset": (
        "/api/v1/tokens", b'{"name": "x", "scopes": ["read"], "expires_at": "2031-01-01T00:00:00"}', 422,
    ),
}  # fmt: skip


def test_a_write_that_makes_no_sense_gets_a_clear_answer_and_changes_nothing(
    admin: Client, subtests: pytest.Subtests
) -> None:
    before = admin.get("/api/v1/audit").json()["items"]
    for what, (url, body, status) in WRITES.items():
        with subtests.test(what):
            reply = admin.post(url, content=body, headers={"content-type": "application/json"})
            assert reply.status_code == status, reply.text
            assert reply.json()["detail"]
    assert admin.get("/api/v1/audit").json()["items"] == before


def test_a_password_is_never_repeated_in_an_error(admin: Client) -> None:
    body = {"name": "x", "password": {"my": "hunter2 hunter2"}, "role": "king"}
    assert "hunter2" not in admin.post("/api/v1/users", json=body).text
    assert "hunter2" not in json.dumps(admin.get("/api/v1/audit").json())
