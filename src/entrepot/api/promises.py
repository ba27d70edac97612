"""Promises: of an order, those at risk, how dates are kept and would have been, what is promised now."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field

from entrepot.api.access import JobKeeper, Reader, note
from entrepot.api.paging import Page, Paged, bad_cursor, decode_cursor, encode_cursor
from entrepot.api.resource import resource_router
from entrepot.api.services import Wired
from entrepot.flows.promise_history import order_placed
from entrepot.kernel.errors import NotFound
from entrepot.orders.promise import store
from entrepot.orders.promise.store import PromiseRow, QualityRow, RiskRow

router = resource_router("promises")

_Text = Annotated[str | None, Field(max_length=200)]
_Amount = Annotated[float | None, Field(ge=0, le=1e12)]


class PromiseReply(BaseModel):
    """A promise: the date, the distribution behind it, who made it and when."""

    no: Annotated[int, Field(description="1 is the first; more were made by the watch")]
    promised: date
    quantile: float
    distribution: Annotated[dict[str, date], Field(description="dates by quantile, p10 to p95")]
    late_chance: Annotated[float, Field(description="of the first: of its own date; of others: of the date before")]
    placed_on: date
    lane: str
    channel: str
    model: int
    source: str
    as_of: datetime


class OrderPromiseReply(BaseModel):
    """All promises of an order, the newest first."""

    order_id: str
    promised: date
    items: list[PromiseReply]


class RiskReply(BaseModel):
    """An open order likely to miss its date."""

    order_id: str
    promised: date
    late_chance: float
    likely: Annotated[date, Field(description="as likely before as after")]
    is_shipped: bool
    lane: str
    channel: str
    looked_at: datetime


class QualityReply(BaseModel):
    """How the first promises of a month were kept; * is all lanes, or all channels."""

    month: date
    lane: str
    channel: str
    orders: int
    judged: Annotated[int, Field(description="delivered, or open past the date")]
    late: int
    coverage: Annotated[float | None, Field(description="share of those judged that came in time")]
    expected_coverage: Annotated[float | None, Field(description="share that was promised to")]
    mean_days: float | None
    moved: Annotated[int, Field(description="orders promised again")]
    measured_at: datetime


class ModelReply(BaseModel):
    """The fit in force."""

    id: int
    version: str
    as_of: date
    fitted_at: datetime
    orders: int
    deliveries: int
    metrics: dict[str, object]
    actor: str


class QualityPage(Page[QualityReply]):
    """Months with their lanes and channels, and the fit in force."""

    model: ModelReply | None


class BacktestBody(BaseModel):
    """Which past orders to walk through; what is left out is chosen so that all of them have had time to arrive."""

    model_config = ConfigDict(extra="forbid")

    start: Annotated[date | None, Field(description="first day of purchase")] = None
    end: Annotated[date | None, Field(description="the day after the last")] = None
    target_late: Annotated[
        float | None, Field(gt=0, lt=1, description="share that may be late; left out: of the standard service level")
    ] = None


class BacktestReply(BaseModel):
    """How promises would have been kept; `report` is what ``entrepot promise backtest --json`` prints."""

    id: int
    made_at: datetime
    actor: str
    report: dict[str, object]


class Begun(BaseModel):
    """A job that was asked for."""

    job: str


class QuoteBody(BaseModel):
    """What is known of an order; the more, the better the date."""

    model_config = ConfigDict(extra="forbid")

    destination: Annotated[
        str, Field(min_length=1, max_length=200, description="province or state; its country where it has none")
    ]
    area: Annotated[_Text, Field(description="city")] = None
    node: Annotated[_Text, Field(description="who sends it")] = None
    origin: Annotated[_Text, Field(description="province or state it is sent from")] = None
    category: _Text = None
    payment: _Text = None
    weight_g: _Amount = None
    volume_cm3: _Amount = None
    items: _Amount = None
    goods: Annotated[_Amount, Field(description="value, minor units")] = None
    freight: Annotated[_Amount, Field(description="minor units")] = None


class QuoteReply(BaseModel):
    """Dates by service level, the same for every channel, and the distribution they come from."""

    dates: dict[str, date]
    distribution: dict[str, date]
    model: int
    as_of: datetime


_QUANTILES: Final = ("p10", "p25", "p50", "p75", "p90", "p95")


@router.get("/promises", summary="List promises at risk")
def get_risks(services: Wired, caller: Reader, wanted: Annotated[Paged, Query()]) -> Page[RiskReply]:
    """List open orders likely to miss their date, the worst first, as the last watch saw them."""
    after = _after(wanted.cursor)
    with services.db.read() as conn:
        rows = store.list_risks(conn, wanted.limit + 1, after)
    items = [_risk(row) for row in rows[: wanted.limit]]
    last = items[-1] if len(rows) > wanted.limit else None
    return Page(items=items, next=None if last is None else encode_cursor(last.late_chance.hex(), last.order_id))


@router.get("/promises/quality", summary="Read how promises are kept")
def get_quality(
    services: Wired, caller: Reader, months: Annotated[int, Query(ge=1, le=36, description="newest first")] = 6
) -> QualityPage:
    """Read coverage and length of first promises by month of purchase, by lane and by channel."""
    with services.db.read() as conn:
        rows = store.list_quality(conn, months)
        newest = store.newest_model(conn)
    model = None if newest is None else ModelReply(**newest._asdict())
    return QualityPage(items=[_quality(row) for row in rows], total=len(rows), model=model)


@router.get("/promises/backtest", summary="Read how promises would have been kept")
def get_backtest(services: Wired, caller: Reader) -> BacktestReply:
    """Read the last walk through the platform's own past orders, each promised from what was known that day."""
    with services.db.read() as conn:
        row = store.newest_backtest(conn)
    if row is None:
        raise NotFound(
            "promise.no_backtest",
            "No walk was made yet.",
            "Ask for one: POST /promises:backtest, or on the page Promises.",
        )
    return BacktestReply(**row._asdict())


