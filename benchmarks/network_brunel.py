"""A day of a chip maker's outbound orders (Dzalbs and Kalganova): which plant and carrier ships each, before and after.

Every order is a zone that wants one unit, and every plant a site that ships so many orders a day. The list has more
orders than a day's capacities hold, so orders may wait at a site of their own; how many must is found first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl

from benchmarks.network_designs import Design, Row, Story, design, row_of
from entrepot.network.analysis import service_of
from entrepot.network.checker import check
from entrepot.network.plan import Flow, Plan
from entrepot.network.problem import Lanes, Problem, ProductClass, Site, Status

FETCHED: Final = "CRF"
"""Service level of orders whose freight the customer pays: they are fetched where they are fetched today."""
GROUND: Final = "GROUND"
SCALE: Final = 10_000
WAITING: Final = "waits for another day"
SHOWN: Final = 10
"""Broken limits that are told."""


class Order(NamedTuple):
    """An order as it was shipped, or was to be."""

    id: str
    product: int
    customer: str
    plant: str
    port: str
    carrier: str
    service: str
    days: int
    units: int
    weight: float


class Rate(NamedTuple):
    """A band of a carrier's card: what a kilogram costs by air, a whole vehicle by ground, and the least to pay."""

    most: float
    minimum: float
    rate: float
    is_ground: bool

    def price(self, weight: float) -> float:
        """Return what an order pays; nothing is shared with other orders."""
        amount = ceil(weight / self.most) if self.is_ground else weight
        return max(self.minimum, self.rate * amount)


class Card(NamedTuple):
    """A carrier's bands on the way from a port at a service, by weight."""

    carrier: str
    days: int
    bands: tuple[Rate, ...]

    def price(self, weight: float) -> float | None:
        """Return the price in the band that holds the weight, the cheapest where several do; None above all bands."""
        most = next((one.most for one in self.bands if weight <= one.most), None)
        return None if most is None else min(one.price(weight) for one in self.bands if one.most == most)


@dataclass(frozen=True)
class Day:
    """The tables: cards by port and service, what a unit costs at each plant, and who may ship what to whom."""

    orders: tuple[Order, ...]
    cards: Mapping[tuple[str, str], tuple[Card, ...]]
    unit_cost: Mapping[str, float]
    capacity: Mapping[str, int]
    ports: Mapping[str, frozenset[str]]
    makers: Mapping[int, frozenset[str]]
    only_for: Mapping[str, frozenset[str]]
    later_days: int = 0

    def may_ship(self, plant: str, order: Order) -> bool:
        """Tell whether a plant makes the product, and is not kept for other customers (vendor-managed stock)."""
        served = self.only_for.get(plant)
        return plant in self.makers.get(order.product, ()) and (served is None or order.customer in served)

    def cost(self, plant: str, order: Order) -> tuple[float, int] | None:
        """Return the least an order costs at a plant, no slower than allowed, and its days; None: no way."""
        handling = self.unit_cost[plant] * order.units
        ports = self.ports.get(plant, frozenset())
        if order.service == FETCHED:
            return (handling, order.days) if order.port in ports else None
        ways = [
            (handling + price, card.days)
            for port in ports
            for card in self.cards.get((port, order.service), ())
            if card.days <= order.days + self.later_days and (price := card.price(order.weight)) is not None
        ]
        return min(ways, default=None)

    def cost_as_it_was(self, order: Order) -> float | None:
        """Return what an order cost by its own plant, port, carrier and days; None where no card has that."""
        handling = self.unit_cost[order.plant] * order.units
        if order.service == FETCHED:
            return handling
        prices = [
            price
            for card in self.cards.get((order.port, order.service), ())
            if (card.carrier, card.days) == (order.carrier, order.days)
            and (price := card.price(order.weight)) is not None
        ]
        return handling + min(prices) if prices else None


@dataclass(frozen=True, slots=True)
class Assumed:
    """What the tables leave open.

    Parameters
    ----------
    later_days : int
        How much longer than today an order may travel.
    """

    later_days: int = 0


