"""The shell around the formats: which one a file has, gzip, plans."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from entrepot.infra.text_files import read_text
from entrepot.kernel.errors import InputError
from entrepot.network.formats.entrepot_json import problem_of, read_entrepot
from entrepot.network.formats.facility import LAYOUTS, layout_of, read_orlib_cap, read_sscflp
from entrepot.network.formats.numbers import Numbers, is_count, numbers_of
from entrepot.network.formats.pmedian import read_pmedian
from entrepot.network.formats.tables import network_of
from entrepot.network.formats.two_stage import is_two_stage, read_two_stage, size_of
from entrepot.network.formats.workbook import WORKBOOKS, read_tables
from entrepot.network.plan import Plan, PlanForm, plan_as_form, plan_of_form
from entrepot.network.problem import Problem

FORMATS: Final = ("entrepot", "tables", "orlib-cap", "sscflp", "tscfl", "pmedian")
PADDING: Final = {0: None, 0x1A: None}
"""What old systems filled the last block of a file with."""


def read_problem(
    path: Path,
    form: str = "auto",
    *,
    capacity: int | None = None,
    is_uncapacitated: bool = False,
    is_single: bool = False,
) -> Problem:
    """Read a problem.

    Parameters
    ----------
    path : Path
        A network; a name that ends in ``.gz`` is unpacked. A folder, or a workbook by its ending, is tables.
    form : str
        One of `FORMATS`, or ``auto``: found by the text.
    capacity : int, optional
        What the word ``capacity`` of an OR-Library file stands for.
    is_uncapacitated : bool
        Leave all capacities out.
    is_single : bool
        Each zone gets a class from one site, whatever the file says.

    Raises
    ------
    NotFound
        ``network.no_file``.
    InputError
        ``network.format``, ``network.tables``, ``network.capacity`` or ``network.problem``, with the file.
    """
    if form != "auto" and form not in FORMATS:
        raise InputError("network.format", f"There is no format {form}.", f"Formats are auto, {', '.join(FORMATS)}.")
    are_tables = form == "tables" or (form == "auto" and (path.is_dir() or path.suffix.lower() in WORKBOOKS))
    text = "" if are_tables and path.exists() else read_text(path, "network").translate(PADDING)
    try:
        name = path.name.partition(".")[0]
        if are_tables:
            tables, ending = read_tables(path)
            problem = problem_of(name, network_of(name, tables, ending))
        else:
            problem = _problem(name, text, form, 0 if is_uncapacitated and capacity is None else capacity)
    except InputError as error:
        raise InputError(error.code, f"{path}: {error.message}", error.mend, **error.fields) from error
    if is_uncapacitated:
        problem = replace(
            problem, sites=tuple(replace(site, capacity=None, class_capacity=()) for site in problem.sites)
        )
    return replace(problem, is_single=True) if is_single else problem


def read_plan(path: Path, problem: Problem) -> Plan:
    """Read a plan, as `write_plan` wrote it.

    Raises
    ------
    NotFound
        ``network.no_file``.
    InputError
        ``network.plan``, with the file.
    """
    try:
        return plan_of_form(msgspec.json.decode(read_text(path, "network").translate(PADDING), type=PlanForm), problem)
    except msgspec.DecodeError as error:
        raise InputError("network.plan", f"{path} is no plan: {error}.", "Correct the file.") from error
    except InputError as error:
        raise InputError(error.code, f"{path}: {error.message}", error.mend) from error


def write_plan(path: Path, plan: Plan, problem: Problem) -> None:
    """Write a plan as JSON."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(plan_as_form(plan, problem)), indent=1) + b"\n")


def _problem(name: str, text: str, form: str, capacity: int | None) -> Problem:
    if form == "entrepot" or (form == "auto" and text.lstrip().startswith("{")):
        return read_entrepot(name, text)
    numbers = numbers_of(text)
    form = _form(numbers) if form == "auto" else form
    if form == "orlib-cap":
        return read_orlib_cap(name, numbers, capacity)
    if form == "pmedian":
        return read_pmedian(name, numbers)
    return read_sscflp(name, numbers) if form == "sscflp" else read_two_stage(name, numbers)


def _form(numbers: Numbers) -> str:
    if not numbers.words:
        raise InputError("network.format", "The file is empty.", "Choose another.")
    head = sum(line == numbers.lines[0] for line in numbers.lines[:5])
    words = numbers.words
    if head == 3 and is_count(words[1]) and len(words) == 3 + 3 * int(words[1]):
        return "pmedian"
    if is_two_stage(numbers, head):
        return "tscfl"
    layout = layout_of(numbers) if head == 2 else None
    if layout is None:
        message = (
            f"It has {len(words)} numbers, {head} in its first line; that fits no known layout{_expected(words, head)}."
        )
        raise InputError("network.format", message, f"Name one with --format: {', '.join(FORMATS)}.")
    return "sscflp" if layout in LAYOUTS else layout


def _expected(words: list[str], head: int) -> str:
    """Tell how many numbers a file with such a first line has in each layout."""
    if head not in (2, 3, 4) or not all(is_count(word) for word in words[:head]):
        return ""
    if head == 2:
        first, second = int(words[0]), int(words[1])
        both = 2 + first * second + first + second
        return f": {both + first} belong in orlib-cap or sscflp, in Delmaire's {both + second}"
    two_stage = f"{size_of(*map(int, words[:head]))} belong in tscfl"
    return f": {two_stage}, in pmedian {3 + 3 * int(words[1])}" if head == 3 else f": {two_stage}"
