"""Carriers: who they are, rate sheets in, quotes and scorecards out."""

from __future__ import annotations

import re
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from entrepot.api.access import CarrierKeeper, Reader, note
from entrepot.api.carrier_reply import (
    CarrierReply,
    CarrierTermsReply,
    FaultReply,
    LaneReply,
    OfferReply,
    carrier_reply,
    carrier_terms_reply,
    lane_reply,
    offer_reply,
)
from entrepot.api.paging import Page, Paged, decode_cursor, encode_cursor
from entrepot.api.resource import resource_router
from entrepot.api.services import Services, Wired
from entrepot.delivery import Fault, PackLine, Parcel, Place, cartonise
from entrepot.flows.carriers import import_rate_file, in_sequence, node_place
from entrepot.infra.auth import Principal
from entrepot.kernel.errors import InputError, NotFound
from entrepot.orders.sourcing import price_store

router = resource_router("carriers")

_FILE_NAME: Final = re.compile(r"[^/\\\x00-\x1f]{1,120}\.(csv|tsv|txt|xlsx|xlsm|xls|ods|parquet)", re.IGNORECASE)
_MOST_FAULTS: Final = 500
_LONGEST_NAME: Final = 200
"""Bytes."""
_Text = Annotated[str, Field(max_length=200)]


class PlaceBody(BaseModel):
    """Where a parcel goes."""

    model_config = ConfigDict(extra="forbid")

    country: Annotated[str, Field(pattern="^[A-Za-z]{2}$")] = "CN"
    province: _Text = ""
    city: _Text = ""
    postal: Annotated[str, Field(max_length=20)] = ""

    def place(self) -> Place:
        """Return it as the carriers read it."""
        return Place(self.country.upper(), self.province, self.city, self.postal)


class ParcelBody(BaseModel):
    """A parcel; sizes may be left out, and the volume given instead."""

    model_config = ConfigDict(extra="forbid")

    weight_g: Annotated[int, Field(gt=0, le=10**9)]
    length_mm: Annotated[int, Field(ge=0, le=10**5)] = 0
    width_mm: Annotated[int, Field(ge=0, le=10**5)] = 0
    height_mm: Annotated[int, Field(ge=0, le=10**5)] = 0
    volume_mm3: Annotated[int, Field(ge=0, le=10**15)] = 0
    is_hazmat: bool = False

    def parcel(self) -> Parcel:
        """Return it as the carriers read it."""
        return Parcel(**self.model_dump())


class QuoteBody(BaseModel):
    """What is to be sent, from which node, to where."""

    model_config = ConfigDict(extra="forbid")

    node: Annotated[str, Field(min_length=1, max_length=200)]
    destination: PlaceBody
    parcel: ParcelBody
    ready_at: Annotated[datetime | None, Field(description="when it is packed; now where left out")] = None


class PackLineBody(BaseModel):
    """Pieces of one order line."""

    model_config = ConfigDict(extra="forbid")

    line: Annotated[str, Field(min_length=1, max_length=200)]
    qty: Annotated[int, Field(gt=0, le=20_000)]
    weight_g: Annotated[int, Field(gt=0, le=10**9)]
    length_mm: Annotated[int, Field(ge=0, le=10**5)] = 0
    width_mm: Annotated[int, Field(ge=0, le=10**5)] = 0
    height_mm: Annotated[int, Field(ge=0, le=10**5)] = 0
    volume_mm3: Annotated[int, Field(ge=0, le=10**15)] = 0
    is_hazmat: bool = False


class PackBody(BaseModel):
    """Lines to pack into the retailer's cartons."""

    model_config = ConfigDict(extra="forbid")

    lines: Annotated[list[PackLineBody], Field(min_length=1, max_length=500)]


class PackedReply(BaseModel):
    """A parcel: its carton (null: the piece fits none), its pieces by line, and what it measures."""

    carton: str | None
    pieces: dict[str, int]
    parcel: ParcelBody


