"""VRPLIB files, in the dialect the public benchmark sets of rich problems are written in.

Read are CVRP, VRPTW (with explicit, also asymmetric, matrices), VRPB, MDVRPTW, HFVRP, SDVRPTW, MTVRPTWR, PCVRPTW and
their mixtures. Node 1 is location 0; a stop's id is its location, as in solution files. Times and distances share one
unit; a vehicle is one row of the vehicle sections, and equal neighbours become one type.
"""

from __future__ import annotations

import math
from itertools import groupby
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from entrepot.delivery.routing.formats.rounding import ROUNDINGS, Rounding, euclid, table
from entrepot.delivery.routing.formats.vrplib_text import Vrplib, fault, parse
from entrepot.delivery.routing.problem import ALWAYS, FOREVER, Depot, Problem, Stop, Units, VehicleType, Window
from entrepot.delivery.routing.travel import Plane, Table, Travel

CONVENTIONS: Final = {
    "CVRP": "round",
    "VRPB": "round",
    "VRPTW": "dimacs",
    "PCVRPTW": "dimacs",
    "MTVRPTWR": "dimacs",
    "MDVRPTW": "exact",
    "SDVRPTW": "exact",
    "HFVRP": "exact",
}
"""In which rounding the best-known values of each type are published; explicit matrices of whole numbers are kept."""

_SPECS: Final = {
    "NAME", "COMMENT", "TYPE", "DIMENSION", "EDGE_WEIGHT_TYPE", "EDGE_WEIGHT_FORMAT", "NODE_COORD_TYPE",
    "DISPLAY_DATA_TYPE", "CAPACITY", "VEHICLES", "SERVICE_TIME", "RELEASE_TIME", "DISTANCE", "VEHICLES_MAX_DURATION",
    "VEHICLES_MAX_DISTANCE", "VEHICLES_MAX_RELOADS", "VEHICLES_FIXED_COST", "VEHICLES_UNIT_DISTANCE_COST",
}  # fmt: skip
_SECTIONS: Final = {
    "NODE_COORD", "DISPLAY_DATA", "DEMAND", "LINEHAUL", "BACKHAUL", "SERVICE_TIME", "TIME_WINDOW", "RELEASE_TIME",
    "PRIZE", "DEPOT", "EDGE_WEIGHT", "CAPACITY", "VEHICLES_DEPOT", "VEHICLES_RELOAD_DEPOT", "VEHICLES_MAX_RELOADS",
    "VEHICLES_MAX_DURATION", "VEHICLES_MAX_DISTANCE", "VEHICLES_FIXED_COST", "VEHICLES_UNIT_DISTANCE_COST",
    "VEHICLES_ALLOWED_CLIENTS",
}  # fmt: skip
_LOADS: Final = ("DEMAND", "LINEHAUL", "BACKHAUL")


class _Triangle(NamedTuple):
    """Half of a symmetric matrix, row by row: below or above the diagonal; offset 0 with it, -1 without."""

    is_lower: bool
    offset: int


_TRIANGLES: Final = {
    "LOWER_ROW": _Triangle(True, -1),
    "LOWER_DIAG_ROW": _Triangle(True, 0),
    "UPPER_ROW": _Triangle(False, -1),
    "UPPER_DIAG_ROW": _Triangle(False, 0),
    "LOWER_COL": _Triangle(False, -1),
    "LOWER_DIAG_COL": _Triangle(False, 0),
    "UPPER_COL": _Triangle(True, -1),
    "UPPER_DIAG_COL": _Triangle(True, 0),
}
"""A column of one half is a row of the other."""

_FRACTIONS: Final = 1000
"""What loads and costs per distance are multiplied by where they are not whole."""
_NOISE: Final = 1e-6
_CEILING: Final = Rounding(1, 1 - 1e-7)
_EXACT: Final = 1e6
"""Between whole coordinates below it a distance that is no whole number is more than 1e-7 above one: by 1 / (2 d)."""
_VEHICLES: Final = 1_000_000
"""Most vehicles: each is a row."""


