from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from entrepot.kernel.errors import InputError
from entrepot.orders.sourcing import NodeFacts, Pick, Policy, decide
from entrepot.orders.sourcing.cost import CostParts
from entrepot.orders.sourcing.facts import Destination
from entrepot.orders.sourcing.reasons import binding_of
from entrepot.orders.sourcing.snapshot import (
    decide_and_record,
    decode_decision,
    decode_snapshot,
    encode,
    replay,
)
from tests.unit.orders.sourcing_orders import NOON, Lines, facts, item

NEAR_FAR = Lines({"NEAR": (800, 100), "FAR": (1000, 100)})


def test_the_cheapest_node_that_has_everything_sends_it() -> None:
    decision = decide(facts([item("1", "A")], {("NEAR", "A"): 1, ("FAR", "A"): 9}), NEAR_FAR)
    assert decision.chosen is not None
    assert decision.chosen.nodes == ("NEAR",)
    assert decision.chosen.total == decision.bound == 900
    assert decision.gap_to_runner_up == 200
    assert decision.binding.reason == "carrier"


def test_the_price_of_the_last_piece_sends_the_order_elsewhere() -> None:
    stock = {("NEAR", "A"): 1, ("FAR", "A"): 9}
    decision = decide(facts([item("1", "A")], stock, prices={("NEAR", "A"): 410}), NEAR_FAR)
    assert decision.chosen is not None
    assert decision.chosen.nodes == ("FAR",)
    assert decision.binding.reason == "stock_price"
    assert "NEAR would cost 200 less but for what its stock is worth to later orders: 410" in decision.binding.message


def test_an_order_is_split_only_when_the_penalty_allows_it() -> None:
    stock = {("NEAR", "A"): 1, ("FAR", "B"): 1, ("MID", "A"): 1, ("MID", "B"): 1}
    rates = Lines({"NEAR": (100, 0), "FAR": (100, 0), "MID": (260, 0)})
    order = facts([item("1", "A"), item("2", "B")], stock)
    free = decide(order, rates)
    dear = decide(replace(order, policy=Policy(split_penalty=100)), rates)
    assert free.chosen is not None
    assert dear.chosen is not None
    assert free.chosen.nodes == ("NEAR", "FAR")
    assert dear.chosen.nodes == ("MID",)
    assert dear.binding.reason == "split"
    assert dear.candidates[1].cost.split == 100


def test_quantities_are_cut_when_no_node_has_enough_and_lines_get_them_back() -> None:
    order = facts([item("1", "A", 3), item("2", "A", 4)], {("NEAR", "A"): 5, ("FAR", "A"): 2})
    decision = decide(order, NEAR_FAR)
    assert decision.chosen is not None
    assert [(share.node, share.picks) for share in decision.chosen.shares] == [
        ("NEAR", (Pick("1", "A", 3), Pick("2", "A", 2))),
        ("FAR", (Pick("2", "A", 2),)),
    ]


def test_a_shortage_names_the_sku_and_what_is_free() -> None:
    decision = decide(facts([item("1", "A", 5)], {("NEAR", "A"): 2, ("FAR", "A"): -3}), NEAR_FAR)
    assert decision.chosen is None
    assert decision.binding.reason == "short"
    assert "5 of A are asked for, 2 are free" in decision.binding.message


def test_the_parts_of_a_cost_are_what_they_are_called() -> None:
    node = NodeFacts("NEAR", capacity=10, load=5, handling_per_parcel=30, handling_per_piece=7)
    order = facts(
        [item("1", "A", 2)],
        {("NEAR", "A"): 9},
        nodes=(node,),
        prices={("NEAR", "A"): 11},
        credits={("NEAR", "A"): 3},
        policy=Policy(load_cost=100),
    )
    chosen = decide(order, NEAR_FAR).chosen
    assert chosen is not None
    assert chosen.cost == CostParts(carrier=1000, handling=44, load=50, markdown=-6, stock_price=22)
    assert chosen.total == 1110


