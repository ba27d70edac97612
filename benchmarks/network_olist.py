"""Olist's sellers beside forward warehouses: they fill these in bulk, and parcels leave from where it is cheapest.

Before: every seller sends his own parcels, at the freight that was charged. After: a seller's goods for a zone go
straight, or wait in a warehouse nearer by. Freight is fitted, and the network planned, on one half-year; the next one
is then run by that plan as it stands. What a warehouse, its work, its stock and lorries cost is assumed.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from benchmarks.network_designs import Design, Row, Story, design, row_of
from benchmarks.network_olist_lines import Freight, Lines, Texts, fit_freight, judge, kilometres_between, read_lines
from entrepot.network.problem import Integers, Lanes, Problem, ProductClass, Site, Status
from entrepot.network.zones import Floats, Place, Zone, gather

PLANNED: Final = (datetime(2017, 6, 1), datetime(2017, 12, 1))
LATER: Final = (datetime(2017, 12, 1), datetime(2018, 6, 1))
MONTHS: Final = 6
WEEKS: Final = 52
CHANGES: Final = (
    ("site_month", 0.25), ("site_month", 0.5), ("site_month", 2.0), ("tonne_km", 0.5), ("tonne_km", 2.0),
    ("handling", 0.5), ("handling", 2.0), ("stock_weeks", 2.0),
)  # fmt: skip
"""Assumptions that are tried otherwise, each alone."""
FINE: Final = 100
"""Lanes are priced for so many parcels, so that a cent is split."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """What the data does not tell, in reais, and how finely its places are told apart.

    Parameters
    ----------
    site_month : float
        Of a warehouse: room with a third party.
    handling : float
        Of a parcel that passes one, beside what the seller's own work is.
    tonne_km : float
        Of goods in bulk, on roads `circuity` times as long as great circles.
    stock_weeks, holding_year : float
        Weeks that goods lie there longer than at the seller, and what a real of stock costs a ways.
    zones, sellers, candidates : int
        Customers' zones, sellers' places, and cities where a warehouse may stand: the middles of the biggest zones.
    heavy : float
        Chargeable kilograms from which goods are a class of their own.
    """

    site_month: float = 4_000.0
    handling: float = 1.5
    tonne_km: float = 0.25
    circuity: float = 1.3
    stock_weeks: float = 2.0
    holding_year: float = 0.25
    zones: int = 80
    sellers: int = 15
    candidates: int = 14
    heavy: float = 2.0


class Layout(NamedTuple):
    """Where things are: zones, sellers' places, candidates; and what each class is."""

    zones: tuple[Zone, ...]
    sellers: tuple[Zone, ...]
    candidates: tuple[Zone, ...]
    heavy: float

    def groups(self, lines: Lines) -> tuple[Integers, Integers]:
        """Return each parcel's class (its seller's place, twice, and whether it is heavy) and its zone."""
        place = _nearest(lines.seller_at, self.sellers)
        return 2 * place + (lines.chargeable >= self.heavy), _nearest(lines.customer_at, self.zones)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""
        return tuple(f"{one.name}, {size}" for one in self.sellers for size in ("light", "heavy"))


class Ways(NamedTuple):
    """What parcels cost straight from the seller, and through each warehouse, shape (n_candidates, n_parcels)."""

    lines: Lines
    straight: Floats
    filling: Floats
    onward: Floats


class Case(NamedTuple):
    """The half-year that is planned and the next one, with what is known from the first."""

    past: Lines
    later: Lines
    freight: Freight
    layout: Layout
    assumed: Assumed