def read_vrplib(text: str, rounding: str = "auto", name: str = "") -> Problem:
    """Return the problem of a VRPLIB file.

    Parameters
    ----------
    text : str
        What the file holds.
    rounding : str
        A key of `ROUNDINGS`, or ``auto``: that of the type's published best-known values.
    name : str
        Used where the file has none.

    Raises
    ------
    InputError
        ``routes.format`` with the line of the fault.
    """
    file = parse(text)
    _refuse_unknown(file)
    size = file.count("DIMENSION", 0)
    if not size:
        raise fault(None, "there is no DIMENSION", "Say how many nodes there are, depots included.")
    depots = _depots(file, size)
    rule = ROUNDINGS[_convention(file) if rounding == "auto" else rounding]
    xy = _coordinates(file, size)
    customers = sorted(set(range(size)) - set(depots))
    width = max(_loads(file, name, size).shape[1] for name in _LOADS)
    factors = _Factors(rule, _cost_factor(file), _load_factor(file, size), width)
    fleet = _fleet(file, depots, len(customers), factors)
    windows = _windows(file, size, rule)
    distances = _distances(file, size, xy, rule)
    return Problem(
        stops=_stops(file, size, customers, windows, fleet, factors),
        depots=tuple(Depot(str(node), node, windows[node]) for node in depots),
        vehicles=tuple(one.type for one in fleet),
        travel=Travel(distances, distances),
        coordinates=xy,
        deliveries_first=file.text("TYPE").upper() == "VRPB",
        name=file.text("NAME", name),
        scale=rule.scale * factors.cost,
        units=Units(rule.scale, factors.load),
    )


class _Factors(NamedTuple):
    rule: Rounding
    cost: int
    load: int
    loads: int


class _Kind(NamedTuple):
    type: VehicleType
    allowed: frozenset[int] | None


def _refuse_unknown(file: Vrplib) -> None:
    for names, known, form in ((file.specs, _SPECS, "{}"), (file.sections, _SECTIONS, "{}_SECTION")):
        for name in names:
            if name not in known:
                what = f"{form.format(name)} is not understood"
                line = file.specs[name].line if name in file.specs else None
                raise fault(line, what, "Leave it out, or express it otherwise; a plan that ignored it would mislead.")


def _convention(file: Vrplib) -> str:
    kind = file.text("EDGE_WEIGHT_TYPE", "EUC_2D").upper()
    if kind == "EXPLICIT":
        values = np.array(file.values("EDGE_WEIGHT")) if "EDGE_WEIGHT" in file.sections else np.zeros(0)
        return "round" if (values == np.floor(values)).all() else "exact"
    if kind != "EUC_2D":
        return "round"
    return CONVENTIONS.get(file.text("TYPE").upper(), "round")


def _depots(file: Vrplib, size: int) -> list[int]:
    nodes = [value for value in file.values("DEPOT") if value != -1] if "DEPOT" in file.sections else [1.0]
    for k, node in enumerate(nodes or [0.0]):
        if not _is_node(node, size) or node in nodes[:k]:
            line = file.sections["DEPOT"][0].line if file.sections["DEPOT"] else None
            named = f"{node:g}" if nodes else "no node"
            raise fault(line, f"DEPOT_SECTION names {named}", f"Depots are nodes from 1 to {size}, each named once.")
    return [int(node) - 1 for node in nodes]


def _is_node(number: float, size: int) -> bool:
    """Tell whether a number names a node; ``in range`` would go through all of them for a float."""
    return 1 <= number <= size and number == int(number)


def _coordinates(file: Vrplib, size: int) -> NDArray[np.float64] | None:
    section = next((one for one in ("NODE_COORD", "DISPLAY_DATA") if one in file.sections), None)
    return None if section is None else np.ascontiguousarray(file.table(section, size)[:, :2])


def _distances(file: Vrplib, size: int, xy: NDArray[np.float64] | None, rule: Rounding) -> Plane | Table:
    kind = file.text("EDGE_WEIGHT_TYPE", "EUC_2D").upper()
    if kind == "EXPLICIT":
        return Table(rule.whole(_explicit(file, size)))
    if kind not in ("EUC_2D", "FLOOR_2D", "CEIL_2D", "EXACT_2D"):
        mend = "EUC_2D, FLOOR_2D, CEIL_2D, EXACT_2D and EXPLICIT are."
        raise fault(file.specs["EDGE_WEIGHT_TYPE"].line, f"the EDGE_WEIGHT_TYPE {kind} is not understood", mend)
    if xy is None:
        raise fault(None, f"there is no NODE_COORD_SECTION for {kind}", "Give coordinates.")
    if kind == "EUC_2D":
        return euclid(xy, rule)
    if kind == "CEIL_2D" and rule.scale == 1 and (xy == np.floor(xy)).all() and np.abs(xy).max(initial=0) < _EXACT:
        return euclid(xy, _CEILING)
    if kind == "CEIL_2D":
        away = np.sqrt(((xy[:, None, :] - xy[None, :, :]) ** 2).sum(axis=2))
        return Table(rule.whole(np.ceil(away)))
    inner = ROUNDINGS["trunc" if kind == "FLOOR_2D" else "exact"]
    first = Plane(xy, float(inner.scale), inner.offset)
    return euclid(xy, inner) if rule.scale == 1 else Table(rule.whole(table(first).values))


