"""Speeds by time of day and class of road, as CSV.

Columns ``from,road_class,speed_kmh``: from that moment (``HH:MM``) on, until the next one named, roads of the class
(the ``highway`` value of OpenStreetMap: motorway, trunk, primary, secondary, tertiary, residential ...) are driven at
most at that speed. ``*`` is every class the slice does not name. The first slice begins at 00:00. A road is never
driven faster than the map allows, by its limit and its surface.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from entrepot.kernel.errors import InputError

COLUMNS: Final = ("from", "road_class", "speed_kmh")
ANY: Final = "*"
_MOMENT: Final = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)$")


@dataclass(frozen=True, slots=True)
class RoadSlice:
    """From so many seconds after midnight on, what each class of road is driven at, at most (km/h)."""

    begins: int
    speeds: tuple[tuple[str, float], ...]


AS_MAPPED: Final = (RoadSlice(0, ()),)
"""One slice at the speeds of the map."""


def read_speeds(text: str, name: str = "speeds") -> tuple[RoadSlice, ...]:
    r"""Return the slices of a CSV, in order.

    Raises
    ------
    InputError
        ``roads.speeds``; every fault is told with its line, column, why, and how to mend it.

    Examples
    --------
    >>> read_speeds("from,road_class,speed_kmh\n00:00,primary,50\n07:00,primary,20\n")[1]
    RoadSlice(begins=25200, speeds=(('primary', 20.0),))
    """
    rows = list(csv.reader(text.removeprefix("\ufeff").splitlines()))
    if not rows or tuple(cell.strip() for cell in rows[0]) != COLUMNS:
        found = ",".join(rows[0]) if rows else "nothing"
        raise _refused(name, [f"line 1: the columns are {found}"], f"Begin with the line {','.join(COLUMNS)}.")
    lines = [(number, [cell.strip() for cell in row]) for number, row in enumerate(rows[1:], start=2) if any(row)]
    faults = [fault for number, row in lines for fault in _faults(number, row)]
    slices = dict[int, dict[str, float]]()
    if not faults:
        for number, (begins, road_class, speed) in lines:
            of_slice = slices.setdefault(_seconds(begins), {})
            if road_class in of_slice:
                faults.append(f"line {number}, column road_class: {road_class} has a speed from {begins} already")
            of_slice[road_class] = float(speed)
    if not faults and 0 not in slices:
        faults.append("column from: no line begins at 00:00")
    if faults:
        raise _refused(name, faults, "Times are HH:MM, the first 00:00; speeds are km/h from 1 to 200.")
    return tuple(RoadSlice(begins, tuple(sorted(slices[begins].items()))) for begins in sorted(slices))


def _faults(number: int, row: list[str]) -> Iterator[str]:
    if len(row) != len(COLUMNS):
        yield f"line {number}: {len(row)} columns instead of {len(COLUMNS)}"
        return
    begins, road_class, speed = row
    if not _MOMENT.match(begins):
        yield f"line {number}, column from: {begins!r} is no time of day"
    if not road_class:
        yield f"line {number}, column road_class: it is empty"
    if not _is_speed(speed):
        yield f"line {number}, column speed_kmh: {speed!r} is no speed"


def _is_speed(cell: str) -> bool:
    try:
        return 1 <= float(cell) <= 200
    except ValueError:
        return False


def _seconds(moment: str) -> int:
    hours, minutes = moment.split(":")
    return int(hours) * 3600 + int(minutes) * 60


def _refused(name: str, faults: list[str], mend: str) -> InputError:
    shown = "; ".join(faults[:5]) + (f"; and {len(faults) - 5} more" if len(faults) > 5 else "")
    return InputError("roads.speeds", f"{name} cannot be read: {shown}.", mend, faults=faults)
