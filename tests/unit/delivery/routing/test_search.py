"""Which engine plans what, and PyVRP's answers against brute force."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entrepot.delivery.routing.checker import check
from entrepot.delivery.routing.plan import Plan, Route, Trip
from entrepot.delivery.routing.problem import Break, Depot, Problem, Stop, VehicleType, Window
from entrepot.delivery.routing.search import MOST_STOPS, choose, solve
from entrepot.delivery.routing.travel import Speeds
from entrepot.kernel.errors import InputError
from tests.unit.delivery.routing.cases import line, one_route, optimum, plan, problem, travel

DEPOTS = (Depot("D", 0), Depot("E", 4))
SMALL, LARGE = VehicleType("small", 2, (3,), fixed_cost=5), VehicleType("large", 1, (9,), start=1, end=1, fixed_cost=20)
STOPS = tuple(Stop(f"s{k}", k, (2,), (k % 2,), service=3) for k in range(1, 4))
FORTH = travel([[0, 7, 9, 8], [6, 0, 3, 5], [9, 4, 0, 3], [7, 6, 2, 0]])


def rich_cases() -> dict[str, Problem]:
    by_type = (replace(STOPS[0], vehicles=frozenset({1})), *STOPS[1:])
    windows = (replace(STOPS[0], windows=(Window(0, 5), Window(60, 90))), *STOPS[1:])
    prizes = (replace(STOPS[2], windows=(Window(0, 1), Window(3, 4)), prize=7), *STOPS[:2])
    return {
        "two depots, two types": problem(STOPS, (SMALL, LARGE), line(5), DEPOTS),
        "not for every vehicle": problem(by_type, (SMALL, LARGE), line(5), DEPOTS),
        "several windows": problem(windows, way=FORTH),
        "a prize and several windows": problem(prizes, way=FORTH),
        "releases and cost of time": problem(
            [replace(stop, release=10 * k) for k, stop in enumerate(STOPS)],
            [VehicleType("van", 3, (4,), cost_per_time=2)],
            FORTH,
        ),
        "backhauls, two types": problem(
            [Stop("a", 1, (2,)), Stop("b", 2, (), (3,)), Stop("c", 3, (1,))],
            [SMALL, replace(SMALL, id="other", fixed_cost=9)],
            FORTH,
            deliveries_first=True,
        ),
        "few stops a route": problem(STOPS, [VehicleType("van", 3, (9,), max_stops=2, max_duration=99)], FORTH),
        "distance that costs nothing": problem(
            [replace(STOPS[0], vehicles=frozenset({0})), *STOPS[1:]],
            [replace(SMALL, cost_per_distance=0), replace(SMALL, id="other", cost_per_distance=0, fixed_cost=1)],
            FORTH,
        ),
    }


@pytest.mark.parametrize("name", rich_cases())
def test_pyvrp_finds_the_optimum_of_small_rich_problems(name: str) -> None:
    case = rich_cases()[name]
    verdict = check(case, solve(case, seconds=0.3, engine="pyvrp"))
    assert verdict.is_feasible
    assert verdict.cost.total == optimum(case)


@pytest.mark.parametrize("engine", ["strings", "fleets", "pyvrp", "traffic"])
def test_nothing_is_delivered_behind_a_pickup_though_a_stop_without_loads_lies_between(engine: str) -> None:
    """Everything behind its predecessor would be cheapest by far."""
    stops = (Stop("m", 1), Stop("p", 2, (), (3,)), Stop("n", 3), Stop("d", 4, (2,)))
    onward = travel([[0 if i == j else 10 if i < j or j == 0 else 40 for j in range(5)] for i in range(5)])
    case = problem(stops, [SMALL], onward, deliveries_first=True)
    verdict = check(case, solve(case, seconds=0.3, engine=engine))
    assert verdict.is_feasible, verdict.violations
    assert verdict.cost.total == optimum(case)


def test_pyvrp_reloads_and_begins_with_a_given_plan() -> None:
    stops = [Stop(f"s{k}", k, (3,)) for k in (1, 2)]
    case = problem(stops, [VehicleType("van", 1, (3,), reloads=(0,), max_reloads=1)])
    given = Plan((Route(0, (Trip(0, (1,)), Trip(0, (0,)))),))
    for start in (None, given):
        found = solve(case, seconds=0.1, start=start, engine="pyvrp")
        assert len(found.routes[0].trips) == 2
        assert check(case, found).is_feasible
    assert solve(case, seconds=0.0, start=given, engine="pyvrp") == given


def test_a_given_plan_of_a_rich_problem_keeps_its_windows() -> None:
    case = rich_cases()["several windows"]
    given = plan(case, one_route(0, 1), one_route(2))
    assert check(case, solve(case, seconds=0.0, start=given)).cost == check(case, given).cost


def test_pyvrp_is_not_asked_for_windows_that_nobody_can_keep() -> None:
    """Over before the goods are there, or before the day begins; a stop with no other is left out."""
    early = replace(STOPS[0], windows=(Window(-90, -40), Window(-20, 5), Window(60, 90)), release=7)
    gone = Stop("gone", 1, windows=(Window(0, 3), Window(5, 9)), release=30, prize=1)
    night = Depot("D", 0, Window(-60, 300))
    case = problem((early, *STOPS[1:], gone), [VehicleType("van", 3, (9,), shift=Window(-60, 300))], FORTH, (night,))
    found = solve(case, seconds=0.2, engine="pyvrp")
    assert found.unserved == (3,)
    assert check(case, found).is_feasible
    assert check(case, found).cost.total == optimum(case)
    assert check(case, solve(case, seconds=0.0, start=found, engine="pyvrp")).cost == check(case, found).cost


def test_both_engines_agree_where_both_can() -> None:
    case = problem(STOPS, way=FORTH)
    plain = replace(case, stops=tuple(replace(stop, pickup=()) for stop in case.stops))
    assert choose(plain).name == "strings"
    costs = {engine: check(plain, solve(plain, seconds=0.2, engine=engine)).cost for engine in ("strings", "pyvrp")}
    assert costs["strings"] == costs["pyvrp"]


def test_rich_problems_go_to_our_own_cores_and_large_ones_with_several_windows_to_pyvrp() -> None:
    chosen = {name: choose(case).name for name, case in rich_cases().items()}
    several = {"several windows", "a prize and several windows"}
    assert {name for name, engine in chosen.items() if engine == "traffic"} == several
    assert set(chosen.values()) == {"fleets", "traffic"}
    many = [Stop(f"s{k}", 1, windows=(Window(0, 5), Window(60, 90))) for k in range(MOST_STOPS + 1)]
    assert choose(problem(many[1:])).name == "traffic"
    assert choose(problem(many)).name == "pyvrp"


def test_a_whole_route_of_few_stops_goes_over_to_another_depot() -> None:
    """From the other depot each stop by itself is nearer; all on one round from here are cheaper than on two."""
    matrix = [
        [0, 39, 31, 41, 47, 49], [39, 0, 18, 5, 18, 19], [31, 18, 0, 23, 16, 17],
        [41, 5, 23, 0, 22, 23], [47, 18, 16, 22, 0, 2], [49, 19, 17, 23, 2, 0],
    ]  # fmt: skip
    loads = ((2, 3, 6), (3, 3, 5), (5, 4, 2), (2, 6, 4))
    stops = [Stop(f"s{k}", 2 + k, load, service=k + 1) for k, load in enumerate(loads)]
    here = VehicleType("here", 1, (12, 16, 16), 0, 0, reloads=(1,), max_duration=223, rest=Break(34, 34, 15))
    there = VehicleType("there", 2, (14, 13, 10), 1, 1, cost_per_time=1, reloads=(0, 1), rest=Break(69, 119, 15))
    half = [[-(-one // 2) for one in row] for row in matrix]
    case = problem(stops, [here, there], travel(matrix, half), (Depot("D", 0), Depot("E", 1, Window(18, 206))))
    verdict = check(case, solve(case, seconds=1.0))
    assert verdict.is_feasible
    assert verdict.cost.total <= optimum(case)


@pytest.mark.parametrize("engine", ["pyvrp", "traffic"])
def test_deliveries_go_on_two_trips_where_one_would_leave_a_pickup_without_company(engine: str) -> None:
    """All deliveries fit on one trip, which is shorter; the pickups do not, and one by itself may not be a trip."""
    stops = (
        Stop("p", 1, (0,), (6,), (Window(32, 40), Window(87, 126), Window(130, 152)), service=10),
        Stop("q", 2, (0,), (6,), (Window(40, 63), Window(139, 144))),
        Stop("d", 3, (2,), (0,), (Window(79, 107), Window(173, 199)), service=5),
        Stop("e", 4, (5,), (0,), (Window(24, 52), Window(100, 122))),
    )
    ways = travel([[0, 14, 28, 0, 9], [14, 0, 20, 14, 11], [28, 20, 0, 28, 19], [0, 14, 28, 0, 9], [9, 11, 19, 9, 0]])
    case = problem(stops, [VehicleType("van", 1, (8,), reloads=(0,))], ways, deliveries_first=True)
    verdict = check(case, solve(case, seconds=1.0, engine=engine))
    assert verdict.is_feasible
    assert verdict.cost.total == 84


@pytest.mark.parametrize("engine", ["strings", "fleets", "pyvrp"])
def test_a_cancelled_search_gives_its_best_plan_so_far(engine: str) -> None:
    case = problem([Stop(f"s{k}", k, (1,)) for k in range(1, 30)], [VehicleType("van", 9, (5,))])
    seen: list[float] = []
    found = solve(
        case,
        seconds=60.0,
        engine=engine,
        progress=lambda seconds, cost, iterations: seen.append(cost),
        cancelled=lambda: len(seen) > 1,
    )
    assert len(seen) == 2
    assert check(case, found).is_feasible
    assert check(case, found).cost.total <= seen[-1]


def test_a_day_without_stops_has_an_empty_plan() -> None:
    case = problem([], [VehicleType("v", 1, (4,))])
    assert solve(case, seconds=9) == Plan(())


def test_what_an_engine_cannot_plan_is_said() -> None:
    resting = problem(STOPS, [VehicleType("van", 3, (9,), rest=Break(0, 9, 5), reloads=(0,))])
    assert choose(resting).name == "traffic"
    with pytest.raises(InputError, match="fleets knows no breaks"):
        choose(resting, "fleets")
    with pytest.raises(InputError, match="There is no engine magic"):
        choose(resting, "magic")
    with pytest.raises(InputError, match="strings knows no pickups"):
        choose(problem(STOPS), "strings")


def test_neither_static_engine_takes_traffic() -> None:
    import numpy as np

    speeds = Speeds(np.array([0.0, 9]), np.ones((1, 1)), np.zeros((4, 4), np.uint8), np.ones((4, 4)))
    busy = problem(STOPS, way=replace(FORTH, traffic=speeds))
    for engine in ("strings", "fleets", "pyvrp"):
        with pytest.raises(InputError, match="travel times that change over the day"):
            choose(busy, engine)
