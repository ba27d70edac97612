"""The shell around the formats: which one a file has, gzip, and what stands beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from entrepot.delivery.routing.formats.entrepot_json import Ways, read_entrepot
from entrepot.delivery.routing.formats.rounding import ROUNDINGS
from entrepot.delivery.routing.formats.solomon import read_solomon
from entrepot.delivery.routing.formats.solutions import read_sol, routes_of_numbers, sol_text
from entrepot.delivery.routing.formats.tdvrptw import read_tdvrptw
from entrepot.delivery.routing.formats.vrplib import read_vrplib
from entrepot.delivery.routing.plan import Plan, PlanForm, plan_as_form, plan_of_form
from entrepot.delivery.routing.problem import Problem
from entrepot.infra.text_files import read_text
from entrepot.kernel.errors import InputError

_COUNTABLE: Final = 2**62
FORMATS: Final = ("vrplib", "solomon", "entrepot", "tdvrptw")


class _Numbered(msgspec.Struct):
    routes: list[list[int]]
    metadata: dict[str, object] = {}


def read_problem(path: Path, form: str = "auto", rounding: str = "auto", ways: Ways | None = None) -> Problem:
    """Read a problem.

    Parameters
    ----------
    path : Path
        An instance; a name that ends in ``.gz`` is unpacked.
    form : str
        One of `FORMATS`, or ``auto``: found by the text.
    rounding : str
        A key of `ROUNDINGS`, or ``auto``: that of the set's published best-known values.
    ways : callable, optional
        Travel between places with latitude and longitude, in place of the file's; only for our own format.

    Raises
    ------
    NotFound
        ``routes.no_file``.
    InputError
        ``routes.format``, with the file and where it can be told the line.
    """
    if rounding != "auto" and rounding not in ROUNDINGS:
        message = f"There is no rounding {rounding}."
        raise InputError("routes.rounding", message, f"Roundings are auto, {', '.join(ROUNDINGS)}.")
    text = read_text(path, "routes")
    try:
        form = _form(text) if form == "auto" else form
        if ways is not None and form != "entrepot":
            message = f"the format {form} has no latitudes and longitudes, which roads are between."
            raise InputError("routes.format", message, "Leave out --roads, or give the problem as entrepot JSON.")
        problem = _problem(path, text, form, rounding, ways)
        _refuse_uncountable(problem)
        return problem
    except InputError as error:
        raise InputError(error.code, f"{path}: {error.message}", error.mend, **error.fields) from error


def read_plan(path: Path, problem: Problem, numbering: str = "auto") -> Plan:
    """Read a plan: our JSON, a solution as text, or JSON of lists of numbers.

    Raises
    ------
    NotFound
        ``routes.no_file``.
    InputError
        ``routes.format`` or ``routes.plan``, with the file.
    """
    text = read_text(path, "routes")
    try:
        if not text.lstrip().startswith("{"):
            return read_sol(text, problem, numbering)
        try:
            numbered = msgspec.json.decode(text, type=_Numbered)
        except msgspec.ValidationError:
            return plan_of_form(msgspec.json.decode(text, type=PlanForm), problem)
        return routes_of_numbers(problem, numbered.routes, None)
    except msgspec.DecodeError as error:
        raise InputError("routes.format", f"{path} is no plan: {error}.", "Correct the file.") from error
    except InputError as error:
        raise InputError(error.code, f"{path}: {error.message}", error.mend, **error.fields) from error


def write_plan(path: Path, plan: Plan, problem: Problem, cost: float) -> None:
    """Write a plan: as text where the name ends in ``.sol``, else as our JSON."""
    if path.suffix == ".sol":
        path.write_text(sol_text(plan, problem, cost))
        return
    encoded = msgspec.json.encode({"cost": cost, **msgspec.to_builtins(plan_as_form(plan, problem))})
    path.write_bytes(msgspec.json.format(encoded, indent=1) + b"\n")


def _problem(path: Path, text: str, form: str, rounding: str, ways: Ways | None) -> Problem:
    name = path.name.removesuffix(".gz").rsplit(".", 1)[0]
    if form == "vrplib":
        return read_vrplib(text, rounding, name)
    if form == "solomon":
        return read_solomon(text, rounding, name)
    if form == "tdvrptw":
        return read_tdvrptw(text, lambda beside: _beside(path.parent / beside))
    if form == "entrepot":
        return read_entrepot(text, name, ways)
    raise InputError("routes.format", f"there is no format {form}.", f"Formats are auto, {', '.join(FORMATS)}.")


def _refuse_uncountable(problem: Problem) -> None:
    """Refuse what may add up to more than engines count to, in integers of 64 bits."""
    legs, vehicles = 2 * (len(problem.stops) + 1), problem.vehicles
    by_distance = max(one.cost_per_distance for one in vehicles) * problem.travel.distance.most
    by_time = max(one.cost_per_time for one in vehicles) * problem.travel.time.most
    fixed = max(one.fixed_cost for one in vehicles)
    cost = legs * (by_distance + by_time + fixed) + sum(stop.prize or 0 for stop in problem.stops)
    load = sum(sum(stop.delivery) + sum(stop.pickup) for stop in problem.stops)
    for what, total in (("costs", cost), ("loads", load)):
        if total > _COUNTABLE:
            message = f"its {what} may come to {total / problem.scale:.3g}, more than can be counted exactly."
            raise InputError("routes.format", message, f"Give {what} in a greater unit.")


def _form(text: str) -> str:
    begin, upper = text.lstrip()[:1], text.upper()
    if begin and begin in "{[":
        return "tdvrptw" if '"td"' in text else "entrepot"
    if "_SECTION" in upper or "DIMENSION" in upper:
        return "vrplib"
    if "VEHICLE" in upper:
        return "solomon"
    message = f"the file is {'of no known format' if begin else 'empty'}."
    raise InputError("routes.format", message, f"Choose another, or name its format: {', '.join(FORMATS)}.")


def _beside(path: Path) -> str:
    packed = path.with_name(path.name + ".gz")
    return read_text(packed if packed.exists() and not path.exists() else path, "routes")
