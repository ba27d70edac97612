from __future__ import annotations

from dataclasses import replace

from entrepot.orders.sourcing import Facts, NodeFacts, Policy
from entrepot.orders.sourcing.batch import Holding, Waiting, reoptimise
from entrepot.orders.sourcing.facts import Destination
from tests.unit.orders.sourcing_orders import Lines, facts, item

RATES = Lines({"NEAR": (500, 100), "FAR": (900, 100)})


class ByRegion:
    """EAST is near to E, WEST to W; a parcel costs 100 there and 900 across."""

    def quote(self, node, destination, parcel):  # type: ignore[no-untyped-def]
        near = {"E": "east", "W": "west"}[node] == destination.region
        return Lines({node: (100 if near else 900, 0)}).quote(node, destination, parcel)


def waiting(order: str, facts_: Facts, *held: tuple[str, str, int], buyer: str = "", region: str = "east") -> Waiting:
    named = replace(facts_, order=order, destination=Destination(region))
    return Waiting(named, tuple(Holding(*one) for one in held), buyer)


def test_scarce_stock_changes_hands_when_both_gain() -> None:
    # Each order holds the last piece at the other's door, and nothing else is free.
    order = facts([item("1", "A")], {("E", "A"): 0, ("W", "A"): 0})
    plan = reoptimise(
        [waiting("o1", order, ("W", "A", 1), region="east"), waiting("o2", order, ("E", "A", 1), region="west")],
        ByRegion(),
    )
    assert (plan.before, plan.after, plan.bound) == (1800, 200, 200)
    assert plan.moved == ("o1", "o2")
    assert [plan.chosen[name].nodes for name in ("o1", "o2")] == [("E",), ("W",)]


def test_orders_of_one_buyer_travel_in_one_parcel() -> None:
    stock = {("NEAR", "A"): 0, ("NEAR", "B"): 0, ("FAR", "A"): 0, ("FAR", "B"): 1}
    first, second = facts([item("1", "A")], stock), facts([item("1", "B")], stock)
    asked = [
        waiting("o1", first, ("FAR", "A", 1), buyer="b"),
        waiting("o2", second, ("NEAR", "B", 1), buyer="b"),
    ]
    plan = reoptimise(asked, RATES)
    # Apart 1,000 and 600; together from FAR one parcel of two kilograms.
    assert (plan.before, plan.after) == (1600, 1100)
    assert plan.together == (("o1", "o2"),)
    assert plan.moved == ("o2",)
    assert plan.chosen["o2"].shares[0].picks[0].line == "1"
    strangers = [replace(one, buyer="") for one in asked]
    assert reoptimise(strangers, RATES).after == 1600


def test_what_is_best_already_stays() -> None:
    order = facts([item("1", "A")], {("NEAR", "A"): 3, ("FAR", "A"): 3})
    plan = reoptimise([waiting("o1", order, ("NEAR", "A", 1))], RATES)
    assert (plan.moved, plan.before, plan.after) == ((), 600, 600)


def test_a_node_is_given_no_more_than_it_can_work_off() -> None:
    nodes = (NodeFacts("NEAR", capacity=1), NodeFacts("FAR"))
    order = facts([item("1", "A")], {("NEAR", "A"): 5, ("FAR", "A"): 0}, nodes=nodes)
    plan = reoptimise([waiting("o1", order, ("FAR", "A", 1)), waiting("o2", order, ("FAR", "A", 1))], RATES)
    assert sorted(one.nodes for one in plan.chosen.values()) == [("FAR",), ("NEAR",)]


def test_refusals_are_weighed_alike_before_and_after() -> None:
    nodes = (NodeFacts("NEAR", acceptance=0.5), NodeFacts("FAR"))
    policy = Policy(refusal_cost=100, lost_cost=10_000)
    order = facts([item("1", "A")], {("NEAR", "A"): 0, ("FAR", "A"): 1}, nodes=nodes, policy=policy)
    plan = reoptimise([waiting("o1", order, ("NEAR", "A", 1))], RATES)
    # 600 and half of (100 + the way to FAR, 400): as dear as the same candidate is when it is offered.
    assert (plan.before, plan.after, plan.moved) == (850, 850, ())


def test_an_order_whose_holding_breaks_a_rule_is_left_out() -> None:
    order = facts([item("1", "A")], {("NEAR", "A"): 1}, barred=("NEAR",))
    plan = reoptimise([waiting("o1", order, ("NEAR", "A", 1))], RATES)
    assert (plan.chosen, plan.before, plan.after) == ({}, 0, 0)
