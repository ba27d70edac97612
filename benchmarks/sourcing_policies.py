"""Policies that send a stream of orders from finite stock, and the bound none can beat."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import NamedTuple

from benchmarks.sourcing_bound import published_bound
from entrepot.orders.sourcing import (
    Answers,
    Cell,
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
    Share,
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
    haste : tuple of float
        For each order a number in [0, 1): its nodes begin before all have answered where it is below a policy's.
    refusal_cost : int
        What being refused costs in itself.
    """

    network: Network
    orders: tuple[int, ...]
    stock: dict[tuple[str, str], int]
    expected: Callable[[int], Sequence[float]]
    stores: tuple[str, ...] = ()
    willing: tuple[frozenset[str], ...] = ()
    haste: tuple[float, ...] = ()
    refusal_cost: int = 0


class Run(NamedTuple):
    """What a policy did.

    Parameters
    ----------
    cost, parcels, refusals : int
        Over the stream.
    seconds, solving_seconds : float
        Of the processor, for deciding and for pricing stock: what others do on the machine lengthens them little.
    wall_seconds : float
        Of the clock, for both.
    """

    cost: int
    parcels: int
    refusals: int
    seconds: float
    solving_seconds: float
    wall_seconds: float


class Watch:
    """Reads the processor's clock and the wall's from the same moment."""

    def __init__(self) -> None:
        self._started = time.process_time(), time.perf_counter()

    def read(self) -> tuple[float, float]:
        """Return the seconds since then: of the processor, of the wall's clock."""
        return time.process_time() - self._started[0], time.perf_counter() - self._started[1]


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


@dataclass(slots=True)
class Asking:
    """How far one order is: what is still to be sent, who said yes or no, and what is being made ready."""

    number: int
    region: str
    items: list[Item]
    yes: set[str] = field(default_factory=set)
    no: list[str] = field(default_factory=list)
    begun: dict[str, Parcel] = field(default_factory=dict)


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
    begun : float
        Share of orders whose nodes begin before the others have answered: then only what was refused is decided again,
        and may join what has begun. Otherwise a refusal lets the whole order be decided again.
    """

    def __init__(
        self, stream: Stream, policy: Policy, solves: int = 0, last_resort: str = "", *, begun: float = 0.0
    ) -> None:
        self._stream, self._policy, self._solves, self._last_resort = stream, policy, solves, last_resort
        self._begun = begun
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
        watch = Watch()
        model = PriceModel(self._stream.network) if self._solves else None
        for number, profile in enumerate(orders):
            if model is not None and number in due:
                solve = Watch()
                priced = model.price(self._stream.expected(number), self._stock)
                self._prices = {cell: price_of(worth) for cell, worth in priced.prices.items()}
                solving += solve.read()[0]
            self._send(number, self._stream.network.profiles[profile])
        spent, wall = watch.read()
        return Run(self._cost, self._parcels, self._refusals, spent - solving, solving, wall)

    def _send(self, number: int, profile: Profile) -> None:
        grams = {sku: round(1000 * kilograms) for sku, kilograms in self._stream.network.kilograms.items()}
        items = [Item(str(place), sku, qty, grams[sku]) for place, (sku, qty) in enumerate(profile.basket)]
        asking = Asking(number, profile.region, items)
        while asking.items:
            chosen = decide(self._facts(asking), self._rates).chosen
            assert chosen is not None, "what no node has left goes the way without a limit"
            refused = [share.node for share in chosen.shares if self._is_refused(asking, share.node)]
            asking.no.extend(refused)
            if not refused or self._has_begun(number):
                for share in chosen.shares:
                    if share.node not in refused:
                        self._take(asking, share)

    def _has_begun(self, number: int) -> bool:
        return bool(self._stream.haste) and self._stream.haste[number] < self._begun

    def _is_refused(self, asking: Asking, node: str) -> bool:
        if node not in self._answers or node in asking.yes:
            return False
        accepted, refused = self._answers[node]
        is_refused = node not in self._stream.willing[asking.number]
        self._answers[node] = Answers(accepted + (not is_refused), refused + is_refused)
        self._refusals += is_refused
        self._cost += self._stream.refusal_cost * is_refused
        if not is_refused:
            asking.yes.add(node)
        return is_refused

    def _take(self, asking: Asking, share: Share) -> None:
        """Let a node send its share; what joins a parcel of the same order pays the difference."""
        self._cost += share.cost.carrier
        self._parcels += share.node in self._limited and share.node not in asking.begun
        weights = {item.line: item.weight_g for item in asking.items}
        taken = {pick.line: pick.qty for pick in share.picks}
        for pick in share.picks:
            if share.node in self._limited:
                self._stock[share.node, pick.sku] -= pick.qty
        had = asking.begun.get(share.node, Parcel(0, 0, 0))
        weight = sum(qty * weights[line] for line, qty in taken.items())
        asking.begun[share.node] = Parcel(had.pieces + sum(taken.values()), had.weight_g + weight, 0)
        left = [item._replace(qty=item.qty - taken.get(item.line, 0)) for item in asking.items]
        asking.items = [item for item in left if item.qty]

    def _facts(self, asking: Asking) -> Facts:
        accepts = {**learn(self._answers), **dict.fromkeys(asking.yes, 1.0)}
        return Facts(
            str(asking.number),
            _AT,
            tuple(asking.items),
            Destination(asking.region),
            tuple(NodeFacts(node, acceptance=accepts.get(node, 1.0)) for node in self._nodes),
            tuple(cell for item in asking.items for cell in self._cells(item, asking.no)),
            self._policy,
            barred=tuple(asking.no),
            open=tuple(Open(node, parcel) for node, parcel in asking.begun.items()),
        )

    def _cells(self, item: Item, barred: Sequence[str]) -> list[Cell]:
        cells = [
            Cell(node, item.sku, free, self._prices.get((node, item.sku), 0))
            for node in self._nodes
            if (free := self._stock.get((node, item.sku), 0) if node in self._limited else ALWAYS) > 0
        ]
        kept = [cell for cell in cells if cell.node != self._last_resort]
        return kept if sum(cell.free for cell in kept if cell.node not in barred) >= item.qty else cells


def run_nearest(stream: Stream, nearest: Mapping[tuple[str, str], Sequence[str]], instead: str) -> Run:
    """Send each line from the nearest node that carries it and, when that has none left, not from stock at all.

    The published code's own myopic policy; lines of one node still share a parcel.
    """
    watch, stock, rates = Watch(), dict(stream.stock), LaneRates(stream.network)
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
    spent, wall = watch.read()
    return Run(cost, parcels, 0, spent, 0.0, wall)


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
