"""Network studies: drawn from the order log or uploaded, edited, solved, asked what if."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal, NamedTuple

import msgspec
from fastapi import Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from entrepot.api.access import NetworkPlanner, Reader, note
from entrepot.api.paging import Page, Paged, decode_cursor, encode_cursor
from entrepot.api.resource import resource_router
from entrepot.api.services import Services, Wired
from entrepot.flows.network_draft import DraftSettings
from entrepot.flows.network_suppliers import read_suppliers
from entrepot.infra.auth import Principal
from entrepot.network import store
from entrepot.network.formats.spreadsheet import workbook
from entrepot.network.formats.workbook import archive, csv_files, template
from entrepot.network.plan_tables import plan_tables
from entrepot.network.study import SiteEdit, problem_of

router = resource_router("network", "/network")

_Count = Annotated[int, Field(ge=0, le=200)]
_Minor = Annotated[int | None, Field(ge=0, le=10**13)]
_Name = Annotated[str, Field(min_length=1, max_length=120)]
_Seconds = Annotated[float, Field(ge=1, le=600, description="of the search; what follows it takes about as long")]
_FileName = Annotated[str, Query(min_length=1, max_length=120)]
_SolveSeconds = Annotated[
    float | None, Query(ge=1, le=600, description="solve it at once, searching so long; left out: not yet")
]
_WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_Id = Annotated[int, Path(ge=1, le=2**62)]
_Version = Annotated[int | None, Query(ge=1, le=2**30, description="the newest where left out")]


class SettingsBody(BaseModel):
    """How a network is drawn; money in minor units, see `DraftSettings`."""

    model_config = ConfigDict(extra="forbid")

    days: Annotated[int, Field(ge=1, le=3_660, description="orders of so many days up to now")] = 90
    zones: Annotated[int, Field(ge=1, le=5_000, description="at most")] = 80
    least_share: Annotated[float, Field(ge=0, lt=1, description="thinner zones are merged")] = 0.002
    by_channel: Annotated[bool, Field(description="each channel has zones of its own")] = False
    edges_g: Annotated[list[Annotated[int, Field(ge=1, le=10**9)]], Field(max_length=6)] = [1_000, 5_000]
    centres: _Count = 4
    fronts: _Count = 6
    centre_cost: Annotated[_Minor, Field(description="a year; assumed where left out")] = None
    front_cost: _Minor = None
    closing_cost: _Minor = None
    tonne_km_cost: Annotated[int, Field(ge=0, le=10**9)] = 60
    circuity: Annotated[float, Field(ge=1, le=5)] = 1.3
    speed_kmh: Annotated[float, Field(gt=0, le=300)] = 60.0
    max_hours: Annotated[int | None, Field(ge=1, le=10**5)] = None
    near: Annotated[int, Field(ge=1, le=200)] = 12
    suppliers: Annotated[
        str | None,
        Field(max_length=1_000_000, description="text of a CSV file of suppliers: id, share, where they are"),
    ] = None

    def settings(self) -> DraftSettings:
        """Return them as the draft reads them."""
        suppliers = () if self.suppliers is None else read_suppliers(self.suppliers)
        return DraftSettings(**{**self.model_dump(), "edges_g": tuple(self.edges_g), "suppliers": suppliers})


class DrawBody(BaseModel):
    """A study to draw from the order log, and to solve."""

    model_config = ConfigDict(extra="forbid")

    name: _Name
    settings: SettingsBody = SettingsBody()
    seconds: _Seconds = 20.0


class SiteBody(BaseModel):
    """New numbers of a site, in the network's own units; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    fixed_cost: Annotated[int, Field(ge=0, le=10**15)] | None = None
    closing_cost: Annotated[int, Field(ge=0, le=10**15)] | None = None
    capacity: Annotated[int | None, Field(ge=0, le=10**15, description="null is no limit")] = None
    status: Literal["candidate", "existing", "open", "closed"] | None = None

    def edit(self) -> SiteEdit:
        """Return it as the study reads it."""
        given = self.model_dump(exclude_unset=True)
        return msgspec.convert(
            {name: value for name, value in given.items() if value is not None or name == "capacity"}, SiteEdit
        )


class EditBody(BaseModel):
    """Sites by id, and why."""

    model_config = ConfigDict(extra="forbid")

    sites: Annotated[dict[str, SiteBody], Field(min_length=1, max_length=2_000)]
    reason: Annotated[str, Field(min_length=3, max_length=500)]


class SolveBody(BaseModel):
    """How long to search."""

    model_config = ConfigDict(extra="forbid")

    seconds: _Seconds = 20.0


