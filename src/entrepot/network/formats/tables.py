"""Tables of a network: which there are, what each column holds, and from their cells to the form of the JSON format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from entrepot.kernel.errors import InputError
from entrepot.network.problem import Status

Rows = Sequence[Sequence[str]]
SHOWN: Final = 8
"""Faults that one message tells."""
MOST_DECIMALS: Final = 6
NOTES: Final = "notes"
"""The table for people; it is not read."""


class Column(NamedTuple):
    """A column: its name, what it holds, and how its cells are read.

    Parameters
    ----------
    name, what : str
        Its heading, and a sentence for people.
    kind : str
        ``text``, ``whole`` (a whole number >= 0), ``money`` (a number >= 0), ``degrees``, ``currency``, or words that
        it may be, ``|`` between.
    is_needed : bool
        Whether every row has it.
    names : tuple of str
        Tables in whose first column the cell must stand.
    """

    name: str
    what: str
    kind: str = "text"
    is_needed: bool = False
    names: tuple[str, ...] = ()


class Told(NamedTuple):
    """What tables tell: the JSON format's object, the currency of its costs, and where sites and zones lie.

    Parameters
    ----------
    network : dict
        The object.
    currency : str
        Empty where nobody said.
    sites, zones : mapping of str to tuple of float
        Latitude and longitude by id, of those that have both.
    """

    network: dict[str, Any]
    currency: str
    sites: Mapping[str, tuple[float, float]]
    zones: Mapping[str, tuple[float, float]]


_CLASS: Final = Column("class", "a class; empty: all", names=("classes",))
_PLACE: Final = (
    Column("latitude", "where it lies, for the map", "degrees"),
    Column("longitude", "where it lies, for the map", "degrees"),
)
_SETTINGS: Final[Mapping[str, Column]] = {
    "sourcing": Column("value", "", "split|single", is_needed=True),
    "budget": Column("value", "", "money", is_needed=True),
    "currency": Column("value", "", "currency", is_needed=True),
}
TABLES: Final[Mapping[str, tuple[Column, ...]]] = {
    "sites": (
        Column("id", "name of the site", is_needed=True),
        Column("fixed_cost", "cost of standing", "money", is_needed=True),
        Column("level", "plant, centre, front, shop: any word; limits and pooling name it"),
        Column("capacity", "volume that may leave it in a scenario; empty: no limit", "whole"),
        Column("status", "candidate, existing (may close), open or closed (settled)", "|".join(Status)),
        Column("closing_cost", "of an existing site that does not stand", "money"),
        Column("opening_cost", "of a candidate that stands", "money"),
        Column("weight_capacity", "weight that may leave it in a scenario; empty: no limit", "whole"),
        *_PLACE,
    ),
    "site_classes": (
        Column("site", "a site", is_needed=True, names=("sites",)),
        Column("class", "a class", is_needed=True, names=("classes",)),
        Column("capacity", "quantity of the class that may leave it in a scenario; empty: no limit", "whole"),
        Column("carrying_cost", "cost when the class leaves the site at all", "money"),
    ),
    "zones": (Column("id", "name of the zone: a place that buys, or one channel of it", is_needed=True), *_PLACE),
    "classes": (
        Column("id", "name of the class", is_needed=True),
        Column("volume", "of one unit, in the unit of capacities", "whole"),
        Column("max_hours", "of the last lane to a zone; empty: no limit", "whole"),
        Column("weight", "of one unit", "whole"),
    ),
    "scenarios": (
        Column("id", "name of a course of demand", is_needed=True),
        Column("weight", "how much it counts among all", "whole"),
    ),
    "demand": (
        Column("zone", "a zone", is_needed=True, names=("zones",)),
        Column("quantity", "units", "whole", is_needed=True),
        Column("class", "a class; empty where there is only one", names=("classes",)),
        Column("scenario", "a scenario; empty: all", names=("scenarios",)),
    ),
    "lanes": (
        Column("from", "a site", is_needed=True, names=("sites",)),
        Column("to", "a site or a zone", is_needed=True, names=("sites", "zones")),
        Column("cost", "of so many units as `per` says", "money", is_needed=True),
        Column("per", "units; empty: 1", "whole"),
        Column("hours", "on the way", "whole"),
        _CLASS,
        Column("cost_per_volume", "more, per volume of a unit", "money"),
        Column("cost_per_weight", "more, per weight of a unit", "money"),
    ),
    "site_limits": (
        Column("most", "how many sites may stand", "whole", is_needed=True),
        Column("least", "how many must", "whole"),
        Column("level", "of which level; empty: all sites"),
    ),
    "pooling": (
        Column("cost", "of the class's stock when one site carries all of it; n sites: sqrt(n) times", "money", True),
        Column("class", "a class; empty where there is only one", names=("classes",)),
        Column("level", "at which level; empty: all sites"),
    ),
    "settings": (
        Column("id", "sourcing, budget or currency", "|".join(_SETTINGS), is_needed=True),
        Column("value", "split or single; what fixed, opening and closing costs may come to; CNY", is_needed=True),
    ),
}
NEEDED: Final = ("sites", "zones", "demand", "lanes")


class _Cell(NamedTuple):
    table: str
    row: int
    column: Column
    text: str


def network_of(name: str, tables: Mapping[str, Rows], ending: str = "") -> dict[str, Any]:
    """Make the JSON format's object of tables; see `told_by`."""
    return told_by(name, tables, ending).network


