"""What may still come: orders of the desk's earlier days, never of the day itself, never from later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.delivery.dispatch import DispatchDesk
from entrepot.delivery.dispatch.day import Day, DayPlan, DayStop, Progress, Spot, Vehicle
from entrepot.delivery.dispatch.model import model_of, spots_of
from entrepot.delivery.dispatch.outlook import LEAST_DAYS, LEAST_ORDERS, MOST_PLACES, Outlook, history_of
from entrepot.delivery.dispatch.waving import Waves, decided_next, waves
from entrepot.delivery.roads import GreatCircle, Place
from entrepot.delivery.routing.travel import Travel
from entrepot.delivery.waves.policies import policy_of
from entrepot.delivery.waves.search import BySteps
from entrepot.kernel.errors import InputError

ZONE = "Asia/Shanghai"
TODAY = date(2026, 11, 27)
HOUR, NOON, FIVE = 3600, 12 * 3600, 17 * 3600
DEPOT, SPOT = Spot(31.2, 121.4), Spot(31.25, 121.4)
VAN = Vehicle("VAN-1", "van", 50_000, 10**9, 9 * HOUR, FIVE, 5000, 200, 3000)


def at(days_ago: int, seconds: int) -> datetime:
    midnight = datetime.combine(TODAY - timedelta(days=days_ago), datetime.min.time(), ZoneInfo(ZONE))
    return midnight.astimezone(UTC) + timedelta(seconds=seconds)


def stop(work: str, closes: int = FIVE, spot: Spot | None = SPOT, no: int = 1) -> DayStop:
    return DayStop(no, work, f"o-{work}", spot, "address", 10_000, 10**7, 1, 9 * HOUR, closes, 300)


def day(days_ago: int, *stops: DayStop) -> Day:
    return Day("N", TODAY - timedelta(days=days_ago), ZONE, "CNY", DEPOT, (VAN,), stops)


def test_an_order_counts_once_on_the_day_it_became_known_at_times_of_that_day() -> None:
    kept = [day(2, stop("a"), stop("b")), day(1, stop("a"), stop("b"), stop("c")), day(0, stop("d"), stop("e"))]
    known = {"a": at(2, NOON), "b": at(4, NOON), "c": at(2, FIVE + HOUR), "d": at(1, FIVE), "e": at(0, HOUR)}
    found = history_of(kept, known, kept[-1], at(0, NOON))
    assert found.days == (TODAY - timedelta(days=2), TODAY - timedelta(days=1))
    told = [((TODAY - one.day).days, one.moment, one.stop.work, one.stop.closes) for one in found.orders]
    # Order c stood on the desk a day later: seen from its own evening it was due the next afternoon.
    assert told == [(2, NOON, "a", FIVE), (2, FIVE + HOUR, "c", FIVE + 24 * HOUR), (1, FIVE, "d", FIVE + 24 * HOUR)]
    assert [one.moments for one in found.came] == [(NOON, FIVE + HOUR), (FIVE,)]
    assert [one.weekday for one in found.came] == [2, 3]


def test_a_day_that_is_not_over_says_nothing_of_tomorrow() -> None:
    kept = [day(1, stop("a")), day(0, stop("b")), day(-1, stop("b"))]
    found = history_of(kept, {"a": at(1, NOON), "b": at(0, HOUR)}, kept[-1], at(0, NOON))
    assert found.days == (TODAY - timedelta(days=1),)
    assert [one.stop.work for one in found.orders] == ["a"]


def test_what_was_agreed_for_a_later_day_is_no_time_of_this_one() -> None:
    times = ((NOON, NOON + HOUR),)
    agreed = msgspec.structs.replace(stop("a"), opens=NOON, closes=NOON + HOUR, windows=times)
    found = history_of([day(2), day(1, agreed)], {"a": at(2, FIVE)}, day(0), at(0, NOON))
    (only,) = found.orders
    assert only.stop.windows == ((NOON + 24 * HOUR, NOON + 25 * HOUR),)


def test_a_receiver_without_a_place_is_expected_nowhere() -> None:
    known = {"a": at(1, NOON)}
    assert not history_of([day(1, stop("a", spot=None))], known, day(0), at(0, NOON)).orders


def test_with_few_days_or_few_orders_nothing_is_forecast() -> None:
    many = [stop(f"{k}") for k in range(LEAST_ORDERS)]
    known = {one.work: at(1, NOON) for one in many}
    days = [day(ago) for ago in range(LEAST_DAYS, 1, -1)]
    now = at(0, NOON)
    assert history_of([*days, day(1, *many)], known, day(0), now).is_enough
    assert not history_of([*days[1:], day(1, *many)], known, day(0), now).is_enough
    assert not history_of([*days, day(1, *many[1:])], known, day(0), now).is_enough
    assert not history_of([day(90, *many)], {one.work: at(90, NOON) for one in many}, day(0), now).days


def test_a_forecast_draws_from_the_newest_orders_of_that_time_of_day() -> None:
    stops = [stop(f"{k:03}") for k in range(MOST_PLACES + 20)]
    known = {one.work: at(2 if k < 30 else 1, NOON) for k, one in enumerate(stops)} | {"late": at(1, NOON + HOUR)}
    found = history_of([day(2, *stops[:30]), day(1, *stops[30:], stop("late"))], known, day(0), at(0, NOON))
    drawn = found.between(NOON - 1, NOON)
    assert [one.stop.work for one in drawn] == [one.work for one in stops[20:]]


moments = st.lists(st.tuples(st.integers(-2, 9), st.integers(0, 24 * HOUR - 1), st.integers(0, 2)), max_size=30)


@settings(max_examples=60, derandomize=True)
@given(drawn=moments)
def test_what_is_known_later_changes_nothing_and_no_order_is_lost_or_counted_twice(
    drawn: list[tuple[int, int, int]],
) -> None:
    now = at(0, NOON)
    works = {f"w{k}": (ago, at(ago, second), late) for k, (ago, second, late) in enumerate(drawn)}

    def kept(names: Sequence[str]) -> list[Day]:
        days = []
        for ago in range(8, -3, -1):
            # A work order stands on the desk from the day it became known, or a little later, until the day after.
            there = [name for name in names if 0 <= works[name][0] - works[name][2] - ago <= 1]
            days.append(day(ago, *(stop(name) for name in there)))
        return days

    known = {name: moment for name, (_, moment, _) in works.items()}
    found = history_of(kept(list(works)), known, day(0), now)
    before = [name for name in works if known[name] <= now]
    assert found == history_of(kept(before), {name: known[name] for name in before}, day(0), now)
    counted = Counter(one.stop.work for one in found.orders)
    due = {name for name, (ago, _, late) in works.items() if 1 <= ago <= 8 and ago - late >= 0}
    assert counted == dict.fromkeys(due, 1)
    assert sum(len(one.moments) for one in found.came) == len(found.orders)


def asked(outlook_stops: Sequence[DayStop], seed: int = 1) -> Waves:
    """Two stops that may wait, one of them beside all that came on earlier days at the next wave's time."""
    near, far = Spot(31.25, 121.4), Spot(31.2, 121.5)
    today = day(0, stop("must", NOON + HOUR, far, 1), stop("beside it", FIVE, far, 2), stop("waits", FIVE, near, 3))
    stops = [msgspec.structs.replace(one, work=f"{one.work}-{ago}") for ago in range(1, 8) for one in outlook_stops]
    kept = [day(ago, *(one for one in stops if one.work.endswith(f"-{ago}"))) for ago in range(7, 0, -1)]
    known = {one.work: at(int(one.work[-1]), NOON + 1800) for one in stops}
    travel = GreatCircle().travel([Place(one.latitude, one.longitude) for one in spots_of(today)])
    model = model_of(today, DayPlan(), Progress(now=NOON), travel)
    moments = decided_next(model, HOUR, 900)
    assert moments == (NOON, NOON + HOUR)
    history = history_of(kept, known, today, at(0, NOON))
    orders = history.between(*moments)
    spots = [DEPOT, *(one.stop.spot for one in orders if one.stop.spot), *spots_of(today)[1:]]
    outlook = Outlook(history.came, orders, GreatCircle().travel([Place(one.latitude, one.longitude) for one in spots]))
    told = waves(
        model, DayPlan(), policy_of("conditional"), BySteps(3000), every=HOUR, margin=900, seed=seed, outlook=outlook
    )
    assert told is not None
    return told


