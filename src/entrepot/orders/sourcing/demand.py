"""The price problem of a retailer: what orders of the past ask for, over the lanes its nodes have."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from entrepot.orders.sourcing.facts import Destination, NodeFacts, Parcel
from entrepot.orders.sourcing.network import Lane, Network, Profile
from entrepot.orders.sourcing.ports import Rates

UNSERVED: Final = "unserved"
"""The lane that stands for not sending from stock."""

TILL: Final = "till:"
"""Before the node, the region of what its till sells."""

MOST_BASKETS: Final = 3_000
"""Baskets of several SKUs that are kept whole, the most frequent first; the others count line by line, as a till's do:
what leaves in no parcel shares none.
"""

MOST_LANES: Final = 10
"""Nodes with a limit that a region's orders may leave from in the problem, the cheapest first."""

PERIODS: Final = 2
"""Into which the horizon is cut where supply is due within it."""

_LIGHT, _HEAVY = 1_000, 5_000


class Basket(NamedTuple):
    """Orders of the past that asked a region for the same things.

    Parameters
    ----------
    region : str
        Of the destination; for what a till sold, its node.
    lines : tuple of (sku, pieces)
        By SKU.
    orders : int
        How many.
    till : str
        The node whose till sold it; empty for what was sent.
    """

    region: str
    lines: tuple[tuple[str, int], ...]
    orders: int
    till: str = ""


class Coming(NamedTuple):
    """Pieces on their way.

    Parameters
    ----------
    node, sku : str
        Where to, and of what.
    share : float
        Of the horizon that will be over when they are there; below zero for what is overdue.
    qty : int
        Pieces.
    """

    node: str
    sku: str
    share: float
    qty: int


class Problem(NamedTuple):
    """A network with what it expects: orders of each profile until the horizon."""

    network: Network
    expected: tuple[float, ...]


def price_problem(
    baskets: Sequence[Basket],
    nodes: Sequence[NodeFacts],
    destinations: Mapping[str, Destination],
    rates: Rates,
    kilograms: Mapping[str, float],
    losses: Mapping[str, float],
    cells: Sequence[tuple[str, str]],
    *,
    lost_order: float,
    share: float,
) -> Problem:
    """State the price problem.

    Parameters
    ----------
    baskets : sequence of Basket
        The history.
    nodes : sequence of NodeFacts
        Active ones.
    destinations : mapping of region to Destination
        One for each region of a basket that was sent.
    rates : Rates
        What carriers ask.
    kilograms, losses : mapping of sku to float
        Weight of a piece; what is lost with a piece that is not served.
    cells : sequence of (node, sku)
        Stock to price.
    lost_order : float
        What an order that is not served loses beside its pieces.
    share : float
        Horizon over history.

    Returns
    -------
    Problem
        Equal histories give equal problems: profiles are in the sequence of their names.

    Notes
    -----
    A till's own sales leave from its node alone and cost nothing to send; they are what makes a store's last pieces
    dear. Lanes are lines through the cheapest quotes for one and for five kilograms.
    """
    counts = _profiles(baskets)
    profiles = tuple(sorted(counts))
    sent = sorted({profile.region for profile in profiles if profile.region in destinations})
    tills = sorted({profile.region for profile in profiles} - set(sent))
    stocked = {node for node, _ in cells}
    lanes: list[Lane] = []
    for region in sent:
        found = [_lane(node, region, destinations[region], rates) for node in nodes if node.id in stocked]
        known = sorted(
            (lane for lane in found if lane is not None), key=lambda lane: (lane.parcel + lane.kilogram, lane)
        )
        lanes += [*known[:MOST_LANES], Lane(UNSERVED, region, lost_order, 0.0)]
    for till in tills:
        node = till.removeprefix(TILL)
        lanes += [*([Lane(node, till, 0.0, 0.0)] if node in stocked else []), Lane(UNSERVED, till, 0.0, 0.0)]
    return Problem(
        Network(profiles, tuple(lanes), kilograms, tuple(cells), losses),
        tuple(share * counts[profile] for profile in profiles),
    )


