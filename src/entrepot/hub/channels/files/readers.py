"""Opening CSV, Excel and Parquet files: row after row, numbered as a person sees them. This and `client` do the I/O."""

from __future__ import annotations

import codecs
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Final

import fastexcel
import polars as pl

from entrepot.hub.channels.files.sheet import (
    FAULT,
    ROW,
    Header,
    Row,
    delimiter_of,
    encoding_of,
    header_of,
    numbered,
    row_of,
    rows_of,
)
from entrepot.hub.documents import Json, Undecodable
from entrepot.kernel.errors import InputError

CSV: Final = frozenset({".csv", ".tsv", ".txt"})
EXCEL: Final = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})
PARQUET: Final = frozenset({".parquet", ".pq"})
_CHUNK: Final = 1 << 20
_BATCH: Final = 20_000
_EXACT: Final = 2**53
_FIRST_CELL: Final = re.compile(rb'<c r="[A-Z]+(\d+)"[^>]*>\s*<(?:v|is|f)')


def read_rows(
    path: Path, sheet: str = "", encoding: str = "", delimiter: str = "", header_row: int = 1
) -> tuple[tuple[str, ...], Iterator[Row]]:
    """Open a file and go through its rows.

    Parameters
    ----------
    path : Path
        Its suffix says what it is.
    sheet : str
        Of a workbook; the first where empty.
    encoding, delimiter : str
        Of a CSV; found out where empty.
    header_row : int
        Row of the column names, from 1.

    Returns
    -------
    tuple of (tuple of str, iterator of Row)
        Column names, and the rows with their number under ``@row`` (in a Parquet file, which has no header row, the
        record's number from 1).

    Raises
    ------
    InputError
        ``files.open``, ``files.format``, ``files.sheet``, ``files.encoding`` or ``files.header``.
    """
    suffix = path.suffix.lower()
    if not path.is_file():
        raise InputError("files.open", f"There is no file {path}.", "Check the path.", path=str(path))
    try:
        if suffix in CSV:
            header, rows = _csv(path, encoding, delimiter, header_row)
        elif suffix in EXCEL:
            header, rows = _excel(path, sheet, header_row)
        elif suffix in PARQUET:
            header, rows = _parquet(path)
        else:
            raise InputError(
                "files.format",
                f"{path.name}: {suffix or 'a name without an ending'} is no format that is read.",
                f"Use one of: {', '.join(sorted(CSV | EXCEL | PARQUET))}.",
                path=str(path),
            )
    except Undecodable as fault:
        rule, what, mend = fault.args
        raise InputError(rule, f"{path.name}: {what}", mend, path=str(path)) from None
    except OSError as fault:
        raise InputError(
            "files.open", f"{path} cannot be opened: {fault}.", "Check its rights.", path=str(path)
        ) from None
    return header.names, rows


# CSV ----------------------------------------------------------------------------------------------------------------


def _csv(path: Path, encoding: str, delimiter: str, header_row: int) -> tuple[Header, Iterator[Row]]:
    encoding = _known(encoding, path) or encoding_of(_start(path)) or _sniffed(path)
    if not delimiter:
        with path.open(encoding=encoding, errors="surrogateescape", newline="") as lines:
            heads = [line for _, line in zip(range(header_row), lines, strict=False)]
        delimiter = delimiter_of(heads[-1] if heads else "")
    rows = _lines(path, encoding)
    return rows_of(numbered(rows, delimiter), header_row)


def _lines(path: Path, encoding: str) -> Iterator[str]:
    # Bytes that are no text do not stop the file: they mark their row.
    errors = "surrogateescape" if encoding not in {"utf-16", "utf-16-le", "utf-16-be"} else "replace"
    with path.open(encoding=encoding, errors=errors, newline="") as lines:
        yield from lines


def _known(encoding: str, path: Path) -> str:
    if encoding in {"", "auto"}:
        return ""
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise InputError(
            "files.encoding",
            f"{encoding!r} is not an encoding.",
            "Use utf-8, gb18030 (for GBK and GB2312 too), utf-16, or leave it out.",
            path=str(path),
        ) from None
    return encoding


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _sniffed(path: Path) -> str:
    """Tell UTF-8 from GB 18030 by reading all of the file; where it is neither, the one that fails later."""
    reach = {name: _reach(path, name) for name in ("utf-8", "gb18030")}
    return max(reach, key=lambda name: (reach[name], name == "utf-8"))


