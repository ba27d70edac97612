"""Network studies over the API: uploaded, edited, solved, asked; each by those who may."""

from __future__ import annotations

import json

import msgspec
import pytest

from entrepot.api.services import Services
from entrepot.flows.network_search import search
from entrepot.infra.jobs import queue
from entrepot.network import store
from entrepot.network.study import read_study

NETWORK = {
    "sites": [
        {"id": "old", "fixed_cost": 500, "status": "existing", "closing_cost": 20, "level": "centre"},
        {"id": "new", "fixed_cost": 100, "level": "centre"},
    ],
    "zones": ["a", "b"],
    "demand": [{"zone": "a", "quantity": 10}, {"zone": "b", "quantity": 20}],
    "lanes": [
        {"from": "old", "to": "a", "cost": 4, "hours": 10},
        {"from": "old", "to": "b", "cost": 4, "hours": 10},
        {"from": "new", "to": "a", "cost": 5, "hours": 20},
        {"from": "new", "to": "b", "cost": 2, "hours": 20},
    ],
}
STUDY = {
    "network": NETWORK,
    "currency": "CNY",
    "sites": {"old": {"latitude": 31.0, "longitude": 121.0}, "new": {"latitude": 39.0, "longitude": 116.0}},
    "mix": {"a": {"goods": {"web": 6, "app": 4}}, "b": {"goods": {"web": 20}}},
    "today": {
        "sites": ["old"],
        "flows": [{"from": "old", "to": "a", "quantity": 10}, {"from": "old", "to": "b", "quantity": 20}],
    },
}


