"""Sourcing on small random orders, against everything there is: brute force, naive feasibility, linear programming."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.orders.sourcing import (
    Candidate,
    Cell,
    Decision,
    Destination,
    Facts,
    Item,
    Lane,
    Network,
    NodeFacts,
    Open,
    Parcel,
    Policy,
    PriceModel,
    Profile,
    RateQuote,
    Rates,
    candidates,
    decide,
)
from entrepot.orders.sourcing.batch import Holding, Waiting, plan_again, plan_and_record, reoptimise, uses_of
from entrepot.orders.sourcing.cost import load_cost
from entrepot.orders.sourcing.demand import Coming, Problem, with_supply
from entrepot.orders.sourcing.snapshot import decide_and_record, decode_snapshot, encode, replay
from tests.unit.orders.sourcing_orders import NOON

NODES = ("N1", "N2", "N3", "N4")
SKUS = ("A", "B", "C")


class Steps:
    """A tariff that is not additive: a base, and so much for each begun two kilograms."""

    def __init__(self, bases: dict[str, int], step: int) -> None:
        self.bases = bases
        self.step = step

    def quote(self, node: str, destination: Destination, parcel: Parcel) -> tuple[RateQuote, ...]:
        return (RateQuote("c", "s", self.bases[node] + self.step * -(-parcel.weight_g // 2000)),)


amounts = st.integers(0, 60)


@st.composite
def orders(draw: st.DrawFn, name: str = "o") -> Facts:
    asked = draw(st.lists(st.sampled_from(SKUS), min_size=1, max_size=3, unique=True))
    items = tuple(
        Item(f"{name}-{place}", sku, draw(st.integers(1, 3)), draw(st.sampled_from([400, 1500, 2500])))
        for place, sku in enumerate(asked)
    )
    nodes = tuple(
        NodeFacts(
            node,
            capacity=draw(st.sampled_from([None, None, 4])),
            handling_per_parcel=draw(amounts),
            handling_per_piece=draw(st.integers(0, 5)),
        )
        for node in NODES
    )
    stock = tuple(
        Cell(node, sku, draw(st.integers(-1, 4)), draw(amounts), draw(st.integers(0, 20)))
        for node in NODES
        for sku in SKUS
    )
    policy = Policy(split_penalty=draw(st.sampled_from([0, 25])), load_cost=draw(st.sampled_from([0, 10])))
    return Facts(name, NOON, items, Destination("east"), nodes, stock, policy)


@st.composite
def tariffs(draw: st.DrawFn) -> Steps:
    return Steps({node: draw(st.integers(50, 150)) for node in NODES}, draw(amounts))


def ways(facts: Facts) -> Iterator[dict[str, dict[str, int]]]:
    """Every way to send each whole line from one node: ``node -> sku -> pieces``."""
    for chosen in product(NODES, repeat=len(facts.items)):
        sent: dict[str, dict[str, int]] = {}
        for item, node in zip(facts.items, chosen, strict=True):
            sent.setdefault(node, {})[item.sku] = item.qty
        yield sent


def bill(facts: Facts, rates: Steps, sent: dict[str, dict[str, int]]) -> int | None:
    """What a way costs, reckoned naively; None when stock or capacity forbid it."""
    cells = {(cell.node, cell.sku): cell for cell in facts.stock}
    nodes = {node.id: node for node in facts.nodes}
    weights = {item.sku: item.weight_g for item in facts.items}
    total = facts.policy.split_penalty * (len(sent) - 1)
    for node, pieces in sent.items():
        count = sum(pieces.values())
        capacity = nodes[node].capacity
        if any(cells[node, sku].free < qty for sku, qty in pieces.items()) or (capacity or count) < count:
            return None
        weight = sum(qty * weights[sku] for sku, qty in pieces.items())
        total += rates.quote(node, facts.destination, Parcel(count, weight, 0))[0].cost
        total += nodes[node].handling_per_parcel + count * nodes[node].handling_per_piece
        total += load_cost(facts.policy.load_cost, nodes[node], count)
        total += sum(qty * (cells[node, sku].price - cells[node, sku].credit) for sku, qty in pieces.items())
    return total


@given(orders(), tariffs())
def test_the_choice_is_the_cheapest_of_all_ways(facts: Facts, rates: Steps) -> None:
    decision = decide(facts, rates)
    bills = [total for sent in ways(facts) if (total := bill(facts, rates, sent)) is not None]
    if decision.chosen is None:
        assert not bills
        return
    if (
        len({pick.line for share in decision.chosen.shares for pick in share.picks})
        == sum(len(share.picks) for share in decision.chosen.shares)
        and bills
    ):
        assert decision.chosen.total == min(bills)
    assert decision.is_exact
    assert decision.bound == decision.chosen.total == min(one.total for one in decision.candidates)


@given(orders(), tariffs())
def test_every_candidate_sends_what_was_asked_from_stock_that_is_there(facts: Facts, rates: Steps) -> None:
    free = {(cell.node, cell.sku): cell.free for cell in facts.stock}
    capacity = {node.id: node.capacity for node in facts.nodes}
    for candidate in decide(facts, rates).candidates:
        sent = Counter[str]()
        for share in candidate.shares:
            for pick in share.picks:
                sent[pick.line] += pick.qty
            assert sum(pick.qty for pick in share.picks) <= (capacity[share.node] or 10**9)
        assert sent == {item.line: item.qty for item in facts.items}
        assert all(pieces <= free[cell] for cell, pieces in uses_of(candidate).items())
        assert candidate.total == candidate.cost.total


@given(orders(), tariffs())
def test_a_beam_never_claims_less_than_the_best_and_never_more_than_it_found(facts: Facts, rates: Steps) -> None:
    best = decide(facts, rates)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candidates, "MOST_ENTRIES", 0)
        patch.setattr(candidates, "MOST_ATOMS", 0)
        found = decide(facts, rates)
    if found.chosen is None or best.chosen is None:
        assert best.chosen is None or found.chosen is None
        return
    assert not found.is_exact
    assert found.bound <= best.chosen.total <= found.chosen.total


def searched(facts: Facts, rates: Rates) -> Decision:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candidates, "MOST_ENTRIES", 0)
        return decide(facts, rates)


acceptances = st.lists(st.sampled_from([1.0, 0.95, 0.7, 0.4]), min_size=len(NODES), max_size=len(NODES))


@settings(max_examples=60)
@given(orders(), tariffs(), acceptances, st.integers(0, 80), st.sampled_from([0, 500]))
def test_a_search_finds_what_pricing_everything_finds(
    facts: Facts, rates: Steps, accepts: list[float], refusal: int, lost: int
) -> None:
    nodes = tuple(replace(node, acceptance=rate) for node, rate in zip(facts.nodes, accepts, strict=True))
    policy = replace(facts.policy, refusal_cost=refusal, lost_cost=lost)
    facts = replace(facts, nodes=nodes, policy=policy, open=(Open("N2", Parcel(1, 700, 0)),) if lost else ())
    best, found = decide(facts, rates), searched(facts, rates)
    assert found.is_exact
    assert (found.chosen is None) == (best.chosen is None)
    if found.chosen is not None and best.chosen is not None:
        assert found.chosen.total == best.chosen.total == found.bound
        known = {one.nodes: one.total for one in best.candidates}
        assert all(one.total >= known.get(one.nodes, 0) for one in found.candidates)
        assert all(one.total == one.cost.total for one in found.candidates)


@given(st.integers(1, 60), st.permutations([100, 120, 140, 160]))
@settings(max_examples=20)
def test_where_more_costs_less_a_search_prices_everything(step: int, bases: list[int]) -> None:
    items = tuple(Item(sku, sku, 2, 2500) for sku in SKUS)
    stock = tuple(Cell(node, sku, 2) for node in NODES for sku in SKUS if (node, sku) != ("N4", "A"))
    facts = Facts("o", NOON, items, Destination("east"), tuple(map(NodeFacts, NODES)), stock)
    falling = Steps(dict(zip(NODES, bases, strict=True)), -step)
    best, found = decide(facts, falling), searched(facts, falling)
    assert found.is_exact
    assert best.chosen is not None
    assert found.chosen is not None
    assert found.chosen.total == best.chosen.total


@settings(max_examples=40)
@given(orders(), tariffs())
def test_a_node_that_is_passed_over_costs_what_is_said_of_it_at_least(facts: Facts, rates: Steps) -> None:
    found = searched(facts, rates)
    for one in found.left_out if found.chosen is not None else ():
        if one.reason == "dominated":
            more = int(one.message.split(" at least ")[1].split()[0])
            with_it = [bill(facts, rates, sent) for sent in ways(facts) if one.node in sent]
            known = [total for total in with_it if total is not None]
            assert found.chosen is not None
            assert all(total >= found.chosen.total + more for total in known)


@given(orders(), tariffs(), st.integers(0, 40))
def test_a_likely_refusal_never_makes_an_order_cheaper(facts: Facts, rates: Steps, cost: int) -> None:
    sure = decide(facts, rates)
    nodes = tuple(replace(node, acceptance=0.7) for node in facts.nodes)
    unsure = decide(replace(facts, nodes=nodes, policy=replace(facts.policy, refusal_cost=cost)), rates)
    assert (sure.chosen is None) == (unsure.chosen is None)
    if sure.chosen is not None and unsure.chosen is not None:
        assert unsure.chosen.total >= sure.chosen.total
        assert unsure.chosen.cost.refusal >= 0.3 * cost - 1


@given(orders(), tariffs())
def test_a_decision_is_made_again_to_the_byte(facts: Facts, rates: Steps) -> None:
    decision, snapshot = decide_and_record(facts, rates)
    assert encode(replay(decode_snapshot(encode(snapshot)))) == encode(decision)


def held(candidate: Candidate) -> tuple[Holding, ...]:
    return tuple(Holding(*cell, pieces) for cell, pieces in sorted(uses_of(candidate).items()))


@settings(max_examples=40)
@given(st.lists(orders(), min_size=2, max_size=4), tariffs(), st.booleans())
def test_a_batch_is_never_worse_and_never_takes_more_than_there_is(
    drawn: list[Facts], rates: Steps, one_buyer: bool
) -> None:
    shared = drawn[0]
    stock = {(cell.node, cell.sku): cell for cell in shared.stock}
    waiting: list[Waiting] = []
    for number, one in enumerate(drawn):
        facts = replace(shared, order=f"o{number}", items=one.items, stock=tuple(stock.values()))
        facts = replace(facts, nodes=tuple(replace(node, capacity=None) for node in facts.nodes))
        chosen = decide(facts, rates).chosen
        if chosen is None:
            continue
        waiting.append(Waiting(facts, held(chosen), "buyer" if one_buyer else ""))
        for cell, pieces in uses_of(chosen).items():
            stock[cell] = stock[cell]._replace(free=stock[cell].free - pieces)
    # What is free is what the last order left; each sees the same.
    waiting = [replace(one, facts=replace(one.facts, stock=tuple(stock.values()))) for one in waiting]
    plan, snapshot = plan_and_record(waiting, rates)
    assert plan.after <= plan.before
    assert plan.bound <= plan.after + 1e-6
    used = Counter[tuple[str, str]]()
    for one in waiting:
        sent = Counter[str]()
        for share in plan.chosen[one.facts.order].shares:
            for pick in share.picks:
                sent[pick.line] += pick.qty
        assert sent == {item.line: item.qty for item in one.facts.items}
        used.update(uses_of(plan.chosen[one.facts.order]))
    had = Counter({cell: max(0, one.free) for cell, one in stock.items()})
    for one in waiting:
        had.update({(node, sku): qty for node, sku, qty in one.held})
    assert all(pieces <= had[cell] for cell, pieces in used.items())
    assert plan_again(snapshot) == plan
    assert reoptimise(waiting, rates) == plan


@st.composite
def networks(draw: st.DrawFn) -> tuple[Network, list[float], dict[tuple[str, str], int]]:
    regions = ("east", "west")
    lanes = [
        Lane(node, region, draw(st.integers(20, 90)), draw(st.integers(0, 9)))
        for node in NODES[:3]
        for region in regions
    ]
    lanes += [Lane("unserved", region, 200, 20) for region in regions]
    baskets = draw(
        st.lists(
            st.tuples(st.sampled_from(regions), st.lists(st.sampled_from(SKUS), min_size=1, max_size=3, unique=True)),
            min_size=1,
            max_size=5,
        )
    )
    profiles = sorted({Profile(region, tuple((sku, 1) for sku in sorted(skus))) for region, skus in baskets})
    stock = {(node, sku): draw(st.integers(0, 8)) for node in NODES[:3] for sku in SKUS}
    expected = [float(draw(st.integers(0, 9))) for _ in profiles]
    return Network(tuple(profiles), tuple(lanes), dict.fromkeys(SKUS, 1.0), tuple(stock)), expected, stock


@given(networks())
def test_prices_are_the_duals_of_their_program(
    drawn: tuple[Network, list[float], dict[tuple[str, str], int]],
) -> None:
    network, expected, stock = drawn
    model = PriceModel(network)
    priced = model.solve(expected, stock)
    for cell, price in priced.prices.items():
        assert price >= 0
        assert priced.left[cell] >= -1e-6
        # Complementary slackness: what is left over is worth nothing.
        assert price * max(0.0, priced.left[cell]) <= 1e-4 * max(1.0, priced.objective)
    assert priced.bound <= priced.objective + 1e-6 * max(1.0, priced.objective)
    assert priced.objective - priced.bound <= 1e-3 * max(1.0, priced.objective)
    again = model.solve(expected, stock)
    assert again.objective == pytest.approx(priced.objective, rel=1e-4, abs=1e-6)


@given(networks())
def test_one_piece_more_saves_no_more_than_its_price(
    drawn: tuple[Network, list[float], dict[tuple[str, str], int]],
) -> None:
    network, expected, stock = drawn
    model = PriceModel(network)
    priced = model.solve(expected, stock)
    for cell in stock:
        if stock[cell] == 0:
            continue  # a cell without stock is no way to send, so its price is not looked for
        more = model.solve(expected, {**stock, cell: stock[cell] + 1})
        slack = 1e-3 * max(1.0, priced.objective)
        assert priced.bound - more.objective <= priced.prices[cell] + slack


@settings(max_examples=40)
@given(networks(), st.sampled_from([-0.3, 0.2, 0.5, 0.8]), st.integers(1, 6), st.data())
def test_supply_on_its_way_is_worth_something_and_never_more_than_supply_that_is_there(
    drawn: tuple[Network, list[float], dict[tuple[str, str], int]], share: float, qty: int, data: st.DataObject
) -> None:
    network, expected, stock = drawn
    node, sku = data.draw(st.sampled_from(sorted(stock)))
    problem = Problem(network, tuple(expected))
    later, supply = with_supply(problem, stock, [Coming(node, sku, share, qty)])
    coming = PriceModel(later.network).solve(later.expected, supply)
    without = PriceModel(network).solve(expected, stock)
    there = PriceModel(network).solve(expected, {**stock, (node, sku): stock[node, sku] + qty})
    slack = 1e-3 * max(1.0, without.objective)
    assert there.bound - slack <= coming.objective <= without.objective + slack
    assert sum(coming.left.values()) >= -1e-6
    if share > 0.5:
        assert later == problem  # it comes for nobody's order of this horizon
    else:
        halves = len(network.cells)
        assert all(
            coming.prices[now] >= coming.prices[then] - slack
            for now, then in zip(later.network.cells[:halves], later.network.cells[halves:], strict=True)
        )