def _reach(path: Path, encoding: str) -> int:
    decoder = codecs.getincrementaldecoder(encoding)()
    reached = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as fault:
                return reached + fault.start
            reached += len(chunk)
    return reached + 1


# Excel --------------------------------------------------------------------------------------------------------------


def _excel(path: Path, sheet: str, header_row: int) -> tuple[Header, Iterator[Row]]:
    try:
        reader = fastexcel.read_excel(path)
    except fastexcel.FastExcelError as fault:
        raise InputError(
            "files.open",
            f"{path.name} cannot be read as a workbook: {str(fault).splitlines()[0]}.",
            "Save it again as .xlsx without a password.",
            path=str(path),
        ) from None
    names = reader.sheet_names
    if sheet and sheet not in names:
        raise InputError(
            "files.sheet",
            f"{path.name} has no sheet {sheet!r}.",
            f"Its sheets are: {', '.join(names)}.",
            path=str(path),
        )
    chosen = sheet or names[0]
    first = _first_row(path, names.index(chosen))
    # Every cell as text, as in a CSV: a column of numbers with one word in it must not lose either.
    frame = reader.load_sheet(chosen, header_row=None, dtypes="string").to_polars()
    records = frame.rows()
    place = header_row - first
    if not 0 <= place < len(records) or not any(records[place]):
        raise Undecodable(
            "files.header",
            f"Row {header_row} of sheet {chosen!r} has no column names.",
            f"The first filled row is {first}: say where the names stand: [file] header_row = {first}.",
        )
    header = header_of([str(cell or "") for cell in records[place]], header_row)
    inexact = _inexact(reader, chosen, place)

    def rows() -> Iterator[Row]:
        for number, cells in enumerate(records[place + 1 :], header_row + 1):
            if any(cell is not None for cell in cells):
                row = row_of(header, number, ["" if cell is None else str(cell) for cell in cells])
                lost = next((header.names[at] for at in inexact if _is_inexact(cells[at])), None)
                if lost is not None and FAULT not in row:
                    row[FAULT] = (
                        f"column {lost!r} holds the number {cells[header.names.index(lost)]}, and Excel keeps only 15 "
                        "digits of a number: its last digits are lost; format the column as text before filling it"
                    )
                yield row

    return header, rows()


def _inexact(reader: fastexcel.ExcelReader, sheet: str, place: int) -> list[int]:
    """Find the columns of numbers (not of digits kept as text), whose long ones have lost digits."""
    typed = reader.load_sheet(sheet, header_row=place)
    typed.to_polars()
    return [column.index for column in typed.selected_columns if column.dtype in {"float", "int"}]


def _is_inexact(cell: object) -> bool:
    text = str(cell or "").lstrip("-")
    return text.isdigit() and int(text) > _EXACT


def _first_row(path: Path, place: int) -> int:
    """Find the row that the sheet's first filled cell stands in: the reader leaves out empty rows above it."""
    if not zipfile.is_zipfile(path):
        return 1
    with zipfile.ZipFile(path) as book:
        sheets = sorted(
            (name for name in book.namelist() if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name)),
            key=lambda name: int(re.sub(r"\D", "", name)),
        )
        if place >= len(sheets):
            return 1
        with book.open(sheets[place]) as sheet:
            found = _FIRST_CELL.search(sheet.read(_CHUNK))
    return int(found.group(1)) if found else 1


# Parquet ------------------------------------------------------------------------------------------------------------


def _parquet(path: Path) -> tuple[Header, Iterator[Row]]:
    try:
        scan = pl.scan_parquet(path)
        names = tuple(scan.collect_schema().names())
    except pl.exceptions.PolarsError as fault:
        raise InputError(
            "files.open",
            f"{path.name} cannot be read as Parquet: {str(fault).splitlines()[0]}.",
            "Write the file again.",
            path=str(path),
        ) from None

    def rows() -> Iterator[Row]:
        number = 0
        while True:
            batch = scan.slice(number, _BATCH).collect()
            for cells in batch.iter_rows():
                number += 1
                yield {ROW: number, **{name: _plain(cell) for name, cell in zip(names, cells, strict=True)}}
            if batch.height < _BATCH:
                return

    return Header(names, 0), rows()


def _plain(cell: object) -> Json:
    if cell is None or isinstance(cell, (str, bool, int)):
        return cell
    if isinstance(cell, (datetime, date, time)):
        return cell.isoformat()
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < _EXACT else Decimal(repr(cell))
    return str(cell)
