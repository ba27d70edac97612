"""Great circles, circuity, and speeds over the day."""

from __future__ import annotations

import pytest

from entrepot.delivery.roads import GreatCircle, Place, Profile, Slice
from entrepot.delivery.routing.timing import driving, value
from entrepot.delivery.routing.travel import Speeds
from entrepot.kernel.errors import InputError

HALL, MARKET = Place(47.14, 9.52), Place(47.14, 9.62)


def test_a_road_is_longer_than_the_great_circle_by_the_circuity() -> None:
    straight = GreatCircle(1.0).travel([HALL, MARKET]).distance.between(0, 1)
    assert straight == 7564
    assert GreatCircle(1.5).travel([HALL, MARKET]).distance.between(0, 1) == 11345


def test_an_even_profile_gives_times_that_stand_still() -> None:
    profile = Profile((Slice(0, 36.0), Slice(3600, 36.0)))
    travel = GreatCircle(1.0, profile).travel([HALL, MARKET])
    assert travel.traffic is None
    assert travel.time.between(0, 1) == 756


def test_a_drive_into_the_rush_takes_the_speed_of_each_hour_it_is_driven_in() -> None:
    profile = Profile((Slice(0, 36.0), Slice(7 * 3600, 18.0), Slice(9 * 3600, 36.0)))
    travel = GreatCircle(1.0, profile).travel([HALL, MARKET])
    assert isinstance(travel.traffic, Speeds)
    length = travel.traffic.length[0, 1]
    drive = driving(travel, 0, 1)
    half_before = 7 * 3600 - length / 20
    assert value(drive, half_before) == pytest.approx(half_before + length / 20 + length / 10)
    assert value(drive, 5 * 3600) == pytest.approx(5 * 3600 + length / 10)
    assert value(drive, 20 * 3600) == pytest.approx(20 * 3600 + length / 10)


@pytest.mark.parametrize(
    ("slices", "why"),
    [
        ((), "no slice"),
        ((Slice(60, 30.0),), "begins at 60 s"),
        ((Slice(0, 30.0), Slice(0, 20.0)), "from 0 s follows one from 0 s"),
        ((Slice(0, 30.0), Slice(86_400, 20.0)), "after the day's end"),
        ((Slice(0, 0.0),), "0.0 km/h"),
        ((Slice(0, float("nan")),), "nan km/h"),
    ],
)
def test_a_profile_that_is_not_sound_is_refused_with_the_reason(slices: tuple[Slice, ...], why: str) -> None:
    with pytest.raises(InputError, match=why):
        Profile(slices)


def test_a_circuity_below_one_is_refused() -> None:
    with pytest.raises(InputError, match="not shorter"):
        GreatCircle(0.9)


def test_places_off_the_globe_are_named_by_number() -> None:
    with pytest.raises(InputError, match=r"place 1 is at latitude 121\.4"):
        GreatCircle().travel([HALL, Place(121.4, 31.2)])