def compare(folder: Path, seconds: float, seed: int, assumed: Assumed) -> Story:
    """Lay a half-year, and the next one, beside the plan; and plans beside each other where assumptions change."""
    lines, lost = read_lines(folder)
    past, later = lines.between(*PLANNED), lines.between(*LATER)
    case = Case(past, later, fit_freight(past), lay_out(past, assumed), assumed)
    story = Story(f"Olist: {len(past):,} parcels of a half-year, {len(later):,} of the next", "reais", asdict(assumed))
    story.notes.append(f"freight: {', '.join(f'{name} {value:.4f}' for name, value in case.freight._asdict().items())}")
    for name, some in (("the half-year fitted", past), ("the next", later)):
        fit = judge(case.freight, some)
        story.notes.append(
            f"fitted freight on {name}: {100 * fit.total_error:+.1f} % of {fit.charged:,.0f} charged, "
            f"{fit.mean_error:.2f} off a parcel in the mean, R2 {fit.r_squared:.2f}"
        )
    if lost:
        story.notes.append(f"{lost} parcels of the whole file have an end on no map and are left out")
    _add_plan(story, case, seconds, seed)
    _add_changes(story, case, seconds, seed)
    return story


def _add_plan(story: Story, case: Case, seconds: float, seed: int) -> None:
    """Plan the first half-year, and run both by that plan."""
    layout, assumed = case.layout, case.assumed
    planned, later = (cost_ways(some, case.freight, layout, assumed) for some in (case.past, case.later))
    found = design(network(planned, layout, assumed), seconds, seed)
    routes = routes_of(found, layout)
    story.rows.append(row_of("planned half-year, freight as fitted", float(planned.straight.sum()), found))
    for name, ways in (("planned half-year", planned), ("the next one", later)):
        charged = float(ways.lines.freight.sum())
        # What the fit is off is charged to both sides, so the saving is in reais that were really paid.
        off = charged - float(ways.straight.sum())
        after = replay(ways, routes, layout) + fixed_cost(found) + off
        story.rows.append(Row(f"{name}, parcel by parcel, as charged", charged, after))
    names = [found.problem.sites[k].id for k in sorted(found.plan.sites) if k >= len(layout.sellers)]
    story.notes.append(f"sites: {'; '.join(names) or 'no warehouse'}")
    before, after = float(case.past.direct_km.mean()), parcel_km(case.past, routes, layout)
    story.notes.append(f"a parcel travels {before:.0f} km in the mean before, {after:.0f} after")


def _add_changes(story: Story, case: Case, seconds: float, seed: int) -> None:
    """Plan the first half-year with each assumption otherwise."""
    for name, factor in CHANGES:
        other = replace(case.assumed, **{name: factor * getattr(case.assumed, name)})
        ways = cost_ways(case.past, case.freight, case.layout, other)
        found = design(network(ways, case.layout, other), seconds, seed)
        many = len(found.plan.sites) - len(case.layout.sellers)
        what = f"if {name} were {getattr(other, name):g}: {many} warehouse{'s' if many != 1 else ''}"
        story.rows.append(row_of(what, float(ways.straight.sum()), found))


def lay_out(lines: Lines, assumed: Assumed) -> Layout:
    """Bring customers' and sellers' cities to zones and places; candidates are the middles of the biggest zones."""
    zones = gather(_places(lines.customer, lines.customer_at), assumed.zones)
    sellers = gather(_places(lines.seller, lines.seller_at), assumed.sellers)
    return Layout(zones, sellers, zones[: assumed.candidates], assumed.heavy)


def cost_ways(lines: Lines, freight: Freight, layout: Layout, assumed: Assumed) -> Ways:
    """Price every parcel by every way."""
    stock = lines.price * assumed.holding_year * assumed.stock_weeks / WEEKS
    filling, onward = np.zeros((2, len(layout.candidates), len(lines)))
    for k, site in enumerate(layout.candidates):
        here = np.array([site.latitude, site.longitude])
        road = assumed.circuity * kilometres_between(lines.seller_at, here)
        filling[k] = lines.chargeable / 1000 * road * assumed.tonne_km
        onward[k] = freight.of(lines, kilometres_between(here, lines.customer_at)) + assumed.handling + stock
    return Ways(lines, freight.of(lines, lines.direct_km), filling, onward)


