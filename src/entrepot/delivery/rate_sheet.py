"""A rate sheet: from its rows to carriers, cards, cut-offs, capacities, own days and cartons. Pure.

A row that cannot be read takes out only what it would have priced: a lane closes its destination, a rate its zone; a
service or a surcharge keeps its card back, since without it the price would be wrong. Everything else goes in.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Final, NamedTuple, TypeVar

from entrepot.delivery.calendar import EVERY_DAY, Calendar
from entrepot.delivery.card_assembly import Held, assemble_cards
from entrepot.delivery.sheet_rows import Entry, Fault, SheetRow, read_rows
from entrepot.delivery.tariff import Carrier, Carton, RateCard

K = TypeVar("K")
V = TypeVar("V")


class OwnDay(NamedTuple):
    """A carrier's own day: it works, or it does not, whatever its weekdays and holidays say."""

    works: bool
    note: str = ""


@dataclass(slots=True)
class Sheet:
    """What a file says. Each key replaces what was known by the same key; a value of None takes it away.

    Attributes
    ----------
    name : str
        The file's.
    rows : int
        Rows read, good and bad.
    carriers : dict of code to Carrier or None
        Without their own days.
    cards : list of RateCard
        Complete ones; their version is given when they are stored.
    cut_offs, capacities, own_days, cartons : dict
        By (node, carrier, weekday), (node, carrier, weekday or date), (carrier, date) and code.
    faults : list of Fault
        Rows and cells not taken.
    remarks : list of Fault
        Taken, and worth a look: a heavier parcel that is cheaper.
    held : list of Held
        Cards that were kept back, and the rows because of which.
    """

    name: str
    rows: int = 0
    carriers: dict[str, Carrier | None] = field(default_factory=dict)
    cards: list[RateCard] = field(default_factory=list)
    cut_offs: dict[tuple[str, str, int], time | None] = field(default_factory=dict)
    capacities: dict[tuple[str, str, int | date], int | None] = field(default_factory=dict)
    own_days: dict[tuple[str, date], OwnDay | None] = field(default_factory=dict)
    cartons: dict[str, Carton | None] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    remarks: list[Fault] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)


def read_sheet(
    name: str,
    rows: Iterable[SheetRow],
    known_carriers: Collection[str] = (),
    known_nodes: Collection[str] | None = None,
) -> Sheet:
    """Read a rate sheet.

    Parameters
    ----------
    name : str
        The file's, for the faults.
    rows : iterable of SheetRow
        All of them; one row is one record, see `entrepot.delivery.sheet_rows.RECORDS`.
    known_carriers : collection of str
        Carriers that need no row here.
    known_nodes : collection of str, optional
        Nodes there are; left out, nodes are not looked at.

    Returns
    -------
    Sheet
        All that could be taken, and all that could not; faults in the sequence of rows.
    """
    sheet = Sheet(name)
    entries = list(read_rows(name, rows, sheet.faults))
    sheet.rows = len(entries)
    carriers = {*known_carriers, *(entry.text("carrier") for entry in entries if entry.record == "carrier")}
    for entry in entries:
        _drop_unknown_carriers(sheet, entry, carriers)
        if not entry.bad and (take := _TAKERS.get(entry.record)) is not None:
            take(sheet, entry)
    made = assemble_cards(name, entries)
    sheet.cards, sheet.held, sheet.remarks = made.cards, made.held, made.remarks
    if known_nodes is not None:
        sheet.remarks.extend(remark for entry in entries for remark in _strange_nodes(name, entry, set(known_nodes)))
    sheet.faults = sorted([*sheet.faults, *made.faults], key=lambda fault: fault.row)
    return sheet


def _drop_unknown_carriers(sheet: Sheet, entry: Entry, known: Collection[str]) -> None:
    unknown = [code for code in entry.names("carrier") if code not in known]
    for code in unknown:
        mend = f"Correct the code, or add a row of record carrier for {code}."
        sheet.faults.append(Fault(sheet.name, entry.row, "carrier", f"{code!r}", "is no known carrier.", mend))
    if unknown and isinstance(entry.values.get("carrier"), tuple):
        entry.values["carrier"] = tuple(code for code in entry.names("carrier") if code in known)
    elif unknown:
        entry.bad.append("carrier")