@pytest.fixture(autouse=True)
def _jobs_are_noted_but_not_run(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    services.networks.register()
    monkeypatch.setattr(queue, "enqueue", lambda *_: None)


@pytest.fixture
def study(admin):
    reply = admin.post("/api/v1/network/studies:upload?name=mine.json", content=json.dumps(STUDY))
    assert reply.status_code == 200, reply.text
    return f"/api/v1/network/studies/{reply.json()['study']}"


def solved(services: Services, number: int, version: int) -> None:
    """Do what the job does, in this thread."""
    with services.db.transaction() as conn:
        told = services.networks.study(conn, number, version)
        found = search(told, 2.0, lambda *_: None, lambda: False)
        store.keep_result(conn, number, version, msgspec.json.encode(found), services.clock.now(), "test")


def test_a_solved_study_tells_today_plan_and_why(admin, study, services):
    solved(services, int(study.rsplit("/", 1)[1]), 1)
    told = admin.get(study).json()
    found = told["report"]
    # 500 + 30 x 4 today; closing costs 20, the new site 100, then 10 x 5 + 20 x 2.
    assert (found["summary"]["today"], found["summary"]["cost"]) == (620.0, 210.0)
    assert found["summary"]["bound"] == pytest.approx(210.0, abs=0.01)
    assert [(one["channel"], one["orders"], one["cost"]) for one in found["after"]["channels"]] == [
        ("app", 4.0, 20.0),
        ("web", 26.0, 70.0),
    ]
    assert {one["id"]: (one["stood"], one["stands"]) for one in found["reasons"]} == {
        "old": (True, False),
        "new": (False, True),
    }
    assert found["before"]["channels"][0]["mean_hours"] == 10.0
    (listed,) = admin.get("/api/v1/network/studies").json()["items"]
    assert listed["summary"] == found["summary"]


def test_an_edit_is_the_next_version_and_the_old_one_stays(admin, study):
    edit = {"sites": {"new": {"fixed_cost": 900, "status": "closed"}}, "reason": "the lease is dear"}
    assert admin.post(f"{study}:edit", json=edit).json()["version"] == 2
    told = admin.get(study).json()
    assert [one["no"] for one in told["versions"]] == [2, 1]
    assert told["sites"][1]["fixed_cost"] == 900
    assert told["sites"][1]["status"] == "closed"
    assert admin.get(study, params={"version": 1}).json()["sites"][1]["fixed_cost"] == 100
    actions = [one["action"] for one in admin.get("/api/v1/audit").json()["items"]]
    assert {"network.edit", "network.upload"} <= set(actions)


def test_what_is_downloaded_can_be_uploaded_as_it_is(admin, study):
    text = admin.get(f"{study}/document").content
    assert read_study("x", text).currency == "CNY"
    assert admin.post(f"{study}/versions?name=same.json", content=text).json()["version"] == 2


def test_a_search_is_a_job_of_the_study(admin, study):
    begun = admin.post(f"{study}:solve", json={"seconds": 5}).json()
    assert admin.get(f"/api/v1/jobs/{begun['job']}").json()["name"] == "network solve"
    assert admin.get(study).json()["job"] == begun["job"]


def test_drawing_from_the_log_begins_a_study(admin):
    begun = admin.post("/api/v1/network/studies", json={"name": "autumn", "settings": {"days": 30, "zones": 9}}).json()
    told = admin.get(f"/api/v1/network/studies/{begun['study']}").json()
    assert (told["name"], told["version"], told["job"]) == ("autumn", None, begun["job"])
    assert admin.post(f"/api/v1/network/studies/{begun['study']}:solve", json={}).json()["code"] == "network.undrawn"


def test_suppliers_may_come_as_the_text_of_a_file(admin, services):
    text = "id,share,city,province\nmill,3,成都市,四川省\n"
    begun = admin.post("/api/v1/network/studies", json={"name": "bought", "settings": {"suppliers": text}})
    assert begun.status_code == 200, begun.text
    with services.db.read() as conn:
        (args,) = conn.execute("SELECT args FROM jobs.job WHERE id = %s", [begun.json()["job"]]).fetchone()
    assert [(one["id"], one["city"]) for one in args["settings"]["suppliers"]] == [("mill", "成都市")]
    wrong = admin.post(
        "/api/v1/network/studies", json={"name": "x", "settings": {"suppliers": "id,share,city\nmill,,x\n"}}
    )
    assert wrong.status_code == 422, wrong.text
    assert "row 2, column share: '' is no number above 0" in wrong.text


def test_what_if_needs_a_plan(admin, study):
    reply = admin.post(f"{study}:what-if", json={"site": "new"})
    assert (reply.status_code, reply.json()["code"]) == (409, "network.unsolved")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{", "network.format"),
        ('{"network": {"sites": []}}', "network.format"),
        (json.dumps({"network": NETWORK, "colour": 1}), "network.format"),
        (json.dumps({**STUDY, "today": {"sites": ["nowhere"], "flows": []}}), "network.plan"),
    ],
)
def test_a_file_that_is_no_network_is_refused_with_its_reason(admin, body, code):
    reply = admin.post("/api/v1/network/studies:upload?name=bad.json", content=body)
    assert (reply.status_code, reply.json()["code"]) == (422, code)


def test_an_edit_of_a_site_that_is_not_there_is_refused(admin, study):
    reply = admin.post(f"{study}:edit", json={"sites": {"moon": {"fixed_cost": 1}}, "reason": "why not"})
    assert (reply.status_code, reply.json()["code"]) == (422, "network.site")


def test_only_planners_design_and_everybody_reads(as_role, study):
    operator = as_role("operator")
    assert operator.get(study).status_code == 200
    for path, body in (
        (":solve", {}),
        (":what-if", {"site": "new"}),
        (":edit", {"sites": {"new": {}}, "reason": "abc"}),
    ):
        assert operator.post(study + path, json=body).status_code == 403
    assert operator.post("/api/v1/network/studies", json={"name": "x"}).status_code == 403
    assert operator.post("/api/v1/network/studies:upload?name=x", content=b"{}").status_code == 403
    assert as_role("planner").post(f"{study}:solve", json={}).status_code == 200


def test_a_study_that_is_not_there_is_told(admin):
    assert admin.get("/api/v1/network/studies/77").json()["code"] == "network.study"
    assert admin.get("/api/v1/network/studies/77/document").status_code == 404
