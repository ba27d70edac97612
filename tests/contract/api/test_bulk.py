"""Many messages in one call: a receipt for each in their order, and one bad message costs the others nothing."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from entrepot.api import Services
from tests.contract.api.conftest import Client, trade

BULK = "/api/v1/messages:bulk"


def one(body: bytes, **more: Any) -> dict[str, Any]:
    return {"channel": "taobao", "shop": "flagship", "topic": "trade", "body": body.decode()} | more


def test_receipts_come_in_the_order_of_the_messages(admin: Client) -> None:
    messages = [
        one(trade(1)),
        one(trade(1)),
        one(b"{broken"),
        one(trade(2), channel="temu"),
        one(trade(2), shop="other"),
        one(trade(2), shop="closed", channel="douyin"),
        {"channel": "taobao", "shop": "flagship", "body_base64": base64.b64encode(trade(3)).decode()},
        {"channel": "taobao", "shop": "flagship", "body_base64": "***"},
        {"channel": "taobao", "shop": "flagship"},
        one(b" ", topic="a\x00b"),
        one(trade(4), headers={"Authorization": "x", "Content-Type": "application/json"}, delivery_id="d-1"),
    ]
    reply = admin.post(BULK, json={"messages": messages})
    assert reply.status_code == 200, reply.text
    receipts = reply.json()["receipts"]
    assert [receipt["status"] for receipt in receipts] == [
        "accepted", "duplicate", "quarantined", "refused", "refused", "refused", "accepted", "refused", "refused",
        "refused", "accepted",
    ]  # fmt: skip
    assert receipts[0]["id"] == receipts[1]["id"]
    assert all(receipt["reason"] and receipt["mend"] for receipt in receipts if receipt["status"] == "refused")
    assert reply.json()["counts"] == {"accepted": 3, "duplicate": 1, "quarantined": 1, "refused": 6}
    kept = admin.get("/api/v1/messages", params={"q": "d-1"}).json()["items"]
    assert [message["transport"] for message in kept] == ["bulk"]
    assert admin.get(f"/api/v1/messages/{kept[0]['id']}").json()["headers"] == {"content-type": "application/json"}


BROKEN = [
    (b"", 400),
    (b"{", 400),
    (b"\xff\xfe", 400),
    (b"[" * 100_000, 422),
    (b"{}", 422),
    (b'{"messages": []}', 422),
    (b'{"messages": [1]}', 422),
    (b'{"messages": [{"channel": "taobao"}]}', 422),
    (b'{"messages": [{"channel": "taobao", "shop": "x", "body": 5}]}', 422),
    (b'{"messages": [{"channel": "taobao", "shop": "x", "body": "{}", "retry": 1}]}', 422),
    (b'{"messages": [{"channel": "taobao", "shop": "x", "body": "\\ud800"}]}', 400),
]


def test_a_body_that_is_no_bulk_is_refused_whole(admin: Client, services: Services, subtests: pytest.Subtests) -> None:
    for body, status in BROKEN:
        with subtests.test(body[:60].decode(errors="replace")):
            reply = admin.post(BULK, content=body)
            assert reply.status_code == status, reply.text
            assert reply.json()["mend"]
    with services.db.read() as conn:
        assert conn.execute("SELECT count(*) FROM hub.raw").fetchone() == (0,)


def test_more_than_five_thousand_are_refused(admin: Client) -> None:
    small = {"channel": "t", "shop": "f", "body": "{}"}
    reply = admin.post(BULK, content=json.dumps({"messages": [small] * 5001}))
    assert reply.status_code == 422
    assert "5000" in reply.json()["detail"]


def test_its_schema_is_published(admin: Client) -> None:
    document = admin.get("/api/v1/openapi.json").json()
    body = document["paths"]["/api/v1/messages:bulk"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    name = body["$ref"].rsplit("/", 1)[1]
    assert document["components"]["schemas"][name]["properties"]["messages"]["maxItems"] == 5000
