from __future__ import annotations

import math

import pytest

from entrepot.kernel.errors import InputError
from entrepot.orders.sourcing import Lane, Network, NodeFacts, PriceModel, Profile
from entrepot.orders.sourcing.demand import MOST_LANES, UNSERVED, Basket, price_problem, till_worth
from entrepot.orders.sourcing.estimate import DistanceRates, Estimate, Point
from entrepot.orders.sourcing.facts import Destination, Parcel
from entrepot.orders.sourcing.prices import price_of
from tests.unit.orders.sourcing_orders import EAST, Lines

# EAST is 100 from N1 and 150 from N2; WEST is 300 from N1 and 160 from N2.
LANES = (
    Lane("N1", "east", 100, 0), Lane("N2", "east", 150, 0), Lane("N1", "west", 300, 0), Lane("N2", "west", 160, 0),
    Lane("none", "east", 900, 0), Lane("none", "west", 900, 0),
)  # fmt: skip


def network(*baskets: tuple[str, tuple[str, ...]]) -> Network:
    profiles = tuple(Profile(region, tuple((sku, 1) for sku in skus)) for region, skus in baskets)
    cells = tuple((node, sku) for node in ("N1", "N2") for sku in ("A", "B"))
    return Network(profiles, LANES, {}, cells)


def test_the_price_is_what_the_next_best_way_costs_more() -> None:
    model = PriceModel(network(("east", ("A",))))
    priced = model.solve([2.0], {("N1", "A"): 1, ("N2", "A"): 5})
    assert priced.prices["N1", "A"] == 50
    assert priced.prices["N2", "A"] == 0
    assert priced.objective == priced.bound == 250
    assert priced.left["N2", "A"] == 4


def test_a_price_counts_as_often_as_a_level_of_demand_outlasts_the_stock() -> None:
    # Two are expected: one, two or three may be asked for, and the fourth piece is spare at every level.
    model = PriceModel(network(("east", ("A",))))
    worth = [model.price([2.0], {("N1", "A"): pieces, ("N2", "A"): 9}).prices["N1", "A"] for pieces in (0, 2, 4)]
    assert worth == pytest.approx([50, 50 / 3, 0])


def test_the_plan_told_with_the_prices_is_of_what_is_expected() -> None:
    stock = {("N1", "A"): 2, ("N2", "A"): 9}
    shape = network(("east", ("A",)))
    priced, certain = PriceModel(shape).price([2.0], stock), PriceModel(shape).solve([2.0], stock)
    assert (priced.objective, priced.bound, priced.left) == (certain.objective, certain.bound, certain.left)


def test_stock_that_outlasts_demand_is_worth_nothing() -> None:
    priced = PriceModel(network(("east", ("A",)))).solve([2.0], {("N1", "A"): 9, ("N2", "A"): 9})
    assert set(priced.prices.values()) == {0.0}


def test_a_solution_after_another_is_the_same_as_from_the_start() -> None:
    shape = network(("east", ("A", "B")), ("west", ("B",)))
    stock = {("N1", "A"): 3, ("N1", "B"): 1, ("N2", "A"): 0, ("N2", "B"): 4}
    warm = PriceModel(shape)
    warm.solve([9.0, 1.0], stock)
    assert warm.solve([3.0, 2.0], stock).objective == PriceModel(shape).solve([3.0, 2.0], stock).objective


def test_parcels_are_not_shared_by_halves_of_lines() -> None:
    # Three lines, each pair of them at one node: halves of three parcels would cost 1.5, whole ways cost 2.
    lanes = (*(Lane(node, "east", 100, 0) for node in ("N1", "N2", "N3")), Lane("none", "east", 900, 0))
    cells = tuple((f"N{number + 1}", sku) for number in range(3) for sku in "ABC" if sku != "ABC"[number])
    shape = Network((Profile("east", (("A", 1), ("B", 1), ("C", 1))),), lanes, {}, cells)
    assert PriceModel(shape).solve([2.0], dict.fromkeys(cells, 9)).objective == 400


def test_a_long_basket_counts_as_several() -> None:
    skus = [f"S{number}" for number in range(7)]
    lanes = (Lane("N1", "east", 100, 0), Lane("none", "east", 900, 0))
    shape = Network((Profile("east", tuple((sku, 1) for sku in skus)),), lanes, {}, tuple(("N1", sku) for sku in skus))
    assert PriceModel(shape).solve([1.0], {("N1", sku): 1 for sku in skus}).objective == 200


