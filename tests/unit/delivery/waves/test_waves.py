"""What must go, what a policy sees, how a day is played, and what a dispatcher is told."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, permutations, product

import numpy as np
import pytest

from entrepot.delivery.routing.plan import Plan
from entrepot.delivery.routing.problem import Break, Problem, Stop, Window
from entrepot.delivery.routing.travel import Table, Travel
from entrepot.delivery.waves.advise import advise
from entrepot.delivery.waves.competition import competition_day
from entrepot.delivery.waves.day import Day, Rhythm, latest_departure
from entrepot.delivery.waves.forecast import Came, Mixed, mixed
from entrepot.delivery.waves.form import read_day
from entrepot.delivery.waves.policies import POLICIES, policy_of
from entrepot.delivery.waves.policies.conditional import NEXT, NOW, Conditional, two_waves
from entrepot.delivery.waves.policies.futures import next_wave
from entrepot.delivery.waves.policies.plain import Greedy, Lazy
from entrepot.delivery.waves.policies.policy import Routes, Search, Vote, may_wait
from entrepot.delivery.waves.search import BySeconds, BySteps
from entrepot.delivery.waves.simulate import play
from entrepot.delivery.waves.view import View, cost_of, observe, round_trip
from entrepot.kernel.errors import InputError, InvariantBroken
from tests.unit.delivery.waves.days import RHYTHM, day, order

FEW = BySteps(500)


def test_an_order_may_leave_until_it_would_miss_its_window_or_the_depot() -> None:
    case = day([order("a", 4, 0, close=20), order("b", 4, 0, close=299, service=3), order("c", 4, 0, close=3)])
    assert [latest_departure([one], case.depot, case.travel) for one in case.orders] == [16, 289, -1]


def test_a_route_may_leave_until_its_tightest_order_is_late() -> None:
    case = day([order("a", 4, 0, close=20, service=6), order("b", 7, 0, close=25)])
    assert latest_departure(case.orders, case.depot, case.travel) == 12
    assert latest_departure(case.orders[::-1], case.depot, case.travel) == 10


def test_an_order_must_go_when_the_next_wave_would_be_late_and_all_with_the_last() -> None:
    case = day([order("a", 4, 0, close=18), order("b", 4, 0, close=19), order("c", 4, 0)])
    assert observe(case, 0, [0, 1, 2]).must_go == {0}
    assert observe(case, 2, [2]).must_go == {0}


def test_a_view_has_no_row_of_places_nobody_knows() -> None:
    case = day([order("a", 4, 0), order("later", 7, 15)], public=1)
    view = observe(case, 0, [0])
    assert view.travel.size == 2
    assert view.travel.time.between(0, view.orders[0].location) == 4


def test_greedy_sends_what_it_knows_and_lazy_what_must_go() -> None:
    case = day([order("a", 4, 0, close=18), order("b", 5, 0), order("c", 6, 7)])
    sent = {one.name: [wave.sent for wave in play(case, one, FEW, 1).waves] for one in (Greedy(), Lazy())}
    assert sent == {"greedy": [2, 1, 0], "lazy": [1, 0, 2]}
    assert play(case, Greedy(), FEW, 1).cost == 10 + 12


def test_orders_nobody_can_bring_are_told_and_never_sent() -> None:
    case = day([order("late", 4, 0, close=3), order("after the last wave", 4, 21), order("a", 1, 0)])
    played = play(case, Greedy(), FEW, 1)
    assert set(played.impossible) == {"late", "after the last wave"}
    assert sum(wave.sent for wave in played.waves) == 1


def test_vehicles_at_once_are_those_on_the_road_together() -> None:
    case = day([order("a", 9, 0, close=15), order("b", 9, 7)], capacity=1)
    assert play(case, Greedy(), FEW, 1).vehicles_at_once == 2
    near = day([order("a", 2, 0), order("b", 2, 7)], capacity=1)
    assert play(near, Greedy(), FEW, 1).vehicles_at_once == 1


class Forgetful:
    name = "forgetful"

    def decide(self, view: View, search: Search, seed: int) -> Routes:
        return ()


def test_a_policy_that_leaves_out_what_must_go_is_a_bug() -> None:
    with pytest.raises(InvariantBroken, match="Stop a must be visited and is not"):
        play(day([order("a", 4, 0, close=18)]), Forgetful(), FEW, 1)


def _least(case: Day) -> float:
    """Cost of the best assignment of orders to waves and routes, by brute force over sequences and cuts."""
    best, indices = float("inf"), range(len(case.orders))
    waves = [0 if one.release <= 0 else 1 for one in case.orders]
    for chosen in product(*(range(first, RHYTHM.many) for first in waves)):
        total = 0.0
        for wave in set(chosen):
            total += _cheapest(case, [k for k in indices if chosen[k] == wave], RHYTHM.leaves(wave))
        best = min(best, total)
    return best


def _cheapest(case: Day, members: list[int], leaves: int) -> float:
    best = float("inf")
    for sequence in permutations(members):
        for cuts in product((False, True), repeat=len(sequence) - 1):
            routes, begin = [], 0
            for at in range(1, len(sequence) + 1):
                if at == len(sequence) or cuts[at - 1]:
                    routes.append([case.orders[k] for k in sequence[begin:at]])
                    begin = at
            if any(
                len(route) > case.vehicle.capacity[0] or latest_departure(route, case.depot, case.travel) < leaves
                for route in routes
            ):
                continue
            places = [[0, *(one.location for one in route), 0] for route in routes]
            way = case.travel.distance
            best = min(best, sum(way.between(a, b) for p in places for a, b in pairwise(p)))
    return best


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_policy_is_cheaper_than_brute_force_in_hindsight(name: str, seed: int) -> None:
    chance = np.random.default_rng(seed)
    orders = [
        order(f"o{k}", int(chance.integers(1, 10)), int(chance.choice([0, 7])), int(chance.integers(26, 50)))
        for k in range(5)
    ]
    case = day(orders, capacity=2)
    played = play(case, POLICIES[name], FEW, seed, mixed([orders], case.depot, case.travel, RHYTHM))
    assert played.cost >= _least(case)
    assert not played.impossible


def test_greedy_is_optimal_where_all_is_known_at_the_last_wave() -> None:
    orders = [order(f"o{k}", place, 0, 60) for k, place in enumerate((3, 9, 4, 8, 2))]
    case = replace(day(orders, capacity=2), rhythm=Rhythm(0, 10, 5, 1))
    assert play(case, Greedy(), FEW, 1).cost == _cheapest(case, list(range(5)), 5)


def test_a_route_without_haste_waits_for_the_next_wave() -> None:
    view = observe(day([order("a", 4, 0, close=19), order("b", 5, 0, close=100)]), 0, [0, 1])
    assert may_wait(view, [0, 1])
    assert not may_wait(view, [1, 0])


def test_futures_plan_what_may_wait_with_what_was_drawn() -> None:
    case = day([order("a", 4, 0, close=18), order("b", 5, 0)])
    view = observe(case, 0, [0, 1])
    problem, orders = next_wave(view, [order("drawn", 6, 10)])
    assert [one.id for one in orders] == ["b", "drawn"]
    assert problem.depots[0].window == Window(15, 300)


def test_two_waves_are_two_vehicle_types_and_each_order_knows_which_may_take_it() -> None:
    view = observe(day([order("a", 4, 0, close=18), order("b", 5, 0), order("c", 6, 0)]), 0, [0, 1, 2])
    problem = two_waves(view, {0}, {2}, [order("drawn", 6, 10)])
    assert [stop.vehicles for stop in problem.stops] == [{NOW}, {NOW, NEXT}, {NEXT}, {NEXT}]
    assert [one.shift.open for one in problem.vehicles] == [5, 15]


class Fixed:
    """Draws the same orders each time."""

    def __init__(self, *orders: Stop) -> None:
        self.orders = orders

    def draw(self, wave: int, chance: np.random.Generator) -> tuple[Stop, ...]:
        return self.orders


def test_an_order_waits_for_company_that_will_come_and_goes_with_company_that_is_there() -> None:
    orders = [order("must", 9, 0, close=15), order("beside it", 9, 0, close=25), order("far from it", 11, 0, close=30)]
    case = replace(day(orders, size=12), travel=_two_arms())
    view = observe(case, 0, [0, 1, 2], Fixed(order("beside the far one", 11, 10, close=30)))
    assert Conditional().decide(view, FEW, 1) in [((0, 1),), ((1, 0),)]
    alone = observe(case, 0, [2], Fixed())
    assert Conditional().decide(alone, FEW, 1) == ()


class Counted:
    """Counts what is searched."""

    def __init__(self) -> None:
        self.searches = 0

    def plan(self, problem: Problem, share: float, seed: int) -> Plan:
        self.searches += 1
        return FEW.plan(problem, share, seed)


def test_a_round_that_settles_every_order_is_the_last() -> None:
    orders = [order("must", 9, 0, close=15), order("beside it", 9, 0, close=25), order("far from it", 11, 0, close=30)]
    case = replace(day(orders, size=12), travel=_two_arms())
    view = observe(case, 0, [0, 1, 2], Fixed(order("beside the far one", 11, 10, close=30)))
    search = Counted()
    routes, votes = Conditional(rounds=3, draws=4).vote(view, search, 1)
    assert search.searches == 4 + 1
    assert votes == {1: Vote(0, 4), 2: Vote(4, 4)}
    assert routes == Conditional(rounds=1, draws=4).decide(view, FEW, 1)


def test_a_dispatcher_is_told_what_futures_say() -> None:
    orders = [order("must", 9, 0, close=15), order("beside it", 9, 0, close=25), order("far from it", 11, 0, close=30)]
    case = replace(day(orders, size=12), travel=_two_arms())
    advised = advise(case, 0, Conditional(), FEW, 1, Fixed(order("beside the far one", 11, 10, close=30)))
    assert [(one.verdict, one.vote) for one in advised.advice] == [
        ("must_go", None),
        ("goes_along", Vote(0, 8)),
        ("may_wait", Vote(8, 8)),
    ]
    assert advised.advice[2].reason.endswith("In 8 of 8 drawn futures it goes with a later wave.")


def _two_arms() -> Travel:
    """Return places 0 to 9 on a line, and 10 and 11 as far from the depot the other way."""
    at = np.array([*range(10), -8, -9])
    line = Table(np.abs(np.subtract.outer(at, at)))
    return Travel(line, line)


def test_steps_count_on_problems_the_plain_core_cannot_hold() -> None:
    case = day([order("a", 4, 0, close=18), order("b", 5, 0)])
    case = replace(case, vehicle=replace(case.vehicle, cost_per_time=1))
    assert [wave.sent for wave in play(case, Greedy(), FEW, 1).waves] == [2, 0, 0]


def test_steps_that_cannot_be_counted_are_told() -> None:
    case = day([replace(order("a", 4, 0), windows=(Window(0, 3), Window(40, 90)))])
    with pytest.raises(InputError, match="knows no several windows of a stop"):
        play(case, Greedy(), FEW, 1)


def drawn(forecast: Mixed, wave: int = 1, times: int = 400) -> list[tuple[Stop, ...]]:
    chance = np.random.default_rng(1)
    return [forecast.draw(wave, chance) for _ in range(times)]


def test_earlier_days_bring_what_came_for_the_wave_and_can_still_be_brought() -> None:
    past = [order("in time", 4, 7), order("too late", 4, 7, close=3), order("another wave", 4, 0)]
    case = day([])
    futures = drawn(mixed([past], case.depot, case.travel, RHYTHM))
    assert {one.id for orders in futures for one in orders} == {"in time"}
    assert {len(orders) for orders in futures} >= {0, 1, 2}
    assert drawn(mixed([past, []], case.depot, case.travel, RHYTHM), wave=2) == [()] * 400


def test_as_many_orders_are_drawn_as_came_on_a_day_and_none_twice_before_all_were() -> None:
    case = day([])
    days = [[order(f"{n}-{k}", 1 + k, 7) for k in range(n)] for n in (4, 8)]
    futures = drawn(mixed(days, case.depot, case.travel, RHYTHM))
    assert np.mean([len(orders) for orders in futures]) == pytest.approx(6, abs=0.5)
    for orders in futures:
        times = [sum(one.id == order_id for one in orders) for order_id in {one.id for day_ in days for one in day_}]
        assert max(times) - min(times) <= 1


def test_days_of_the_weekday_say_more_than_all_others_together() -> None:
    case = day([])
    busy, quiet = Came(5, (7,) * 9), Came(2, (7,))
    days = (busy, busy, *[quiet] * 40)
    forecast = Mixed(days, (order("a", 1, 7),), 5, case.depot, case.travel, RHYTHM, others=2.0)
    assert forecast.seen(0, 10) == (18 + 2, 4)
    assert replace(forecast, weekday=2).seen(0, 10) == (40 + 18, 42)
    assert replace(forecast, weekday=0).seen(0, 10) == (pytest.approx(58 * 2 / 42), 2)


def test_a_dispatcher_is_told_what_goes_and_what_waits_until_when() -> None:
    case = day([order("must", 8, 0, close=15), order("along", 7, 0), order("unknown", 1, 4), order("late", 9, 0, 3)])
    found = advise(case, 2, Greedy(), FEW)
    assert [(one.order, one.verdict, one.until, one.cost) for one in found.advice] == [
        ("must", "must_go", 0, 2),
        ("along", "goes_along", 20, 0),
        ("late", "too_late", None, 0),
    ]
    waits = advise(case, 2, Lazy(), FEW).advice[1]
    assert (waits.verdict, waits.until, waits.cost, waits.route) == ("may_wait", 20, 0, None)


def test_hours_under_way_cost_what_is_told() -> None:
    case = day([order("a", 4, 0, service=3), order("b", 7, 0)])
    dear = replace(case, vehicle=replace(case.vehicle, cost_per_distance=2, cost_per_time=5, fixed_cost=100))
    view = observe(dear, 0, [0, 1])
    assert (round_trip(view, view.orders[0]), cost_of(view, view.orders)) == (16 + 55 + 100, 28 + 85 + 100)
    assert [one.cost for one in advise(dear, 2, Greedy(), FEW).advice] == [15, 12 + 30]


def test_a_day_of_json_has_its_waves_and_its_history() -> None:
    text = """{"waves": {"first": "08:00", "every": 3600, "margin": 1800, "many": 4},
      "travel": {"circuity": 1.0, "speed_kmh": 36},
      "depots": [{"id": "DC", "x": 0, "y": 0}], "vehicles": [{"id": "van", "capacity": [9]}],
      "history": [[{"id": "1", "x": 50, "y": 0, "release": "08:10", "windows": [["10:00", "12:00"]]}], []],
      "stops": [{"id": "A", "x": 100, "y": 0, "release": "08:30", "windows": [["10:00", "11:00"]]}]}"""
    found, forecast = read_day(text, "a day")
    assert (found.name, found.rhythm, found.public) == ("a day", Rhythm(28800, 3600, 1800, 4), 2)
    assert [(one.id, one.location, one.release) for one in found.orders] == [("A", 2, 30600)]
    assert forecast is not None
    assert isinstance(forecast, Mixed)
    assert forecast.seen(28800, 32400) == (1, 2)
    assert {one.id for orders in drawn(forecast) for one in orders} == {"day 1: 1"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not as expected"),
        ('{"stops": []}', "missing required field `waves`"),
        (
            '{"waves": {"first": 0, "every": 0, "margin": 0, "many": 1}, "stops": [], "vehicles": [{"id": "v"}],'
            ' "depots": [{"id": "D", "x": 0, "y": 0}]}',
            "1 waves, one every 0",
        ),
        (
            '{"waves": {"first": 0, "every": 9, "margin": 0, "many": 1}, "stops": [], "vehicles": [{"id": "v"}],'
            ' "depots": [{"id": "D", "x": 0, "y": 0}, {"id": "E", "x": 0, "y": 0}]}',
            "2 depots and 1 types",
        ),
    ],
)
def test_json_that_is_no_day_is_told(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_day(text)


def test_all_faults_of_a_day_are_told_at_once() -> None:
    with pytest.raises(InputError, match=r"two orders are called a; order a is at location 99.*order a is a load of 7"):
        day([order("a", 4, 0), order("a", 99, 0, load=7)])


def test_limits_of_the_vehicle_are_told_before_the_day_is_played() -> None:
    case = day([order("a", 4, 0, service=3)])
    for limit, message in (
        ({"max_distance": 7}, "order a is a round trip of 8, and vehicles drive 7 at most"),
        ({"max_duration": 10}, "order a takes 11 there and back, and vehicles are out 10 at most"),
        ({"rest": Break(9, 20, 5)}, "drivers of van take a break"),
        ({"shift": Window(20, 300)}, "vehicle van does not work as long as depot D is open"),
    ):
        with pytest.raises(InputError, match=message):
            replace(case, vehicle=replace(case.vehicle, **limit))
    with pytest.raises(InputError, match="order a may be visited by no vehicle"):
        replace(case, orders=(replace(case.orders[0], vehicles=frozenset({3})),))


def test_a_shift_that_ends_before_the_last_wave_leaves_what_comes_late_unbrought() -> None:
    text = """{"waves": {"first": "08:00", "every": 3600, "margin": 1800, "many": 4},
      "travel": {"circuity": 1.0, "speed_kmh": 36},
      "depots": [{"id": "DC", "x": 0, "y": 0}],
      "vehicles": [{"id": "van", "capacity": [9], "shift": ["07:00", "11:00"]}],
      "stops": [{"id": "A", "x": 100, "y": 0, "release": "08:30", "windows": [["10:00", "11:30"]]},
                {"id": "B", "x": 100, "y": 20, "release": "08:30", "windows": [["11:10", "11:30"]]}]}"""
    played = play(read_day(text)[0], Greedy(), FEW, 1)
    assert (played.impossible, [wave.sent for wave in played.waves]) == (("B",), [0, 1, 0, 0])


def test_an_unknown_policy_is_told_with_those_there_are() -> None:
    with pytest.raises(InputError, match="conditional, futures, prizes, greedy, lazy, random"):
        policy_of("clairvoyant")


def test_a_day_of_the_competition_is_drawn_as_its_environment_draws() -> None:
    static = _static()
    found, forecast = competition_day(static, 7)
    chance = np.random.default_rng(7)
    expected = []
    for wave in range(found.rhythm.many):
        place, window, load, service = (chance.integers(3, size=100) for _ in range(4))
        leaves = found.rhythm.leaves(wave)
        for k in range(100):
            there = static.travel.time.between(0, int(place[k]) + 1)
            opens, closes = static.stops[window[k]].windows[0]
            begins = max(leaves + there, opens)
            back = begins + static.stops[service[k]].service + there
            if begins <= closes and back <= static.depots[0].window.close:
                expected.append((int(place[k]) + 1, opens, static.stops[load[k]].delivery))
    assert [(one.location, one.windows[0].open, one.delivery) for one in found.orders] == expected
    assert (found.rhythm.first, found.rhythm.many) == (3600, 3)
    assert len(expected) > 100
    assert forecast.draw(0, np.random.default_rng(7)) == tuple(one for one in found.orders if one.release == 3600)


def _static() -> Problem:
    windows = ((7300, 12000), (9000, 14000), (15000, 20000))
    stops = tuple(
        replace(order(f"s{k}", k + 1, 0, service=60 * k, load=k + 1), windows=(Window(*windows[k]),)) for k in range(3)
    )
    case = day([])
    far = Table(case.travel.distance.row(0)[None, :4].repeat(4, axis=0) * 900)
    symmetric = Table(np.maximum(far.values, far.values.T))
    return Problem(
        stops, (replace(case.depot, window=Window(0, 22000)),), (case.vehicle,), Travel(symmetric, symmetric)
    )


def test_a_wave_searched_by_seconds_sends_what_must_go() -> None:
    case = day([order("a", 4, 0, close=18), order("b", 5, 0)])
    assert [wave.sent for wave in play(case, Lazy(), BySeconds(0.02), 1).waves] == [1, 0, 1]