def test_a_likely_refusal_counts_the_way_to_the_next_node() -> None:
    nodes = (NodeFacts("NEAR", acceptance=0.5), NodeFacts("FAR"))
    stock = {("NEAR", "A"): 1, ("FAR", "A"): 1}
    order = facts([item("1", "A")], stock, nodes=nodes, policy=Policy(refusal_cost=100))
    decision = decide(order, NEAR_FAR)
    # Half of the time: 100 for the refusal and 200 to FAR. 900 + 150 is still below 1100.
    assert decision.chosen is not None
    assert (decision.chosen.nodes, decision.chosen.cost.refusal) == (("NEAR",), 150)
    wary = decide(replace(order, policy=Policy(refusal_cost=300)), NEAR_FAR)
    assert wary.chosen is not None
    assert wary.chosen.nodes == ("FAR",)
    assert wary.binding.reason == "refusal"


def test_equal_costs_fall_to_fewer_nodes_then_to_the_first_node() -> None:
    rates = Lines({"X": (0, 100), "Y": (0, 100)})
    stock = {("Y", "A"): 1, ("X", "A"): 1, ("Y", "B"): 1, ("X", "B"): 1}
    decision = decide(facts([item("1", "A"), item("2", "B")], stock), rates)
    assert decision.chosen is not None
    assert decision.chosen.nodes == ("Y",)


def test_a_candidate_dearer_than_a_part_of_itself_is_left_out() -> None:
    stock = {("NEAR", "A"): 1, ("NEAR", "B"): 1, ("FAR", "A"): 1}
    decision = decide(facts([item("1", "A"), item("2", "B")], stock), NEAR_FAR)
    assert [one.nodes for one in decision.candidates] == [("NEAR",)]


def test_nobody_left_tells_which_rule_left_it_so() -> None:
    late = Lines({"NEAR": (1, 1)}, arrives_at=NOON + timedelta(days=3))
    order = facts([item("1", "A")], {("NEAR", "A"): 1}, promised_at=NOON + timedelta(days=2))
    decision = decide(order, late)
    assert decision.chosen is None
    assert decision.binding.reason == "no_candidate"
    assert "arrives 2026-03-05 12:00, after the promised 2026-03-04 12:00" in decision.binding.message


def test_the_only_way_left_names_the_rule_that_left_it() -> None:
    order = facts([item("1", "A")], {("NEAR", "A"): 1, ("FAR", "A"): 1}, barred=("NEAR",))
    decision = decide(order, NEAR_FAR)
    assert decision.binding.reason == "rule"
    assert decision.left_out[0].reason == "barred"


def test_a_waived_promise_is_told_first() -> None:
    order = facts([item("1", "A")], {("NEAR", "A"): 1}, waived="Nobody keeps the promise of Tuesday.")
    assert decide(order, NEAR_FAR).binding.message.startswith("Nobody keeps the promise of Tuesday. NEAR is the only")


def test_without_candidates_and_rules_no_node_can_send_it_whole() -> None:
    assert binding_of([], []).message == "No node set can serve the order. No node can send it whole."


def test_a_stored_decision_is_made_again_to_the_same_bytes() -> None:
    order = facts(
        [item("1", "A", 2), item("2", "B")],
        {("NEAR", "A"): 2, ("FAR", "A"): 9, ("FAR", "B"): 1, ("NEAR", "B"): 4},
        prices={("NEAR", "A"): 50},
        nodes=(NodeFacts("NEAR", acceptance=0.83), NodeFacts("FAR")),
        policy=Policy(refusal_cost=33),
    )
    decision, snapshot = decide_and_record(order, NEAR_FAR)
    read = decode_snapshot(encode(snapshot))
    assert read == snapshot
    again = replay(read)
    assert again == decision
    assert encode(again) == encode(decision)
    assert decode_decision(encode(decision)) == decision


def test_facts_kept_before_postal_codes_counted_are_read_still() -> None:
    assert msgspec.json.decode(b'["CN:x","CN","x","",null,null]', type=Destination) == Destination("CN:x", "CN", "x")


@pytest.mark.parametrize("qty", [0, -1])
def test_a_line_without_pieces_is_no_fact(qty: int) -> None:
    with pytest.raises(InputError, match="without pieces"):
        facts([item("1", "A", qty)], {("NEAR", "A"): 1})


def test_a_chance_of_zero_is_no_fact() -> None:
    with pytest.raises(InputError, match="no chance above 0"):
        NodeFacts("NEAR", acceptance=0.0)
