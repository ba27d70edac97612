"""Whole units, where classes share a capacity and the best shares are none; goods that take no room."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from entrepot.network.checker import check
from entrepot.network.plan import Flow, Plan
from entrepot.network.problem import Lanes, Problem, ProductClass, Site
from entrepot.network.solver.solve import solve


def shared(seed: int) -> Problem:
    """Two sites that two classes share, with hardly room for all."""
    random = np.random.default_rng(seed)
    demand = random.integers(0, 4, (1, 2, 2))
    volumes = random.choice([2, 3, 4, 5], 2, replace=False).tolist()
    total = int((demand[0] @ volumes).sum())
    sites = []
    for k in range(2):
        room = int(random.integers(total // 2, total // 2 + 5))
        sites.append(Site(f"s{k}", int(random.integers(0, 20)), room, carrying_cost=(int(random.integers(0, 4)), 0)))
    site, zone = np.indices((2, 2)).reshape(2, -1)
    return Problem(
        f"shared-{seed}",
        tuple(sites),
        ("a", "b"),
        tuple(ProductClass(f"c{k}", volume) for k, volume in enumerate(volumes)),
        demand,
        Lanes.of(
            np.repeat(site, 2), np.repeat(2 + zone, 2), random.integers(0, 15, 8), product=np.tile(np.arange(2), 4)
        ),
    )


def best_of_all_flows(problem: Problem) -> float:
    """Try every division of every want among both sites."""
    wants = [(zone, product) for zone in range(2) for product in range(2)]
    best = float("inf")
    for parts in itertools.product(*(range(int(problem.demand[0][want]) + 1) for want in wants)):
        flows = tuple(
            Flow(0, site, 2 + zone, product, quantity)
            for (zone, product), part in zip(wants, parts, strict=True)
            for site, quantity in enumerate((part, int(problem.demand[0, zone, product]) - part))
            if quantity
        )
        verdict = check(problem, Plan(frozenset(one.origin for one in flows), flows))
        if verdict.is_feasible:
            best = min(best, float(verdict.cost.total))
    return best


@pytest.mark.parametrize("seed", range(24))
def test_whole_units_are_divided_as_by_trying_all(seed: int) -> None:
    problem = shared(seed)
    best = best_of_all_flows(problem)
    found = solve(problem, seconds=20.0)
    if not np.isfinite(best):
        assert found.is_infeasible
        assert found.plan is None
        return
    assert found.plan is not None
    cost = float(check(problem, found.plan).cost.total)
    assert cost == best
    assert best * (1 - 1e-5) <= found.bound <= best


def test_units_of_one_size_that_fill_no_site_are_no_plan() -> None:
    """Two sites have room for 3, units take 2: of 3 units that would just fill both each holds one."""
    sites = (Site("s0", 1, 3), Site("s1", 1, 3))
    lanes = Lanes.of([0, 1], [2, 2], [1, 1])
    found = solve(Problem("pairs", sites, ("a",), (ProductClass("c", 2),), np.full((1, 1, 1), 3), lanes), seconds=5.0)
    assert found.is_infeasible


def weightless(*, is_deep: bool) -> Problem:
    """Goods without volume pass a cheap front that has no room; those with volume go past it."""
    sites = (Site("plant", 10), Site("centre", 0), Site("front", 3, 0), Site("dear", 90))
    lanes = [(1, 2, 0, 1), (1, 3, 0, 1), (1, 3, 1, 1), (2, 4, 0, 2), (3, 4, 0, 1), (3, 4, 1, 1), (1, 4, 1, 9)]
    lanes += [(1, 4, 0, 30)]
    if is_deep:
        lanes += [(0, 1, 0, 0), (0, 1, 1, 0)]
    origin, target, product, cost = np.array(lanes).T
    classes = (ProductClass("paper", 0), ProductClass("goods", 3))
    return Problem(
        "weightless", sites, ("z",), classes, np.array([[[4, 2]]]), Lanes.of(origin, target, cost, product=product)
    )


@pytest.mark.parametrize("is_deep", [False, True])
def test_goods_without_volume_pass_sites_without_room(is_deep: bool) -> None:
    problem = weightless(is_deep=is_deep)
    found = solve(problem, seconds=5.0)
    assert found.plan is not None
    assert float(check(problem, found.plan).cost.total) == 3 + 4 * 3 + 2 * 9 + (10 if is_deep else 0)
    assert found.bound <= 33 + (10 if is_deep else 0)


def test_a_zone_without_a_usable_lane_is_told_as_infeasible() -> None:
    sites = (Site("plant", 1), Site("front", 1))
    problem = Problem(
        "apart", sites, ("a", "b"), (ProductClass("c"),), np.ones((1, 2, 1), np.int64), Lanes.of([0, 1], [1, 2], [1, 1])
    )
    assert solve(problem, seconds=5.0).is_infeasible


def test_goods_of_which_none_has_a_volume_are_priced_without_a_warning() -> None:
    problem = weightless(is_deep=False)
    classes = tuple(replace(one, volume=0) for one in problem.classes)
    found = solve(replace(problem, classes=classes), seconds=5.0)
    assert found.plan is not None
    assert found.bound == pytest.approx(float(check(problem, found.plan).cost.total), rel=1e-5)
