"""One order: its parts and timeline, and where each value came from."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from entrepot.api import Services
from entrepot.kernel.facts import Fact
from entrepot.orders.store import Said, fold_orders
from tests.contract.api.conftest import Client, trade

HOOK = "/hub/taobao/flagship/trade"
TID = 41171612630246574
ORDER = f"/api/v1/orders/taobao:flagship:{TID}"


@pytest.fixture
def told_twice(nobody: Client) -> tuple[str, str]:
    """An order that two messages speak of; the newer one came first. Returns their ids, older first."""
    newer = nobody.post(HOOK, content=trade(TID, minute=30, receiver_city="上海市")).json()["id"]
    older = nobody.post(HOOK, content=trade(TID, minute=10, receiver_city="杭州市")).json()["id"]
    return older, newer


def test_an_order_shows_the_newest_value_of_every_field(told_twice: tuple[str, str], admin: Client) -> None:
    order = admin.get(ORDER).json()
    assert (order["city"], order["line_count"], order["paid"]) == ("上海市", 1, 2950)
    assert order["channel_updated_at"] == "2026-11-02T02:30:00Z"
    line = order["lines"][0]
    assert (line["id"], line["qty"], line["unit_price"], line["sku"]) == (str(TID + 1), 2, 1475, None)
    assert order["exceptions"][:1] == ["late_to_ship"]


def test_an_encoded_id_is_the_same_order(told_twice: tuple[str, str], admin: Client) -> None:
    assert admin.get(f"/api/v1/orders/taobao%3Aflagship%3A{TID}").json()["id"] == f"taobao:flagship:{TID}"


def test_the_timeline_names_the_message_behind_each_fact(told_twice: tuple[str, str], admin: Client) -> None:
    older, newer = told_twice
    timeline = admin.get(ORDER).json()["timeline"]
    assert [(one["kind"], one["message_id"]) for one in timeline] == [
        ("placed", newer), ("paid", newer), ("message", newer), ("message", older),
    ]  # fmt: skip
    assert [one["at"] for one in timeline] == sorted(one["at"] for one in timeline)


def test_a_value_is_explained_down_to_its_bytes_with_what_it_overruled(
    told_twice: tuple[str, str], admin: Client
) -> None:
    older, newer = told_twice
    why = admin.get(f"{ORDER}/explain", params={"field": "city"}).json()
    assert (why["value"], why["message_id"], why["pointer"]) == (
        "上海市", newer, "/trade_fullinfo_get_response/trade/receiver_city",
    )  # fmt: skip
    text = admin.get(f"/api/v1/messages/{newer}").json()["text"]
    assert text[why["start"] : why["end"]].strip('"') == "上海市"
    assert text[why["excerpt_start"] :].startswith(why["excerpt"])
    assert [(one["value"], one["message_id"], one["reason"]) for one in why["candidates"]] == [
        ("杭州市", older, "older")
    ]


def test_a_value_of_a_part_is_explained(told_twice: tuple[str, str], admin: Client) -> None:
    why = admin.get(f"{ORDER}/explain", params={"field": "qty", "part": str(TID + 1)}).json()
    assert (why["value"], why["converter"] != "", why["message_id"]) == (2, True, told_twice[1])


def test_a_computed_value_names_its_rule(told_twice: tuple[str, str], admin: Client) -> None:
    why = admin.get(f"{ORDER}/explain", params={"field": "pieces"}).json()
    assert (why["rule"], why["message_id"]) == ("sum of lines.qty", None)


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"field": "colour"}, "orders.unknown_field"),
        ({"field": "qty", "part": "none"}, "orders.unknown_part"),
    ],
)
def test_what_nobody_said_cannot_be_explained(
    told_twice: tuple[str, str], admin: Client, params: dict[str, str], code: str
) -> None:
    reply = admin.get(f"{ORDER}/explain", params=params)
    assert (reply.status_code, reply.json()["code"]) == (404, code)


def test_a_search_finds_orders_and_messages(told_twice: tuple[str, str], admin: Client) -> None:
    def found(q: str) -> list[tuple[str, str]]:
        return [(hit["kind"], hit["id"]) for hit in admin.get("/api/v1/search", params={"q": q}).json()["items"]]

    assert found(str(TID)) == [("order", f"taobao:flagship:{TID}")]
    assert found(str(TID)[:6]) == [("order", f"taobao:flagship:{TID}")]
    assert ("message", told_twice[0]) in found(told_twice[0][:12])
    assert found("nothing of the kind") == []


def test_the_tower_counts_what_its_links_list(told_twice: tuple[str, str], admin: Client, nobody: Client) -> None:
    nobody.post(HOOK, content=b"{broken")
    tower = admin.get("/api/v1/tower").json()
    matters = {one["kind"]: one for one in tower["exceptions"]}
    assert (matters["late_to_ship"]["count"], matters["quarantine"]["count"]) == (1, 1)
    for kind in ("late_to_ship", "unmatched_sku"):
        listed = admin.walk("/api/v1/orders", exception=kind)
        assert len(listed) == matters[kind]["count"]
        assert all(kind in order["exceptions"] for order in listed)
    assert {figure["key"] for figure in tower["kpis"]} >= {"orders_24h", "revenue_24h", "on_time_rate", "stockouts"}
    assert admin.get("/api/v1/lag").json()["log_seq"] > 0


def test_a_line_and_a_payment_of_one_id_are_told_apart(services: Services, admin: Client) -> None:
    order_id = "taobao:flagship:1"
    facts = [
        Fact("order", order_id, None, 1, {"currency": "CNY"}),
        Fact("order_line", f"{order_id}/1", order_id, 1, {"status": "open", "qty": 3}),
        Fact("payment", f"{order_id}/1", order_id, 1, {"status": "paid", "amount": 900}),
    ]
    with services.db.transaction() as conn:
        said = [Said(bytes(32), "trade", datetime(2026, 11, 2, tzinfo=UTC), facts)]
        fold_orders(conn, {order_id: said}, lambda *_: None)
    url = f"/api/v1/orders/{order_id}/explain"

    def value(**params: str) -> object:
        return admin.get(url, params={"part": "1"} | params).json()["value"]

    assert (value(field="qty"), value(field="amount")) == (3, 900)
    assert (value(field="status", kind="order_line"), value(field="status", kind="payment")) == ("open", "paid")
    assert admin.get(url, params={"part": "1", "field": "status", "kind": "refund"}).status_code == 404
