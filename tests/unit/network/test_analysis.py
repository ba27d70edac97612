from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from entrepot.network.analysis import counts_around, curve, reasons, service_of, what_if
from entrepot.network.checker import check
from entrepot.network.generate import generate
from entrepot.network.plan import Flow, Plan
from entrepot.network.problem import Lanes, Problem, ProductClass, Scenario, Site, SiteLimit, Status
from entrepot.network.solver.solve import solve
from tests.unit.network.cases import best_by_trying


def problem(**changes: Any) -> Problem:
    """Two fronts, three zones: the near lanes take 4 hours, the far ones 20."""
    whole = Problem(
        "pair",
        (Site("north", 100, 30), Site("south", 50)),
        ("a", "b", "c"),
        (ProductClass("goods"),),
        np.array([[[10], [10], [20]]]),
        Lanes.of([0, 0, 0, 1, 1, 1], [2, 3, 4, 2, 3, 4], [1, 2, 9, 8, 6, 1], hours=[4, 4, 20, 20, 20, 4]),
    )
    return replace(whole, **changes)


BOTH = Plan(frozenset({0, 1}), (Flow(0, 0, 2, 0, 10), Flow(0, 0, 3, 0, 10), Flow(0, 1, 4, 0, 20)))
SOUTH = Plan(frozenset({1}), (Flow(0, 1, 2, 0, 10), Flow(0, 1, 3, 0, 10), Flow(0, 1, 4, 0, 20)))


def test_service_is_weighted_by_units() -> None:
    service = service_of(problem(), SOUTH)
    assert service is not None
    assert (service.mean_hours, service.hours_95, service.longest_hours) == (12.0, 20, 20)
    assert service_of(problem(), SOUTH, zones=[2]) == replace(service, mean_hours=4.0, hours_95=4, longest_hours=4)
    assert service_of(problem(), SOUTH, zones=[]) is None


def test_what_if_a_site_closes_is_the_cost_of_new_flows_less_what_it_cost() -> None:
    found = what_if(problem(), BOTH, 0)
    assert not found.stands
    assert found.plan == SOUTH
    assert found.difference == 80 + 60 - 30 - 100


def test_what_if_tells_the_limits_it_breaks() -> None:
    found = what_if(problem(limits=(SiteLimit(None, 2, 2),)), BOTH, 0)
    assert [one.limit for one in found.violations] == ["number of sites, at least,"]


def test_what_if_has_no_plan_where_the_other_sites_have_no_room() -> None:
    assert what_if(problem(), BOTH, 1).plan is None


def test_reasons_tell_what_a_site_does_and_what_turning_it_over_costs() -> None:
    north, south = reasons(problem(), BOTH)
    assert (north.zones, north.volume, north.used, north.classes) == (2, 20, 20 / 30, ("goods",))
    assert north.difference == pytest.approx(80 + 60 - 30 - 100)
    assert (south.difference, south.is_needed) == (None, True)


def test_reasons_of_settled_sites_have_no_difference() -> None:
    sites = (replace(problem().sites[0], status=Status.OPEN), problem().sites[1])
    assert reasons(problem(sites=sites), BOTH)[0].difference is None


@pytest.mark.parametrize("seed", [1, 2])
def test_each_difference_is_that_of_flows_computed_anew(seed: int) -> None:
    made = generate(2, 4, 8, seed=seed)
    plan = solve(made, seconds=5.0).plan
    assert plan is not None
    before = float(check(made, plan).cost.total) / made.cost_scale
    priced = [one for one in reasons(made, plan) if one.difference is not None]
    assert priced
    for one in priced:
        anew = what_if(made, plan, one.site)
        assert anew.cost is not None
        assert one.difference == pytest.approx(anew.cost - before, abs=2e-3 * before)


def test_a_curve_has_the_best_plan_of_every_count() -> None:
    whole = problem(scenarios=(Scenario("all", 2),))
    for point in curve(whole, [1, 2], seconds=5.0):
        best = best_by_trying(replace(whole, limits=(SiteLimit(None, point.sites, point.sites),)))
        assert point.cost == pytest.approx(best, rel=1e-5)
        assert point.gap is not None
        assert point.gap < 1e-5
        assert point.plan is not None
        assert len(point.plan.sites) == point.sites


def test_a_count_without_any_plan_says_so() -> None:
    (point,) = curve(problem(sites=(Site("north", 100, 30), Site("south", 50, 30))), [1], seconds=5.0)
    assert point.plan is None
    assert point.is_infeasible


def test_counts_of_a_curve_stay_between_what_must_and_what_may_stand() -> None:
    assert counts_around(problem(), BOTH) == [1, 2]