def _explicit(file: Vrplib, size: int) -> NDArray[np.float64]:
    form = file.text("EDGE_WEIGHT_FORMAT", "FULL_MATRIX").upper()
    if (form not in _TRIANGLES and form != "FULL_MATRIX") or "EDGE_WEIGHT" not in file.sections:
        line = file.specs["EDGE_WEIGHT_FORMAT"].line if "EDGE_WEIGHT_FORMAT" in file.specs else None
        mend = f"Formats are FULL_MATRIX, {', '.join(_TRIANGLES)}."
        raise fault(line, f"no weights in a format that is understood ({form})", mend)
    values, triangle = file.values("EDGE_WEIGHT"), _TRIANGLES.get(form)
    needed = size * size if triangle is None else size * (size + 1) // 2 + size * triangle.offset
    if len(values) != needed:
        line = file.sections["EDGE_WEIGHT"][0].line if file.sections["EDGE_WEIGHT"] else None
        mend = "Give as many, or correct DIMENSION or EDGE_WEIGHT_FORMAT."
        raise fault(line, f"EDGE_WEIGHT_SECTION holds {len(values)} values; {form} of {size} has {needed}", mend)
    if triangle is None:
        return np.array(values, dtype=np.float64).reshape(size, size)
    found = np.zeros((size, size))
    if triangle.is_lower:
        found[np.tril_indices(size, triangle.offset)] = values
    else:
        found[np.triu_indices(size, -triangle.offset)] = values
    return np.maximum(found, found.T)


def _windows(file: Vrplib, size: int, rule: Rounding) -> list[Window]:
    if "TIME_WINDOW" not in file.sections:
        return [ALWAYS] * size
    table_ = file.table("TIME_WINDOW", size)
    if table_.shape[1] != 2:
        raise fault(file.sections["TIME_WINDOW"][0].line, "a window has not two values", "Give id, opening, closing.")
    return [Window(opens, closes) for opens, closes in np.minimum(rule.whole(table_), FOREVER).tolist()]


def _node_numbers(file: Vrplib, name: str, size: int, depots: list[int]) -> NDArray[np.float64]:
    """Return one number for each node; a specification holds for all but depots."""
    if name in file.sections:
        return file.table(name, size)[:, 0]
    numbers = np.full(size, file.number(name) or 0.0)
    numbers[depots] = 0
    return numbers


def _loads(file: Vrplib, name: str, size: int) -> NDArray[np.float64]:
    return file.table(name, size) if name in file.sections else np.zeros((size, 0))


def _load_factor(file: Vrplib, size: int) -> int:
    tables = [_loads(file, name, size) for name in _LOADS]
    return 1 if all((one == np.floor(one)).all() for one in tables) else _FRACTIONS


def _stops(
    file: Vrplib, size: int, customers: list[int], windows: list[Window], fleet: list[_Kind], factors: _Factors
) -> tuple[Stop, ...]:
    rule, depots = factors.rule, sorted(set(range(size)) - set(customers))
    demand = _loads(file, "LINEHAUL" if "LINEHAUL" in file.sections else "DEMAND", size)
    delivery = np.rint(demand * factors.load).astype(np.int64).tolist()
    pickup = np.rint(_loads(file, "BACKHAUL", size) * factors.load).astype(np.int64).tolist()
    service = rule.whole(_node_numbers(file, "SERVICE_TIME", size, depots)).tolist()
    release = rule.whole(_node_numbers(file, "RELEASE_TIME", size, depots)).tolist()
    prize = rule.whole(_node_numbers(file, "PRIZE", size, depots)).tolist()
    allowed = _types_by_node(fleet, size)
    return tuple(
        Stop(
            id=str(node),
            location=node,
            delivery=tuple(delivery[node]),
            pickup=tuple(pickup[node]),
            windows=(windows[node],),
            service=service[node],
            release=release[node],
            prize=prize[node] * factors.cost or None,
            vehicles=allowed[node],
        )
        for node in customers
    )


def _types_by_node(fleet: list[_Kind], size: int) -> list[frozenset[int] | None]:
    if all(kind.allowed is None for kind in fleet):
        return [None] * size
    everyone = frozenset(k for k, kind in enumerate(fleet) if kind.allowed is None)
    found = [everyone] * size
    for k, kind in enumerate(fleet):
        for node in kind.allowed or ():
            found[node] |= {k}
    return [*found]


def _cost_factor(file: Vrplib) -> int:
    name = "VEHICLES_UNIT_DISTANCE_COST"
    values = file.values(name)[1::2] if name in file.sections else [file.number(name) or 1.0]
    if any(0 < value < 1 / _FRACTIONS for value in values):
        mend = "Give at least 0.001, or all costs in a smaller unit."
        raise fault(None, f"{name} is {min(value for value in values if value):g}, too little to count", mend)
    return 1 if all(value == int(value) for value in values) else _FRACTIONS


