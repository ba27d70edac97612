from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.delivery.routing.checker import check
from entrepot.delivery.routing.plan import Plan, Route, Trip
from entrepot.delivery.routing.problem import Break, Depot, Problem, Stop, VehicleType, Window
from entrepot.delivery.routing.travel import Speeds, Table, Travel

small = st.integers(0, 25)


@st.composite
def windows(draw: Any) -> tuple[Window, ...]:
    found, at = [], 0
    for _ in range(draw(st.integers(1, 3))):
        opens = at + draw(small)
        found.append(Window(opens, opens + draw(st.integers(0, 60))))
        at = found[-1].close + 1
    return tuple(found)


@st.composite
def planned(draw: Any) -> tuple[Problem, Plan]:
    """Draw a problem with two depots at places 0 and 1, and any plan for it, mostly not feasible."""
    n = draw(st.integers(1, 6))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    values = rng.integers(0, 30, (n + 2, n + 2))
    np.fill_diagonal(values, 0)
    traffic = None
    if draw(st.booleans()):
        category = rng.integers(0, 2, values.shape).astype(np.uint8)
        traffic = Speeds(np.array([0.0, 20, 50, 90]), rng.uniform(0.5, 2, (2, 3)), category, values.astype(float))
    stops = tuple(
        Stop(
            f"s{k}", k + 2, (draw(small),), (draw(small),), draw(windows()), draw(st.integers(0, 9)), draw(small),
            draw(st.one_of(st.none(), small)), draw(st.one_of(st.none(), st.frozensets(st.integers(0, 1)))),
        )
        for k in range(n)
    )  # fmt: skip
    rest = st.one_of(st.none(), st.builds(lambda a, b: Break(a, a + b, 7), small, small))
    vehicles = tuple(
        VehicleType(
            f"v{k}", 2, (40,), k, draw(st.integers(0, 1)), 5, draw(st.integers(0, 2)), draw(st.integers(0, 2)),
            Window(draw(small), 300), 150, 120, 4, (draw(st.integers(0, 1)),), 1, draw(rest),
        )
        for k in range(2)
    )  # fmt: skip
    depots = (Depot("D", 0, Window(0, 250)), Depot("E", 1))
    order = draw(st.permutations(range(n)))
    cuts = sorted(draw(st.lists(st.integers(0, n), max_size=3)))
    parts = [tuple(order[a:b]) for a, b in zip([0, *cuts], [*cuts, n], strict=True) if b > a]
    routes = []
    for part in parts:
        kind, cut = draw(st.integers(0, 1)), draw(st.integers(0, len(part)))
        trips = (Trip(kind, part[:cut]), Trip(draw(st.integers(0, 1)), part[cut:]))
        departure = draw(st.one_of(st.none(), st.integers(0, 80)))
        routes.append(Route(kind, trips if 0 < cut < len(part) else (Trip(kind, part),), departure))
    travel = Travel(Table(values), Table(values), traffic)
    return Problem(stops, depots, vehicles, travel, deliveries_first=draw(st.booleans())), Plan(tuple(routes))


@settings(max_examples=60, deadline=None)
@given(planned(), st.randoms())
def test_names_and_order_of_places_stops_types_and_routes_change_nothing(case: tuple[Problem, Plan], rng: Any) -> None:
    problem, plan = case
    n, size = len(problem.stops), problem.travel.size
    places, stops = rng.sample(range(size), size), rng.sample(range(n), n)
    verdict = check(problem, plan)
    other = check(*_relabelled(problem, plan, places, stops, rng.random() < 0.5))
    assert other.cost == pytest.approx(verdict.cost, rel=1e-12), "sums of floats may differ in their last digit"
    seen, expected = ([(one.rule, one.stop, one.value, one.limit) for one in v.violations] for v in (other, verdict))
    assert sorted(seen, key=str) == sorted(expected, key=str)


@settings(max_examples=60, deadline=None)
@given(planned())
def test_a_schedule_holds_together(case: tuple[Problem, Plan]) -> None:
    problem, plan = case
    verdict = check(problem, plan)
    for route, schedule in zip(plan.routes, verdict.schedules, strict=True):
        if schedule.late:
            continue
        place, moment = problem.depots[problem.vehicles[route.vehicle].start].location, schedule.departure
        for visit in schedule.visits:
            there = problem.depots[visit.depot].location if visit.stop is None else problem.stops[visit.stop].location
            drive = 0 if problem.travel.traffic else problem.travel.time.between(place, there)
            assert visit.arrival >= moment + drive - 1e-6, "under traffic times are sums of floats"
            assert visit.start >= visit.arrival - 1e-6
            if visit.stop is not None:
                stop = problem.stops[visit.stop]
                assert any(window.open <= visit.start <= window.close + 1e-6 for window in stop.windows)
                assert visit.leave == visit.start + stop.service
            place, moment = there, visit.leave
        assert abs(moment - schedule.arrival) < 1e-6
        told = [visit.stop for visit in schedule.visits if visit.stop is not None]
        assert tuple(told) == route.stops


@settings(max_examples=40, deadline=None)
@given(planned(), st.integers(0, 250))
def test_no_other_departure_is_shorter(case: tuple[Problem, Plan], departure: int) -> None:
    problem, plan = case
    for route in plan.routes:
        best = check(problem, Plan((replace(route, departure=None),))).schedules[0]
        other = check(problem, Plan((replace(route, departure=departure),)))
        if not other.schedules[0].late and not any(one.rule == "departure" for one in other.violations):
            assert not best.late
            assert best.duration <= other.schedules[0].duration + 1e-9


def _relabelled(
    problem: Problem, plan: Plan, places: list[int], stops: list[int], swaps_types: bool
) -> tuple[Problem, Plan]:
    """Move location k to places[k] and stop k to stops[k]; turn vehicle types and the order of routes around."""
    kind = [1, 0] if swaps_types else [0, 1]
    source = np.argsort(places)
    values = np.stack([problem.travel.distance.row(int(k))[source] for k in source])
    traffic = problem.travel.traffic
    if isinstance(traffic, Speeds):
        picked = np.ix_(source, source)
        traffic = replace(traffic, category=traffic.category[picked], length=traffic.length[picked])
    moved: list[Stop] = [problem.stops[0]] * len(stops)
    for k, stop in enumerate(problem.stops):
        allowed = None if stop.vehicles is None else frozenset(kind[one] for one in stop.vehicles)
        moved[stops[k]] = replace(stop, location=places[stop.location], vehicles=allowed)
    routes = [
        Route(
            kind[route.vehicle],
            tuple(Trip(trip.depot, tuple(stops[one] for one in trip.stops)) for trip in route.trips),
            route.departure,
        )
        for route in reversed(plan.routes)
    ]
    return (
        replace(
            problem,
            stops=tuple(moved),
            depots=tuple(replace(depot, location=places[depot.location]) for depot in problem.depots),
            vehicles=tuple(problem.vehicles[kind[k]] for k in range(2)),
            travel=Travel(Table(values), Table(values), traffic),
        ),
        Plan(tuple(routes)),
    )
