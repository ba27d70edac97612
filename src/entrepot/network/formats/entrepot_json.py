"""Entrepot's own form of a network: one JSON object, documented in the README beside this file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Final, Literal

import msgspec
import numpy as np

from entrepot.kernel.errors import InputError
from entrepot.network.problem import Integers, Lanes, Pooling, Problem, ProductClass, Scenario, Site, SiteLimit, Status

_MOST: Final = 2**50
"""Of a number in a file: it is exact as a float, and sums of many fit into an integer of 64 bits."""
_COUNTABLE: Final = 2**62

Whole = Annotated[int, msgspec.Meta(ge=0, le=_MOST)]
Count = Annotated[int, msgspec.Meta(ge=1, le=_MOST)]


class _Site(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    fixed_cost: Whole
    level: str = "site"
    capacity: Whole | None = None
    class_capacity: dict[str, Whole] = {}
    status: Literal["candidate", "existing", "open", "closed"] = "candidate"
    closing_cost: Whole = 0
    opening_cost: Whole = 0
    carrying_cost: dict[str, Whole] = {}
    weight_capacity: Whole | None = None


class _Class(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    volume: Whole = 1
    max_hours: Whole | None = None
    weight: Whole = 0


class _Scenario(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    weight: Whole = 1


class _Demand(msgspec.Struct, forbid_unknown_fields=True, rename={"product": "class"}):
    zone: str
    quantity: Whole
    product: str | None = None
    scenario: str | None = None


class _Lane(msgspec.Struct, forbid_unknown_fields=True, rename={"origin": "from", "target": "to", "product": "class"}):
    origin: str
    target: str
    cost: Whole
    per: Count = 1
    hours: Whole = 0
    cost_per_volume: Whole = 0
    cost_per_weight: Whole = 0
    product: str | None = None


class _Limit(msgspec.Struct, forbid_unknown_fields=True):
    most: Whole
    least: Whole = 0
    level: str | None = None


class _Pooling(msgspec.Struct, forbid_unknown_fields=True, rename={"product": "class"}):
    cost: Whole
    product: str | None = None
    level: str | None = None


class _Network(msgspec.Struct, forbid_unknown_fields=True):
    sites: list[_Site]
    zones: list[str]
    demand: list[_Demand]
    lanes: list[_Lane]
    classes: list[_Class] = msgspec.field(default_factory=lambda: [_Class("goods")])
    scenarios: list[_Scenario] = msgspec.field(default_factory=lambda: [_Scenario("all")])
    sourcing: Literal["split", "single"] = "split"
    site_limits: list[_Limit] = []
    budget: Whole | None = None
    pooling: list[_Pooling] = []
    cost_scale: Count = 1
    quantity_scale: Count = 1
    name: str = ""


def read_entrepot(name: str, text: str) -> Problem:
    """Read a network; a field that is not known is refused, so nothing is ignored.

    Raises
    ------
    InputError
        ``network.format`` with the path of the field, or ``network.problem``.
    """
    try:
        form = msgspec.json.decode(text, type=_Network)
    except msgspec.DecodeError as error:
        raise InputError("network.format", f"It is no network: {error}.", "Correct the field.") from error
    return _problem(name, form)


def problem_of(name: str, content: object) -> Problem:
    """Make a network of what the JSON would hold.

    Raises
    ------
    InputError
        As `read_entrepot`.
    """
    try:
        form = msgspec.convert(content, type=_Network)
    except msgspec.ValidationError as error:
        raise InputError("network.format", f"It is no network: {error}.", "Correct the field.") from error
    return _problem(name, form)


def _problem(name: str, form: _Network) -> Problem:
    _refuse_twins(form)
    zones = {zone: k for k, zone in enumerate(form.zones)}
    sites = {site.id: k for k, site in enumerate(form.sites)}
    products = {one.id: k for k, one in enumerate(form.classes)}
    scenarios = {one.id: k for k, one in enumerate(form.scenarios)}
    levels = {site.level for site in form.sites}
    for where, named in (("site_limits", form.site_limits), ("pooling", form.pooling)):
        for one in named:
            if one.level is not None:
                _find(dict.fromkeys(levels, 0), one.level, "level", where)
    return Problem(
        form.name or name,
        tuple(_site(site, products) for site in form.sites),
        tuple(form.zones),
        tuple(ProductClass(one.id, one.volume, one.max_hours, one.weight) for one in form.classes),
        _demand(form.demand, zones, products, scenarios),
        _lanes(form.lanes, sites, zones, form.classes),
        tuple(Scenario(one.id, one.weight) for one in form.scenarios),
        is_single=form.sourcing == "single",
        limits=tuple(SiteLimit(one.level, one.least, one.most) for one in form.site_limits),
        budget=form.budget,
        cost_scale=form.cost_scale,
        quantity_scale=form.quantity_scale,
        pooling=tuple(
            Pooling(one.level, _only(products, one.product, "class", "pooling"), one.cost) for one in form.pooling
        ),
    )


def _refuse_twins(form: _Network) -> None:
    """Refuse what one name would stand for twice; of sites the network does."""
    classes, scenarios = [one.id for one in form.classes], [one.id for one in form.scenarios]
    for what, names in (("zones", form.zones), ("classes", classes), ("scenarios", scenarios)):
        twin = next((name for name, many in Counter(names).items() if many > 1), None)
        if twin is not None:
            raise InputError("network.format", f"Two {what} are called {twin}.", "Give each a name of its own.")


def _site(site: _Site, products: Mapping[str, int]) -> Site:
    limits: list[int | None] = [None] * len(products) if site.class_capacity else []
    for name, most in site.class_capacity.items():
        limits[_find(products, name, "class", f"site {site.id}")] = most
    carrying = [0] * len(products) if site.carrying_cost else []
    for name, cost in site.carrying_cost.items():
        carrying[_find(products, name, "class", f"site {site.id}")] = cost
    return Site(
        site.id,
        site.fixed_cost,
        site.capacity,
        tuple(limits),
        Status(site.status),
        site.closing_cost,
        site.level,
        site.opening_cost,
        tuple(carrying),
        site.weight_capacity,
    )


def _demand(
    rows: list[_Demand], zones: Mapping[str, int], products: Mapping[str, int], scenarios: Mapping[str, int]
) -> Integers:
    """Add up what each row tells: of its scenario, or of all when it names none."""
    demand = np.zeros((len(scenarios), len(zones), len(products)), dtype=np.int64)
    for row in rows:
        where = f"demand of {row.zone}"
        product = _only(products, row.product, "class", where)
        zone = _find(zones, row.zone, "zone", where)
        if row.scenario is None:
            demand[:, zone, product] += row.quantity
        else:
            demand[_find(scenarios, row.scenario, "scenario", where), zone, product] += row.quantity
    return demand


def _lanes(rows: list[_Lane], sites: Mapping[str, int], zones: Mapping[str, int], classes: list[_Class]) -> Lanes:
    """Look up each lane's ends; one that names no class carries all, each at the cost of its volume and weight."""
    products = {one.id: k for k, one in enumerate(classes)}
    nodes = dict(sites) | {zone: len(sites) + k for zone, k in zones.items()}
    found: list[tuple[int, int, int, int, int, int]] = []
    for row in rows:
        where = f"lane {row.origin} -> {row.target}"
        origin, target = _find(sites, row.origin, "site", where), _find(nodes, row.target, "site or zone", where)
        carried = products.values() if row.product is None else [_find(products, row.product, "class", where)]
        for product in carried:
            one = classes[product]
            each = one.volume * row.cost_per_volume + one.weight * row.cost_per_weight
            cost = row.cost + row.per * each
            if cost > _COUNTABLE:
                message = f"The {where} costs {cost} for {row.per} units, more than can be counted exactly."
                raise InputError("network.format", message, "Choose a greater unit.")
            found.append((origin, target, cost, product, row.per, row.hours))
    return Lanes.of(*np.array(found, dtype=np.int64).reshape(-1, 6).T)


def _only(names: Mapping[str, int], name: str | None, kind: str, where: str) -> int:
    if name is None and len(names) > 1:
        raise InputError("network.format", f"The {where} names no {kind}, and there are several.", f"Name the {kind}.")
    return 0 if name is None else _find(names, name, kind, where)


def _find(names: Mapping[str, int], name: str, kind: str, where: str) -> int:
    if name not in names:
        raise InputError("network.format", f"The {where} names the {kind} {name}, which is not there.", "Correct it.")
    return names[name]
