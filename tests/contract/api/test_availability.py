"""Availability, policies, supply and the outbox as callers see them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from entrepot.api import Services
from entrepot.flows.availability import AvailabilityFlow
from entrepot.hub.writeback import NewWish, StockWish, wish_for
from entrepot.infra import log
from entrepot.infra.log import Event, Position
from entrepot.stock import Listing, Movement, Node, Sku, upsert_listings, upsert_nodes, upsert_skus
from tests.contract.api.conftest import Client
from tests.unit.hub.test_files_traps import workbook


@pytest.fixture
def flow(services: Services) -> AvailabilityFlow:
    """Three SKUs at a centre and a store, listed in a shop; the flow that follows them."""
    now = services.clock.now()
    with services.db.transaction() as conn:
        upsert_nodes(conn, [Node("DC", 1, "x", kind="rdc"), Node("S-1", 1, "x")])
        upsert_skus(conn, [Sku(f"A-{number}", 1, "x", title="茶") for number in range(3)])
        upsert_listings(
            conn,
            [Listing("taobao", "flagship", "100", 1, "x", str(n), f"A-{n}", "", f"A-{n}", "exact") for n in range(3)],
        )
        log.append(conn, [Event("catalogue.changed", "stock.sku", {})])
        services.stock.post(
            conn,
            [
                Movement(f"m{n}/{node}", f"A-{n}", 5, "supplier:x", "on_hand", node, "on_hand", "receipt", now)
                for n in range(2)
                for node in ("DC", "S-1")
            ],
        )
    followed = AvailabilityFlow(services.db, services.clock)
    settle(followed)
    return followed


def settle(flow: AvailabilityFlow) -> None:
    while flow.step():
        pass


def test_the_list_pages_filters_and_tells_what_is_out(flow: AvailabilityFlow, viewer: Client) -> None:
    whole = viewer.walk("/api/v1/availability", limit="1")
    assert [(one["sku"], one["offered"], one["title"]) for one in whole] == [
        ("A-0", 10, "茶"),
        ("A-1", 10, "茶"),
        ("A-2", 0, "茶"),
    ]
    assert viewer.walk("/api/v1/availability", limit="500") == whole
    assert [one["sku"] for one in viewer.walk("/api/v1/availability", out="true")] == ["A-2"]
    assert viewer.walk("/api/v1/availability", channel="douyin") == []
    assert viewer.get("/api/v1/availability", params={"cursor": "zzz"}).status_code == 400


def test_one_sku_shows_its_shops_nodes_and_the_log_it_reflects(flow: AvailabilityFlow, viewer: Client) -> None:
    shown = viewer.get("/api/v1/availability/A-1").json()
    assert [(one["node"], one["on_hand"], one["is_open"]) for one in shown["nodes"]] == [
        ("DC", 5, True),
        ("S-1", 5, True),
    ]
    assert shown["shops"][0]["curve"][0].keys() == {"day", "p10", "p50", "p90"}
    assert shown["shops"][0]["position"] <= shown["position"]
    assert viewer.get("/api/v1/availability/nothing").json()["code"] == "stock.unknown_sku"


def test_a_policy_is_set_for_a_known_shop_and_known_nodes_only(
    flow: AvailabilityFlow, admin: Client, services: Services
) -> None:
    url = "/api/v1/channel-policies/taobao/flagship"
    assert admin.request("PUT", url, json={"nodes": ["DC"], "buffer_units": 2}).json()["nodes"] == ["DC"]
    settle(flow)
    assert {one["sku"]: one["offered"] for one in admin.walk("/api/v1/availability")} == {"A-0": 3, "A-1": 3, "A-2": 0}
    assert admin.request("PUT", url, json={"nodes": ["DC-9"]}).json()["code"] == "stock.unknown_node"
    assert admin.request("PUT", url, json={"buffer_percent": 101}).status_code == 422
    assert admin.request("PUT", "/api/v1/channel-policies/taobao/none", json={}).status_code == 404
    listed = admin.get("/api/v1/channel-policies").json()["items"]
    assert [(one["shop"], one["buffer_units"]) for one in listed] == [("flagship", 2)]
    with services.db.read() as conn:
        row = conn.execute("SELECT object FROM auth.audit WHERE action = 'availability.policy'").fetchone()
    assert row == ("shop:taobao:flagship",)


def test_supply_comes_in_as_csv_or_excel_and_shows_by_date(
    flow: AvailabilityFlow, admin: Client, services: Services, tmp_path: Path
) -> None:
    due = (services.clock.now() + timedelta(days=9)).date().isoformat()
    csv = f"id,sku,node,qty,doc,due\nPO1/1,A-2,DC,12,PO1,{due}\n\nPO1/2,A-1,DC,3,PO1,{due}\n"
    reply = admin.post("/api/v1/supply:import", params={"name": "po.csv"}, content=csv.encode())
    assert reply.json() == {"lines": 2, "changed": 2}
    sheet = workbook(tmp_path / "po.xlsx", [("ID", "SKU", "Node", "qty", "due"), ("PO2/1", "A-2", "DC", 8, due)])
    reply = admin.post("/api/v1/supply:import", params={"name": "po.xlsx"}, content=sheet.read_bytes())
    assert reply.json() == {"lines": 1, "changed": 1}
    settle(flow)
    shown = admin.get("/api/v1/availability/A-2").json()
    assert (shown["shops"][0]["next_date"], shown["shops"][0]["next_qty"]) == (due, 20)
    assert len(admin.walk("/api/v1/supply", limit="1")) == 3
    assert [one["id"] for one in admin.walk("/api/v1/supply", sku="A-1")] == ["PO1/2"]


@pytest.mark.parametrize(
    ("name", "body", "part"),
    [
        ("po.csv", b"id,sku,node,qty\n1,A-1,DC,many\n", "row 2: qty 'many'"),
        ("po.csv", b"id,sku,node,menge\n1,A-1,DC,5\n", "no column menge"),
        ("po.csv", b"id,sku,node,qty\n1,A-1,DC,5\n1,A-2,DC,5\n", "Two lines have one id"),
        ("po.csv", b"\xff\xfe\x00", "cannot be read"),
        ("po.xlsx", b"no zip", "cannot be read"),
        ("po.pdf", b"", "is no supply file"),
    ],
)
def test_a_supply_file_that_is_wrong_changes_nothing(
    flow: AvailabilityFlow, admin: Client, name: str, body: bytes, part: str
) -> None:
    reply = admin.post("/api/v1/supply:import", params={"name": name}, content=body)
    assert reply.status_code == 422
    assert part in reply.json()["detail"]
    assert admin.walk("/api/v1/supply") == []


def test_the_outbox_is_listed_counted_and_its_dead_letters_sent_again(
    flow: AvailabilityFlow, admin: Client, services: Services
) -> None:
    with services.db.transaction() as conn:
        wish = NewWish("shopify", "us", "9/9", StockWish("9", "9", "", "", 5))
        wish_for(conn, [wish], Position(1, 1), services.clock.now())
        conn.execute("UPDATE hub.writeback SET state = 'dead', reason = 'x', mend = 'y' WHERE channel = 'shopify'")
    whole = admin.walk("/api/v1/writeback", limit="1")
    assert [(one["channel"], one["target"], one["wish"]["qty"]) for one in whole] == [
        ("shopify", "9/9", 5), ("taobao", "100/0", 10), ("taobao", "100/1", 10), ("taobao", "100/2", 0),
    ]  # fmt: skip
    assert [one["target"] for one in admin.walk("/api/v1/writeback", state="dead")] == ["9/9"]
    counted = admin.get("/api/v1/writeback/summary").json()["items"]
    assert [(one["channel"], one["waiting"], one["dead"]) for one in counted] == [("shopify", 0, 1), ("taobao", 3, 0)]
    assert admin.post("/api/v1/writeback:retry", json={"channel": "taobao"}).json() == {"retried": 0}
    wrong = admin.post("/api/v1/writeback:retry", json={"channel": "shopify", "target": "9/9"})
    assert wrong.json()["code"] == "writeback.retry"
    assert admin.post("/api/v1/writeback:retry", json={"channel": "shopify"}).json() == {"retried": 1}
    assert admin.walk("/api/v1/writeback", state="dead") == []