def test_without_a_way_to_not_serve_a_region_the_problem_is_refused() -> None:
    with pytest.raises(InputError, match="Orders of east have no lane without a limit"):
        PriceModel(Network((Profile("east", (("A", 1),)),), (Lane("N1", "east", 1, 0),), {}, (("N1", "A"),)))


def test_without_orders_stock_is_worth_nothing() -> None:
    priced = PriceModel(network()).solve([], {("N1", "A"): 3})
    assert (priced.prices["N1", "A"], priced.left["N1", "A"]) == (0.0, 3.0)


def test_prices_are_rounded_half_up() -> None:
    assert [price_of(worth) for worth in (0.0, 0.49, 0.5, 41.5)] == [0, 0, 1, 42]


def test_the_problem_is_read_from_history_lanes_and_tills() -> None:
    baskets = [
        Basket("east", (("A", 1), ("B", 2)), 3),
        Basket("", (("A", 1), ("B", 1)), 5, till="N2"),
        Basket("", (("A", 1),), 2, till="N2"),
    ]
    nodes = [NodeFacts("N1", handling_per_parcel=7, handling_per_piece=2), NodeFacts("N2"), NodeFacts("N3")]
    rates = Lines({"N1": (100, 10), "N2": (300, 10), "N3": (1, 1)})
    cells = [("N1", "A"), ("N2", "A"), ("N2", "B")]
    problem = price_problem(
        baskets, nodes, {"east": EAST}, rates, {"A": 1.0}, {"A": 50.0}, cells, lost_order=400.0, share=0.5
    )
    assert dict(zip(problem.network.profiles, problem.expected, strict=True)) == {
        Profile("east", (("A", 1), ("B", 2))): 1.5,
        Profile("till:N2", (("A", 1),)): 3.5,  # a till's basket counts line by line
        Profile("till:N2", (("B", 1),)): 2.5,
    }
    assert set(problem.network.lanes) == {
        Lane("N1", "east", 107.0, 10.0, 2),
        Lane("N2", "east", 300.0, 10.0, 0),
        Lane(UNSERVED, "east", 400.0, 0.0),
        Lane("N2", "till:N2", 0.0, 0.0),
        Lane(UNSERVED, "till:N2", 0.0, 0.0),
    }
    priced = PriceModel(problem.network).solve(problem.expected, {("N2", "A"): 3, ("N2", "B"): 9, ("N1", "A"): 9})
    assert priced.prices["N2", "A"] == 50.0  # the shop's last pieces: the margin its own customers would bring


def test_the_last_piece_beside_a_till_is_worth_the_chance_that_somebody_asks_for_it() -> None:
    baskets = [Basket("", (("A", 1),), 2, till="S1"), Basket("east", (("A", 1),), 90)]
    stock = {("S1", "A"): 1, ("S2", "A"): 1}
    worth = till_worth(baskets, stock, {"A": 100.0}, share=0.25)
    assert worth == {("S1", "A"): pytest.approx(100 * (1 - math.exp(-0.5)))}
    two = till_worth(baskets, {("S1", "A"): 2}, {"A": 100.0}, share=0.25)
    assert two["S1", "A"] == pytest.approx(100 * (1 - 1.5 * math.exp(-0.5)))
    assert till_worth(baskets, {("S1", "A"): 0}, {"A": 100.0}, share=0.25) == {}


def test_a_region_keeps_its_cheapest_lanes() -> None:
    names = [f"N{number:02}" for number in range(MOST_LANES + 4)]
    rates = Lines({name: (100 + number, 0) for number, name in enumerate(names)})
    problem = price_problem(
        [Basket("east", (("A", 1),), 1)], [NodeFacts(name) for name in names], {"east": EAST}, rates, {}, {},
        [(name, "A") for name in names], lost_order=1.0, share=1.0,
    )  # fmt: skip
    assert [lane.node for lane in problem.network.lanes] == [*names[:MOST_LANES], UNSERVED]


def test_the_estimate_grows_with_distance_and_chargeable_weight() -> None:
    rates = DistanceRates({"HERE": Point(30.0, 120.0)}, Estimate(600, 100, 8, 6_000))
    near = Destination("east", latitude=30.0, longitude=120.0)

    def cost(destination: Destination, weight_g: int, volume_mm3: int = 0, node: str = "HERE") -> int:
        return rates.quote(node, destination, Parcel(1, weight_g, volume_mm3))[0].cost

    assert cost(near, 900) == cost(near, 1000) == 600
    assert cost(near, 1001) == 700
    assert cost(near, 100, 12_000_000) == 700  # 12 litres count as two kilograms
    assert cost(Destination("west"), 900) == cost(near, 900, node="ELSEWHERE") == 680  # 1,000 km are assumed
