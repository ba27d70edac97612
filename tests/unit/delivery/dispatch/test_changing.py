"""A day of three vans around a depot: moves, locks, and why a stop is where it is."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from entrepot.delivery.dispatch.changing import difference, locked, moved, why
from entrepot.delivery.dispatch.day import Day, DayPlan, DayRoute, DayStop, OnRoad, Progress, Spot, Vehicle
from entrepot.delivery.dispatch.judging import judge
from entrepot.delivery.dispatch.model import Model, model_of, routed, spots_of
from entrepot.delivery.dispatch.planning import search
from entrepot.delivery.roads import GreatCircle, Place, Profile, Slice
from entrepot.delivery.routing.checker import check
from entrepot.kernel.outcome import Outcome

DEPOT = Spot(31.2, 121.4)
NINE, TEN, FIVE = 9 * 3600, 10 * 3600, 17 * 3600


def stop(no: int, east: float, *, weight: int = 10_000, closes: int = FIVE) -> DayStop:
    spot = Spot(DEPOT.latitude, DEPOT.longitude + east)
    return DayStop(no, f"w{no}", f"o{no}", spot, "address", weight, 10**7, 1, NINE, closes, 300)


def day(*stops: DayStop) -> Day:
    vans = tuple(Vehicle(f"VAN-{k}", "van", 50_000, 10**9, NINE, FIVE, 5000, 200, 3000) for k in (1, 2))
    return Day("N", date(2026, 11, 27), "Asia/Shanghai", "CNY", DEPOT, vans, stops)


def modelled(of: Day, plan: DayPlan, progress: Progress | None = None) -> Model:
    places = [Place(one.latitude, one.longitude) for one in spots_of(of)]
    return model_of(of, plan, progress or Progress(), GreatCircle().travel(places))


EAST = day(stop(1, 0.05), stop(2, 0.10), stop(3, -0.05))
PLAN = DayPlan((DayRoute("VAN-1", (1, 2)), DayRoute("VAN-2", (3,))))


def reason_of(outcome: Outcome[Any]) -> str | None:
    return None if outcome.refusal is None else outcome.refusal.reason


def test_a_search_serves_all_and_the_independent_checker_agrees() -> None:
    model = modelled(EAST, DayPlan())
    found = search(model, DayPlan(), 0.2)
    judged = judge(model, found.plan)
    assert (judged.unserved, judged.broken) == ((), ())
    verdict = check(model.problem, routed(model, found.plan))
    assert verdict.is_feasible
    assert judged.cost == pytest.approx(verdict.cost.total / 1000, abs=2)
    assert found.bound is not None
    assert found.bound <= judged.cost


def test_several_vans_are_searched_in_the_traffic_they_meet() -> None:
    """At free flow one van is in time for both sides; in the rush it is not, and the second one goes out."""
    sides = day(stop(1, 0.05, closes=TEN), stop(2, -0.05, closes=TEN))
    places = [Place(one.latitude, one.longitude) for one in spots_of(sides)]
    rush = Profile((Slice(0, 40.0), Slice(NINE, 10.0), Slice(11 * 3600, 40.0)))
    driven = []
    for roads in (GreatCircle(profile=Profile.even(40.0)), GreatCircle(profile=rush)):
        model = model_of(sides, DayPlan(), Progress(), roads.travel(places))
        found = search(model, DayPlan(), 0.2)
        assert judge(model, found.plan).broken == ()
        driven.append((found.engine, len(found.plan.routes)))
    assert driven == [("fleets", 1), ("traffic", 2)]


def test_a_move_tells_what_it_costs_before_it_is_made() -> None:
    model = modelled(EAST, PLAN)
    after = moved(model, PLAN, 3, "VAN-1", 1).value
    assert after == DayPlan((DayRoute("VAN-1", (3, 1, 2)),))
    told = difference(model, PLAN, after)
    assert told.cost == judge(model, after).cost - judge(model, PLAN).cost
    assert told.cost < 0  # a van less
    assert told.new == ()


def test_a_move_tells_how_late_and_how_much_too_heavy_it_makes_things() -> None:
    busy = day(stop(1, 0.05, weight=30_000), stop(2, 0.1, closes=NINE + 1800), stop(3, -0.3, weight=30_000))
    plan = DayPlan((DayRoute("VAN-1", (1,)), DayRoute("VAN-2", (2,))))
    model = modelled(busy, plan)
    after = moved(model, plan, 3, "VAN-1", 9).value
    assert after is not None
    assert [(one.rule, one.excess) for one in difference(model, plan, after).new] == [("weight", 10_000)]
    ahead = moved(model, plan, 3, "VAN-2", 1).value
    assert ahead is not None
    (late,) = difference(model, plan, ahead).new
    driven = judge(model, ahead).routes[1]
    assert (late.rule, late.stop, late.excess) == ("late", 2, driven.visits[1].start - (NINE + 1800))
    assert driven.departure == NINE  # it cannot be in time, so it leaves as early as it may


def test_a_locked_stop_stays_on_its_vehicle_through_a_search() -> None:
    model = modelled(EAST, PLAN)
    plan = locked(model, PLAN, (3,), True)
    assert reason_of(moved(model, plan, 3, "VAN-1", 1)) == "locked"
    found = search(modelled(EAST, plan), plan, 0.2)
    assert found.plan.vehicle_of(3) == "VAN-2"
    assert locked(model, plan, (3,), False).locks == ()


def test_what_is_on_the_road_keeps_its_vehicle_and_takes_nothing_on() -> None:
    progress = Progress(frozenset({1}), {"VAN-1": OnRoad(TEN, 1)}, frozenset(), TEN)
    model = modelled(EAST, PLAN, progress)
    assert sorted(model.index) == [2, 3]
    assert reason_of(moved(model, PLAN, 2, "VAN-2", 1)) == "on_board"
    assert reason_of(moved(model, PLAN, 3, "VAN-1", 1)) == "gone"
    found = search(model, PLAN, 0.2)
    assert found.plan.vehicle_of(2) == "VAN-1"
    first = judge(model, found.plan).routes[0]
    assert first.departure >= TEN
    assert first.visits[0].metres < 7000  # from stop 1, not from the depot


def test_why_tells_the_saving_and_the_next_best_vehicle() -> None:
    model = modelled(EAST, PLAN)
    told = why(model, PLAN, 3)
    assert told.saving == judge(model, PLAN).cost - judge(model, PLAN.with_route("VAN-2", ())).cost
    assert [one.vehicle for one in told.chances] == ["VAN-1"]
    assert told.reason is None


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        (stop(9, 0.1, weight=60_000), "too_heavy"),
        (stop(9, 0.5, closes=NINE + 60), "window"),
        (stop(9, 1.3), "shift"),
        (stop(9, 0.1), "full"),
    ],
)
def test_a_stop_on_no_route_says_why(odd: DayStop, reason: str) -> None:
    of = day(*EAST.stops, odd)
    assert why(modelled(of, PLAN), PLAN, 9).reason == reason