@router.post("/promises:backtest", summary="Walk through past orders")
def post_backtest(request: Request, services: Wired, caller: JobKeeper, body: BacktestBody) -> Begun:
    """Begin a walk through past orders, each promised from what was known that day; it tells how that was kept."""
    with services.db.transaction() as conn:
        job = services.backtests.ask(conn, body.start, body.end, body.target_late, caller.name)
        note(conn, request, caller, "promise.backtest", f"job:{job}", body.model_dump(mode="json"))
    return Begun(job=job)


@router.get("/orders/{id:path}/promise", summary="Read an order's promises")
def get_promise(services: Wired, caller: Reader, id: str) -> OrderPromiseReply:
    """Read what an order was promised, the newest first, with the distribution behind each date."""
    with services.db.read() as conn:
        rows = store.history_of_promises(conn, id)
    if not rows:
        raise NotFound(
            "promise.none",
            f"Nothing was promised for {id[:120]!r}.",
            "Orders are promised when they are taken in, once a model was fitted.",
            order=id[:120],
        )
    return OrderPromiseReply(order_id=id, promised=rows[-1].promised, items=[_promise(row) for row in rows[::-1]])


@router.post("/promises:quote", summary="Quote a delivery date")
def post_quote(services: Wired, caller: Reader, body: QuoteBody) -> QuoteReply:
    """Tell what an order placed now would be promised, without placing it."""
    order = order_placed(services.promising.today(), body.model_dump())
    with services.db.read() as conn:
        (quote,) = services.promising.quote(conn, order)
    return QuoteReply(dates=quote.dates, distribution=quote.quantiles, model=quote.model, as_of=quote.as_of)


def _after(cursor: str | None) -> tuple[float, str] | None:
    key = decode_cursor(cursor, tuple[str, str])
    if key is None:
        return None
    try:
        return float.fromhex(key[0]), key[1]
    except ValueError:
        raise bad_cursor(cursor or "") from None


def _promise(row: PromiseRow) -> PromiseReply:
    told = row._asdict()
    return PromiseReply(**told, distribution={name: told[name] for name in _QUANTILES})


def _risk(row: RiskRow) -> RiskReply:
    return RiskReply(**row._asdict())


def _quality(row: QualityRow) -> QualityReply:
    judged = row.judged or None
    return QualityReply(
        **row._asdict(),
        coverage=judged and 1.0 - row.late / judged,
        expected_coverage=judged and row.expected / judged,
        mean_days=judged and row.days / judged,
    )