def network(ways: Ways, layout: Layout, assumed: Assumed) -> Problem:
    """State a half-year: sellers' places are sources, warehouses may stand, zones want parcels of each seller's place.

    A way costs what the parcels of its class and zone cost on it in the mean, and filling what the class's do.
    """
    product, zone = layout.groups(ways.lines)
    sellers, many = len(layout.sellers), len(layout.candidates)
    first, classes = sellers + many, layout.classes
    demand = np.zeros((1, len(layout.zones), len(classes)), dtype=np.int64)
    np.add.at(demand[0], (zone, product), 1)
    wanted, units = np.unique(zone * len(classes) + product, return_inverse=True)
    at, kind = np.divmod(wanted, len(classes))
    parts = [(kind // 2, first + at, kind, _means(ways.straight, units))]
    sold, of_class = np.unique(product, return_inverse=True)
    for k in range(many):
        parts.append((sold // 2, np.full_like(sold, sellers + k), sold, _means(ways.filling[k], of_class)))
        parts.append((np.full_like(at, sellers + k), first + at, kind, _means(ways.onward[k], units)))
    origin, target, carried, cost = (np.concatenate(some) for some in zip(*parts, strict=True))
    fixed = round(100 * MONTHS * assumed.site_month)
    return Problem(
        "olist",
        (
            *(Site(f"sellers: {one.name}", 0, status=Status.OPEN, level="seller") for one in layout.sellers),
            *(Site(f"warehouse: {one.name}", fixed, level="warehouse") for one in layout.candidates),
        ),
        tuple(one.name for one in layout.zones),
        tuple(ProductClass(name) for name in classes),
        demand,
        Lanes.of(origin, target, np.rint(100 * FINE * cost), carried, np.full(len(cost), FINE)),
        cost_scale=100,
    )


def routes_of(found: Design, layout: Layout) -> Integers:
    """Return by class and zone the candidate that its parcels leave from; -1 is straight from the seller."""
    sellers, first = len(layout.sellers), len(found.problem.sites)
    most = np.zeros((len(layout.classes), len(layout.zones)), dtype=np.int64)
    routes = np.full_like(most, -1)
    for one in found.plan.flows:
        if one.target >= first and one.quantity > most[one.product, one.target - first]:
            most[one.product, one.target - first] = one.quantity
            routes[one.product, one.target - first] = max(-1, one.origin - sellers)
    return routes


def fixed_cost(found: Design) -> float:
    """Return what the standing sites of a plan cost."""
    return sum(found.problem.sites[k].fixed_cost for k in found.plan.sites) / found.problem.cost_scale


def replay(ways: Ways, routes: Integers, layout: Layout) -> float:
    """Send every parcel as its class and zone are sent; classes that never went to a zone go straight."""
    route = routes[layout.groups(ways.lines)]
    by_site = (ways.filling + ways.onward)[route, np.arange(len(route))]
    return float(np.where(route < 0, ways.straight, by_site).sum())


def parcel_km(lines: Lines, routes: Integers, layout: Layout) -> float:
    """Return how far a parcel travels in the mean, as the crow flies, bulk left out."""
    route = routes[layout.groups(lines)]
    sites = np.array([(one.latitude, one.longitude) for one in layout.candidates])
    return float(np.where(route < 0, lines.direct_km, kilometres_between(sites[route], lines.customer_at)).mean())


def _places(names: Texts, spots: Floats) -> list[Place]:
    """Return cities in the mean of their parcels' postcodes."""
    cities, which, counts = np.unique(names, return_inverse=True, return_counts=True)
    means = [np.bincount(which, weights=spots[:, axis]) / counts for axis in range(2)]
    rows = zip(cities.tolist(), means[0].tolist(), means[1].tolist(), counts.tolist(), strict=True)
    return [Place(*row) for row in rows]


def _nearest(spots: Floats, zones: tuple[Zone, ...]) -> Integers:
    middles = np.array([(one.latitude, one.longitude) for one in zones])
    return np.asarray(np.stack([kilometres_between(spots, middle) for middle in middles]).argmin(axis=0))


def _means(values: Floats, groups: Integers) -> Floats:
    return np.asarray(np.bincount(groups, weights=values) / np.bincount(groups))