def told_by(name: str, tables: Mapping[str, Rows], ending: str = "") -> Told:
    """Read tables.

    Parameters
    ----------
    name : str
        Of the network.
    tables : mapping of str to rows
        Cells by table; the first row has the headings. Rows without any text are passed over.
    ending : str
        What a table's name has more as a file, for messages.

    Raises
    ------
    InputError
        ``network.tables``, which tells of each fault the table, row, column, why, and how to mend it.
    """
    records = _sound_records(tables, ending)
    cells = [cell for rows in records.values() for row in rows for cell in row]
    scale = 10 ** max([0, *(_decimals(cell.text) for cell in cells if cell.column.kind == "money")])
    form: dict[str, Any] = {"name": name, "cost_scale": scale}
    for table, rows in records.items():
        if table not in ("zones", "settings", "site_classes") and rows:
            form[table] = [
                {cell.column.name: _value(cell, scale) for cell in row if cell.column.kind != "degrees"} for row in rows
            ]
    form["zones"] = [row[0].text for row in records["zones"]]
    _join_site_classes(form, records.get("site_classes", []), scale)
    settings = {row[0].text: _value(row[1], scale) for row in records.get("settings", [])}
    currency = str(settings.pop("currency", ""))
    return Told(form | settings, currency, _places(records["sites"]), _places(records["zones"]))


def _sound_records(tables: Mapping[str, Rows], ending: str) -> dict[str, list[list[_Cell]]]:
    """Return the cells of each table, or tell all that is wrong with them."""
    faults = [f"there is no table {table}{ending}" for table in NEEDED if table not in tables]
    faults += [f"nothing is known of a table {table}{ending}" for table in tables if table not in TABLES]
    records = {table: _records(table, rows, ending, faults) for table, rows in tables.items() if table in TABLES}
    known = {table: {row[0].text for row in rows if row} for table, rows in records.items()}
    faults += [
        fault for rows in records.values() for row in rows for cell in row for fault in _faults(cell, known, ending)
    ]
    if faults:
        more = f"; and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        message = f"{'; '.join(faults[:SHOWN])}{more}."
        raise InputError("network.tables", message, "Correct the cells; `entrepot network template` shows each table.")
    return records


def _places(rows: list[list[_Cell]]) -> dict[str, tuple[float, float]]:
    told = {row[0].text: {cell.column.name: cell.text for cell in row} for row in rows}
    return {
        name: (float(one["latitude"]), float(one["longitude"]))
        for name, one in told.items()
        if "latitude" in one and "longitude" in one
    }