def test_a_stop_waits_for_company_that_came_on_earlier_days_and_says_in_how_many_futures() -> None:
    told = asked([stop("near", FIVE, Spot(31.251, 121.4)), stop("nearer", FIVE, Spot(31.249, 121.4))])
    words = {one.stop: one for one in told.words}
    assert (words[1].verdict, words[1].futures) == ("must_go", None)
    assert (words[2].verdict, words[2].later, words[2].futures) == ("goes_along", 0, 8)
    assert (words[3].verdict, words[3].futures) == ("may_wait", 8)
    assert words[3].later is not None
    assert words[3].later > 4
    assert told == asked([stop("near", FIVE, Spot(31.251, 121.4)), stop("nearer", FIVE, Spot(31.249, 121.4))])


class Near:
    """Roads that lead nowhere but to the day's own place."""

    def travel(self, places: Sequence[Place]) -> Travel:
        if any(place.latitude > SPOT.latitude for place in places):
            raise InputError("roads.unreachable", "No road leads there.", "Leave it out.")
        return GreatCircle().travel(places)


def test_where_no_road_leads_to_earlier_orders_nothing_is_forecast() -> None:
    desk, today, known = DispatchDesk(Near()), day(0, stop("now")), {"a": at(1, NOON)}
    for spot, is_reached in ((SPOT, True), (Spot(40.0, 121.4), False)):
        history = history_of([day(1, stop("a", spot=spot))], known, today, at(0, NOON))
        outlook = desk.outlook(today, history, 0, FIVE)
        assert (outlook is not None) == is_reached
        assert outlook is None or outlook.travel.size == 3


def test_what_once_came_too_heavy_for_the_van_is_not_drawn() -> None:
    heavy = msgspec.structs.replace(stop("heavy"), weight_g=60_000)
    assert {one.stop for one in asked([heavy]).words} == {1, 2, 3}
