"""An open day of vans: what must leave with the wave now, and what may wait for company."""

from __future__ import annotations

from datetime import date

from entrepot.delivery.dispatch.day import Day, DayPlan, DayRoute, DayStop, OnRoad, Progress, Spot, Vehicle
from entrepot.delivery.dispatch.model import model_of, spots_of
from entrepot.delivery.dispatch.waving import Waves, waves
from entrepot.delivery.roads import GreatCircle, Place
from entrepot.delivery.roads.profile import Profile, Slice
from entrepot.delivery.routing.plan import Plan, single, with_unserved
from entrepot.delivery.routing.problem import Problem
from entrepot.delivery.waves.policies import policy_of

DEPOT = Spot(31.2, 121.4)
NINE, NOON, FIVE = 9 * 3600, 12 * 3600, 17 * 3600
HOUR, QUARTER = 3600, 900


class OneByOne:
    """Plans a route for every stop that must be visited; what has a prize stays."""

    def plan(self, problem: Problem, share: float, seed: int) -> Plan:
        must = [k for k, one in enumerate(problem.stops) if one.prize is None]
        return with_unserved([single(problem, 0, (k,)) for k in must], len(problem.stops))


def stop(no: int, east: float, closes: int = FIVE, *, weight: int = 10_000, is_overdue: bool = False) -> DayStop:
    spot = Spot(DEPOT.latitude, DEPOT.longitude + east)
    return DayStop(no, f"w{no}", f"o{no}", spot, "address", weight, 10**7, 1, NINE, closes, 300, is_overdue)


def asked(
    *stops: DayStop, plan: DayPlan | None = None, progress: Progress | None = None, roads: GreatCircle | None = None
) -> Waves | None:
    vans = tuple(Vehicle(f"VAN-{k}", "van", 50_000, 10**9, NINE, FIVE, 5000, 200, 3000) for k in (1, 2))
    day = Day("N", date(2026, 11, 27), "Asia/Shanghai", "CNY", DEPOT, vans, stops)
    travel = (roads or GreatCircle()).travel([Place(one.latitude, one.longitude) for one in spots_of(day)])
    routes = plan or DayPlan()
    model = model_of(day, routes, progress or Progress(now=NOON), travel)
    return waves(model, routes, policy_of("lazy"), OneByOne(), every=HOUR, margin=QUARTER)


def verdicts(told: Waves | None) -> dict[int, str]:
    assert told is not None
    return {one.stop: one.verdict for one in told.words}


def test_what_would_be_late_with_the_next_wave_must_go_and_the_rest_may_wait() -> None:
    told = asked(stop(1, 0.05, closes=NOON + HOUR), stop(2, 0.05))
    assert told is not None
    assert verdicts(told) == {1: "must_go", 2: "may_wait"}
    assert (told.leaves, told.following, told.routes) == (NOON + QUARTER, NOON + QUARTER + HOUR, 1)
    must, may = told.words
    assert must.leave_by is not None
    assert told.leaves <= must.leave_by < told.leaves + HOUR
    # Alone it pays the van, and hours and kilometres there and back; it is all of its route.
    assert must.cost == must.alone == told.cost > 5000
    # The last wave it can go with leaves before it must have left alone, and the one after would be too late.
    assert may.until is not None
    assert may.leave_by is not None
    assert may.until <= may.leave_by < may.until + HOUR
    assert (may.until - told.leaves) % HOUR == 0


def test_what_is_past_its_time_must_go_now_and_what_cannot_be_in_time_is_too_late() -> None:
    told = asked(
        stop(1, 0.05, closes=NOON - 1), stop(2, 0.05, is_overdue=True), stop(3, 1.0, closes=NOON + HOUR), stop(4, 0.05)
    )
    assert verdicts(told) == {1: "must_go", 2: "must_go", 3: "too_late", 4: "may_wait"}
    assert told is not None
    assert [one.is_overdue for one in told.words] == [True, True, False, False]
    assert told.words[2].leave_by is None


def test_with_the_last_wave_of_the_shift_everything_must_go() -> None:
    told = asked(stop(1, 0.05), progress=Progress(now=FIVE - HOUR - 60))
    assert verdicts(told) == {1: "must_go"}
    assert told is not None
    assert told.following is None


def test_what_is_on_the_road_is_done_or_fits_no_van_is_not_asked_about() -> None:
    plan = DayPlan((DayRoute("VAN-1", (1,)), DayRoute("VAN-2", (2,))))
    away = Progress(frozenset({3}), {"VAN-1": OnRoad(NOON, None)}, now=NOON)
    stops = stop(1, 0.05), stop(2, 0.05), stop(3, 0.05), stop(4, 0.05, weight=60_000)
    assert verdicts(asked(*stops, plan=plan, progress=away)) == {2: "may_wait"}
    assert asked(*stops, plan=plan, progress=Progress(returned=frozenset({"VAN-1", "VAN-2"}), now=NOON)) is None


def test_a_day_long_past_has_no_wave_and_is_no_fault() -> None:
    assert asked(stop(1, 0.05), progress=Progress(now=9 * 24 * HOUR)) is None


def test_slow_roads_make_more_go_now() -> None:
    due = stop(1, 0.2, closes=NOON + 2 * HOUR + QUARTER)
    jam = Profile((Slice(0, 30.0), Slice(NOON, 15.0), Slice(15 * HOUR, 30.0)))
    assert verdicts(asked(due)) == {1: "may_wait"}
    assert verdicts(asked(due, roads=GreatCircle(profile=jam))) == {1: "must_go"}
