"""Decisions over HTTP: explained, listed, made again, overridden, each by who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from entrepot.api import Services
from entrepot.stock import Movement, Node, Sku, upsert_nodes, upsert_skus
from tests.contract.api.conftest import Client

ID = "own:desk:T-1"
DECISION = f"/api/v1/orders/{ID}/decision"


@pytest.fixture
def clerk(services: Services, as_role: Callable[[str], Client]) -> Client:
    """An operator of a house with two centres, and an order that waits for its release."""
    nodes = [
        Node("NEAR", 1, "test", kind="rdc", province="浙江省", latitude=30.2, longitude=120.2),
        Node("FAR", 1, "test", kind="rdc", province="北京市", latitude=39.9, longitude=116.4),
    ]
    at = datetime(2026, 11, 1, tzinfo=UTC)
    with services.db.transaction() as conn:
        upsert_nodes(conn, nodes)
        upsert_skus(conn, [Sku("TEA", 1, "test", weight_g=500)])
        moves = [
            Movement(f"in/{node.id}", "TEA", 5, "supplier", "on_hand", node.id, "on_hand", "receipt", at)
            for node in nodes
        ]
        services.stock.post(conn, moves)
    caller = as_role("operator")
    lines = [{"line_id": "1", "sku": "TEA", "qty": 2}]
    body = {"order_id": "T-1", "lines": lines, "address": {"country": "CN", "province": "浙江省", "city": "杭州市"}}
    assert caller.post("/api/v1/orders", json=body).status_code == 201
    assert services.saga.advance(ID) == ["follow", "hold", "source"]
    return caller


def test_a_decision_tells_candidates_costs_and_reason(clerk: Client) -> None:
    reply = clerk.get(DECISION)
    assert reply.status_code == 200, reply.text
    told = reply.json()
    assert (told["nodes"], told["kind"], told["binding"], told["currency"]) == (["NEAR"], "single", "carrier", "CNY")
    assert told["message"].startswith("NEAR is carried cheapest; FAR costs")
    assert [one["nodes"] for one in told["candidates"]] == [["NEAR"], ["FAR"]]
    cost = told["candidates"][0]["cost"]
    assert cost["total"] == told["total"] == sum(amount for part, amount in cost.items() if part != "total")
    assert told["candidates"][0]["shares"][0]["picks"] == [{"line": "1#1", "sku": "TEA", "qty": 2}]
    assert told["bound"] == told["total"]


def test_an_order_nobody_sourced_has_no_decision(clerk: Client) -> None:
    reply = clerk.get("/api/v1/orders/own:desk:T-2/decision")
    assert (reply.status_code, reply.json()["code"]) == (404, "orders.unknown")


def test_a_decision_is_made_again_to_the_same_answer(clerk: Client) -> None:
    told = clerk.get(DECISION).json()
    reply = clerk.post(f"{DECISION}:replay", params={"seq": told["seq"]})
    assert reply.status_code == 200, reply.text
    assert reply.json()["is_same"]
    assert reply.json()["again"]["order"] == ID
    unknown = clerk.post(f"{DECISION}:replay", params={"seq": 10**6})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "sourcing.unknown")


def test_an_override_moves_the_order_and_is_on_the_trail(clerk: Client, admin: Client) -> None:
    reply = clerk.post(f"{DECISION}:override", json={"nodes": ["FAR"], "reason": "the near one counts its shelves"})
    assert reply.status_code == 200, reply.text
    told = reply.json()
    assert (told["kind"], told["nodes"]) == ("override", ["FAR"])
    assert told["actor"].startswith("operator-1")
    assert told["overrides"] is not None
    pieces = clerk.get(f"/api/v1/orders/{ID}/pieces").json()["pieces"]
    assert [(piece["node"], piece["state"]) for piece in pieces] == [("FAR", "sourced")]
    trail = admin.get("/api/v1/audit", params={"action": "order.override"}).json()["items"]
    assert [one["target"] for one in trail] == [f"order:{ID}"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"nodes": ["NOWHERE"], "reason": "why not"}, 409, "sourcing.unknown_node"),
        ({"nodes": ["FAR"], "reason": "  "}, 409, "sourcing.no_reason"),
        ({"nodes": [], "reason": "why not"}, 422, None),
        ({"nodes": ["FAR"]}, 422, None),
    ],
)
def test_an_override_is_refused_with_its_reason(
    clerk: Client, body: dict[str, object], status: int, code: str | None
) -> None:
    reply = clerk.post(f"{DECISION}:override", json=body)
    assert reply.status_code == status, reply.text
    assert code is None or reply.json()["code"] == code


def test_a_viewer_reads_and_does_not_override(clerk: Client, viewer: Client) -> None:
    assert viewer.get(DECISION).status_code == 200
    reply = viewer.post(f"{DECISION}:override", json={"nodes": ["FAR"], "reason": "why not"})
    assert reply.status_code == 403


def test_decisions_are_listed_newest_first_and_filtered(clerk: Client) -> None:
    clerk.post(f"{DECISION}:override", json={"nodes": ["FAR"], "reason": "why not"})
    assert [one["kind"] for one in clerk.walk("/api/v1/decisions", limit=1)] == ["override", "single"]
    assert [one["nodes"] for one in clerk.walk("/api/v1/decisions", node="NEAR")] == [["NEAR"]]
    assert clerk.walk("/api/v1/decisions", binding="stock_price") == []
    assert [one["order"] for one in clerk.walk("/api/v1/decisions", order=ID, kind="single")] == [ID]
    assert clerk.get("/api/v1/decisions", params={"nodes": "NEAR"}).status_code == 422