class PackingReply(BaseModel):
    """Parcels; none has fewer than `lower_bound`, and `is_proven` says whether none has fewer than this."""

    parcels: list[PackedReply]
    lower_bound: int
    is_proven: bool


class HeldReply(BaseModel):
    """A card that was kept back, and the rows because of which."""

    carrier: str
    service: str
    rows: list[int]


class NewCardReply(BaseModel):
    """A card that was taken."""

    carrier: str
    service: str
    version: int


class ImportReply(BaseModel):
    """What came of a rate sheet; of faults and remarks the first 500 are listed."""

    sheet: int
    rows: int
    carriers: int
    cards: list[NewCardReply]
    unchanged: int
    held: list[HeldReply]
    cut_offs: int
    capacities: int
    own_days: int
    cartons: int
    fault_count: int
    faults: list[FaultReply]
    remarks: list[FaultReply]


class LaneFilter(Paged):
    """Filters of the scorecards; without any, lanes only."""

    carrier: Annotated[str | None, Field(max_length=60)] = None
    node: Annotated[str | None, Field(max_length=200)] = None
    country: Annotated[str | None, Field(max_length=2)] = None
    province: Annotated[str | None, Field(max_length=200)] = None
    enough: Annotated[bool, Field(description="only lanes with 30 judged parcels or more")] = False
    totals: Annotated[bool, Field(description="carriers over all their lanes, and all together, instead of lanes")] = (
        False
    )


@router.get("/carriers", summary="List carriers")
def get_carriers(services: Wired, caller: Reader) -> Page[CarrierReply]:
    """List carriers with their services in force and how they do over all lanes."""
    now = services.clock.now()
    with services.db.read() as conn:
        tariff, scores = services.carriers.tariff(conn, now), services.carriers.scores(conn)
    items = [carrier_reply(tariff, code, scores, now) for code in sorted(tariff.carriers)]
    return Page(items=items, total=len(items))


@router.post("/carriers:import", summary="Import a rate sheet")
async def post_import(
    request: Request,
    services: Wired,
    caller: CarrierKeeper,
    name: Annotated[str, Query(max_length=140, description="the file's name; its ending says what it is")],
) -> ImportReply:
    """Import a rate sheet: the request's body is the file, CSV or Excel.

    A row that cannot be read takes out only what it would have priced; everything else goes in, and every fault is
    told with row, column, what, why and how to mend. A card is never edited: a changed one is a new version.
    """
    if not _FILE_NAME.fullmatch(name):
        raise InputError(
            "delivery.file_name", f"{name[:60]!r} is no name of a rate sheet.", "End it in .csv or .xlsx.", name=name
        )
    body = await request.body()
    return await run_in_threadpool(_import, request, services, caller, name, body)


@router.post("/carriers:quote", summary="Ask carriers for a parcel")
def post_quote(services: Wired, caller: Reader, wanted: QuoteBody) -> Page[OfferReply]:
    """Ask every service in force what it takes for a parcel: quotes, the cheapest first, then who refuses and why.

    Quotes in the retailer's currency come before those in others, which are told by currency.
    """
    ready_at = wanted.ready_at or services.clock.now()
    if ready_at.tzinfo is None:
        raise InputError("delivery.ready_at", "ready_at has no time zone.", "Add one, such as +08:00.")
    with services.db.read() as conn:
        origin, own = node_place(conn, wanted.node), price_store.terms(conn).currency
    made = services.carriers.offers(wanted.parcel.parcel(), origin, wanted.destination.place(), ready_at)
    items = [offer_reply(offer) for offer in in_sequence(made, own)]
    return Page(items=items, total=len(items))


