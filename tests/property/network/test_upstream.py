"""A tier that is folded: bound <= optimum <= plan on small cases, and what can be folded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from entrepot.network.problem import Lanes, Problem, ProductClass, Scenario, Site, SiteLimit, Status
from entrepot.network.solver.model import model_of
from entrepot.network.solver.search import Search
from entrepot.network.solver.solve import search_whole, solve
from entrepot.network.solver.upstream import Supplied, Upstream, _moved, can_fold, folded_sources, search_upstream
from tests.unit.network.cases import best_by_trying


def three_tiers(seed: int, *, scenarios: int = 1, is_single: bool = False, has_direct: bool = False) -> Problem:
    """Two plants, two centres, three fronts, three zones and two classes; one plant does not make the second class."""
    random = np.random.default_rng(seed)
    tiers, classes = (2, 2, 3, 3), 2
    first = np.cumsum((0, *tiers))
    pairs = [(a, b) for k in range(3) for a in range(first[k], first[k + 1]) for b in range(first[k + 1], first[k + 2])]
    if has_direct:
        pairs += [(a, b) for a in range(first[1], first[2]) for b in range(first[3], first[4])]
    lanes = [(a, b, k) for a, b in pairs for k in range(classes) if (a, k) != (0, 1)]
    demand = random.integers(0, 7, (scenarios, tiers[3], classes))
    total = int(max((one * np.arange(1, classes + 1)).sum() for one in demand)) + 2
    kinds = zip(
        ("plant", "centre", "front"), tiers, ((total // 2 + 3, total), (total, total), (total, total)), strict=False
    )
    statuses = (Status.CANDIDATE, Status.EXISTING, Status.CANDIDATE, Status.OPEN)
    sites = [
        Site(
            f"{level}-{k}",
            int(random.integers(4, 60)),
            int(random.integers(least, most + 1)),
            status=statuses[int(random.integers(4))],
            closing_cost=int(random.integers(0, 9)),
            level=level,
        )
        for level, many, (least, most) in kinds
        for k in range(many)
    ]
    return Problem(
        f"three-tiers-{seed}",
        tuple(sites),
        tuple(f"zone-{k}" for k in range(tiers[3])),
        tuple(ProductClass(f"class-{k}", k + 1) for k in range(classes)),
        demand,
        Lanes.of(
            [a for a, _, _ in lanes],
            [b for _, b, _ in lanes],
            random.integers(1, 14, len(lanes)),
            product=[k for _, _, k in lanes],
            per=random.integers(1, 4, len(lanes)),
        ),
        tuple(Scenario(f"course-{k}", k + 1) for k in range(scenarios)),
        is_single=is_single,
    )


def folded(problem: Problem) -> Search:
    """Search with the first tier folded, whatever the size; what is left goes to HiGHS, which is exact."""
    search = Search(problem, 4.0, 1, lambda: False, lambda *_: None, dearest=1e9)
    search_upstream(model_of(problem), search, search_whole)
    return search


def agrees(problem: Problem) -> None:
    """Try all sets of sites beside it."""
    best, found = best_by_trying(problem), folded(problem)
    if not np.isfinite(best):
        assert found.plan is None
        return
    assert found.bound <= best + 1e-4 * best
    assert found.cost >= best - 1e-4 * best
    assert found.bound >= 0.75 * best


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", [{}, {"scenarios": 2}, {"has_direct": True}])
def test_the_bound_is_below_and_the_plan_above_what_trying_all_finds(seed: int, kind: dict[str, int]) -> None:
    agrees(three_tiers(seed, **kind))


@pytest.mark.parametrize("seed", range(3))
def test_limits_of_other_levels_are_kept(seed: int) -> None:
    agrees(replace(three_tiers(seed), limits=(SiteLimit("front", 1, 1),)))


@pytest.mark.parametrize("seed", range(4))
def test_a_tier_is_folded_where_zones_have_one_site(seed: int) -> None:
    problem = three_tiers(seed, is_single=True)
    exact = Search(problem, 20.0, 1, lambda: False, lambda *_: None)
    search_whole(model_of(problem), exact)
    found = folded(problem)
    assert found.bound <= exact.cost + 1e-4 * exact.cost
    assert found.cost >= exact.bound - 1e-4 * exact.cost


def test_where_rooms_cost_nothing_and_suffice_nothing_is_lost() -> None:
    for seed in range(4):
        problem = three_tiers(seed)
        plants = [replace(site, fixed_cost=0, capacity=None, status=Status.OPEN) for site in problem.sites[:2]]
        problem = replace(problem, sites=(*plants, *problem.sites[2:]))
        best, found = best_by_trying(problem), folded(problem)
        assert found.cost == pytest.approx(best, rel=1e-4)
        assert found.bound == pytest.approx(best, rel=1e-3)


def test_only_sources_that_share_no_customer_with_others_are_folded() -> None:
    problem = three_tiers(1)
    assert folded_sources(problem).tolist() == [True, True, *[False] * 5]
    more = problem.lanes
    to_a_zone = Lanes.of(
        [*more.origin, 0], [*more.target, 7], [*more.cost, 1], [*more.product, 0], [*more.per, 1]
    )  # the second plant supplies the centres together with the first
    assert not folded_sources(replace(problem, lanes=to_a_zone)).any()
    assert can_fold(problem)
    assert not can_fold(replace(problem, budget=10))
    assert not can_fold(replace(problem, limits=(SiteLimit("plant", 1, 1),)))
    assert not can_fold(replace(problem, limits=(SiteLimit(None, 1, 3),)))
    assert can_fold(replace(problem, limits=(SiteLimit("front", 1, 2),)))


def test_prices_stay_numbers_where_no_supply_was_found_in_time() -> None:
    whole = three_tiers(1)
    found = solve(whole, seconds=5.0)
    upstream = Upstream.of(model_of(whole))
    rest = solve(upstream.fold(upstream.linear), seconds=5.0).plan
    assert found.plan is not None
    assert rest is not None
    moved = _moved(upstream, Supplied(model_of(upstream.supply(rest)), np.inf), upstream.linear)
    assert np.isfinite(moved).all()


def test_prices_stay_where_all_that_stands_is_just_full() -> None:
    """Load and room are the same but for what doubles lose, which is no direction."""
    demand = np.array([[[462_330], [543_984], [253_180]], [[14_931], [363_956], [85_442]], [[575_754], [57_748], [9]]])
    lanes = Lanes.of([0, 1, 2, 2, 2], [2, 2, 3, 4, 5], [1, 2, 1, 1, 1])
    sites = tuple(Site(f"s{k}", 62 + k) for k in range(3))
    scenarios = tuple(Scenario(f"k{k}", weight) for k, weight in enumerate((1, 3, 3)))
    problem = Problem("full", sites, ("a", "b", "c"), (ProductClass("goods"),), demand, lanes, scenarios)
    upstream = Upstream.of(model_of(problem))
    rest = solve(upstream.fold(upstream.linear), seconds=5.0).plan
    assert rest is not None
    supply = model_of(upstream.supply(rest))
    for lost in (0.0, 1e-10):  # each way of adding shares of scenarios loses something else
        full = replace(upstream, room=upstream.room * (1 - lost))
        moved = _moved(full, Supplied(supply, 1e6), upstream.linear, np.array([True, False]))
        assert moved.max() < 1e6
