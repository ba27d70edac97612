from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from entrepot.network.checker import check
from entrepot.network.formats.facility import one_tier
from entrepot.network.infeasible import explain_infeasible
from entrepot.network.plan import Flow, Plan
from entrepot.network.problem import Pooling, Problem, ProductClass


def problem(capacity: int = 5, *, is_single: bool = False) -> Problem:
    return one_tier(
        "tiny",
        capacities=np.array([capacity, 10]),
        fixed=np.array([7, 9]),
        demand=np.array([3, 4]),
        cost=np.array([[2, 5], [4, 4]]),
        per=np.array([3, 4]),
        is_single=is_single,
    )


def test_costs_are_exact_fractions() -> None:
    verdict = check(problem(), Plan(frozenset({0, 1}), (Flow(0, 0, 2, 0, 3), Flow(0, 0, 3, 0, 1), Flow(0, 1, 3, 0, 3))))
    assert verdict.is_feasible
    assert verdict.cost.total == 16 + 2 + Fraction(5, 4) + 3


def test_a_capacity_is_named_with_its_excess() -> None:
    verdict = check(problem(), Plan(frozenset({0}), (Flow(0, 0, 2, 0, 3), Flow(0, 0, 3, 0, 4))))
    assert [one.message for one in verdict.violations] == ["s1: volume is 7, the limit is 5 (off by 2)"]


def test_weight_has_a_capacity_of_its_own() -> None:
    tiny = problem()
    heavy = replace(
        tiny,
        classes=(ProductClass("goods", volume=0, weight=3),),
        sites=(replace(tiny.sites[0], weight_capacity=20), replace(tiny.sites[1], weight_capacity=0)),
    )
    verdict = check(heavy, Plan(frozenset({0}), (Flow(0, 0, 2, 0, 3), Flow(0, 0, 3, 0, 4))))
    assert [one.message for one in verdict.violations] == ["s1: weight is 21, the limit is 20 (off by 1)"]
    messages = [proof.message for proof in explain_infeasible(heavy)]
    assert messages[0] == "sources: weight of capacity: 21 needed, 20 there (short by 1)"


def test_a_short_delivery_and_a_site_that_does_not_stand_are_named() -> None:
    verdict = check(problem(), Plan(frozenset({1}), (Flow(0, 0, 2, 0, 3), Flow(0, 1, 3, 0, 2))))
    assert {(one.where, one.excess) for one in verdict.violations} == {("s1 -> z1", 3), ("z2", 2)}


def test_two_sites_for_a_zone_break_single_sourcing() -> None:
    flows = (Flow(0, 0, 2, 0, 3), Flow(0, 0, 3, 0, 1), Flow(0, 1, 3, 0, 3))
    verdict = check(problem(is_single=True), Plan(frozenset({0, 1}), flows))
    assert [one.where for one in verdict.violations] == ["z2"]


def test_too_little_capacity_is_proven_with_how_much_lacks() -> None:
    lacking = one_tier(
        "lacking",
        capacities=np.array([2, 3]),
        fixed=np.array([1, 1]),
        demand=np.array([3, 4]),
        cost=np.ones((2, 2), dtype=np.int64),
        per=np.array([3, 4]),
    )
    messages = [proof.message for proof in explain_infeasible(lacking)]
    assert messages[0] == "sources: volume of capacity: 7 needed, 5 there (short by 2)"


def test_pooled_stock_grows_with_the_square_root_of_sites() -> None:
    assert [Pooling(None, 0, 100).at(sites) for sites in range(5)] == [0, 100, 141, 173, 200]
