"""Holds through HTTP: the same id is the same hold, refusals say why, and many wait without a thread each."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from entrepot.api import Services
from entrepot.stock import Movement
from tests.contract.api.conftest import Client

HOLDS = "/api/v1/holds"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def order(id: str, qty: int = 1, sku: str = "A-1", node: str | None = "N-1", **more: Any) -> dict[str, Any]:
    line: dict[str, Any] = {"sku": sku, "qty": qty} | ({"node": node} if node else {})
    return {"id": id, "kind": "order", "lines": [line]} | more


@pytest.fixture
def stocked(services: Services) -> Services:
    """Ten pieces of A-1 at N-1, five at N-2."""
    with services.db.transaction() as conn:
        services.stock.post(
            conn,
            [
                Movement(f"in-{node}", "A-1", qty, "supplier", "on_hand", node, "on_hand", "receipt", NOON)
                for node, qty in (("N-1", 10), ("N-2", 5))
            ],
        )
    return services


@pytest.mark.usefixtures("stocked")
def test_a_hold_is_made_once_and_a_repeat_gets_the_same_answer(admin: Client) -> None:
    first = admin.post(HOLDS, json=order("o/1", 4, channel="web", doc="D-1"))
    assert first.status_code == 200, first.text
    assert first.json() == {
        "id": "o/1",
        "kind": "order",
        "state": "held",
        "placements": [{"line": "1", "sku": "A-1", "node": "N-1", "qty": 4, "backordered": 0}],
        "seq": first.json()["seq"],
    }
    assert admin.post(HOLDS, json=order("o/1", 4, channel="web", doc="D-1")).json() == first.json()
    other = admin.post(HOLDS, json=order("o/1", 5, channel="web", doc="D-1"))
    assert (other.status_code, other.json()["code"]) == (409, "hold.conflict")
    level = admin.get("/api/v1/holds", params={"sku": "A-1", "state": "held"}).json()["items"]
    assert [(row["id"], row["held"], row["doc"]) for row in level] == [("o/1", 4, "D-1")]


@pytest.mark.usefixtures("stocked")
def test_a_refusal_says_what_is_there_and_how_to_mend(admin: Client) -> None:
    admin.post(HOLDS, json=order("o-1", 7))
    reply = admin.post(HOLDS, json=order("o-2", 5))
    assert reply.status_code == 409
    assert reply.json()["code"] == "hold.short"
    assert reply.json()["detail"] == ("Cannot allocate 5 of A-1 at N-1: 3 available (10 usable on hand, 7 allocated).")
    assert reply.json()["mend"] == "Lower the quantity or source the rest elsewhere."
    assert reply.json()["fields"]["available"] == 3
    unknown = admin.post(HOLDS, json=order("o-3", node="N-9"))
    assert (unknown.status_code, unknown.json()["code"]) == (409, "hold.unknown_cell")


@pytest.mark.usefixtures("stocked")
def test_a_hold_goes_through_its_life(admin: Client) -> None:
    cart = {"id": "c-1", "kind": "cart", "lines": [{"sku": "A-1", "qty": 3, "node": "N-1"}], "ttl_seconds": 900}
    assert admin.post(HOLDS, json=cart).json()["state"] == "held"
    assert admin.post(f"{HOLDS}/c-1:post").json()["code"] == "hold.not_firm"
    assert admin.post(f"{HOLDS}/c-1:extend", json={"ttl_seconds": 1800}).status_code == 200
    assert admin.post(f"{HOLDS}/c-1:confirm").json()["kind"] == "order"
    moved = admin.post(f"{HOLDS}/c-1:move", json={"placements": [{"line": "1", "sku": "A-1", "node": "N-2", "qty": 3}]})
    assert [one["node"] for one in moved.json()["placements"]] == ["N-2"]
    admin.post(f"{HOLDS}/c-1:void", json={"lines": [{"line": "1", "qty": 1}]})
    assert admin.post(f"{HOLDS}/c-1:post").json()["state"] == "posted"
    shown = admin.get(f"{HOLDS}/c-1").json()
    assert [entry["act"] for entry in shown["journal"]] == [
        "create", "extend", "confirm", "move", "move", "void", "post",
    ]  # fmt: skip
    assert shown["journal"][-1]["actor"].startswith("admin-1")
    cell = admin.get("/api/v1/stock/cells/A-1/N-2").json()
    assert (cell["level"]["on_hand"], cell["items"][0]["reason"], cell["items"][0]["doc"]) == (3, "sale", "c-1")
    assert admin.post(f"{HOLDS}/c-1:void").json()["code"] == "hold.over"
    assert admin.post(f"{HOLDS}/nobody:void").status_code == 404
    assert admin.get(f"{HOLDS}/nobody").status_code == 404


def test_many_come_in_one_call_and_a_bad_one_costs_the_others_nothing(admin: Client, stocked: Services) -> None:
    holds = [
        order("b-1", 2),
        order("b-2", 99),
        order("b-1", 2),
        order("b-3", kind="cart"),
        order("b-4", 4, node=None, nodes=["N-2", "N-1"]),
        order("b-5", ttl_seconds=60, expires_at="2030-01-01T00:00:00Z"),
    ]
    reply = admin.post(f"{HOLDS}:bulk", json={"holds": holds})
    assert reply.status_code == 200, reply.text
    items = reply.json()["items"]
    assert [(item["id"], item["state"], item.get("reason", "")) for item in items] == [
        ("b-1", "held", ""),
        ("b-2", "refused", "short"),
        ("b-1", "held", ""),
        ("b-3", "refused", "invalid"),
        ("b-4", "held", ""),
        ("b-5", "refused", "invalid"),
    ]
    assert items[0] == items[2]
    assert items[4]["placements"][0]["node"] == "N-2"
    assert reply.json()["counts"] == {"held": 3, "refused": 3}
    assert stocked.reservations.audit() == []


@pytest.mark.usefixtures("stocked")
def test_one_of_many_that_cannot_be_read_costs_the_others_nothing(admin: Client) -> None:
    wrong = [
        order("zero", 0), order("huge", 10**13), {"id": "bare"}, "no hold", order("text") | {"kind": "ORDER"},
        order("when") | {"expires_at": "tomorrow"}, order("more") | {"colour": "red"}, 7, None, {"id": 5},
    ]  # fmt: skip
    sent = [order("first"), *wrong, order("last")]
    reply = admin.post(f"{HOLDS}:bulk", json={"holds": sent})
    assert reply.status_code == 200, reply.text
    items = reply.json()["items"]
    assert [item["state"] for item in items] == ["held", *["refused"] * len(wrong), "held"]
    assert [item["id"] for item in items[1:8]] == ["zero", "huge", "bare", "", "text", "when", "more"]
    assert {item["reason"] for item in items[1:-1]} == {"invalid"}
    assert "Expected `int` >= 1 - at `$.lines[0].qty`" in items[1]["message"]
    assert reply.json()["counts"] == {"held": 2, "refused": len(wrong)}
    for body in (b'{"holds": [{"id": "x"', b'{"holds": []}', b'{"holds": 5}', b"[]", b"\xff"):
        assert admin.post(f"{HOLDS}:bulk", content=body).status_code in (400, 422), body


@pytest.mark.usefixtures("stocked")
def test_callers_at_the_same_time_share_transactions_and_never_oversell(admin: Client, services: Services) -> None:
    with ThreadPoolExecutor(40) as pool:
        replies = list(pool.map(lambda number: admin.post(HOLDS, json=order(f"r-{number}")).status_code, range(60)))
    assert (replies.count(200), replies.count(409)) == (10, 50)
    with services.db.read() as conn:
        assert conn.execute("SELECT allocated FROM stock.level WHERE node = 'N-1'").fetchone() == (10,)


BROKEN: list[tuple[Any, int]] = [
    ({}, 422),
    ([], 422),
    (order("x", 0), 422),
    (order("x", 10**13), 422),
    (order("", 1), 422),
    (order("a\x00b", 1), 422),
    (order("x\ud800", 1), 400),
    (order("x", kind="gift"), 422),
    (order("x", node="customer"), 422),
    (order("x", colour="red"), 422),
    (order("x", kind="transfer"), 422),
    (order("x", expires_at="2030-01-01T00:00:00"), 422),
    (order("x", ttl_seconds=0), 422),
    ({"id": "x", "kind": "order", "lines": []}, 422),
    ({"id": "x", "kind": "order", "lines": [{"sku": "A", "qty": 1, "line": "1"}] * 2}, 422),
]


def test_what_cannot_be_read_is_refused_clearly(admin: Client, subtests: pytest.Subtests) -> None:
    for body, status in BROKEN:
        with subtests.test(repr(body)[:80]):
            reply = admin.post(HOLDS, content=json.dumps(body))
            assert reply.status_code == status, reply.text
            assert reply.json()["mend"]
    assert admin.post(HOLDS, content=b"{").status_code == 400
    assert admin.get(HOLDS, params={"kind": "gift"}).status_code == 422
    assert admin.get(HOLDS, params={"cursor": "x"}).status_code == 400


@pytest.mark.usefixtures("stocked")
def test_a_time_that_is_over_is_a_refusal(admin: Client) -> None:
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    assert admin.post(HOLDS, json=order("late", expires_at=past)).json()["code"] == "hold.expired"


@pytest.mark.usefixtures("stocked")
def test_what_is_kept_for_a_channel_is_not_for_others(admin: Client) -> None:
    kept = {"quotas": [{"sku": "A-1", "node": "N-1", "channel": "web", "protected": 8}]}
    assert admin.request("PUT", "/api/v1/quotas", json=kept).status_code == 204
    refused = admin.post(HOLDS, json=order("jd-1", 3, channel="jd"))
    assert refused.json()["code"] == "hold.protected"
    assert admin.post(HOLDS, json=order("jd-2", 2, channel="jd")).status_code == 200
    assert admin.post(HOLDS, json=order("web-1", 5, channel="web")).status_code == 200
    (quota,) = admin.walk("/api/v1/quotas", sku="A-1")
    assert (quota["protected"], quota["drawn"], quota["source"]) == (8, 5, "manual")
    acts = admin.get("/api/v1/audit", params={"action": "quota"}).json()["items"]
    assert [act["target"] for act in acts] == ["quota:A-1:N-1:web"]


@pytest.mark.usefixtures("stocked")
def test_a_cell_is_limited(admin: Client) -> None:
    limits = {"sku": "A-1", "node": "N-1", "safety": 2, "backorder_cap": 3}
    assert admin.request("PUT", "/api/v1/limits", json=limits).json() == limits
    assert admin.post(HOLDS, json=order("o-1", 9)).json()["code"] == "hold.short"
    over = admin.post(HOLDS, json=order("o-2", 11, may_backorder=True))
    assert over.json()["placements"][0]["backordered"] == 3
    assert admin.post(HOLDS, json=order("o-3", 1, may_backorder=True)).json()["code"] == "hold.backorder_cap"
