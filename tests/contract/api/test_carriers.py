"""Carriers over HTTP: a sheet in, quotes, packings, choices, labels and scorecards out."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from entrepot.api import Services
from entrepot.delivery import Journey, score
from entrepot.stock import Node, upsert_nodes
from tests.contract.api.conftest import Client

SHEET = """record,carrier,service,currency,valid_from,country,province,zone,transit_days,up_to_kg,price,first_kg,\
step_kg,step_price,node,days,time,parcels,carton,length_cm,width_cm,height_cm,max_kg
carrier,ZTO
carrier,SF
service,ZTO,std,CNY,2020-01-01
service,SF,std,CNY,2020-01-01
lane,ZTO|SF,std,,,CN,,A,2
rate,ZTO,std,,,,,A,,,8.00,1,1,2
rate,SF,std,,,,,A,,3,15
lane,SF,std,,,CN,西藏自治区,B,soon
capacity,ZTO,,,,,,,,,,,,,RDC-E,*,,1
carton,,,,,,,,,,,,,,,,,,M,32,24,14,5
"""
ADDRESS = {"name": "张小明", "street": "文三路 1 号", "province": "浙江省", "city": "杭州市"}


@pytest.fixture
def with_node(services: Services) -> Services:
    with services.db.transaction() as conn:
        upsert_nodes(conn, [Node("RDC-E", 1, "00", country="CN", province="江苏省", city="苏州市")])
    return services


@pytest.fixture
def planner(with_node: Services, as_role: Callable[[str], Client]) -> Client:
    return as_role("planner")


def imported(client: Client, body: str = SHEET, name: str = "rates.csv") -> dict[str, Any]:
    reply = client.post(f"/api/v1/carriers:import?name={name}", content=body.encode())
    assert reply.status_code == 200, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


def parcel(id: str, **given: object) -> dict[str, object]:
    body: dict[str, object] = {
        "id": id,
        "node": "RDC-E",
        "destination": {"province": "浙江省", "city": "杭州市"},
        "parcel": {"weight_g": 900},
        "ready_at": "2026-11-23T10:00:00+08:00",
    }
    return body | given


def test_a_sheet_goes_in_and_its_faults_come_back(planner: Client, services: Services) -> None:
    answer = imported(planner)
    assert [(card["carrier"], card["version"]) for card in answer["cards"]] == [("SF", 1), ("ZTO", 1)]
    (fault,) = answer["faults"]
    assert (fault["row"], fault["column"], answer["fault_count"]) == (9, "transit_days", 1)
    assert "rates.csv, row 9, column 'transit_days': 'soon' is not a whole number" in fault["message"]
    assert imported(planner)["unchanged"] == 2
    with services.db.read() as conn:
        rows = conn.execute(
            "SELECT action, detail ->> 'file' FROM auth.audit WHERE action LIKE 'carriers%%'"
        ).fetchall()
    assert rows == [("carriers.import", "rates.csv")] * 2


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("rates.doc", SHEET, "delivery.file_name"),
        ("../../rates.csv", SHEET, "delivery.file_name"),
        ("rates.xlsx", SHEET, "files.open"),
        ("rates.csv", "", "delivery.heading"),
    ],
)
def test_what_is_no_sheet_is_refused(planner: Client, name: str, body: str, code: str) -> None:
    reply = planner.post(f"/api/v1/carriers:import?name={name}", content=body.encode())
    assert (reply.status_code, reply.json()["code"]) == (422, code)


def test_carriers_are_listed_and_one_tells_all_its_terms(planner: Client) -> None:
    imported(planner)
    items = planner.get("/api/v1/carriers").json()["items"]
    assert [(one["id"], one["services"][0]["closed_lanes"]) for one in items] == [("SF", 1), ("ZTO", 0)]
    terms = planner.get("/api/v1/carriers/ZTO").json()
    (card,) = terms["cards"]
    assert card["brackets"] == [
        {"zone": "A", "up_to_g": None, "base": 800, "first_g": 1000, "step_g": 1000, "step_price": 200}
    ]
    assert {load["capacity"] for load in terms["loads"]} == {1}
    closed = planner.get("/api/v1/carriers/SF").json()["cards"][0]["lane_terms"]
    assert [lane["why"] for lane in closed if lane["zone"] is None] == ["row 9 of rates.csv could not be read."]
    assert planner.get("/api/v1/carriers/XX").status_code == 404


def test_quotes_come_with_their_parts_and_refusals_with_their_reason(planner: Client) -> None:
    imported(planner)
    body = {"node": "RDC-E", "destination": {"province": "西藏"}, "parcel": {"weight_g": 2500}}
    first, second = planner.post("/api/v1/carriers:quote", json=body).json()["items"]
    assert (first["quote"]["amount"], first["quote"]["parts"][0]["basis"]) == (1200, "8.00 + 2 x 2.00")
    assert (second["carrier"], second["reason"], second["quote"]) == ("SF", "closed_lane", None)
    assert planner.post("/api/v1/carriers:quote", json=body | {"node": "RDC-X"}).status_code == 404
    assert planner.post("/api/v1/carriers:quote", json=body | {"ready_at": "2026-11-23T10:00:00"}).status_code == 422


def test_lines_are_packed_into_the_retailers_cartons(planner: Client) -> None:
    imported(planner)
    line = {"line": "1", "qty": 3, "weight_g": 2000, "length_mm": 300, "width_mm": 200, "height_mm": 40}
    answer = planner.post("/api/v1/carriers:pack", json={"lines": [line]}).json()
    assert [(one["carton"], one["pieces"]) for one in answer["parcels"]] == [("M", {"1": 2}), ("M", {"1": 1})]
    assert (answer["lower_bound"], answer["is_proven"]) == (2, True)


def test_a_parcel_is_chosen_labelled_and_taken_back(planner: Client) -> None:
    imported(planner)
    chosen = planner.post("/api/v1/carriers/parcels", json=parcel("o/1"))
    assert (chosen.status_code, chosen.json()["carrier"]) == (200, "ZTO")
    assert planner.post("/api/v1/carriers/parcels", json=parcel("o/1")).json() == chosen.json()
    assert planner.get("/api/v1/carriers/parcels/o/1").json() == chosen.json()
    late = planner.post("/api/v1/carriers/parcels", json=parcel("o/2", deliver_by="2026-11-26T00:00:00+08:00")).json()
    assert (late["carrier"], late["decision"]["binding"]) == ("SF", "no_capacity")
    body = {"id": "l1", "sender": ADDRESS, "receiver": ADDRESS}
    label = planner.post("/api/v1/carriers/parcels/o/1:label", json=body).json()
    assert base64.b64decode(label["content"]).startswith(b"<svg")
    assert planner.post("/api/v1/carriers/parcels/o/1:label", json=body).json() == label
    assert planner.post("/api/v1/carriers/parcels/o/1:cancel").json()["state"] == "cancelled"
    assert planner.post("/api/v1/carriers/parcels/o/3", json={}).status_code in {404, 405}
    again = planner.post("/api/v1/carriers/parcels/o/1:label", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "delivery.cancelled")
    nobody = planner.post("/api/v1/carriers/parcels", json=parcel("o/4", parcel={"weight_g": 100, "is_hazmat": True}))
    assert (nobody.status_code, nobody.json()["code"]) == (409, "delivery.nobody")
    assert planner.post("/api/v1/carriers/parcels/o/9:cancel").status_code == 404


def test_lanes_are_listed_page_by_page(planner: Client, services: Services) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    shipped = now - timedelta(days=5)
    provinces = ("浙江省", "上海市", "云南省")
    journeys = [
        Journey("SF", "RDC-E", "CN", province, shipped, now, False, shipped, "delivered", False, False, 1200)
        for province in provinces
    ]
    services.carriers.store_scores(date(2026, 11, 23), score(journeys, now))
    lanes = planner.walk("/api/v1/carriers/lanes", limit=2)
    assert [lane["province"] for lane in lanes] == sorted(("浙江", "上海", "云南"))
    (lane,) = planner.walk("/api/v1/carriers/lanes", province="浙江")
    assert (lane["on_time"], lane["p50_hours"], lane["cost"], lane["is_enough"]) == (1, 0, 1200, False)
    totals = planner.walk("/api/v1/carriers/lanes", totals=True)
    assert [(one["carrier"], one["parcels"]) for one in totals] == [("*", 3), ("SF", 3)]
    assert planner.walk("/api/v1/carriers/lanes", enough=True) == []


def test_who_may_do_what(with_node: Services, as_role: Callable[[str], Client]) -> None:
    viewer, operator = as_role("viewer"), as_role("operator")
    assert viewer.get("/api/v1/carriers").status_code == 200
    assert viewer.post("/api/v1/carriers:import?name=a.csv", content=b"x").status_code == 403
    assert operator.post("/api/v1/carriers:import?name=a.csv", content=b"x").status_code == 403
    assert viewer.post("/api/v1/carriers/parcels", json=parcel("p")).status_code == 403
    assert operator.post("/api/v1/carriers/parcels", json=parcel("p")).json()["code"] == "delivery.nobody"


def test_quotes_in_the_houses_currency_come_first(planner: Client) -> None:
    foreign = """record,carrier,service,currency,valid_from,country,zone,transit_days,price
carrier,YEN
service,YEN,std,JPY,2020-01-01
lane,YEN,std,,,CN,A,2
rate,YEN,std,,,,A,,500
"""
    imported(planner)
    imported(planner, foreign)
    body = {"node": "RDC-E", "destination": {"province": "浙江省"}, "parcel": {"weight_g": 900}}
    items = planner.post("/api/v1/carriers:quote", json=body).json()["items"]
    assert [(one["carrier"], one["quote"]["amount"]) for one in items] == [("ZTO", 800), ("SF", 1500), ("YEN", 500)]


def test_a_file_that_cannot_be_read_is_called_by_its_own_name(planner: Client) -> None:
    for told in ("运价 2026.xlsx", "价" * 100 + ".xlsx"):
        reply = planner.post(f"/api/v1/carriers:import?name={told}", content=b"no workbook")
        assert (reply.status_code, reply.json()["code"]) == (422, "files.open")
        called, _, _ = reply.json()["detail"].partition(" cannot be read")
        assert called
        assert told.endswith(called)