@router.post("/carriers:pack", summary="Pack lines into cartons")
def post_pack(services: Wired, caller: Reader, wanted: PackBody) -> PackingReply:
    """Pack order lines into as few of the retailer's cartons as can be found."""
    with services.db.read() as conn:
        cartons = services.carriers.tariff(conn, services.clock.now()).cartons
    packing = cartonise([PackLine(**line.model_dump()) for line in wanted.lines], cartons)
    return PackingReply(
        parcels=[
            PackedReply(
                carton=one.carton,
                pieces=dict(one.pieces),
                parcel=ParcelBody(**{name: getattr(one.parcel, name) for name in ParcelBody.model_fields}),
            )
            for one in packing.parcels
        ],
        lower_bound=packing.lower_bound,
        is_proven=packing.is_proven,
    )


@router.get("/carriers/lanes", summary="List lanes' scorecards")
def get_lanes(services: Wired, caller: Reader, wanted: Annotated[LaneFilter, Query()]) -> Page[LaneReply]:
    """List how carriers do, lane by lane, of the newest scorecards: by carrier, node, country, province."""
    after = decode_cursor(wanted.cursor, tuple[str, str, str, str])
    with services.db.read() as conn:
        scores, currency = services.carriers.scores(conn), price_store.terms(conn).currency
    found = [
        score
        for key, score in sorted(scores.items())
        if (after is None or key > after)
        and (score.node == "*") == wanted.totals
        and all(
            getattr(wanted, name) in (None, "", getattr(score, name))
            for name in ("carrier", "node", "country", "province")
        )
        and (score.is_enough or not wanted.enough)
    ]
    items = [lane_reply(score, currency) for score in found[: wanted.limit]]
    following = encode_cursor(*found[wanted.limit - 1].key) if len(found) > wanted.limit else None
    return Page(items=items, next=following, total=len(found) if after is None else None)


@router.get("/carriers/{carrier}", summary="Read a carrier's terms")
def get_carrier(services: Wired, caller: Reader, carrier: str) -> CarrierTermsReply:
    """Read a carrier with its cards in force, cut-offs, own days, and its loads of the next seven days."""
    now = services.clock.now()
    with services.db.read() as conn:
        tariff, scores = services.carriers.tariff(conn, now), services.carriers.scores(conn)
        loads = services.carriers.loads(conn, carrier, now.date())
    if carrier not in tariff.carriers:
        raise NotFound("delivery.carrier", f"There is no carrier {carrier[:60]!r}.", "Look it up in the list.")
    return carrier_terms_reply(tariff, carrier, scores, loads, now)


def _import(request: Request, services: Services, caller: Principal, name: str, body: bytes) -> ImportReply:
    with tempfile.TemporaryDirectory(prefix="entrepot-rates-") as folder:
        path = Path(folder) / _within_limit(name)
        path.write_bytes(body)
        with services.db.transaction() as conn:
            sheet, stored = import_rate_file(conn, services.carriers, path, name, caller.name)
            detail: dict[str, object] = {"file": name, "cards": [list(card) for card in stored.cards]}
            note(conn, request, caller, "carriers.import", f"sheet:{stored.sheet}", detail)
    return ImportReply(
        sheet=stored.sheet,
        rows=sheet.rows,
        carriers=len(sheet.carriers),
        cards=[NewCardReply(carrier=carrier, service=service, version=v) for carrier, service, v in stored.cards],
        unchanged=len(stored.unchanged),
        held=[HeldReply(carrier=held.carrier, service=held.service, rows=list(held.rows)) for held in sheet.held],
        cut_offs=len(sheet.cut_offs),
        capacities=len(sheet.capacities),
        own_days=len(sheet.own_days),
        cartons=len(sheet.cartons),
        fault_count=len(sheet.faults),
        faults=[_fault(fault) for fault in sheet.faults[:_MOST_FAULTS]],
        remarks=[_fault(fault) for fault in sheet.remarks[:_MOST_FAULTS]],
    )


def _within_limit(name: str) -> str:
    """Return the end of a name, as long as systems let a file's name be."""
    return name.encode()[-_LONGEST_NAME:].decode("utf-8", "ignore")


def _fault(fault: Fault) -> FaultReply:
    return FaultReply(**fault._asdict(), message=fault.message)
