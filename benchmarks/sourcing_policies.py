"""Policies that send a stream of orders from finite stock, and the bound none can beat."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

from benchmarks.sourcing_bound import published_bound
from entrepot.orders.sourcing import (
    Answers,
    Cell,
    Decision,
    Destination,
    Facts,
    Item,
    Lane,
    Network,
    NodeFacts,
    Parcel,
    Policy,
    PriceModel,
    Profile,
    RateQuote,
    decide,
    learn,
)
from entrepot.orders.sourcing.prices import price_of

ALWAYS = 10**9
_AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Stream:
    """Orders as they come, the stock they are sent from, and what is known of later ones.

    Parameters
    ----------
    network : Network
        Profiles, lanes and cells.
    orders : tuple of int
        Profiles, in the sequence of arrival.
    stock : mapping
        Starting pieces by (node, sku).
    expected : callable
        ``expected(done) -> orders of each profile still to come``, after `done` orders; never from the future.
    stores : tuple of str
        Nodes that may refuse.
    willing : tuple of frozenset of str
        Stores that would take each order; empty where there are none.
    refusal_cost : int
        What being refused costs in itself.
    """

    network: Network
    orders: tuple[int, ...]
    stock: dict[tuple[str, str], int]
    expected: Callable[[int], Sequence[float]]
    stores: tuple[str, ...] = ()
    willing: tuple[frozenset[str], ...] = ()
    refusal_cost: int = 0


class Run(NamedTuple):
    """What a policy did."""

    cost: int
    parcels: int
    refusals: int
    seconds: float
    solving_seconds: float


class LaneRates:
    """Carriers' answers from the lanes' lines; the same question is answered from memory."""

    def __init__(self, network: Network) -> None:
        self._lanes = {(lane.node, lane.region): lane for lane in network.lanes}
        self._told: dict[tuple[str, str, int], tuple[RateQuote, ...]] = {}

    def quote(self, node: str, destination: Destination, parcel: Parcel) -> tuple[RateQuote, ...]:
        """Return the one service of a lane."""
        key = node, destination.region, parcel.weight_g
        told = self._told.get(key)
        if told is None:
            lane = self._lanes.get(key[:2])
            told = () if lane is None else (_quote(lane, parcel.weight_g),)
            self._told[key] = told
        return told


def _quote(lane: Lane, weight_g: int) -> RateQuote:
    return RateQuote("lane", "ground", round(lane.parcel + lane.kilogram * weight_g / 1000))


class Sender:
    """Sends orders by `decide`, the product's own function, and keeps the stock.

    Parameters
    ----------
    stream : Stream
        What to send.
    policy : Policy
        Weights.
    solves : int
        How often the stock is priced over the stream; 0 is never.
    last_resort : str, optional
        A node without a limit that is asked only for what nobody has left; otherwise it is a candidate like others.
    """

    def __init__(self, stream: Stream, policy: Policy, solves: int = 0, last_resort: str = "") -> None:
        self._stream, self._policy, self._solves, self._last_resort = stream, policy, solves, last_resort
        self._rates = LaneRates(stream.network)
        self._limited = {node for node, _ in stream.network.cells}
        self._nodes = tuple(dict.fromkeys(lane.node for lane in stream.network.lanes))
        self._stock = dict(stream.stock)
        self._prices: dict[tuple[str, str], int] = {}
        self._answers = {node: Answers() for node in stream.stores}
        self._cost = self._parcels = self._refusals = 0

    def run(self) -> Run:
        """Send every order; solving is told apart from deciding."""
        orders, solving = self._stream.orders, 0.0
        due = {len(orders) * step // self._solves for step in range(self._solves)} if self._solves else set()
        started = time.perf_counter()
        model = PriceModel(self._stream.network) if self._solves else None
        for number, profile in enumerate(orders):
            if model is not None and number in due:
                before = time.perf_counter()
                priced = model.solve(self._stream.expected(number), self._stock)
                self._prices = {cell: price_of(worth) for cell, worth in priced.prices.items()}
                solving += time.perf_counter() - before
            self._send(number, self._stream.network.profiles[profile])
        return Run(self._cost, self._parcels, self._refusals, time.perf_counter() - started, solving)

    def _send(self, number: int, profile: Profile) -> None:
        barred: tuple[str, ...] = ()
        weights = self._stream.network.kilograms
        items = [
            Item(str(place), sku, qty, round(1000 * weights[sku])) for place, (sku, qty) in enumerate(profile.basket)
        ]
        while items:
            decision = decide(self._facts(number, profile.region, items, barred), self._rates)
            items, barred = self._offer(number, decision, items, barred)

    def _offer(
        self, number: int, decision: Decision, items: list[Item], barred: tuple[str, ...]
    ) -> tuple[list[Item], tuple[str, ...]]:
        """Offer each share to its node; return what was refused, and by whom."""
        assert decision.chosen is not None, decision.binding
        refused: set[str] = set()
        for share in decision.chosen.shares:
            if self._is_refused(number, share.node):
                barred = (*barred, share.node)
                refused.update(pick.line for pick in share.picks)
                continue
            self._cost += share.quote.cost
            if share.node in self._limited:
                self._parcels += 1
                for pick in share.picks:
                    self._stock[share.node, pick.sku] -= pick.qty
        return [item for item in items if item.line in refused], barred

    def _is_refused(self, number: int, node: str) -> bool:
        if node not in self._answers:
            return False
        accepted, refused = self._answers[node]
        is_refused = node not in self._stream.willing[number]
        self._answers[node] = Answers(accepted + (not is_refused), refused + is_refused)
        self._refusals += is_refused
        self._cost += self._stream.refusal_cost * is_refused
        return is_refused

    def _facts(self, number: int, region: str, items: list[Item], barred: tuple[str, ...]) -> Facts:
        accepts = learn(self._answers)
        cells = [cell for item in items for cell in self._cells(item.sku, barred)]
        nodes = tuple(NodeFacts(node, acceptance=accepts.get(node, 1.0)) for node in self._nodes)
        where = Destination(region)
        return Facts(str(number), _AT, tuple(items), where, nodes, tuple(cells), self._policy, barred=barred)

    def _cells(self, sku: str, barred: tuple[str, ...]) -> list[Cell]:
        cells = [
            Cell(node, sku, free, self._prices.get((node, sku), 0))
            for node in self._nodes
            if (free := self._stock.get((node, sku), 0) if node in self._limited else ALWAYS) > 0
        ]
        kept = [cell for cell in cells if cell.node != self._last_resort]
        return kept if any(cell.node not in barred for cell in kept) else cells


def run_nearest(stream: Stream, nearest: Mapping[tuple[str, str], Sequence[str]], instead: str) -> Run:
    """Send each line from the nearest node that carries it and, when that has none left, not from stock at all.

    The published code's own myopic policy; lines of one node still share a parcel.
    """
    started, stock, rates = time.perf_counter(), dict(stream.stock), LaneRates(stream.network)
    cost = parcels = 0
    for profile in (stream.network.profiles[number] for number in stream.orders):
        shares: dict[str, float] = {}
        for sku, qty in profile.basket:
            node = next(iter(nearest[sku, profile.region]), instead)
            node = node if stock.get((node, sku), 0) >= qty else instead
            if node != instead:
                stock[node, sku] -= qty
            shares[node] = shares.get(node, 0.0) + qty * stream.network.kilograms[sku]
        for node, kilograms in shares.items():
            parcel = Parcel(1, round(1000 * kilograms), 0)
            cost += rates.quote(node, Destination(profile.region), parcel)[0].cost
            parcels += node != instead
    return Run(cost, parcels, 0, time.perf_counter() - started, 0.0)


class Bounds(NamedTuple):
    """What no policy can beat with the orders of a stream, every one of them and every refusal known before.

    Parameters
    ----------
    published : float
        The program of the literature: parcels may be shared by parts of lines.
    whole : float
        By whole assignments, still of parts of orders: never below the published one.
    """

    published: float
    whole: float


def hindsight(stream: Stream) -> Bounds:
    """Return the clairvoyant bounds of a stream; both are of fractional programs, so below every policy's cost."""
    network, counts = _known(stream)
    priced = PriceModel(network).solve(counts, stream.stock)
    return Bounds(published_bound(network, counts, stream.stock), priced.bound)


def _known(stream: Stream) -> tuple[Network, list[float]]:
    network = stream.network
    if not stream.willing:
        found = Counter(stream.orders)
        return network, [float(found[one]) for one in range(len(network.profiles))]
    # Orders that the same stores would take become regions of their own, with the lanes of those stores alone.
    kinds = Counter(
        (profile, tuple(sorted(willing))) for profile, willing in zip(stream.orders, stream.willing, strict=True)
    )
    profiles, lanes = [], set()
    for profile, willing in kinds:
        region, basket = network.profiles[profile]
        named = "|".join((region, *willing))
        profiles.append(Profile(named, basket))
        lanes.update(
            lane._replace(region=named)
            for lane in network.lanes
            if lane.region == region and (lane.node in willing or lane.node not in stream.stores)
        )
    known = replace(network, profiles=tuple(profiles), lanes=tuple(sorted(lanes)))
    return known, [float(one) for one in kinds.values()]
