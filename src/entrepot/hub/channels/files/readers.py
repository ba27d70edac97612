"""Opening CSV, Excel and Parquet files: row after row, numbered as a person sees them. This and `client` do the I/O."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Final

from entrepot.hub.channels.files.excel import HEADING_WITHIN, Found, find_in_workbook, read_workbook
from entrepot.hub.channels.files.sheet import (
    EXACT,
    ROW,
    Header,
    Row,
    delimiter_of,
    encoding_of,
    numbered,
    rows_of,
)
from entrepot.hub.documents import Json, Undecodable
from entrepot.kernel.errors import InputError, NotFound

CSV: Final = frozenset({".csv", ".tsv", ".txt"})
EXCEL: Final = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})
PARQUET: Final = frozenset({".parquet", ".pq"})
_CHUNK: Final = 1 << 20
_BATCH: Final = 20_000


def read_rows(
    path: Path,
    sheet: str = "",
    encoding: str = "",
    delimiter: str = "",
    header_row: int = 1,
    *,
    is_as_shown: bool = False,
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
    is_as_shown : bool
        Read a workbook as a person does: a number shown as a percentage as that, and a merged cell in all its rows.

    Returns
    -------
    tuple of (tuple of str, iterator of Row)
        Column names, and the rows with their number under ``@row`` (in a Parquet file, which has no header row, the
        record's number from 1).

    Raises
    ------
    NotFound
        ``files.open`` when there is no such file.
    InputError
        ``files.open``, ``files.format``, ``files.sheet``, ``files.encoding`` or ``files.header``.
    """
    suffix = path.suffix.lower()
    if not path.is_file():
        raise NotFound("files.open", f"There is no file {path}.", "Check the path.", path=str(path))
    try:
        if suffix in CSV:
            header, rows = _csv(path, encoding, delimiter, header_row)
        elif suffix in EXCEL:
            header, rows = read_workbook(path, sheet, header_row, is_as_shown=is_as_shown)
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


def find_tables(path: Path, is_heading: Callable[[Sequence[str]], bool]) -> tuple[list[Found], list[str]]:
    """Find the sheets of a file, and their rows, that a heading stands in: titles and notes may stand above it.

    Parameters
    ----------
    path : Path
        A CSV, a workbook, or a Parquet file.
    is_heading : callable
        Tells of a row's cells whether they name the columns.

    Returns
    -------
    tuple of (list of Found, list of str)
        Tables, one a sheet, and the other sheets that are shown and not empty.

    Raises
    ------
    InputError
        As `read_rows`.
    """
    if path.is_file() and path.suffix.lower() in EXCEL:
        return find_in_workbook(path, is_heading)
    for row in range(1, HEADING_WITHIN + 1):
        try:
            names, _ = read_rows(path, header_row=row)
        except InputError as fault:
            if fault.code == "files.header":
                continue
            raise
        if is_heading(names):
            return [Found("", row)], []
    return [], []


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


# Parquet ------------------------------------------------------------------------------------------------------------


def _parquet(path: Path) -> tuple[Header, Iterator[Row]]:
    import polars as pl  # late: it takes half a second to load, and other files do without

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
        return int(cell) if cell.is_integer() and abs(cell) < EXACT else Decimal(repr(cell))
    return str(cell)
