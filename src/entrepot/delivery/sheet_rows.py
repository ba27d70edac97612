"""Which records a rate sheet may hold, which columns each has, and a row read by them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final, NamedTuple

from entrepot.delivery import cells
from entrepot.delivery.cells import BadCell, Reader, Value
from entrepot.delivery.sheet_heading import RECORD, head_of, record_of

_ERRORS: Final = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#ERROR", "#GETTING_DATA"}
)
"""What a spreadsheet shows where a formula has no result."""


class Column(NamedTuple):
    """How a column is read, and whether a row must fill it."""

    read: Reader
    is_needed: bool = False


def _needed(read: Reader) -> Column:
    return Column(read, True)


_CARD: Final = {"carrier": _needed(cells.codes), "service": _needed(cells.codes)}
_AREA: Final = {
    "country": Column(cells.country),
    "province": Column(cells.words),
    "city": Column(cells.words),
    "postal": Column(cells.words),
}

RECORDS: Final[Mapping[str, Mapping[str, Column]]] = {
    "carrier": {
        "carrier": _needed(cells.code),
        "name": Column(cells.text),
        "name_en": Column(cells.text),
        "aliases": Column(cells.words),
        "days": Column(cells.weekdays),
        "time_zone": Column(cells.zone_name),
        "holidays": Column(cells.holidays_of),
        "active": Column(cells.yes_no),
    },
    "service": {
        "carrier": _needed(cells.code),
        "service": _needed(cells.code),
        "name": Column(cells.text),
        "name_en": Column(cells.text),
        "currency": _needed(cells.currency),
        "valid_from": _needed(cells.day),
        "valid_to": Column(cells.day),
        "divisor": Column(cells.above_zero),
        "weight_step_kg": Column(cells.some_grams),
        "minimum": Column(cells.amount),
        "max_kg": Column(cells.some_grams),
        "max_cm": Column(cells.some_millimetres),
        "max_girth_cm": Column(cells.some_millimetres),
        "hazmat": Column(cells.yes_no),
    },
    "lane": {
        **_CARD,
        "from_node": Column(cells.words),
        "from_country": Column(cells.country),
        "from_province": Column(cells.words),
        "from_city": Column(cells.words),
        **_AREA,
        "zone": _needed(cells.code),
        "transit_days": _needed(cells.whole),
    },
    "rate": {
        **_CARD,
        "zone": _needed(cells.codes),
        "up_to_kg": Column(cells.some_grams),
        "price": _needed(cells.amount),
        "first_kg": Column(cells.grams),
        "step_kg": Column(cells.some_grams),
        "step_price": Column(cells.amount),
    },
    "surcharge": {
        **_CARD,
        "kind": _needed(cells.surcharge_kind),
        "percent": Column(cells.percent),
        "amount": Column(cells.amount),
        "per_kg": Column(cells.amount_per_kg),
        **_AREA,
        "over_kg": Column(cells.grams),
        "over_cm": Column(cells.millimetres),
        "over_girth_cm": Column(cells.millimetres),
    },
    "cut_off": {
        "carrier": _needed(cells.codes),
        "node": _needed(cells.codes),
        "days": _needed(cells.weekdays),
        "time": _needed(cells.or_none(cells.clock)),
    },
    "capacity": {
        "carrier": _needed(cells.codes),
        "node": _needed(cells.codes),
        "days": Column(cells.weekdays),
        "date": Column(cells.day),
        "parcels": _needed(cells.or_none(cells.whole)),
    },
    "exception": {
        "carrier": _needed(cells.codes),
        "date": _needed(cells.day),
        "works": _needed(cells.or_none(cells.yes_no)),
        "note": Column(cells.text),
    },
    "carton": {
        "carton": _needed(cells.code),
        "length_cm": _needed(cells.some_millimetres),
        "width_cm": _needed(cells.some_millimetres),
        "height_cm": _needed(cells.some_millimetres),
        "max_kg": _needed(cells.or_none(cells.some_grams)),
        "tare_kg": Column(cells.grams),
        "wall_cm": Column(cells.millimetres),
    },
}
"""Columns by record. ``exception`` is a carrier's own day; a cell may hold several codes or names with | between.