def compare(folder: Path, seconds: float, seed: int, assumed: Assumed) -> Story:
    """Lay the day as it was beside plans: without capacities, of one day, and of as few days as hold all orders."""
    day = read_day(folder, assumed.later_days)
    story = Story(f"Brunel: {len(day.orders):,} orders of one day", "as in the tables", asdict(assumed))
    story.notes.append("each order pays by itself: the least of its band, ground rates for whole vehicles")
    story.notes.append(
        f"orders whose customer pays the freight ({FETCHED}) are fetched at the port they are fetched at"
    )
    free = network(day)
    today, before = plan_as_it_was(day, free), _prices_as_it_was(day, free, story)
    broken = check(network(day, days=1), today).violations
    story.notes += [f"as it was: {one.message}" for one in broken[:SHOWN]]
    if len(broken) > SHOWN:
        story.notes.append(f"as it was: and {len(broken) - SHOWN} more")
    if (same := check(free, today)).is_feasible:
        cheapest = float(same.cost.total) / SCALE
        story.rows.append(Row("all orders, own plants, cheapest carriers", sum(before), cheapest))
    best = design(free, seconds, seed)
    story.rows.append(row_of("all orders, capacities left out", sum(before), best))
    story.notes.append(_service_note(free, today, best))
    waiting = fewest_waiting(day, 1, seconds, seed)
    story.notes.append(f"{waiting:,} of {len(day.orders):,} orders must wait when every plant keeps its daily capacity")
    _add_days(story, day, before, design(network(day, days=1, waiting=waiting), seconds, seed), "1 day")
    days = fewest_days(day, seconds, seed) if waiting else None
    if days is not None:
        _add_days(story, day, before, design(network(day, days=days), seconds, seed), f"{days} days")
    return story


def _add_days(story: Story, day: Day, before: Sequence[float], found: Design, length: str) -> None:
    """Lay a plan within capacities beside what the orders it ships cost as they were."""
    first = len(found.problem.sites)
    sent = [flow.target - first for flow in found.plan.flows if found.problem.sites[flow.origin].id != WAITING]
    what = f"{len(sent):,} orders in {length} of capacity"
    story.rows.append(row_of(what, sum(before[k] for k in sent), found))


def network(day: Day, days: int | None = None, waiting: int = 0, is_counted: bool = False) -> Problem:
    """State the day as a network.

    Parameters
    ----------
    day : Day
        The tables.
    days : int, optional
        Of capacity; left out: none is kept.
    waiting : int
        How many orders may wait, for nothing.
    is_counted : bool
        Whether an order that waits costs 1 and all else nothing: to find how many must.
    """
    plants = sorted(day.unit_cost)
    sites = [
        Site(one, 0, None if days is None else days * day.capacity.get(one, 0), status=Status.OPEN) for one in plants
    ]
    rows = list(_lanes(day, plants, is_counted))
    if waiting:
        sites.append(Site(WAITING, 0, waiting, status=Status.OPEN))
        rows += [(len(plants), k, SCALE if is_counted else 0, 0) for k in range(len(day.orders))]
    origin, order, cost, hours = np.array(rows, dtype=np.int64).T
    return Problem(
        "brunel",
        tuple(sites),
        tuple(one.id for one in day.orders),
        (ProductClass("order"),),
        np.ones((1, len(day.orders), 1), dtype=np.int64),
        Lanes.of(origin, len(sites) + order, cost, hours=hours),
        cost_scale=SCALE,
    )


def fewest_waiting(day: Day, days: int, seconds: float, seed: int) -> int:
    """Return how many orders must wait when each plant has so many days of capacity."""
    counted = network(day, days=days, waiting=len(day.orders), is_counted=True)
    return round(design(counted, seconds, seed).cost)


def fewest_days(day: Day, seconds: float, seed: int) -> int | None:
    """Return in how many days of capacity all orders can go, by bisection; None where some never can."""
    low, high = 1, 2
    while fewest_waiting(day, high, seconds, seed):
        if high > len(day.orders):
            return None
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fewest_waiting(day, middle, seconds, seed) else (low, middle)
    return high


