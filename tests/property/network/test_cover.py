"""The cheapest whole sites with room for all: against all sets of sites."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from entrepot.network.solver.cover import cover, fewest


def case(seed: int, scale: float = 1.0) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    room = np.rint(scale * random.integers(1, 40, 7))
    may_stand = random.random(7) < 0.9
    return float(np.rint(0.6 * room[may_stand].sum())), room, random.uniform(-3.0, 20.0, 7), may_stand


def least(needed: float, room: np.ndarray, reduced: np.ndarray, may_stand: np.ndarray, turned: int = -1) -> float:
    """Return the least cost; with one site the other way when it stands, or does not, in the best."""
    values = []
    for chosen in product((False, True), repeat=len(room)):
        stands = np.array(chosen)
        if not (stands & ~may_stand).any() and room[stands].sum() >= needed:
            values.append((float(reduced[stands].sum()), stands))
    best, found = min(values, key=lambda one: one[0])
    if turned < 0:
        return best
    return min((value for value, stands in values if stands[turned] != found[turned]), default=np.inf)


def least_with(
    needed: float, room: np.ndarray, reduced: np.ndarray, must: np.ndarray, may: np.ndarray, site: int, *, stands: bool
) -> float:
    """Return the least cost with one site as told; infinite where it cannot be so."""
    here = np.array(list(product((False, True), repeat=len(room))))
    possible = ~(here & ~may).any(axis=1) & ~(~here & must).any(axis=1) & (here @ room >= needed)
    possible &= here[:, site] == stands
    return float(np.where(possible, here @ reduced, np.inf).min())


def test_whole_sites_with_room_cost_least() -> None:
    for seed in range(60):
        needed, room, reduced, may_stand = case(seed)
        chosen, _, _ = cover(needed, room, reduced, (may_stand & (reduced < 0)).astype(float), may_stand)
        assert set(np.unique(chosen)) <= {0.0, 1.0}
        assert room[chosen > 0].sum() >= needed
        assert not (chosen[~may_stand] > 0).any()
        assert np.isclose(chosen @ reduced, least(needed, room, reduced, may_stand))


def test_turning_a_site_over_costs_at_least_what_is_told() -> None:
    for seed in range(60):
        needed, room, reduced, may_stand = case(seed)
        chosen, beyond, _ = cover(needed, room, reduced, (may_stand & (reduced < 0)).astype(float), may_stand)
        best = least(needed, room, reduced, may_stand)
        for k in np.nonzero(may_stand)[0].tolist():
            rise = -beyond[k] if chosen[k] > 0 else beyond[k]
            assert best + rise <= least(needed, room, reduced, may_stand, k) + 1e-9


def test_turning_a_site_over_costs_what_is_told_sharply() -> None:
    for seed in range(60):
        needed, room, reduced, may_stand = case(seed)
        must_stand = may_stand & (np.random.default_rng(seed).random(7) < 0.2)
        begun = (must_stand | (may_stand & (reduced < 0))).astype(float)
        if needed <= room[begun > 0].sum():
            continue
        chosen, beyond, _ = cover(needed, room, reduced, begun, may_stand, must_stand)
        for k in np.nonzero(may_stand & ~must_stand)[0].tolist():
            other = least_with(needed, room, reduced, must_stand, may_stand, k, stands=chosen[k] == 0)
            assert np.isclose(chosen @ reduced + (-beyond[k] if chosen[k] > 0 else beyond[k]), other)


def test_room_in_coarse_units_leaves_no_choice_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entrepot.network.solver.cover.FINEST", 8)
    short_ones = 0
    for seed in range(60):
        needed, room, reduced, may_stand = case(seed, scale=12_345.6)
        must_stand = may_stand & (np.random.default_rng(seed).random(7) < 0.2)
        begun = (must_stand | (may_stand & (reduced < 0))).astype(float)
        for must in (None, must_stand):
            chosen, beyond, short = cover(needed, room, reduced, begun.copy(), may_stand, must)
            bound = chosen @ reduced + short
            for k in np.nonzero(may_stand & ~must_stand)[0].tolist():
                same, other = (
                    least_with(needed, room, reduced, must_stand, may_stand, k, stands=stands)
                    for stands in (chosen[k] > 0, chosen[k] == 0)
                )
                assert bound <= min(same, other) + 1e-9
                assert bound + max(-beyond[k] if chosen[k] > 0 else beyond[k], 0.0) <= other + 1e-9
            short_ones += short > 0
    assert short_ones > 0


def test_all_stand_when_all_have_too_little_room() -> None:
    chosen, _, _ = cover(10.0, np.array([4.0, 5.0]), np.array([1.0, 2.0]), np.zeros(2), np.ones(2, dtype=bool))
    assert chosen.tolist() == [1.0, 1.0]


def test_the_largest_sites_are_fewest() -> None:
    room = np.array([3.0, 8.0, 5.0])
    assert [fewest(needed, room) for needed in (1.0, 8.0, 8.5, 13.0, 16.0, 16.5)] == [1, 1, 2, 2, 3, 4]
