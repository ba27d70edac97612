from __future__ import annotations

from dataclasses import replace

import pytest

from entrepot.delivery.routing.checker import Verdict, check
from entrepot.delivery.routing.plan import Plan, Route, Trip
from entrepot.delivery.routing.problem import Break, Depot, Problem, Stop, VehicleType, Window
from tests.unit.delivery.routing.cases import line, one_route, plan, problem


def stop(name: str, location: int, **others: object) -> Stop:
    return Stop(name, location, **{"delivery": (1,), **others})  # type: ignore[arg-type]


def rules(verdict: Verdict) -> list[str]:
    return [violation.rule for violation in verdict.violations]


def van(**others: object) -> VehicleType:
    return VehicleType("van", **{"count": 2, "capacity": (10,), **others})  # type: ignore[arg-type]


def test_a_sound_plan_breaks_nothing_and_costs_its_parts() -> None:
    case = problem(
        [stop("a", 1, service=5), stop("b", 2), stop("c", 3, prize=70)],
        [van(fixed_cost=1000, cost_per_distance=3, cost_per_time=2)],
    )
    verdict = check(case, plan(case, one_route(0, 1)))
    assert verdict.is_feasible
    assert verdict.cost._asdict() == {
        "distance_cost": 120, "time_cost": 90, "fixed_cost": 1000, "prizes": 70, "distance": 40, "duration": 45,
    }  # fmt: skip
    assert verdict.cost.total == 1280
    assert isinstance(verdict.cost.total, int), "without traffic all is exact"


def test_load_is_followed_through_deliveries_and_pickups() -> None:
    stops = [stop("a", 1, delivery=(6,)), stop("b", 2, delivery=(0,), pickup=(7,)), stop("c", 3, delivery=(4,))]
    case = problem(stops, [van()])
    assert check(case, plan(case, one_route(0, 2, 1))).is_feasible
    verdict = check(case, plan(case, one_route(1, 0, 2)))
    (violation,) = verdict.violations
    assert (violation.rule, violation.stop, violation.value, violation.limit) == ("capacity", "b", 17, 10)
    assert violation.message == (
        "Route 1: 17 on board leaving stop b (load 1); vehicles of type van hold 10, 7 too much."
    )


def test_every_load_dimension_has_its_limit() -> None:
    case = problem([stop("a", 1, delivery=(1, 9)), stop("b", 2, delivery=(1, 3))], [van(capacity=(10, 11))])
    (violation,) = check(case, plan(case, one_route(0, 1))).violations
    assert (violation.rule, violation.value, violation.excess) == ("capacity", 12, 1)
    assert "leaving D (load 2)" in violation.message


def test_a_late_stop_is_told_with_by_how_much_and_later_ones_on_their_own() -> None:
    stops = [stop("a", 1, windows=(Window(0, 7),)), stop("b", 2, windows=(Window(0, 17),))]
    case = problem(stops, [van()])
    violations = check(case, plan(case, one_route(0, 1))).violations
    assert [(one.rule, one.stop, one.excess) for one in violations] == [("window", "a", 3)]
    assert violations[0].message == "Route 1: is at stop a at 10; it closes at 7, 3 too late."


def test_of_several_windows_the_next_open_one_is_used() -> None:
    windows = (Window(0, 5), Window(30, 40))
    case = problem([stop("a", 1, windows=windows)], [van(cost_per_distance=0, cost_per_time=1)])
    verdict = check(case, plan(case, one_route(0)))
    assert verdict.is_feasible
    assert verdict.cost.duration == 20, "leaves at 20, is there at 30"
    assert verdict.schedules[0].departure == 20
    early = check(case, plan(case, one_route(0, departure=0)))
    assert early.cost.duration == 40, "waits from 10 to 30"
    assert early.schedules[0].visits[0][2:5] == (10, 30, 30)


def test_a_departure_is_told_when_the_depot_the_shift_or_the_goods_forbid_it() -> None:
    case = problem([stop("a", 1, release=25)], [van(shift=Window(5, 60))], depots=[Depot("D", 0, Window(0, 90))])
    assert check(case, plan(case, one_route(0))).schedules[0].departure == 25
    early = check(case, plan(case, one_route(0, departure=20)))
    assert [(one.rule, one.excess) for one in early.violations] == [("departure", 5)]
    late = check(case, plan(case, one_route(0, departure=70)))
    assert rules(late) == ["departure", "depot"]


def test_the_shift_and_the_depot_close() -> None:
    case = problem([stop("a", 3)], [van(shift=Window(0, 55))])
    (violation,) = check(case, plan(case, one_route(0))).violations
    assert (violation.rule, violation.value, violation.limit) == ("depot", 60, 55)


