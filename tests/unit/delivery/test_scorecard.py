"""Scorecards: what is on time, late, lost; how small samples lean on larger ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from entrepot.delivery import Journey, reliability, score, state_of
from entrepot.delivery.scorecard import LEAN, Reliability, leaned, nearest_rank

NOW = datetime(2026, 11, 26, tzinfo=UTC)
SHIPPED = NOW - timedelta(days=10)


def journey(hours: float | None = 40, due: float | None = 48, **given: Any) -> Journey:
    delivered = None if hours is None else SHIPPED + timedelta(hours=hours)
    values: dict[str, Any] = {
        "carrier": "SF",
        "node": "RDC-E",
        "country": "CN",
        "province": "浙江省",
        "shipped_at": SHIPPED,
        "due_at": None if due is None else SHIPPED + timedelta(hours=due),
        "is_promised": False,
        "delivered_at": delivered,
        "state": "open" if hours is None else "delivered",
        "had_trouble": False,
        "was_damaged": False,
        "cost": 1200,
    }
    return Journey(**values | given)


def test_a_lane_counts_what_its_parcels_did() -> None:
    parcels = [
        journey(40),
        journey(48, is_promised=True),
        journey(49, had_trouble=True),
        journey(None),
        journey(None, due=24 * 20),
        journey(None, state="lost", cost=None),
        journey(60, state="returned"),
        journey(30, due=None, was_damaged=True),
    ]
    lane = {one.key: one for one in score(parcels, NOW)}["SF", "RDC-E", "CN", "浙江"]
    assert (lane.parcels, lane.judged, lane.on_time, lane.late, lane.promised) == (8, 5, 2, 3, 1)
    assert (lane.open, lane.lost, lane.returned, lane.troubled, lane.damaged) == (2, 1, 1, 1, 1)
    assert (lane.costed, lane.cost) == (7, 8400)
    # Delivered after 30, 40, 48 and 49 hours.
    assert (lane.p50_hours, lane.p90_hours) == (40, 49)


def test_provinces_spelt_in_two_ways_are_one_lane() -> None:
    keys = [one.key for one in score([journey(), journey(province="浙江")], NOW)]
    assert keys == [("*",) * 4, ("SF", "*", "*", "*"), ("SF", "RDC-E", "CN", "浙江")]


def test_a_small_lane_leans_on_its_carrier_and_a_large_one_hardly() -> None:
    bad = [journey(99, province="上海市") for _ in range(3)]
    good = [journey(40) for _ in range(97)]
    found = {one.key: one for one in score([*bad, *good], NOW)}
    carrier = found["SF", "*", "*", "*"]
    small, large = found["SF", "RDC-E", "CN", "上海"], found["SF", "RDC-E", "CN", "浙江"]
    assert small.on_time_ppm == leaned(0, 3, carrier.on_time_ppm)
    assert 800_000 < small.on_time_ppm < carrier.on_time_ppm < large.on_time_ppm
    assert (small.is_enough, large.is_enough) == (False, True)


def test_shares_lean_by_a_stated_number_of_parcels() -> None:
    assert LEAN == 20
    # (18 + 20 x 0.9) / (20 + 20) = 0.9; (0 + 18) / 30 = 0.6
    assert (leaned(18, 20, 900_000), leaned(0, 10, 900_000)) == (900_000, 600_000)


def test_reliability_comes_from_the_lane_else_the_carrier_else_all_else_what_is_usual() -> None:
    found = {one.key: one for one in score([journey() for _ in range(50)], NOW)}
    lane = reliability(found, "SF", "RDC-E", "CN", "浙江省")
    elsewhere = reliability(found, "SF", "RDC-N", "CN", "云南省")
    stranger = reliability(found, "ZTO", "RDC-E", "CN", "浙江省")
    assert lane.on_time_ppm > elsewhere.on_time_ppm > stranger.on_time_ppm > Reliability().on_time_ppm
    assert reliability({}, "SF", "RDC-E", "CN", "浙江省") == Reliability(900_000, 2_000, 0)


def test_a_parcels_state_is_told_from_its_tracking() -> None:
    seen = NOW - timedelta(days=3)
    assert state_of("delivered", seen, seen, NOW) == "delivered"
    assert state_of("in_transit", None, seen, NOW) == "open"
    assert state_of("in_transit", None, NOW - timedelta(days=15, seconds=1), NOW) == "lost"
    assert state_of("returned", None, seen, NOW) == "returned"


def test_quantiles_are_values_that_were_seen() -> None:
    assert [nearest_rank([1, 2, 3, 4], percent) for percent in (25, 50, 51, 100)] == [1, 2, 3, 4]
    assert nearest_rank([], 50) is None
