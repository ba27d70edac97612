from __future__ import annotations

from datetime import timedelta

import pytest

from entrepot.orders.sourcing import Facts, NodeFacts, Parcel, RateQuote, decide
from entrepot.orders.sourcing.rules import barred, capacity, channel, cut_off, hazmat, inactive, promise
from tests.unit.orders.sourcing_orders import NOON, Lines, facts, item

LATER = NOON + timedelta(hours=5)
PLAIN = facts([item("1", "A")], {("N", "A"): 1})


@pytest.mark.parametrize(
    ("order", "node", "message"),
    [
        (PLAIN, NodeFacts("N", is_active=False), "N is not active."),
        (PLAIN, NodeFacts("N"), None),
    ],
)
def test_a_closed_node_is_refused(order: Facts, node: NodeFacts, message: str | None) -> None:
    assert inactive.refuse(order, node) == message


def test_a_node_that_refused_this_order_is_barred() -> None:
    order = facts([item("1", "A")], {("N", "A"): 1}, barred=("N",))
    assert barred.refuse(order, NodeFacts("N")) == "N did not take this order when it was asked."
    assert barred.refuse(order, NodeFacts("M")) is None


@pytest.mark.parametrize(
    ("sold", "serves", "message"),
    [
        ("shopify", ("taobao", "douyin"), "N serves taobao, douyin, not shopify."),
        ("shopify", (), "N serves no channel, not shopify."),
        ("shopify", ("shopify",), None),
        ("shopify", None, None),
        (None, ("taobao",), None),
    ],
)
def test_a_node_serves_its_channels_alone(
    sold: str | None, serves: tuple[str, ...] | None, message: str | None
) -> None:
    order = facts([item("1", "A")], {("N", "A"): 1}, channel=sold)
    assert channel.refuse(order, NodeFacts("N", channels=serves)) == message


def test_dangerous_goods_leave_from_nodes_that_may_handle_them() -> None:
    node = NodeFacts("N", takes_hazmat=False)
    assert hazmat.refuse(PLAIN, node, Parcel(1, 1, 0, is_hazmat=True)) == "N may not handle dangerous goods."
    assert hazmat.refuse(PLAIN, node, Parcel(1, 1, 0)) is None


def test_capacity_counts_the_pieces_a_node_still_takes() -> None:
    node = NodeFacts("N", capacity=10, load=8)
    assert capacity.refuse(PLAIN, node, Parcel(3, 1, 0)) == "N can take 2 more pieces of its 10, not 3."
    assert capacity.refuse(PLAIN, node, Parcel(2, 1, 0)) is None
    assert capacity.refuse(PLAIN, NodeFacts("N", capacity=10, load=12), Parcel(1, 1, 0)) is not None


@pytest.mark.parametrize(("leaves", "is_refused"), [(NOON, False), (LATER, True), (None, False)])
def test_a_service_that_leaves_after_the_cut_off_is_refused(leaves: object, is_refused: bool) -> None:
    order = facts([item("1", "A")], {("N", "A"): 1}, leave_by=NOON)
    quote = RateQuote("sf", "ground", 1, leaves_at=leaves)  # type: ignore[arg-type]
    assert (cut_off.refuse(order, NodeFacts("N"), quote) is not None) == is_refused


@pytest.mark.parametrize(("arrives", "is_refused"), [(NOON, False), (LATER, True), (None, False)])
def test_a_service_that_arrives_after_the_promise_is_refused(arrives: object, is_refused: bool) -> None:
    order = facts([item("1", "A")], {("N", "A"): 1}, promised_at=NOON)
    quote = RateQuote("sf", "ground", 1, arrives_at=arrives)  # type: ignore[arg-type]
    assert (promise.refuse(order, NodeFacts("N"), quote) is not None) == is_refused


def test_every_reason_reaches_the_decision() -> None:
    nodes = (
        NodeFacts("CLOSED", is_active=False),
        NodeFacts("EMPTY"),
        NodeFacts("PLAIN", takes_hazmat=False),
        NodeFacts("FULL", capacity=1, load=1),
        NodeFacts("LONELY"),
        NodeFacts("GOOD"),
    )
    goods = [item("1", "GAS", is_hazmat=True)]
    stock = {(node.id, "GAS"): 0 if node.id == "EMPTY" else 1 for node in nodes}
    rates = Lines(dict.fromkeys(("CLOSED", "EMPTY", "PLAIN", "FULL", "GOOD"), (1, 1)))
    decision = decide(facts(goods, stock, nodes=nodes), rates)
    told = {one.node: one.reason for one in decision.left_out}
    assert told == {
        "CLOSED": "inactive", "EMPTY": "stock", "PLAIN": "hazmat", "FULL": "capacity", "LONELY": "no_service",
    }  # fmt: skip