def _records(table: str, rows: Rows, ending: str, faults: list[str]) -> list[list[_Cell]]:
    """Pair cells with their columns; cells without text are left out, and needed ones that lack are faults."""
    head = [cell.strip().lower() for cell in rows[0]] if rows else []
    columns = {column.name: column for column in TABLES[table]}
    where = f"{table}{ending}, row 1"
    faults += [
        f"{where}: there is no column {one.name}" for one in TABLES[table] if one.is_needed and one.name not in head
    ]
    faults += [f"{where}: nothing is known of a column {name}" for name in head if name and name not in columns]
    faults += [f"{where}: the column {name} stands twice" for name in columns if head.count(name) > 1]
    found = []
    for number, row in enumerate(rows[1:], 2):
        texts = {name: cell.strip() for name, cell in zip(head, row, strict=False) if cell.strip()}
        if texts:
            lacking = [
                one.name for one in TABLES[table] if one.is_needed and one.name not in texts and one.name in head
            ]
            faults += [f"{table}{ending}, row {number}, column {name}: it is empty" for name in lacking]
            kinds = TABLES[table] if table != "settings" else _setting(texts.get("id", ""))
            found.append([_Cell(table, number, one, texts[one.name]) for one in kinds if one.name in texts])
    return found


def _setting(id: str) -> tuple[Column, Column]:
    """Return the columns of a setting's row: what its value may be hangs on which it is."""
    name, value = TABLES["settings"]
    return name, _SETTINGS.get(id, value)


def _faults(cell: _Cell, known: Mapping[str, set[str]], ending: str) -> list[str]:
    """Return what is wrong with a cell."""
    column, text = cell.column, cell.text
    where = f"{cell.table}{ending}, row {cell.row}, column {column.name}"
    if column.kind in ("whole", "money", "degrees"):
        why = _wrong_number(column, text)
        return [] if why is None else [f"{where}: {why}"]
    if column.kind == "currency" and not (len(text) == 3 and text.isascii() and text.isalpha() and text.isupper()):
        return [f"{where}: {text!r} is no currency of three capital letters"]
    if "|" in column.kind and text not in column.kind.split("|"):
        return [f"{where}: {text!r} is none of {', '.join(column.kind.split('|'))}"]
    if column.names and all(text not in known.get(table, {text}) for table in column.names):
        return [f"{where}: {text!r} does not stand in {' or '.join(column.names)}"]
    return []


def _wrong_number(column: Column, text: str) -> str | None:
    number = _number(text)
    if number is None:
        return f"{text!r} is no number"
    if column.kind == "degrees":
        most = 90 if column.name == "latitude" else 180
        return None if abs(number) <= most else f"{text} is not allowed, it holds degrees from -{most} to {most}"
    if number < 0 or _decimals(text) > (0 if column.kind == "whole" else MOST_DECIMALS):
        holds = "whole numbers from 0" if column.kind == "whole" else f"from 0, with {MOST_DECIMALS} decimals at most"
        return f"{text} is not allowed, it holds {holds}"
    return None


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10**12 else None


def _decimals(text: str) -> int:
    exponent = Decimal(text).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _value(cell: _Cell, scale: int) -> str | int:
    if cell.column.kind == "whole":
        return int(Decimal(cell.text))
    return int(Decimal(cell.text) * scale) if cell.column.kind == "money" else cell.text


def _join_site_classes(form: dict[str, Any], rows: list[list[_Cell]], scale: int) -> None:
    """Give each site its capacities and costs by class."""
    sites = {site["id"]: site for site in form.get("sites", [])}
    for row in rows:
        values = {cell.column.name: _value(cell, scale) for cell in row}
        site = sites[values["site"]]
        for column, field in (("capacity", "class_capacity"), ("carrying_cost", "carrying_cost")):
            if column in values:
                site.setdefault(field, {})[values["class"]] = values[column]