def _strange_nodes(file: str, entry: Entry, known: Collection[str]) -> Iterator[Fault]:
    """Tell of nodes that are not known: the sheet may come before them, or the code is misspelt and holds for none."""
    for column in ("node", "from_node"):
        for node in entry.names(column):
            if node not in known:
                why, mend = "is no node known here; it was taken for one to come.", "Correct it if it is misspelt."
                yield Fault(file, entry.row, column, f"{node!r}", why, mend)


def _take_carrier(sheet: Sheet, entry: Entry) -> None:
    code, days = entry.text("carrier"), entry.values.get("days")
    calendar = Calendar(
        days if isinstance(days, frozenset) else EVERY_DAY,
        entry.text("time_zone") or "Asia/Shanghai",
        entry.text("holidays"),
    )
    carrier = Carrier(code, calendar, entry.text("name"), entry.text("name_en"), entry.names("aliases"))
    _put(sheet, entry, "carrier", sheet.carriers, {code: None if entry.values.get("active") is False else carrier})


def _take_cut_off(sheet: Sheet, entry: Entry) -> None:
    days, at = entry.values["days"], entry.values["time"]
    if isinstance(days, frozenset) and (at is None or isinstance(at, time)):
        given = {(*cell, day): at for cell in _cells(entry) for day in sorted(days)}
        _put(sheet, entry, "days", sheet.cut_offs, given)


def _take_capacity(sheet: Sheet, entry: Entry) -> None:
    days, day = entry.values.get("days"), entry.values.get("date")
    if (days is None) == (day is None):
        what = "The row names neither days nor a date;" if days is None else "The row names days and a date;"
        mend = "Fill days (mon-sat) or date (2026-11-11)."
        sheet.faults.append(Fault(sheet.name, entry.row, "days", what, "it is for one of them.", mend))
        return
    wanted: list[int | date] = sorted(days) if isinstance(days, frozenset) else []
    wanted.extend([day] if isinstance(day, date) else [])
    given = {(*cell, one): entry.whole("parcels") for cell in _cells(entry) for one in wanted}
    _put(sheet, entry, "days" if day is None else "date", sheet.capacities, given)


def _take_own_day(sheet: Sheet, entry: Entry) -> None:
    day, works = entry.values["date"], entry.values["works"]
    if isinstance(day, date):
        own = OwnDay(works is True, entry.text("note")) if works is not None else None
        _put(sheet, entry, "date", sheet.own_days, {(carrier, day): own for carrier in entry.names("carrier")})


def _take_carton(sheet: Sheet, entry: Entry) -> None:
    strength = entry.whole("max_kg")
    sides = (entry.whole("length_cm") or 0, entry.whole("width_cm") or 0, entry.whole("height_cm") or 0)
    carton = None
    if strength is not None:
        tare, wall = entry.whole("tare_kg") or 0, entry.whole("wall_cm") or 0
        carton = Carton(entry.text("carton"), *sides, strength, tare, wall)
    _put(sheet, entry, "carton", sheet.cartons, {entry.text("carton"): carton})


_TAKERS: Final[Mapping[str, Callable[[Sheet, Entry], None]]] = {
    "carrier": _take_carrier,
    "cut_off": _take_cut_off,
    "capacity": _take_capacity,
    "exception": _take_own_day,
    "carton": _take_carton,
}


def _cells(entry: Entry) -> list[tuple[str, str]]:
    return [(node, carrier) for node in entry.names("node") for carrier in entry.names("carrier")]


def _put(sheet: Sheet, entry: Entry, column: str, known: dict[K, V], given: Mapping[K, V]) -> None:
    """Take what a row says; what an earlier row said otherwise stays, and is a fault."""
    for key, value in given.items():
        if known.setdefault(key, value) != value:
            why = "contradicts a row above, which holds."
            sheet.faults.append(Fault(sheet.name, entry.row, column, "What it says", why, "Remove one of the rows."))
            return