class WhatIfBody(BaseModel):
    """The site to close, or to open where it does not stand."""

    model_config = ConfigDict(extra="forbid")

    site: Annotated[str, Field(min_length=1, max_length=300)]


class StudyLine(BaseModel):
    """A study in the list; `summary` is what was found for its newest version."""

    id: int
    name: str
    made_at: datetime
    made_by: str
    job: str | None
    version: int | None
    changed_at: datetime | None
    summary: dict[str, object] | None


class VersionLine(BaseModel):
    """A version of a study."""

    no: int
    made_at: datetime
    made_by: str
    note: str
    is_solved: bool


class StudyReply(StudyLine):
    """A study with one of its versions: sites, where everything lies, how it was drawn, and what was found."""

    shown: int | None
    versions: list[VersionLine]
    currency: str
    cost_scale: int
    quantity_scale: int
    sites: list[dict[str, object]]
    spots: dict[str, dict[str, object]]
    zones: dict[str, dict[str, object]]
    source: dict[str, object] | None
    report: dict[str, object] | None


class Begun(BaseModel):
    """A study, and the job that works on it."""

    study: int
    job: str


class Taken(BaseModel):
    """A study, its version that was made, and the job that solves it where one was asked for."""

    study: int
    version: int
    job: str | None = None


class _Upload(NamedTuple):
    name: str
    body: bytes
    seconds: float | None


@router.get("/studies", summary="List network studies")
def get_studies(services: Wired, caller: Reader, wanted: Annotated[Paged, Query()]) -> Page[StudyLine]:
    """List studies, the newest first."""
    key = decode_cursor(wanted.cursor, tuple[int])
    with services.db.read() as conn:
        rows = store.list_studies(conn, wanted.limit + 1, None if key is None else key[0])
    items = [StudyLine(**row._asdict()) for row in rows[: wanted.limit]]
    return Page(items=items, next=encode_cursor(items[-1].id) if len(rows) > wanted.limit else None)


@router.post("/studies", summary="Draw a network from the order log")
def post_study(request: Request, services: Wired, caller: NetworkPlanner, body: DrawBody) -> Begun:
    """Begin a study: a job reads orders, rate cards and nodes, draws the network, and solves it."""
    settings = body.settings.settings()
    with services.db.transaction() as conn:
        study, job = services.networks.draw(conn, body.name, settings, body.seconds, caller.name)
        note(conn, request, caller, "network.draw", f"study:{study}", {"name": body.name})
    return Begun(study=study, job=job)


@router.get("/template", summary="Download the tables to fill in", response_class=Response)
def get_template(caller: Reader, form: Literal["xlsx", "csv"] = "xlsx") -> Response:
    """Download the tables of a network with a small example and notes: a workbook, or a zip archive of CSV files."""
    if form == "csv":
        return _file(archive(csv_files(template())), "network-template.zip", "application/zip")
    return _file(workbook(template()), "network-template.xlsx", _WORKBOOK)


@router.post("/studies:upload", summary="Upload a network")
async def post_upload(
    request: Request, services: Wired, caller: NetworkPlanner, name: _FileName, seconds: _SolveSeconds = None
) -> Taken:
    """Begin a study from a file: the request's body is a study as it is downloaded, a network, or its tables.

    Tables come as a workbook or as a zip archive of CSV files, see ``/network/template``. A cell that is wrong is told
    with its table, row and column.
    """
    body = await request.body()
    return await run_in_threadpool(_upload, request, services, caller, None, _Upload(name, body, seconds))


@router.get("/studies/{study}", summary="Read a network study")
def get_study(services: Wired, caller: Reader, study: _Id, version: _Version = None) -> StudyReply:
    """Read a study with one version and what was found for it."""
    with services.db.read() as conn:
        row = store.study_row(conn, study)
        shown = version or row.version
        if shown is None:
            return _reply(row, None, [], {})
        told = services.networks.study(conn, study, shown)
        versions, report = store.versions(conn, study), store.result(conn, study, shown)
    problem = problem_of(told)
    about: dict[str, object] = {
        "currency": told.currency,
        "cost_scale": problem.cost_scale,
        "quantity_scale": problem.quantity_scale,
        "sites": [
            {
                "id": one.id,
                "level": one.level,
                "status": one.status.value,
                "fixed_cost": one.fixed_cost,
                "opening_cost": one.opening_cost,
                "closing_cost": one.closing_cost,
                "capacity": one.capacity,
            }
            for one in problem.sites
        ],
        "spots": msgspec.to_builtins(told.sites),
        "zones": msgspec.to_builtins(told.zones),
        "source": msgspec.to_builtins(told.source),
        "report": report,
    }
    return _reply(row, shown, versions, about)


