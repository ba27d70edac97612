"""Solomon's format (also Gehring and Homberger's): one vehicle type, one depot, Euclidean distances."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from entrepot.delivery.routing.formats.rounding import ROUNDINGS, euclid
from entrepot.delivery.routing.formats.vrplib_text import fault, number_of
from entrepot.delivery.routing.problem import Depot, Problem, Stop, Units, VehicleType, Window
from entrepot.delivery.routing.travel import Travel

_COLUMNS: Final = 7
_FRACTIONS: Final = 1000
"""What demands and capacity are multiplied by where a demand is not whole."""


def read_solomon(text: str, rounding: str = "auto", name: str = "") -> Problem:
    """Return the problem of a Solomon file; customer 0 is the depot, ``auto`` rounds as DIMACS did.

    Raises
    ------
    InputError
        ``routes.format`` with the line of the fault.
    """
    rule = ROUNDINGS["dimacs" if rounding == "auto" else rounding]
    lines = [(number, line.split()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    begin = next((k for k, (_, tokens) in enumerate(lines) if tokens[0].upper() == "VEHICLE"), 0)
    numbered = [k for k, (_, tokens) in enumerate(lines) if k >= begin and _is_number(tokens[0])]
    behind = lines[numbered[1] :] if len(numbered) > 1 else []  # of these each is to be a customer
    given = [*(lines[k] for k in numbered[:1]), *(row for row in behind if row[1] != ["EOF"])]
    rows = [(number, _numbers(number, tokens)) for number, tokens in given]
    if not rows or len(rows[0][1]) != 2:
        raise fault(rows[0][0] if rows else None, "the vehicles' number and capacity are missing", "Give both.")
    (line, (count, capacity)), customers = rows[0], rows[1:]
    if count < 1 or count != int(count):
        raise fault(line, f"there are {count:g} vehicles", "Give a whole number of at least 1.")
    for expected, (number, values) in enumerate(customers):
        if len(values) != _COLUMNS:
            raise fault(number, f"a customer has {len(values)} values", f"Give {_COLUMNS}: number, x, y, demand, ...")
        if values[0] != expected:
            raise fault(number, f"customer {values[0]:g} stands where {expected} should", "Number them from 0.")
    if not customers:
        raise fault(line, "there are no customers", "Give a row for each, the depot first.")
    table = np.array([values for _, values in customers])
    factor = 1 if (table[:, 3] == np.floor(table[:, 3])).all() else _FRACTIONS
    demand = np.rint(table[:, 3] * factor).astype(np.int64).tolist()
    distances = euclid(np.ascontiguousarray(table[:, 1:3]), rule)
    windows = [Window(opens, closes) for opens, closes in rule.whole(table[:, 4:6]).tolist()]
    service = rule.whole(table[:, 6]).tolist()
    title = lines[0][1][0] if begin and len(lines[0][1]) == 1 else name
    return Problem(
        stops=tuple(
            Stop(str(k), k, (demand[k],), windows=(windows[k],), service=service[k]) for k in range(1, len(table))
        ),
        depots=(Depot("0", 0, windows[0]),),
        vehicles=(VehicleType(f"1-{count:g}", int(count), (math.floor(capacity * factor),)),),
        travel=Travel(distances, distances),
        coordinates=table[:, 1:3],
        name=title,
        scale=rule.scale,
        units=Units(rule.scale, factor),
    )


def _is_number(token: str) -> bool:
    try:
        float(token)
    except ValueError:
        return False
    return True


def _numbers(line: int, tokens: list[str]) -> list[float]:
    return [number_of(token, line) for token in tokens]
