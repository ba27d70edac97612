"""Routes under traffic: near the optimum, never against a limit, and the static problem where speeds stand still."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from entrepot.delivery.routing.checker import check
from entrepot.delivery.routing.engines.engine import Watch
from entrepot.delivery.routing.engines.traffic import Traffic
from entrepot.delivery.routing.plan import Plan
from entrepot.delivery.routing.problem import Problem, Stop, VehicleType, Window
from entrepot.delivery.routing.travel import Travel
from tests.unit.delivery.routing.cases import one_route, optimum, plan, problem
from tests.unit.delivery.routing.traffic_cases import arrivals, case, speeds

ENGINE = Traffic()


@dataclass
class Counting:
    """Stops a search after so many looks, whatever the clock says."""

    looks: int
    steps: int = 0

    @property
    def watch(self) -> Watch:
        return Watch(self.progress, self.cancelled)

    def progress(self, gone: float, cost: float, steps: int) -> None:
        self.steps, self.cost = steps, cost

    def cancelled(self) -> bool:
        self.looks -= 1
        return self.looks < 0


def planned(case: Problem, looks: int = 9, seed: int = 1, start: Plan | None = None) -> Plan:
    return ENGINE.solve(case, 60.0, seed, start, Counting(looks).watch)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("make", [speeds, arrivals])
def test_small_cases_are_solved_to_their_optimum(make: Callable[[int, int], Travel], seed: int) -> None:
    small = case(seed, make(seed, 5), prizes=seed % 2 == 0, tight=seed % 3 != 0)
    verdict = check(small, planned(small))
    assert verdict.is_feasible, verdict.violations
    assert verdict.cost.total == pytest.approx(optimum(small), abs=1e-5)


def test_constant_speed_is_the_static_problem() -> None:
    under_way = case(7, speeds(7, 6, constant=True))
    costs = []
    for way in (under_way.travel, replace(under_way.travel, traffic=None)):
        one = replace(under_way, travel=way, vehicles=(replace(under_way.vehicles[0], cost_per_time=0),))
        found = check(one, planned(one))
        assert found.is_feasible
        costs.append(found.cost.total)
    assert costs[0] == pytest.approx(costs[1])


def test_cost_told_while_searching_is_that_of_the_checker() -> None:
    small, watch = case(3, speeds(3, 8)), Counting(9)
    found = check(small, ENGINE.solve(small, 60.0, 1, None, watch.watch))
    assert found.is_feasible
    assert watch.cost == pytest.approx(found.cost.total, abs=1e-4)


def test_a_run_cancelled_at_once_returns_the_first_plan() -> None:
    small = case(4, speeds(4, 9), tight=False)
    first = planned(small, looks=0)
    assert check(small, first).is_feasible
    assert check(small, planned(small)).cost.total <= check(small, first).cost.total


def test_a_run_begins_with_the_plan_it_is_given() -> None:
    small = case(5, speeds(5, 8), tight=False)
    best = planned(small, looks=12)
    assert {route.stops for route in planned(small, looks=0, start=best).routes} == {r.stops for r in best.routes}


def test_stops_of_a_given_plan_that_come_too_late_are_put_elsewhere() -> None:
    stops = (Stop("A", 1, windows=(Window(0, 15),)), Stop("B", 2, windows=(Window(0, 25),)))
    small = problem(stops, (VehicleType("van", 2, cost_per_time=1),))
    late = plan(small, one_route(1, 0))
    assert not check(small, late).is_feasible
    assert check(small, planned(small, looks=0, start=late)).is_feasible


def test_a_limit_of_duration_of_distance_and_of_stops_is_kept() -> None:
    stops = tuple(Stop(f"S{k}", k) for k in (1, 2, 3, 4))
    limits = VehicleType("van", 4, max_duration=80, cost_per_time=1), VehicleType("van", 4, max_stops=2)
    for van in (
        *limits,
        VehicleType("van", 4, max_distance=80),
        VehicleType("van", 4, (), 0, 0, 9, 0, 1, max_distance=80),
    ):
        small = problem(stops, (van,))
        verdict = check(small, planned(small))
        assert verdict.is_feasible
        assert verdict.cost.total == optimum(small)


def test_the_same_seed_and_steps_give_the_same_plan() -> None:
    small = case(6, speeds(6, 8))
    assert planned(small, looks=2, seed=5) == planned(small, looks=2, seed=5)


def test_nothing_to_visit_is_a_plan_of_no_routes() -> None:
    assert planned(problem((), (VehicleType("van", 1),))).routes == ()