@router.get("/studies/{study}/document", summary="Download a network study", response_class=Response)
def get_document(services: Wired, caller: Reader, study: _Id, version: _Version = None) -> Response:
    """Download a version as one JSON file: the network, where it lies, and how it runs today."""
    with services.db.read() as conn:
        row = store.study_row(conn, study)
        text = store.document(conn, study, version or row.version or 0)
    return _file(text, f"network-{study}-{version or row.version}.json", "application/json")


@router.get("/studies/{study}/plan", summary="Download a plan", response_class=Response)
def get_plan(
    services: Wired, caller: Reader, study: _Id, version: _Version = None, form: Literal["json", "xlsx"] = "json"
) -> Response:
    """Download what was found for a version: JSON as `entrepot network check` reads it, or a workbook of tables."""
    with services.db.read() as conn:
        found = services.networks.plan(conn, study, version)
    name = f"network-{study}-{found.version}-plan.{form}"
    if form == "json":
        return _file(msgspec.json.format(msgspec.json.encode(found.plan), indent=1), name, "application/json")
    return _file(workbook(plan_tables(found.told, found.plan)), name, _WORKBOOK)


@router.post("/studies/{study}/versions", summary="Upload a version")
async def post_version(
    request: Request,
    services: Wired,
    caller: NetworkPlanner,
    study: _Id,
    name: _FileName,
    seconds: _SolveSeconds = None,
) -> Taken:
    """Add a version from a file, see ``/network/studies:upload``."""
    body = await request.body()
    return await run_in_threadpool(_upload, request, services, caller, study, _Upload(name, body, seconds))


@router.post("/studies/{study}:edit", summary="Edit sites")
def post_edit(request: Request, services: Wired, caller: NetworkPlanner, study: _Id, body: EditBody) -> Taken:
    """Give sites of the newest version other numbers; that is the next version."""
    edits = {name: one.edit() for name, one in body.sites.items()}
    with services.db.transaction() as conn:
        version = services.networks.edit(conn, study, edits, caller.name, body.reason)
        detail: dict[str, object] = {"version": version, "sites": sorted(edits), "reason": body.reason}
        note(conn, request, caller, "network.edit", f"study:{study}", detail)
    return Taken(study=study, version=version)


@router.post("/studies/{study}:solve", summary="Solve a network study")
def post_solve(request: Request, services: Wired, caller: NetworkPlanner, study: _Id, body: SolveBody) -> Begun:
    """Search for the best plan of the newest version; cancelled, the job keeps the best so far."""
    with services.db.transaction() as conn:
        job = services.networks.solve(conn, study, body.seconds, caller.name)
        note(conn, request, caller, "network.solve", f"study:{study}", {"job": job})
    return Begun(study=study, job=job)


@router.post("/studies/{study}:what-if", summary="Ask what if a site closes or opens")
def post_what_if(request: Request, services: Wired, caller: NetworkPlanner, study: _Id, body: WhatIfBody) -> Begun:
    """Ask what it costs to turn a site over, all others as the plan has them; the job's result is the answer."""
    with services.db.transaction() as conn:
        job = services.networks.ask_what_if(conn, study, body.site, caller.name)
        note(conn, request, caller, "network.what_if", f"study:{study}", {"site": body.site})
    return Begun(study=study, job=job)


def _upload(request: Request, services: Services, caller: Principal, study: int | None, file: _Upload) -> Taken:
    with services.db.transaction() as conn:
        number, version = services.networks.upload(conn, study, file.name, file.body, caller.name)
        job = None if file.seconds is None else services.networks.solve(conn, number, file.seconds, caller.name)
        detail: dict[str, object] = {"file": file.name, "version": version, "bytes": len(file.body), "job": job}
        note(conn, request, caller, "network.upload", f"study:{number}", detail)
    return Taken(study=number, version=version, job=job)


def _file(content: bytes, name: str, kind: str) -> Response:
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _reply(
    row: store.StudyRow, shown: int | None, versions: list[store.VersionRow], about: dict[str, object]
) -> StudyReply:
    empty = {"currency": "", "cost_scale": 1, "quantity_scale": 1, "sites": [], "spots": {}, "zones": {}}
    nothing = {"source": None, "report": None}
    lines = [VersionLine(**one._asdict()) for one in versions]
    return StudyReply.model_validate({**row._asdict(), "shown": shown, "versions": lines, **empty, **nothing, **about})
