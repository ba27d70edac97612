"""Places gather into zones; what that costs is told."""

from __future__ import annotations

import numpy as np
import pytest

from entrepot.kernel.errors import InputError
from entrepot.network.zones import Place, aggregation_bound, gather, kilometres, mean_costs, spread

SHANGHAI = Place("Shanghai", 31.23, 121.47, 60)
SUZHOU = Place("Suzhou", 31.30, 120.58, 30)
BEIJING = Place("Beijing", 39.90, 116.41, 50)
URUMQI = Place("Urumqi", 43.83, 87.62, 1)


def test_close_places_are_one_zone_named_by_the_heaviest():
    east, north = gather([SUZHOU, BEIJING, SHANGHAI], 2)
    assert (east.name, east.members, east.weight) == ("Shanghai", (2, 0), 90)
    assert (north.name, north.members, north.weight) == ("Beijing", (1,), 50)


def test_the_middle_of_a_zone_leans_to_the_heavier_place():
    (east,) = gather([SUZHOU, SHANGHAI], 1)
    assert 120.58 < east.longitude < 121.47
    assert kilometres(east.latitude, east.longitude, 31.23, 121.47) == pytest.approx(28.3, abs=0.5)


def test_a_thin_zone_is_merged_into_its_nearest():
    assert [zone.name for zone in gather([SHANGHAI, BEIJING, URUMQI], 3)] == ["Shanghai", "Beijing", "Urumqi"]
    merged = gather([SHANGHAI, BEIJING, URUMQI], 3, least_share=0.05)
    assert [(zone.name, zone.weight) for zone in merged] == [("Shanghai", 60), ("Beijing", 51)]


def test_places_on_one_spot_make_one_zone_however_many_may_be():
    assert len(gather([SHANGHAI, SHANGHAI, SHANGHAI], 3)) == 1


def test_zones_on_both_sides_of_the_date_line_are_one():
    places = [Place("Fiji", -17.0, 179.0, 1), Place("Samoa", -17.0, -179.0, 1)]
    (pacific,) = zones = gather(places, 1)
    assert abs(pacific.longitude) == pytest.approx(180.0)
    assert spread(places, zones).max_km == pytest.approx(106.3, abs=0.5)


def test_zones_of_the_same_name_are_numbered():
    twins = [Place("Springfield", 39.8, -89.6, 2), Place("Springfield", 42.1, -72.6, 1)]
    assert [zone.name for zone in gather(twins, 2)] == ["Springfield", "Springfield 2"]


def test_the_spread_tells_the_mean_by_weight_and_the_farthest_place():
    places = [SHANGHAI, SUZHOU]
    told = spread(places, gather(places, 1))
    assert told.places == 2
    assert told.mean_km == pytest.approx((60 * 28.3 + 30 * 56.6) / 90, abs=0.5)
    assert told.max_km == pytest.approx(56.6, abs=0.5)
    assert told.farthest == "Suzhou -> Shanghai"


def test_a_zone_costs_the_mean_of_its_places_by_weight():
    costs = np.array([[10.0, 20.0, 7.0], [np.inf, 4.0, 9.0]])
    found = mean_costs(costs, np.array([3.0, 1.0, 5.0]), np.array([0, 0, 1]))
    assert found.tolist() == [[12.5, 7.0], [np.inf, 9.0]]


def test_zones_cost_nothing_more_where_their_places_are_alike():
    costs = np.array([[10.0, 10.0], [4.0, 4.0]])
    assert aggregation_bound(costs, np.array([3.0, 1.0]), np.array([0, 0])) == 0.0


def test_the_bound_is_what_places_could_save_at_their_best_sites():
    costs = np.array([[0.0, 8.0], [8.0, 0.0]])
    # By zones the one unit each costs 4 + 4; place by place nothing.
    assert aggregation_bound(costs, np.array([1.0, 1.0]), np.array([0, 0])) == 8.0


def test_the_bound_is_infinite_where_a_zone_hides_a_way():
    costs = np.array([[1.0, np.inf], [5.0, 5.0]])
    assert aggregation_bound(costs, np.array([1.0, 1.0]), np.array([0, 0])) == np.inf


@pytest.mark.parametrize("bad", [Place("nowhere", 91.0, 0.0, 1), Place("nobody", 0.0, 0.0, 0)])
def test_a_place_off_the_globe_or_without_weight_is_refused(bad):
    with pytest.raises(InputError, match=bad.name):
        gather([bad], 1)


def test_no_zone_is_refused_and_no_place_makes_none():
    with pytest.raises(InputError, match="hold no demand"):
        gather([SHANGHAI], 0)
    assert gather([], 5) == ()
