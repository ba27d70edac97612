"""Opening workbooks: every cell as text, rows numbered as a person sees them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Context, Decimal
from pathlib import Path
from typing import Final, NamedTuple

import fastexcel

from entrepot.hub.channels.files.sheet import EXACT, FAULT, Header, Row, header_of, row_of
from entrepot.hub.channels.files.workbook import Spot, Unsaid, unsaid_of
from entrepot.hub.documents import Undecodable
from entrepot.kernel.errors import InputError

_DIGITS: Final = 15
_SHOWN: Final = Context(prec=_DIGITS)
_FRACTION: Final = re.compile(r"-?\d+\.\d+")
HEADING_WITHIN: Final = 30
"""Rows a heading is looked for in."""

_Cells = tuple[str | None, ...]


class Found(NamedTuple):
    """A table whose heading was looked for; the sheet is empty where the file is no workbook."""

    sheet: str
    header_row: int
    is_hidden: bool = False


def find_in_workbook(path: Path, is_heading: Callable[[Sequence[str]], bool]) -> tuple[list[Found], list[str]]:
    """Find the sheets that a heading stands in, and the others that are shown and not empty.

    Raises
    ------
    InputError
        ``files.open``.
    """
    found, others = list[Found](), list[str]()
    reader = _workbook(path)
    for name in reader.sheet_names:
        records, _ = _loaded(path, reader, name, HEADING_WITHIN)
        row = next((at for at, cells in enumerate(records, 1) if is_heading([c or "" for c in cells])), None)
        is_hidden = _is_hidden(path, reader, name)
        if row is not None:
            found.append(Found(name, row, is_hidden))
        elif records and not is_hidden:
            others.append(name)
    return found, others


def read_workbook(path: Path, sheet: str, header_row: int, *, is_as_shown: bool) -> tuple[Header, Iterator[Row]]:
    """Read a sheet, or the first; see `entrepot.hub.channels.files.readers.read_rows`.

    Raises
    ------
    InputError
        ``files.open`` or ``files.sheet``.
    Undecodable
        ``files.header``.
    """
    reader = _workbook(path)
    names = reader.sheet_names
    if sheet and sheet not in names:
        raise InputError(
            "files.sheet",
            f"{path.name} has no sheet {sheet!r}.",
            f"Its sheets are: {', '.join(names)}.",
            path=str(path),
        )
    chosen = sheet or names[0]
    records, offset = _loaded(path, reader, chosen)
    unsaid = unsaid_of(path, chosen)
    first = next((number for number, cells in enumerate(records, 1) if any(cells)), 1)
    if not 0 < header_row <= len(records) or not any(records[header_row - 1]):
        raise Undecodable(
            "files.header",
            f"Row {header_row} of sheet {chosen!r} has no column names.",
            f"The first filled row is {first}: say where the names stand: [file] header_row = {first}.",
        )
    header = header_of([cell or "" for cell in records[header_row - 1]], header_row)
    for spot, error in unsaid.errors.items():
        _write(records, offset, spot, error)
    if is_as_shown:
        _show(records, offset, unsaid, header_row)
    inexact = _inexact(reader, chosen, records, header_row - 1, offset)
    unknown = {spot.row: spot.column - 1 - offset for spot in sorted(unsaid.unknown, reverse=True)}

    def rows() -> Iterator[Row]:
        for number, cells in enumerate(records[header_row:], header_row + 1):
            if any(cell is not None for cell in cells) or number in unknown:
                row = row_of(header, number, ["" if cell is None else cell for cell in cells])
                fault = _unknown(header, unknown.get(number)) or _lost(header, cells, inexact)
                if fault and FAULT not in row:
                    row[FAULT] = fault
                yield row

    return header, rows()


def _workbook(path: Path) -> fastexcel.ExcelReader:
    try:
        return fastexcel.read_excel(path)
    except fastexcel.FastExcelError as fault:
        raise _unreadable(path, fault) from None


def _unreadable(path: Path, fault: fastexcel.FastExcelError) -> InputError:
    return InputError(
        "files.open",
        f"{path.name} cannot be read as a workbook: {str(fault).splitlines()[0]}.",
        "Save it again as .xlsx without a password.",
        path=str(path),
    )


def _loaded(
    path: Path, reader: fastexcel.ExcelReader, sheet: str, n_rows: int | None = None
) -> tuple[list[_Cells], int]:
    """Return a sheet's rows from its first, every cell as text, and how many columns stand empty before them.

    As in a CSV: a column of numbers with one word in it must not lose either.
    """
    try:
        loaded = reader.load_sheet(sheet, header_row=None, skip_rows=0, n_rows=n_rows, dtypes="string")
        records = loaded.to_polars().rows()
    except fastexcel.FastExcelError as fault:
        raise _unreadable(path, fault) from None
    columns = loaded.selected_columns
    return records, columns[0].absolute_index if columns else 0


def _is_hidden(path: Path, reader: fastexcel.ExcelReader, sheet: str) -> bool:
    try:
        return reader.load_sheet(sheet, header_row=None, n_rows=0).visible != "visible"
    except fastexcel.FastExcelError as fault:
        raise _unreadable(path, fault) from None


def _write(records: list[_Cells], offset: int, spot: Spot, text: str) -> None:
    row, column = spot.row - 1, spot.column - 1 - offset
    if row < len(records) and 0 <= column < len(records[row]):
        records[row] = (*records[row][:column], text, *records[row][column + 1 :])


def _show(records: list[_Cells], offset: int, unsaid: Unsaid, header_row: int) -> None:
    """Turn numbers to what is shown of them, and let a merged cell speak for all its rows."""
    for row, cells in enumerate(records):
        if any(cell is not None and len(cell) > _DIGITS for cell in cells):
            records[row] = tuple(map(_without_noise, cells))
    for spot in unsaid.percentages:
        kept = _read(records, offset, spot)
        if kept is not None:
            _write(records, offset, spot, f"{(Decimal(kept) * 100).normalize():f}%")
    for first, last in unsaid.merged:
        text = _read(records, offset, first)
        for row in range(max(first.row, header_row) + 1, last.row + 1):
            if text is not None:
                _write(records, offset, Spot(row, first.column), text)


def _without_noise(cell: str | None) -> str | None:
    """Leave of 12.600000000000001, as sums of fractions come out, the digits that a spreadsheet shows."""
    is_noisy = cell is not None and len(cell) > _DIGITS and _FRACTION.fullmatch(cell) is not None
    return f"{Decimal(cell).normalize(_SHOWN):f}" if is_noisy and cell is not None else cell


def _read(records: list[_Cells], offset: int, spot: Spot) -> str | None:
    row, column = spot.row - 1, spot.column - 1 - offset
    return records[row][column] if row < len(records) and 0 <= column < len(records[row]) else None


def _unknown(header: Header, column: int | None) -> str:
    if column is None or not 0 <= column < len(header.names):
        return ""
    return (
        f"column {header.names[column]!r} holds a formula without its result; open the file in a spreadsheet program "
        "and save it, or write the value"
    )


def _lost(header: Header, cells: _Cells, inexact: list[int]) -> str:
    column = next((at for at in inexact if _is_inexact(cells[at])), None)
    if column is None:
        return ""
    return (
        f"column {header.names[column]!r} holds the number {cells[column]}, and Excel keeps only 15 digits of a "
        "number: its last digits are lost; format the column as text before filling it"
    )


def _inexact(reader: fastexcel.ExcelReader, sheet: str, records: list[_Cells], place: int, offset: int) -> list[int]:
    """Find the columns of numbers (not of digits kept as text), whose long ones have lost digits."""
    found = []
    for column in sorted({at for cells in records[place + 1 :] for at, cell in enumerate(cells) if _is_inexact(cell)}):
        try:
            typed = reader.load_sheet(sheet, header_row=place, skip_rows=0, use_columns=[column + offset])
            typed.to_polars()
        except fastexcel.FastExcelError:
            continue  # a column of several kinds, such as dates and numbers, has no type of its own
        found += [column for one in typed.selected_columns if one.dtype in {"float", "int"}]
    return found


def _is_inexact(cell: str | None) -> bool:
    if cell is None or len(cell) <= _DIGITS:
        return False
    digits = cell.lstrip("-")
    return digits.isdigit() and int(digits) > EXACT
