"""One tier of sites: OR-Library warehouse location, and the layouts of single-source instances."""

from __future__ import annotations

from typing import Final

import numpy as np

from entrepot.kernel.errors import InputError
from entrepot.network.formats.numbers import Numbers, expect, scale_of, scaled, whole
from entrepot.network.problem import Integers, Lanes, Problem, ProductClass, Site

LAYOUTS: Final = ("holmberg", "delmaire", "tbed1")


def read_orlib_cap(name: str, numbers: Numbers, capacity: int | None = None) -> Problem:
    """Read ``m n``, then ``capacity fixed`` per site, then per customer its demand and m costs of all of it.

    Where a file has the word ``capacity``, all sites have the one given.

    Raises
    ------
    InputError
        ``network.format``, or ``network.capacity`` when the word stands there and no capacity is given.
    """
    sites, zones = whole(numbers, 0), whole(numbers, 1)
    expect(numbers, 2 + 2 * sites + zones * (sites + 1), f"{sites} sites and {zones} customers, OR-Library layout")
    words = list(numbers.words)
    for position in range(2, 2 + 2 * sites, 2):
        if words[position].lower() == "capacity":
            if capacity is None:
                message = f"{name} has the word capacity instead of the capacities."
                raise InputError("network.capacity", message, "Give --capacity N, or --uncapacitated.")
            words[position] = str(capacity)
    numbers = numbers._replace(words=words)
    body, many = 2 + 2 * sites, zones * (sites + 1)
    quantity_scale = max(scale_of(numbers, (k, 1)) for k in (*range(body, body + many, sites + 1), *range(2, body, 2)))
    cost_scale = scale_of(numbers, (body, many), (2, 2 * sites))
    demand = scaled(numbers, body, many, quantity_scale).reshape(zones, sites + 1)[:, 0]
    return one_tier(
        name,
        capacities=scaled(numbers, 2, 2 * sites, quantity_scale)[::2],
        fixed=scaled(numbers, 2, 2 * sites, cost_scale)[1::2],
        demand=demand,
        cost=scaled(numbers, body, many, cost_scale).reshape(zones, sites + 1)[:, 1:].T,
        per=np.maximum(demand, 1),
        cost_scale=cost_scale,
        quantity_scale=quantity_scale,
    )


def layout_of(numbers: Numbers) -> str | None:
    """Tell which one-tier layout a text has, by how many numbers it has and how they stand on lines.

    A text whose pairs of numbers do not stand on lines of their own is taken for TBED1, unless capacities read so have
    no room for demand, and have it when read as Holmberg's, whose lines are then wrapped. Some public copies of
    Holmberg's repeat the end of their last row; less than a row too many is left unread.
    """
    first, second = whole(numbers, 0), whole(numbers, 1)
    many, lines = len(numbers.words), numbers.lines
    needed = 2 + 2 * first + second + first * second
    is_delmaire = first != second and many == 2 + first * second + first + 2 * second
    if needed <= many < needed + second and not is_delmaire:
        head = lines[2 : 2 + 2 * first]
        has_pairs = all(a == b for a, b in zip(head[::2], head[1::2], strict=True)) and len(set(head)) == first
        if not has_pairs and many == needed:
            is_wrapped = _has_room("holmberg", numbers) and not _has_room("tbed1", numbers)
            return "holmberg" if is_wrapped else "tbed1"
        if not has_pairs:
            return None
        demands = range(2 + 2 * first, many - 1, first + 1)
        alone = all(lines[k] != lines[k + 1] and lines[k] != lines[k - 1] for k in demands)
        return "orlib-cap" if alone else "holmberg"
    return "delmaire" if is_delmaire else None


def _has_room(layout: str, numbers: Numbers) -> bool:
    """Tell whether capacities, read in a layout, have room for all demand."""
    sites, zones = whole(numbers, 0), whole(numbers, 1)
    at = _places(layout, sites, zones)
    demand = scaled(numbers, at["demand"], zones, 1)
    capacity = scaled(numbers, at["capacity"], at["span"] or sites, 1)[:: 2 if at["span"] else 1]
    return bool(capacity.sum() >= demand.sum())


def read_sscflp(name: str, numbers: Numbers) -> Problem:
    """Read a single-source instance as Holmberg, Yang, Delmaire or Avella and Boccia (TBED1) wrote theirs."""
    layout = layout_of(numbers)
    if layout not in LAYOUTS:
        message = f"{name} has {len(numbers.words)} numbers; that fits no single-source layout."
        raise InputError("network.format", message, "Correct the file, or name another --format.")
    first, second = whole(numbers, 0), whole(numbers, 1)
    sites, zones = (second, first) if layout == "delmaire" else (first, second)
    at = _places(layout, sites, zones)
    quantity_scale = scale_of(numbers, (at["demand"], zones), (at["capacity"], at["span"] or sites))
    cost_scale = scale_of(numbers, (at["fixed"], at["span"] or sites), (at["cost"], sites * zones))
    step = 2 if at["span"] else 1
    demand = scaled(numbers, at["demand"], zones, quantity_scale)
    cost = scaled(numbers, at["cost"], sites * zones, cost_scale)
    cost = cost.reshape(zones, sites).T if layout == "delmaire" else cost.reshape(sites, zones)
    return one_tier(
        name,
        capacities=scaled(numbers, at["capacity"], at["span"] or sites, quantity_scale)[::step],
        fixed=scaled(numbers, at["fixed"], at["span"] or sites, cost_scale)[::step],
        demand=demand,
        cost=cost,
        per=np.full(zones, quantity_scale) if layout == "tbed1" else np.maximum(demand, 1),
        cost_scale=cost_scale,
        quantity_scale=quantity_scale,
        is_single=layout != "tbed1",
    )


def one_tier(
    name: str,
    *,
    capacities: Integers | None,
    fixed: Integers,
    demand: Integers,
    cost: Integers,
    per: Integers,
    cost_scale: int = 1,
    quantity_scale: int = 1,
    is_single: bool = False,
) -> Problem:
    """Make a problem of sites that serve zones; `cost` is sites x zones, for `per` units of each zone."""
    many_sites, many_zones = cost.shape
    sites = tuple(
        Site(f"s{k + 1}", int(each), None if capacities is None else int(capacities[k]))
        for k, each in enumerate(fixed.tolist())
    )
    lanes = Lanes.of(
        np.repeat(np.arange(many_sites), many_zones),
        np.tile(np.arange(many_sites, many_sites + many_zones), many_sites),
        cost.reshape(-1),
        per=np.tile(per, many_sites),
    )
    zones = tuple(f"z{k + 1}" for k in range(many_zones))
    return Problem(
        name,
        sites,
        zones,
        (ProductClass("goods"),),
        demand.reshape(1, -1, 1),
        lanes,
        is_single=is_single,
        cost_scale=cost_scale,
        quantity_scale=quantity_scale,
    )


def _places(layout: str, sites: int, zones: int) -> dict[str, int]:
    """Tell where each part begins; `span` is how many numbers pairs of capacity and fixed cost take, 0 if apart."""
    if layout == "holmberg":
        span = 2 * sites - 1
        return {"capacity": 2, "fixed": 3, "span": span, "demand": 2 + 2 * sites, "cost": 2 + 2 * sites + zones}
    if layout == "delmaire":
        demand = 2 + sites * zones
        return {"cost": 2, "demand": demand, "fixed": demand + zones, "capacity": demand + zones + sites, "span": 0}
    after = 2 + zones
    return {"demand": 2, "capacity": after, "fixed": after + sites, "cost": after + 2 * sites, "span": 0}