def plan_as_it_was(day: Day, problem: Problem) -> Plan:
    """Return the plan in which each order leaves its own plant."""
    numbers = {site.id: k for k, site in enumerate(problem.sites)}
    first = len(problem.sites)
    flows = tuple(Flow(0, numbers[order.plant], first + k, 0, 1) for k, order in enumerate(day.orders))
    return Plan(frozenset(numbers.values()), flows)


def read_day(folder: Path, later_days: int = 0) -> Day:
    """Read the seven tables."""
    tables = {
        name: pl.read_parquet(folder / f"{name}.parquet").rename(str.strip)
        for name in (
            "OrderList", "FreightRates", "PlantPorts", "ProductsPerPlant", "VmiCustomers", "WhCapacities", "WhCosts"
        )
    }  # fmt: skip
    columns = (
        "Order ID", "Product ID", "Customer", "Plant Code", "Origin Port", "Carrier", "Service Level", "TPT",
        "Unit quantity", "Weight",
    )  # fmt: skip
    return Day(
        tuple(Order(f"{number:.1f}", *rest) for number, *rest in tables["OrderList"].select(columns).iter_rows()),
        _cards(tables["FreightRates"]),
        dict(tables["WhCosts"].select("WH", "Cost/unit").iter_rows()),
        dict(tables["WhCapacities"].select("Plant ID", "Daily Capacity").iter_rows()),
        _sets(tables["PlantPorts"].select("Plant Code", "Port")),
        _sets(tables["ProductsPerPlant"].select("Product ID", "Plant Code")),
        _sets(tables["VmiCustomers"].select("Plant Code", "Customers")),
        later_days,
    )


def _lanes(day: Day, plants: Sequence[str], is_counted: bool) -> Iterator[tuple[int, int, int, int]]:
    for k, order in enumerate(day.orders):
        for site, plant in enumerate(plants):
            way = day.cost(plant, order) if day.may_ship(plant, order) else None
            if way is not None:
                yield site, k, 0 if is_counted else round(SCALE * way[0]), 24 * way[1]


def _cards(table: pl.DataFrame) -> dict[tuple[str, str], tuple[Card, ...]]:
    bands: dict[tuple[str, str, str, int], list[Rate]] = defaultdict(list)
    columns = ("Carrier", "orig_port_cd", "svc_cd", "tpt_day_cnt", "max_wgh_qty", "minimum cost", "rate", "mode_dsc")
    for carrier, port, service, days, most, minimum, rate, mode in table.select(columns).iter_rows():
        is_ground = mode.strip() == GROUND
        bands[port, service, carrier, days].append(Rate(most, minimum, rate, is_ground))
    cards: dict[tuple[str, str], list[Card]] = defaultdict(list)
    for (port, service, carrier, days), some in sorted(bands.items()):
        cards[port, service].append(Card(carrier, days, tuple(sorted(some))))
    return {key: tuple(some) for key, some in cards.items()}


def _sets(pairs: pl.DataFrame) -> dict[Any, frozenset[str]]:
    found: dict[Any, set[str]] = defaultdict(set)
    for key, value in pairs.iter_rows():
        found[key].add(value)
    return {key: frozenset(some) for key, some in found.items()}


def _prices_as_it_was(day: Day, free: Problem, story: Story) -> list[float]:
    """Return what each order cost; where no card has its own way, the least that any plan can pay for it."""
    least = np.full(len(day.orders), np.inf)
    np.minimum.at(least, free.lanes.target - len(free.sites), free.lanes.cost / SCALE)
    own = [day.cost_as_it_was(order) for order in day.orders]
    if unknown := sum(one is None for one in own):
        story.notes.append(f"{unknown} orders have no rate for their own way: told at the cheapest there is")
    return [float(cheapest) if one is None else one for one, cheapest in zip(own, least, strict=True)]


def _service_note(problem: Problem, today: Plan, best: Design) -> str:
    told = [service_of(problem, plan) for plan in (today, best.plan)]
    days = [f"{one.mean_hours / 24:.2f}" for one in told if one is not None]
    return f"days on the way in the mean, before and after: {', '.join(days)}"