In ``time``, ``parcels``, ``works`` and a carton's ``max_kg`` the word ``none`` takes away what the row names.
"""

CARD_RECORDS: Final = frozenset({"service", "lane", "rate", "surcharge", ""})
"""Records that make a card; the empty one may be any of them."""


class Fault(NamedTuple):
    """Something in a sheet that was not taken.

    Parameters
    ----------
    file, row, column : str, int, str
        Where; the column is empty where the whole row is meant.
    what, why, mend : str
        What stands there, why it was not taken, what to do.
    """

    file: str
    row: int
    column: str
    what: str
    why: str
    mend: str

    @property
    def message(self) -> str:
        """All of it as one sentence and an advice."""
        place = f"{self.file}, row {self.row}" + (f", column {self.column!r}" if self.column else "")
        return f"{place}: {self.what} {self.why} {self.mend}".strip()


class SheetRow(NamedTuple):
    """A row of a table: its number as a person sees it, its cells by column, and why it cannot be trusted at all."""

    number: int
    cells: Mapping[str, str]
    fault: str = ""


@dataclass(slots=True)
class Entry:
    """A row read by its record's columns; `bad` names the columns that could not be."""

    record: str
    row: int
    values: dict[str, Value] = field(default_factory=dict)
    bad: list[str] = field(default_factory=list)

    def names(self, column: str) -> tuple[str, ...]:
        """Return a column of several codes; empty where it has none."""
        value = self.values.get(column)
        return value if isinstance(value, tuple) else (str(value),) if value is not None else ()

    def cards(self) -> list[tuple[str, str]]:
        """List the cards the row belongs to."""
        return [(carrier, service) for carrier in self.names("carrier") for service in self.names("service")]

    def whole(self, column: str) -> int | None:
        """Return a column of whole numbers."""
        value = self.values.get(column)
        return value if type(value) is int else None

    def text(self, column: str) -> str:
        """Return a column of text; empty where it has none."""
        value = self.values.get(column)
        return value if isinstance(value, str) else ""


def read_rows(file: str, rows: Iterable[SheetRow], faults: list[Fault]) -> Iterator[Entry]:
    """Read rows by their record.

    Parameters
    ----------
    file : str
        Name, for the faults.
    rows : iterable of SheetRow
        From the file.
    faults : list of Fault
        Extended.

    Yields
    ------
    Entry
        A row that cannot be trusted, or whose record is unknown, has an empty record and as much of its carrier and
        service as can be read. Rows whose record starts with # and empty ones are passed over; so are remarks: rows
        of no record and no carrier.
    """
    for number, given, fault in rows:
        row, doubled = _by_column(given)
        fault = fault or doubled
        record = row.get(RECORD, "")
        if fault:
            faults.append(Fault(file, number, "", "The row was not read:", f"{fault}.", "Mend it and import again."))
            yield _untrusted(number, row)
        elif head_of(record).column == RECORD or (record.startswith("#") and record not in _ERRORS):
            continue  # the heading once more, or a remark
        elif any(row.values()):
            yield from _read(file, number, row, faults)


def _by_column(given: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """Return cells by the column their heading means, in its unit, and what is wrong with that."""
    row: dict[str, str] = {}
    fault = ""
    for name, cell in given.items():
        column, unit = head_of(name)
        text = (cell or "").strip()
        if text and row.get(column):
            fault = f"two columns are called {column!r} and both are filled"
        elif text or column not in row:
            row[column] = f"{text} {unit}" if text and unit else text
    return row, fault


def _read(file: str, number: int, row: Mapping[str, str], faults: list[Fault]) -> Iterator[Entry]:
    record = record_of(row.get(RECORD, ""))
    columns = RECORDS.get(record)
    if columns is None:
        near = get_close_matches(record, RECORDS, 1)
        mend = f"Did you mean {near[0]!r}?" if near else f"Use one of: {', '.join(RECORDS)}."
        faults.append(
            Fault(file, number, RECORD, f"{row.get(RECORD, '')[:40]!r}", "is no record of a rate sheet.", mend)
        )
        if row.get("carrier"):
            yield _untrusted(number, row)
        return
    entry = Entry(record, number)
    for name, column in columns.items():
        _read_cell(file, entry, name, column, row.get(name, ""), faults)
    for name, cell in row.items():
        if cell and name not in columns and name != RECORD:
            mend = f"A {record} has the columns {', '.join(columns)}: empty the cell, or correct the record."
            faults.append(Fault(file, number, name, f"{cell[:40]!r}", f"says nothing about a {record}.", mend))
            entry.bad.append(name)
    yield entry


def _untrusted(number: int, row: Mapping[str, str]) -> Entry:
    entry = Entry("", number, bad=[RECORD])
    for name, column in _CARD.items():
        _read_cell("", entry, name, column, row.get(name, ""), [])
    return entry


def _read_cell(file: str, entry: Entry, name: str, column: Column, cell: str, faults: list[Fault]) -> None:
    if not cell:
        if column.is_needed:
            faults.append(Fault(file, entry.row, name, "The cell is empty;", f"a {entry.record} needs it.", "Fill it."))
            entry.bad.append(name)
        return
    if cell in _ERRORS:
        why, mend = "is an error that a formula gave.", "Mend the formula, or write the value."
        faults.append(Fault(file, entry.row, name, f"{cell!r}", why, mend))
        entry.bad.append(name)
        return
    try:
        entry.values[name] = column.read(cell)
    except BadCell as fault:
        faults.append(Fault(file, entry.row, name, f"{cell[:40]!r}", f"is not {fault}.", "Correct the cell."))
        entry.bad.append(name)
