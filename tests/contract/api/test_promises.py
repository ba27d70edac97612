"""Promises over HTTP: an order's dates, orders at risk page by page, how dates are kept, a quote."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from entrepot.api import Services
from entrepot.flows.promising import Promising
from entrepot.infra.jobs import queue
from entrepot.kernel.clock import FixedClock
from entrepot.orders.promise import store
from entrepot.orders.promise.store import ModelRow, PromiseRow, RiskRow
from tests.contract.api.conftest import Client
from tests.contract.flows.test_promising import TODAY, put
from tests.unit.orders.promise_orders import made_up

AT = datetime(2026, 11, 2, 4, tzinfo=UTC)


def promise(order: str, no: int, promised: date, model: int) -> PromiseRow:
    days = [date(2026, 11, day) for day in range(3, 9)]
    return PromiseRow(
        order, no, promised, 0.92, *days, "own", "East > West", date(2026, 11, 1), model, AT,
        "placed" if no == 1 else "watch", 0.08,
    )  # fmt: skip


@pytest.fixture
def model(services: Services) -> int:
    row = ModelRow(0, "life-table-1", date(2026, 11, 2), AT, 10, 9, {"late_share": 0.08}, "test")
    with services.db.transaction() as conn:
        return store.add_model(conn, row, b"not looked at here")


@pytest.fixture
def viewer(as_role: Callable[[str], Client]) -> Client:
    return as_role("viewer")


def test_an_orders_promises_are_told_newest_first(viewer: Client, services: Services, model: int) -> None:
    rows = [promise("own:web:1", 1, date(2026, 11, 9), model), promise("own:web:1", 2, date(2026, 11, 12), model)]
    with services.db.transaction() as conn:
        store.add_promises(conn, rows, [[0.1, 2.0]] * 2)
    told = viewer.get("/api/v1/orders/own:web:1/promise").json()
    assert told["promised"] == "2026-11-12"
    assert [(one["no"], one["promised"], one["source"]) for one in told["items"]] == [
        (2, "2026-11-12", "watch"),
        (1, "2026-11-09", "placed"),
    ]
    assert told["items"][0]["distribution"] == {
        "p10": "2026-11-03", "p25": "2026-11-04", "p50": "2026-11-05", "p75": "2026-11-06", "p90": "2026-11-07",
        "p95": "2026-11-08",
    }  # fmt: skip


def test_an_order_without_a_promise_is_not_found(viewer: Client) -> None:
    reply = viewer.get("/api/v1/orders/own:web:none/promise")
    assert (reply.status_code, reply.json()["code"]) == (404, "promise.none")


def test_orders_at_risk_come_worst_first_page_by_page(viewer: Client, services: Services) -> None:
    chances = {"a": 0.7, "b": 0.9, "c": 0.7, "d": 1.0}
    with services.db.transaction() as conn:
        store.replace_risks(
            conn,
            [RiskRow(id, date(2026, 11, 9), chance, date(2026, 11, 11), True, "East > West", "own", AT)
             for id, chance in chances.items()],
        )  # fmt: skip
    seen: list[str] = []
    query = ""
    while True:
        page = viewer.get(f"/api/v1/promises?limit=1{query}").json()
        seen.extend(row["order_id"] for row in page["items"])
        if page["next"] is None:
            break
        query = f"&cursor={page['next']}"
    assert seen == ["d", "b", "a", "c"]
    assert viewer.get("/api/v1/promises?cursor=WyJ4IiwieSJd").json()["code"] == "api.bad_cursor"


def test_quality_tells_coverage_beside_what_was_promised(viewer: Client, services: Services, model: int) -> None:
    with services.db.transaction() as conn:
        conn.execute(
            "INSERT INTO orders.promise_quality VALUES ('2026-10-01', '*', '*', 120, 100, 7, 92, 850, 3, now()), "
            "('2026-11-01', '*', '*', 5, 0, 0, 0, 0, 0, now())"
        )
    told = viewer.get("/api/v1/promises/quality").json()
    november, october = told["items"]
    assert (november["coverage"], november["mean_days"]) == (None, None)
    told_of_october = [october[name] for name in ("coverage", "expected_coverage", "mean_days")]
    assert told_of_october == pytest.approx([0.93, 0.92, 8.5])
    assert (told["model"]["id"], told["model"]["metrics"]) == (model, {"late_share": 0.08})


def test_a_quote_needs_a_model_and_then_tells_dates(
    services: Services, as_role: Callable[[str], Client], viewer: Client
) -> None:
    body = {"destination": "West", "weight_g": 500}
    assert viewer.post("/api/v1/promises:quote", json=body).json()["code"] == "promise.no_model"
    rows = [row | {"id": f"own:web:{row['order_id']}"} for row in made_up(days=90, orders_a_day=5).to_dicts()]
    promising = Promising(services.db, FixedClock(TODAY.replace(tzinfo=UTC)), zone="UTC", country=None)
    with services.db.transaction() as conn:
        put(conn, rows)
    assert promising.fit("test", lambda done, total: None).version == "life-table-1"
    told = viewer.post("/api/v1/promises:quote", json=body).json()
    assert told["dates"]["certain"] >= told["dates"]["standard"] > told["distribution"]["p10"]
    assert viewer.post("/api/v1/promises:quote", json={"weight_g": 1}).status_code == 422


def test_past_orders_are_walked_through_by_a_job_and_read(
    services: Services, as_role: Callable[[str], Client], viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = viewer.get("/api/v1/promises/backtest")
    assert (missing.status_code, missing.json()["code"]) == (404, "promise.no_backtest")
    assert viewer.post("/api/v1/promises:backtest", json={}).status_code == 403
    operator = as_role("operator")
    none = {"start": "2026-01-02", "end": "2026-01-02"}
    assert operator.post("/api/v1/promises:backtest", json=none).json()["code"] == "promise.window"
    assert operator.post("/api/v1/promises:backtest", json={"target_late": 1}).status_code == 422
    services.backtests.register()
    monkeypatch.setattr(queue, "enqueue", lambda conn, job_id, version: None)  # noted, not run
    job = operator.post("/api/v1/promises:backtest", json={"start": "2026-01-02"}).json()["job"]
    asked = services.jobs.status(job)
    assert (asked.name, asked.args["start"], asked.args["end"]) == ("promise backtest", "2026-01-02", None)
    with services.db.transaction() as conn:
        store.add_backtest(conn, AT, "anna", {"orders": 7})
    told = viewer.get("/api/v1/promises/backtest").json()
    assert (told["actor"], told["report"]) == ("anna", {"orders": 7})