def with_supply(
    problem: Problem, stock: Mapping[tuple[str, str], int], coming: Sequence[Coming]
) -> tuple[Problem, dict[tuple[str, str], int]]:
    """Cut the horizon into periods, so that supply serves the orders after it and none before.

    Parameters
    ----------
    problem : Problem
        Of the whole horizon.
    stock : mapping of (node, sku) to int
        Free pieces now.
    coming : sequence of Coming
        Supply for cells of the problem.

    Returns
    -------
    Problem
        Its first cells are those of now; the same cells of later periods follow, and keep what is left of earlier ones.
    dict of (node, sku) to int
        Stock by the cells of that problem.

    Notes
    -----
    Supply counts from the first period that begins once it is there, overdue supply from the second; what is there
    only for the last period's orders to come is left out. Without any the problem stays as it is.
    """
    begins = [(one, max(1, math.ceil(PERIODS * one.share))) for one in coming if one.qty > 0]
    if not any(period < PERIODS for _, period in begins):
        return problem, dict(stock)
    network, periods = problem.network, range(PERIODS)
    stocked, count = {node for node, _ in network.cells}, len(network.cells)
    lanes = [(lane, lane.node in stocked) for lane in network.lanes]
    whole = Network(
        tuple(Profile(_at(one.region, time), one.basket) for time in periods for one in network.profiles),
        tuple(
            lane._replace(node=_at(lane.node, time if is_limited else 0), region=_at(lane.region, time))
            for time in periods
            for lane, is_limited in lanes
        ),
        network.kilograms,
        tuple((_at(node, time), sku) for time in periods for node, sku in network.cells),
        network.losses,
        tuple((cell, cell + count) for cell in range(count * (PERIODS - 1))),
    )
    supply = {cell: max(0, pieces) for cell, pieces in stock.items()}
    for one, period in begins:
        if period < PERIODS:
            cell = _at(one.node, period), one.sku
            supply[cell] = supply.get(cell, 0) + one.qty
    return Problem(whole, tuple(one / PERIODS for one in problem.expected) * PERIODS), supply


def _at(name: str, period: int) -> str:
    return f"{name}\t{period}" if period else name


def till_worth(
    baskets: Sequence[Basket], stock: Mapping[tuple[str, str], int], losses: Mapping[str, float], share: float
) -> dict[tuple[str, str], float]:
    """Return what the last piece of a cell is worth to the till beside it.

    Parameters
    ----------
    baskets : sequence of Basket
        The history; those of tills count.
    stock : mapping of (node, sku) to int
        Free pieces.
    losses : mapping of sku to float
        What is lost with a piece that is not there.
    share : float
        Horizon over history.

    Returns
    -------
    dict of (node, sku) to float
        Loss times the chance that the till asks for the last piece, for cells with stock.

    Notes
    -----
    The program knows demand as its mean, and to a mean of 0.4 the only piece is spare. What a till asks for until the
    horizon is taken as Poisson, and the piece is worth ``loss * P(demand >= stock)``: the newsvendor's margin.
    """
    mean: dict[tuple[str, str], float] = {}
    for one in baskets:
        for sku, qty in one.lines if one.till else ():
            mean[one.till, sku] = mean.get((one.till, sku), 0.0) + share * qty * one.orders
    return {
        cell: losses.get(cell[1], 0.0) * _chance_of(stock[cell], rate)
        for cell, rate in mean.items()
        if stock.get(cell, 0) > 0
    }


def _chance_of(pieces: int, mean: float) -> float:
    """Return the chance that a Poisson number is at least `pieces`."""
    term = math.exp(-mean)
    below = 0.0
    for number in range(pieces):
        below += term
        term *= mean / (number + 1)
    return max(0.0, 1.0 - below)


def _profiles(baskets: Sequence[Basket]) -> dict[Profile, int]:
    counts: dict[Profile, int] = {}
    several = sorted(
        (one for one in baskets if len(one.lines) > 1 and not one.till), key=lambda one: (-one.orders, one)
    )
    kept = set(several[:MOST_BASKETS])
    for one in baskets:
        region = TILL + one.till if one.till else one.region
        for lines in [one.lines] if one in kept or len(one.lines) == 1 else [(line,) for line in one.lines]:
            profile = Profile(region, lines)
            counts[profile] = counts.get(profile, 0) + one.orders
    return counts


def _lane(node: NodeFacts, region: str, destination: Destination, rates: Rates) -> Lane | None:
    light, heavy = (
        min((quote.cost for quote in rates.quote(node.id, destination, Parcel(1, weight, 0))), default=None)
        for weight in (_LIGHT, _HEAVY)
    )
    if light is None or heavy is None:
        return None
    kilogram = max(0.0, 1000 * (heavy - light) / (_HEAVY - _LIGHT))
    parcel = max(0.0, light - kilogram * _LIGHT / 1000) + node.handling_per_parcel
    return Lane(node.id, region, parcel, kilogram, node.handling_per_piece)