def test_a_reload_empties_the_vehicle_and_waits_for_the_goods() -> None:
    case = problem(
        [stop("a", 1, delivery=(10,)), stop("b", 1, delivery=(10,), release=33)],
        [van(reloads=(0,), max_reloads=1)],
    )
    route = Route(0, (Trip(0, (0,)), Trip(0, (1,))))
    verdict = check(case, plan(case, route))
    assert verdict.is_feasible
    assert verdict.cost.distance == 40
    assert verdict.cost.duration == 40, "leaves at 13, so that the second trip's goods are there at 33"
    once_more = Route(0, (Trip(0, (0,)), Trip(0, (1,)), Trip(0, ())))
    assert rules(check(case, plan(case, once_more))) == ["reloads"]
    without = replace(case, vehicles=(van(),))
    assert rules(check(without, plan(without, route))) == ["reload_depot"]


def test_a_vehicle_starts_where_its_type_does() -> None:
    depots = [Depot("D", 0), Depot("E", 3)]
    case = problem([stop("a", 1)], [van(start=1, end=0)], depots=depots, way=line(4))
    assert check(case, plan(case, Route(0, (Trip(1, (0,)),)))).cost.distance == 30
    assert rules(check(case, plan(case, Route(0, (Trip(0, (0,)),))))) == ["start_depot"]


@pytest.mark.parametrize(
    ("limit", "rule", "excess"),
    [({"max_duration": 61}, "duration", 4), ({"max_distance": 59}, "distance", 1), ({"max_stops": 1}, "stops", 1)],
)
def test_limits_of_a_route(limit: dict[str, int], rule: str, excess: int) -> None:
    case = problem([stop("a", 1, service=5), stop("b", 3)], [van(**limit)])
    (violation,) = check(case, plan(case, one_route(0, 1))).violations
    assert (violation.rule, violation.excess) == (rule, excess)


def test_visits_are_counted() -> None:
    case = problem([stop("a", 1), stop("b", 2), stop("c", 3, prize=5)], [van()])
    verdict = check(case, Plan((one_route(0, 0),), unserved=(0, 2)))
    assert [(one.rule, one.stop) for one in verdict.violations] == [
        ("repeated", "a"), ("unserved_visited", "a"), ("missing", "b"),
    ]  # fmt: skip
    assert verdict.cost.prizes == 5


def test_vehicles_are_counted_and_must_be_allowed() -> None:
    stops = [stop("a", 1), stop("b", 2, vehicles=frozenset({1}))]
    case = problem(stops, [van(count=1), replace(van(), id="truck")])
    verdict = check(case, plan(case, one_route(0), one_route(1)))
    assert [(one.rule, one.route, one.stop) for one in verdict.violations] == [
        ("fleet", None, None), ("vehicle_allowed", 2, "b"),
    ]  # fmt: skip
    assert check(case, plan(case, one_route(0), one_route(1, vehicle=1))).is_feasible is True


def test_backhauls_come_after_deliveries_and_not_alone() -> None:
    stops = [stop("a", 1), stop("b", 2, delivery=(0,), pickup=(1,))]
    case = problem(stops, [van()], deliveries_first=True)
    assert check(case, plan(case, one_route(0, 1))).is_feasible
    assert rules(check(case, plan(case, one_route(1, 0)))) == ["deliveries_first", "deliveries_first"]
    assert rules(check(case, plan(case, one_route(0), one_route(1)))) == ["deliveries_first"]


class TestRest:
    def case(self, rest: Break, **others: object) -> Problem:
        stops = [stop("a", 1, service=4), stop("b", 2, service=4)]
        return problem(stops, [van(rest=rest, cost_per_time=1, **others)])

    def test_it_is_taken_at_a_halt_within_its_window(self) -> None:
        case = self.case(Break(12, 20, 30), shift=Window(0, 200))
        verdict = check(case, plan(case, one_route(0, 1, departure=0)))
        assert verdict.is_feasible
        assert verdict.cost.duration == 40 + 8 + 30
        visits = verdict.schedules[0].visits
        assert [(visit.rest, visit.start) for visit in visits] == [(None, 10), (14, 54), (None, 78)]

    def test_a_route_over_by_its_latest_start_needs_none(self) -> None:
        case = self.case(Break(12, 48, 30))
        assert check(case, plan(case, one_route(0, 1, departure=0))).cost.duration == 48

    def test_one_that_begins_after_it_needs_none(self) -> None:
        case = self.case(Break(12, 20, 30))
        schedule = check(case, plan(case, one_route(0, 1))).schedules[0]
        assert (schedule.departure, schedule.duration) == (20, 48)

    def test_one_for_which_there_is_no_moment_is_told(self) -> None:
        case = self.case(Break(11, 13, 5))
        far = replace(case, stops=(replace(case.stops[0], location=2, windows=(Window(0, 25),)),))
        (violation,) = check(far, plan(far, one_route(0, departure=5))).violations
        assert violation.rule == "rest", "at 11, before it leaves, there is one, but then it is late at the stop"
        assert violation.message == "Route 1: its driver has no rest that starts by 13; it ends at 49."
