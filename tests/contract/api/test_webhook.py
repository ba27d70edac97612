"""The channels' addresses: signatures, duplicates, acknowledgements, and what is kept of a delivery."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from entrepot.api import Services
from entrepot.hub.shops import Shop
from entrepot.kernel.errors import UpstreamError
from tests.contract.api.conftest import Client, trade

HOOK = "/hub/taobao/flagship/trade"
SHOPIFY = "/hub/shopify/us/orders/create"
ORDER = json.dumps({"id": 820982911946154508, "admin_graphql_api_id": "gid://shopify/Order/8"}).encode()


def signed(body: bytes, secret: str = "s3cret") -> dict[str, str]:
    digest = hmac.digest(secret.encode(), body, hashlib.sha256)
    return {"x-shopify-hmac-sha256": base64.b64encode(digest).decode(), "x-shopify-topic": "orders/create"}


def count(services: Services) -> int:
    with services.db.read() as conn:
        row = conn.execute("SELECT count(*) FROM hub.raw").fetchone()
    assert row is not None
    return int(row[0])


def test_a_signed_message_is_taken_as_valid(nobody: Client, admin: Client) -> None:
    reply = nobody.post(SHOPIFY, content=ORDER, headers=signed(ORDER))
    assert reply.status_code == 200
    message = admin.get(f"/api/v1/messages/{reply.json()['id']}").json()
    assert (message["signature"], message["topic"]) == ("valid", "orders/create")


@pytest.mark.parametrize(
    "headers", [{}, signed(ORDER, "guess"), signed(ORDER + b" "), {"x-shopify-hmac-sha256": "é%%%"}]
)
def test_a_wrong_signature_is_refused_stored_nowhere_and_noted_once_a_minute(
    nobody: Client, admin: Client, services: Services, headers: dict[str, str]
) -> None:
    raw = {name: value.encode() for name, value in headers.items()}
    for _ in range(3):
        reply = nobody.post(SHOPIFY, content=ORDER, headers=raw)
        assert (reply.status_code, reply.json()["code"]) == (401, "hub.bad_signature")
    assert count(services) == 0
    noted = admin.get("/api/v1/audit", params={"action": "intake"}).json()["items"]
    assert [(one["action"], one["target"], one["detail"]) for one in noted] == [
        ("intake.bad_signature", "shop:shopify:us", {"messages": 1})
    ]


def test_a_shop_without_secrets_is_taken_at_its_word_and_its_messages_say_so(nobody: Client, admin: Client) -> None:
    reply = nobody.post(HOOK, content=trade(1))
    assert admin.get(f"/api/v1/messages/{reply.json()['id']}").json()["signature"] == "none"


def test_a_replayed_message_is_acknowledged_with_its_first_receipt(nobody: Client, services: Services) -> None:
    first = nobody.post(HOOK, content=trade(1)).json()
    for _ in range(3):
        assert nobody.post(HOOK, content=trade(1)).json() == first | {"status": "duplicate"}
    assert count(services) == 1


def test_a_channels_own_words_acknowledge_good_bad_and_repeated_messages_alike(nobody: Client, admin: Client) -> None:
    words = {"result": True, "returnCode": "200", "message": "成功"}
    for body in (b"param=broken", b"param=broken", b"\xff"):
        reply = nobody.post("/hub/kuaidi100/main/push", content=body)
        assert (reply.status_code, reply.json()) == (200, words)
    assert len(admin.get("/api/v1/messages", params={"channel": "kuaidi100"}).json()["items"]) == 2


def test_the_topic_may_stand_in_a_header(nobody: Client, admin: Client) -> None:
    reply = nobody.post("/hub/shopify/us", content=ORDER, headers=signed(ORDER))
    assert admin.get(f"/api/v1/messages/{reply.json()['id']}").json()["topic"] == "orders/create"


def test_credentials_sent_along_are_not_kept(nobody: Client, services: Services) -> None:
    sent = {"authorization": "Bearer ent_secret", "cookie": "a=b", "content-type": "application/json; charset=utf-8"}
    nobody.post(HOOK, content=trade(1), headers=sent)
    with services.db.read() as conn:
        row = conn.execute("SELECT headers FROM hub.raw").fetchone()
    assert row is not None
    assert row[0] == {"content-type": "application/json; charset=utf-8"}


def test_many_at_once_each_get_their_own_receipt(nobody: Client, services: Services) -> None:
    bodies = [trade(number) for number in range(100, 160)] * 2
    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(lambda body: nobody.post(HOOK, content=body), bodies))
    assert {reply.status_code for reply in replies} == {200}
    statuses = sorted(reply.json()["status"] for reply in replies)
    assert statuses == ["accepted"] * 60 + ["duplicate"] * 60
    assert count(services) == 60


def test_a_new_secret_counts_within_seconds_and_the_old_one_for_as_long_as_it_is_kept(
    nobody: Client, services: Services
) -> None:
    secrets = {"webhook_secret": "n3w", "webhook_secret_previous": "s3cret"}
    with services.db.transaction() as conn:
        services.shops.register(conn, Shop("shopify", "us", "US", currency="USD", secrets=secrets))
    for secret in ("n3w", "s3cret"):
        assert nobody.post(SHOPIFY, content=ORDER, headers=signed(ORDER, secret)).status_code == 200


def test_a_database_that_is_away_is_told_with_when_to_come_again(
    nobody: Client, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise UpstreamError("database.busy", "No connection became free.", "Retry.", retry_after_seconds=5)

    monkeypatch.setattr(type(services.intake), "accept", fail)
    reply = nobody.post(HOOK, content=trade(1))
    assert (reply.status_code, reply.headers["retry-after"]) == (503, "5")
