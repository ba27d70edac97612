"""Zones keep all demand, and planning by them never costs more than their bound says."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.network.zones import Place, aggregation_bound, gather, kilometres, mean_costs

degrees = st.integers(-60_000, 60_000).map(lambda one: one / 1_000)
place = st.builds(Place, st.sampled_from(["a", "a 2", "b"]), degrees, degrees, st.integers(1, 500))
places = st.lists(place, min_size=1, max_size=12)


@given(places, st.integers(1, 6), st.sampled_from([0.0, 0.1, 0.5]))
def test_every_place_is_in_one_zone_and_no_weight_is_lost(some, at_most, least_share):
    zones = gather(some, at_most, least_share=least_share)
    assert sorted(k for zone in zones for k in zone.members) == list(range(len(some)))
    assert all(zone.weight == sum(some[k].weight for k in zone.members) for zone in zones)
    assert 1 <= len(zones) <= at_most
    assert len({zone.name for zone in zones}) == len(zones)
    total = sum(one.weight for one in some)
    assert len(zones) == 1 or all(zone.weight >= least_share * total for zone in zones)


@settings(max_examples=60)
@given(places, st.lists(st.tuples(degrees, degrees), min_size=1, max_size=4), st.integers(1, 3))
def test_the_best_sites_by_zones_cost_at_most_the_bound_more_than_by_places(some, sites, many):
    zones = gather(some, many)
    zone_of = np.empty(len(some), dtype=np.int64)
    for number, zone in enumerate(zones):
        zone_of[list(zone.members)] = number
    weights = np.array([float(one.weight) for one in some])
    costs = np.array([[3 + kilometres(*site, one.latitude, one.longitude) for one in some] for site in sites])
    by_zone, fixed = mean_costs(costs, weights, zone_of), 10_000.0
    in_zones = np.bincount(zone_of, weights=weights)
    fine, coarse = [], []
    for size in range(1, len(sites) + 1):
        for chosen in itertools.combinations(range(len(sites)), size):
            fine.append(fixed * size + float((costs[list(chosen)].min(axis=0) * weights).sum()))
            coarse.append(fixed * size + float((by_zone[list(chosen)].min(axis=0) * in_zones).sum()))
    off = min(coarse) - min(fine)
    assert -1e-6 * min(fine) <= off <= aggregation_bound(costs, weights, zone_of) + 1e-6 * min(fine)
