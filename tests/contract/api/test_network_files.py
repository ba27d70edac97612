"""Networks as workbooks and zipped tables over the API: templates out, files in, plans out again."""

from __future__ import annotations

import io
import json
import zipfile

import fastexcel
import msgspec
import pytest

from entrepot.api.services import Services
from entrepot.flows.network_search import search
from entrepot.infra.jobs import queue
from entrepot.network import store
from entrepot.network.formats import workbook as files
from entrepot.network.formats.spreadsheet import workbook
from entrepot.network.formats.workbook import archive, csv_files, template
from entrepot.network.plan import PlanForm, plan_of_form
from entrepot.network.study import problem_of

UPLOAD = "/api/v1/network/studies:upload"


@pytest.fixture(autouse=True)
def _jobs_are_noted_but_not_run(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    services.networks.register()
    monkeypatch.setattr(queue, "enqueue", lambda *_: None)


def sheet(content: bytes, name: str) -> list[tuple]:
    """Read a sheet's rows under its headings."""
    return fastexcel.read_excel(content).load_sheet(name).to_polars().rows()


@pytest.mark.parametrize(("form", "name"), [("xlsx", "网络.xlsx"), ("csv", "tables.zip")])
def test_a_template_is_downloaded_uploaded_as_it_is_and_solved_by_a_job(admin, services, form, name):
    content = admin.get("/api/v1/network/template", params={"form": form}).content
    taken = admin.post(UPLOAD, params={"name": name, "seconds": 5}, content=content).json()
    told = admin.get(f"/api/v1/network/studies/{taken['study']}").json()
    assert (told["name"], told["version"], told["job"]) == (name, 1, taken["job"])
    assert admin.get(f"/api/v1/jobs/{taken['job']}").json()["name"] == "network solve"
    # Money has cents, the budget as well; places of sites and zones are for the map.
    assert (told["currency"], told["cost_scale"], told["sites"][1]["fixed_cost"]) == ("CNY", 100, 520_050)
    assert told["spots"]["north"] == {"latitude": 32.06, "longitude": 118.8}
    assert sorted(told["zones"]) == ["hills online", "town online", "town shop"]
    (noted,) = [one for one in admin.get("/api/v1/audit").json()["items"] if one["action"] == "network.upload"]
    assert (noted["detail"]["file"], noted["detail"]["job"]) == (name, taken["job"])


def test_a_folder_inside_an_archive_and_what_a_mac_adds_do_no_harm(admin):
    parts = {f"net/{name}": content for name, content in csv_files(template()).items()}
    packed = archive({**parts, "__MACOSX/net/._sites.csv": b"\x00\x05\x16"})
    assert admin.post(UPLOAD, params={"name": "net.zip"}, content=packed).json()["version"] == 1


@pytest.mark.parametrize(
    ("table", "row", "cells", "told"),
    [
        ("sites", 2, {1: "dear"}, "sites{e}, row 3, column fixed_cost: 'dear' is no number"),
        ("sites", 2, {8: "91"}, "sites{e}, row 3, column latitude: 91 is not allowed, it holds degrees from -90 to 90"),
        ("lanes", 1, {1: "moon"}, "lanes{e}, row 2, column to: 'moon' does not stand in sites or zones"),
        ("settings", 1, {1: "shared"}, "settings{e}, row 2, column value: 'shared' is none of split, single"),
        ("settings", 3, {1: "yuan"}, "settings{e}, row 4, column value: 'yuan' is no currency"),
        ("demand", 1, {1: ""}, "demand{e}, row 2, column quantity: it is empty"),
    ],
)
@pytest.mark.parametrize("form", ["xlsx", "zip"])
def test_a_wrong_cell_is_told_with_its_table_row_and_column(admin, form, table, row, cells, told):
    tables = {name: [list(one) for one in rows] for name, rows in template().items()}
    for column, text in cells.items():
        tables[table][row][column] = text
    content = workbook(tables) if form == "xlsx" else archive(csv_files(tables))
    reply = admin.post(UPLOAD, params={"name": f"net.{form}"}, content=content)
    assert (reply.status_code, reply.json()["code"]) == (422, "network.tables")
    assert told.format(e="" if form == "xlsx" else ".csv") in reply.json()["detail"]
    assert "Correct the cells" in reply.json()["mend"]
    assert admin.get("/api/v1/network/studies").json()["items"] == []


def test_what_is_no_workbook_and_no_archive_is_refused(admin):
    for content in (b"PK\x03\x04 cut off", b"\xd0\xcf\x11\xe0 cut off", archive({"a.txt": b"nothing"})):
        reply = admin.post(UPLOAD, params={"name": "bad.zip"}, content=content)
        assert (reply.status_code, reply.json()["code"]) == (422, "network.format"), reply.text
    twice = archive({"a/sites.csv": b"id", "b/sites.csv": b"id"})
    assert "two files" in admin.post(UPLOAD, params={"name": "bad.zip"}, content=twice).json()["detail"]


def test_an_archive_that_swells_beyond_the_limit_is_refused(admin, monkeypatch):
    monkeypatch.setattr(files, "LARGEST_UNPACKED", 50_000)
    reply = admin.post(UPLOAD, params={"name": "bomb.zip"}, content=archive({"sites.csv": b"0" * 60_000}))
    assert (reply.status_code, reply.json()["code"]) == (422, "network.too_large")


def test_only_planners_upload_and_everybody_downloads(as_role):
    operator = as_role("operator")
    content = operator.get("/api/v1/network/template").content
    assert operator.post(UPLOAD, params={"name": "x.xlsx"}, content=content).status_code == 403
    assert as_role("planner").post(UPLOAD, params={"name": "x.xlsx"}, content=content).status_code == 200


def test_a_plan_comes_as_json_and_as_a_workbook_that_adds_up(admin, services):
    number = admin.post(UPLOAD, params={"name": "x.xlsx"}, content=workbook(template())).json()["study"]
    address = f"/api/v1/network/studies/{number}/plan"
    assert admin.get(address).json()["code"] == "network.unsolved"
    with services.db.transaction() as conn:
        told = services.networks.study(conn, number, 1)
        found = search(told, 1.0, lambda *_: None, lambda: False)
        store.keep_result(conn, number, 1, msgspec.json.encode(found), services.clock.now(), "test")
    plan = plan_of_form(msgspec.convert(json.loads(admin.get(address).content), PlanForm), problem_of(told))
    assert plan.flows
    reply = admin.get(address, params={"form": "xlsx"})
    assert "network-" in reply.headers["content-disposition"]
    costs = dict(sheet(reply.content, "costs"))
    assert sum(cost for part, cost in costs.items() if part != "total") == pytest.approx(costs["total"])
    assert costs["total"] == pytest.approx(found.summary.cost)
    weights = {"usual": 0.75, "season": 0.25}
    transport = sum(weights[row[0]] * row[6] for row in sheet(reply.content, "flows"))
    assert transport == pytest.approx(costs["between_sites"] + costs["to_zones"])
    assert [row[0] for row in sheet(reply.content, "sites") if row[3] == "yes"] == found.plan.sites


def test_texts_stay_texts_in_a_workbook():
    rows = [["id", "n"], ["007", 7], ["=1+1", 0.1], ["<&\x00>", None]]
    assert sheet(workbook({"a": rows}), "a") == [("007", 7.0), ("=1+1", 0.1), ("<&>", None)]
    assert zipfile.ZipFile(io.BytesIO(workbook({"a": rows}))).testzip() is None
