"""Several times agreed with a receiver: kept by the search, judged by the desk, waited for where a van is between."""

from __future__ import annotations

from datetime import date

import pytest

from entrepot.delivery.dispatch.day import Day, DayPlan, DayRoute, DayStop, Progress, Spot, Vehicle, agreed, ordered
from entrepot.delivery.dispatch.judging import Judged, judge
from entrepot.delivery.dispatch.model import Model, model_of, spots_of
from entrepot.delivery.dispatch.planning import search
from entrepot.delivery.roads import GreatCircle, Place, Profile, Slice
from entrepot.kernel.errors import InputError

DEPOT = Spot(31.2, 121.4)
HOUR = 3600
MORNING, EVENING = (9 * HOUR, 10 * HOUR), (16 * HOUR, 17 * HOUR)


def stop(no: int, *times: tuple[int, int]) -> DayStop:
    spot = Spot(DEPOT.latitude, DEPOT.longitude + 0.02)
    any_time = DayStop(no, f"w{no}", f"o{no}", spot, "address", 1000, 10**7, 1, 8 * HOUR, 18 * HOUR, 600, True)
    return agreed(any_time, ordered(times))


def modelled(
    *stops: DayStop, opens: int = 8 * HOUR, closes: int = 18 * HOUR, roads: GreatCircle | None = None
) -> Model:
    van = Vehicle("VAN-1", "van", 50_000, 10**9, opens, closes, 5000, 200, 3000)
    day = Day("N", date(2026, 11, 27), "Asia/Shanghai", "CNY", DEPOT, (van,), stops)
    places = [Place(one.latitude, one.longitude) for one in spots_of(day)]
    return model_of(day, DayPlan(), Progress(), (roads or GreatCircle()).travel(places))


def starts(judged: Judged) -> dict[int, int]:
    return {visit.stop: visit.start for route in judged.routes for visit in route.visits}


def test_a_van_that_comes_between_two_times_waits_for_the_second() -> None:
    model = modelled(stop(1, EVENING, MORNING), opens=11 * HOUR)
    judged = judge(model, DayPlan((DayRoute("VAN-1", (1,)),)))
    assert (starts(judged), judged.broken) == ({1: EVENING[0]}, ())


def test_a_van_that_comes_after_the_last_time_is_late_by_what_the_clock_says() -> None:
    model = modelled(stop(1, MORNING, (12 * HOUR, 13 * HOUR)), opens=14 * HOUR)
    judged = judge(model, DayPlan((DayRoute("VAN-1", (1,)),)))
    (late,) = judged.broken
    assert (late.rule, late.stop, late.limit) == ("late", 1, 13 * HOUR)
    assert late.value == starts(judged)[1] > 14 * HOUR


def test_late_at_one_stop_the_next_still_waits_for_its_time() -> None:
    model = modelled(stop(1, MORNING), stop(2, MORNING, EVENING), opens=11 * HOUR)
    judged = judge(model, DayPlan((DayRoute("VAN-1", (1, 2)),)))
    assert [one.stop for one in judged.broken] == [1]
    assert starts(judged)[2] == EVENING[0]


def test_a_search_keeps_to_one_of_several_times_of_every_stop() -> None:
    times = {1: (MORNING, EVENING), 2: (EVENING, (11 * HOUR, 12 * HOUR)), 3: (MORNING, (13 * HOUR, 14 * HOUR))}
    model = modelled(*(stop(no, *some) for no, some in times.items()))
    judged = judge(model, search(model, DayPlan(), 0.2).plan)
    assert (judged.unserved, judged.broken) == ((), ())
    for no, start in starts(judged).items():
        assert any(opens <= start <= closes for opens, closes in times[no]), no


def test_without_agreed_times_a_stop_stays_as_its_promise_says() -> None:
    assert stop(1).is_overdue
    told = stop(1, EVENING, MORNING)
    assert (told.opens, told.closes, told.windows, told.is_overdue) == (
        MORNING[0],
        EVENING[1],
        (MORNING, EVENING),
        False,
    )


@pytest.mark.parametrize(
    "times", [[(10 * HOUR, 10 * HOUR)], [(-1, HOUR)], [(0, 49 * HOUR)], [MORNING, (10 * HOUR, 11 * HOUR)]]
)
def test_times_that_are_none_or_overlap_are_refused(times: list[tuple[int, int]]) -> None:
    with pytest.raises(InputError, match="time"):
        ordered(times)


def test_several_times_are_searched_in_the_traffic() -> None:
    rush = GreatCircle(profile=Profile((Slice(0, 40.0), Slice(16 * HOUR, 20.0))))
    model = modelled(stop(1, MORNING, EVENING), stop(2, EVENING), opens=11 * HOUR, roads=rush)
    found = search(model, DayPlan(), 0.2)
    judged = judge(model, found.plan)
    assert (found.engine, judged.unserved, judged.broken) == ("traffic", (), ())
    assert all(EVENING[0] <= start <= EVENING[1] for start in starts(judged).values())