def _fleet(file: Vrplib, depots: list[int], n_customers: int, factors: _Factors) -> list[_Kind]:
    rule, count = factors.rule, file.count("VEHICLES", max(n_customers, 1))
    if count > _VEHICLES:
        raise fault(file.specs["VEHICLES"].line, f"VEHICLES is {count}", f"Give at most {_VEHICLES}, or leave it out.")
    capacities = _vehicle_table(file, "CAPACITY", count)
    starts = _vehicle_depots(file, "VEHICLES_DEPOT", count, depots, [(0,)] * count)
    reloads = _vehicle_depots(file, "VEHICLES_RELOAD_DEPOT", count, depots, [()] * count)
    allowed = _allowed(file, count, file.count("DIMENSION", 0))
    numbers = {
        name: _vehicle_numbers(file, f"VEHICLES_{name.upper()}", count)
        for name in ("fixed_cost", "unit_distance_cost", "max_duration", "max_distance", "max_reloads")
    }
    longest = file.number("DISTANCE")  # of a route, services included, in the distance-constrained sets
    rows = []
    for k in range(count):
        duration = numbers["max_duration"][k] if longest is None else longest
        unit = numbers["unit_distance_cost"][k]
        rows.append(
            (
                _capacity(capacities[k], factors),
                starts[k][0],
                round(rule.number(numbers["fixed_cost"][k] or 0) * factors.cost),
                round((1 if unit is None else unit) * factors.cost),
                FOREVER if duration is None else rule.number(duration),
                FOREVER if numbers["max_distance"][k] is None else rule.number(numbers["max_distance"][k] or 0),
                reloads[k],
                FOREVER if numbers["max_reloads"][k] is None else int(numbers["max_reloads"][k] or 0),
                allowed[k],
            )
        )
    return _grouped(rows)


def _capacity(given: list[float], factors: _Factors) -> tuple[int, ...]:
    """Return a vehicle's capacity; what the file does not limit is unlimited."""
    # What is finer than the loads are counted in cannot be loaded: it is cut off, but for the noise of the product.
    held = (math.floor(value * factors.load + _NOISE) for value in given)
    return (*held, *[FOREVER] * (factors.loads - len(given)))


_Row = tuple[tuple[int, ...], int, int, int, int, int, tuple[int, ...], int, frozenset[int] | None]


def _grouped(rows: list[_Row]) -> list[_Kind]:
    kinds, first = [], 1
    for row, group in groupby(rows):
        capacity, start, fixed, unit, duration, distance, reloads, max_reloads, allowed = row
        count = len(list(group))
        vehicle = VehicleType(
            id=str(first) if count == 1 else f"{first}-{first + count - 1}",
            count=count,
            capacity=capacity,
            start=start,
            end=start,
            fixed_cost=fixed,
            cost_per_distance=unit,
            max_duration=duration,
            max_distance=distance,
            reloads=reloads,
            max_reloads=max_reloads,
        )
        kinds.append(_Kind(vehicle, allowed))
        first += count
    return kinds


def _vehicle_table(file: Vrplib, name: str, count: int) -> list[list[float]]:
    if name in file.sections:
        return [[float(value) for value in row] for row in file.table(name, count)]
    value = file.number(name)
    return [[] if value is None else [value]] * count


def _vehicle_numbers(file: Vrplib, name: str, count: int) -> list[float | None]:
    if name in file.sections:
        return [float(value) for value in file.table(name, count)[:, 0]]
    return [file.number(name)] * count


def _vehicle_depots(
    file: Vrplib, name: str, count: int, depots: list[int], default: list[tuple[int, ...]]
) -> list[tuple[int, ...]]:
    """Return depots (as indices of depots) by vehicle."""
    if name not in file.sections:
        return default
    found = []
    for line, nodes in file.lists(name, count):
        for node in nodes:
            if node - 1 not in depots:
                raise fault(line, f"{name}_SECTION names {node:g}, which is no depot", "Name a depot's node.")
        found.append(tuple(depots.index(int(node) - 1) for node in nodes))
    return found


def _allowed(file: Vrplib, count: int, size: int) -> list[frozenset[int] | None]:
    if "VEHICLES_ALLOWED_CLIENTS" not in file.sections:
        return [None] * count
    found: list[frozenset[int] | None] = []
    for line, nodes in file.lists("VEHICLES_ALLOWED_CLIENTS", count):
        strange = next((node for node in nodes if not _is_node(node, size)), None)
        if strange is not None:
            raise fault(line, f"a vehicle may visit node {strange:g}", f"Nodes go from 1 to {size}.")
        found.append(frozenset(int(node) - 1 for node in nodes))
    return found
