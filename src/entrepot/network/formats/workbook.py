"""Tables as files: a folder or archive of CSV files or a workbook to read, and a template of either to write."""

from __future__ import annotations

import csv
import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO, StringIO
from pathlib import Path, PurePosixPath
from typing import Final

import fastexcel

from entrepot.infra.text_files import read_text
from entrepot.kernel.errors import InputError
from entrepot.network.formats.spreadsheet import Cells, workbook
from entrepot.network.formats.tables import NOTES, TABLES, Rows

WORKBOOKS: Final = (".xlsx", ".xlsm", ".xls", ".ods")
LARGEST_UNPACKED: Final = 100 * 2**20
"""Bytes of an archive or workbook unpacked; more is refused before it is read."""
_ARCHIVE, _OLD_WORKBOOK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
EXAMPLE: Final[Mapping[str, Rows]] = {
    "sites": [
        ["plant", "0", "plant", "", "open", "", "", "", "31.30", "120.60"],
        ["north", "5200.50", "front", "900", "candidate", "", "800", "2400", "32.06", "118.80"],
        ["south", "4100", "front", "900", "existing", "650", "", "", "30.27", "120.15"],
    ],
    "site_classes": [["north", "bulky", "60", "120"], ["south", "bulky", "", "150"]],
    "zones": [["town online", "31.23", "121.47"], ["town shop", "31.2", "121.4"], ["hills online", "30", "118.5"]],
    "classes": [["parcel", "1", "24", "2"], ["bulky", "8", "", "30"]],
    "scenarios": [["usual", "3"], ["season", "1"]],
    "demand": [
        ["town online", "210", "parcel", "usual"],
        ["town online", "380", "parcel", "season"],
        ["town shop", "150", "parcel", ""],
        ["town shop", "12", "bulky", ""],
        ["hills online", "90", "parcel", ""],
        ["hills online", "7", "bulky", ""],
    ],
    "lanes": [
        ["plant", "north", "0", "", "12", "", "0.25", "0.02"],
        ["plant", "south", "0", "", "9", "", "0.20", "0.02"],
        ["plant", "town shop", "0", "", "20", "bulky", "0.40", "0.03"],
        ["north", "town online", "6.20", "", "8", "", "", "0.05"],
        ["north", "town shop", "30", "40", "6", "", "0.10", ""],
        ["north", "hills online", "5.10", "", "5", "", "", "0.05"],
        ["south", "town online", "4.80", "", "4", "", "", "0.05"],
        ["south", "town shop", "22", "40", "4", "", "0.10", ""],
        ["south", "hills online", "8.90", "", "20", "", "", "0.05"],
    ],
    "site_limits": [["2", "1", "front"]],
    "pooling": [["300", "parcel", "front"]],
    "settings": [["sourcing", "split"], ["budget", "12000"], ["currency", "CNY"]],
}
"""A small network that has a plan, in the order of the columns."""


def read_tables(path: Path) -> tuple[dict[str, Rows], str]:
    """Read all tables of a folder of CSV files or of a workbook, and what their names end in.

    Raises
    ------
    InputError
        ``network.format`` where a file cannot be read.
    """
    if path.is_dir():
        files = sorted(path.glob("*.csv"))
        return _without_notes({one.stem: _rows(read_text(one, "network")) for one in files}), ".csv"
    return _sheets(path.read_bytes()), ""


def are_tables(content: bytes) -> bool:
    """Tell whether a file's bytes are a workbook, or an archive of CSV files."""
    return content.startswith((_ARCHIVE, _OLD_WORKBOOK))


def tables_in(content: bytes) -> tuple[dict[str, Rows], str]:
    """Read all tables of a workbook or of an archive of CSV files, and what their names end in.

    Raises
    ------
    InputError
        ``network.format`` where it cannot be read, ``network.too_large`` where it is too much unpacked.
    """
    if content.startswith(_OLD_WORKBOOK):
        return _sheets(content), ""
    texts: dict[str, Rows] = {}
    parts = _unpacked(content)
    for name, part in parts.items():
        path = PurePosixPath(name)
        if path.suffix.lower() != ".csv" or path.name.startswith("."):
            continue
        if path.stem in texts:
            raise InputError("network.format", f"There are two files {path.name}.", "Keep one of them.")
        try:
            texts[path.stem] = _rows(part.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            message = f"{name} is no text in UTF-8: {error}."
            raise InputError("network.format", message, "Save it as CSV UTF-8.") from error
    return (_without_notes(texts), ".csv") if texts else (_sheets(content), "")


def template() -> dict[str, Cells]:
    """Return all tables with a small network in them, and notes on every column."""
    tables: dict[str, Cells] = {
        table: [[column.name for column in columns], *([_example(cell) for cell in row] for row in EXAMPLE[table])]
        for table, columns in TABLES.items()
    }
    tables[NOTES] = [
        ["table", "column", "needed", "holds"],
        *(
            [table, column.name, "yes" if column.is_needed else "", column.what]
            for table, columns in TABLES.items()
            for column in columns
        ),
    ]
    return tables


def csv_files(tables: Mapping[str, Cells]) -> dict[str, bytes]:
    """Return tables as CSV files by name, with the mark by which Excel sees that they are UTF-8."""
    found = {}
    for name, rows in tables.items():
        text = StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        found[f"{name}.csv"] = text.getvalue().encode("utf-8-sig")
    return found


def archive(files: Mapping[str, bytes]) -> bytes:
    """Return files as one zip archive."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in files.items():
            book.writestr(name, content)
    return packed.getvalue()


def write_template(path: Path) -> None:
    """Write the template.

    Parameters
    ----------
    path : Path
        A workbook when it ends in ``.xlsx``, else a folder of CSV files.
    """
    if path.suffix.lower() == ".xlsx":
        path.write_bytes(workbook(template()))
        return
    path.mkdir()
    for name, content in csv_files(template()).items():
        (path / name).write_bytes(content)


def _example(text: str) -> str | float:
    """Return a cell of the example as a spreadsheet holds it."""
    if text.isdecimal():
        return int(text)
    return float(text) if text.replace(".", "", 1).isdecimal() else text


def _rows(text: str) -> Rows:
    return list(csv.reader(StringIO(text)))


def _without_notes(tables: dict[str, Rows]) -> dict[str, Rows]:
    return {name: rows for name, rows in tables.items() if name != NOTES}


def _unpacked(content: bytes) -> dict[str, bytes]:
    """Unpack an archive as far as the limit: what it says of its sizes may be a lie."""
    found, room = dict[str, bytes](), LARGEST_UNPACKED
    try:
        with zipfile.ZipFile(BytesIO(content)) as book:
            for one in book.infolist():
                with book.open(one) as part:
                    found[one.filename] = part.read(room + 1)
                room -= len(found[one.filename])
                if room < 0:
                    message = f"Unpacked it is more than {LARGEST_UNPACKED // 2**20} MiB."
                    raise InputError("network.too_large", message, "Leave out what is no table, or fewer lanes.")
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:  # the last: locked, or packed otherwise
        mend = "Pack it again as a plain zip without a password."
        raise InputError("network.format", f"The archive is damaged or locked: {error}.", mend) from error
    return found


def _sheets(content: bytes) -> dict[str, Rows]:
    try:
        book = fastexcel.read_excel(content)
        return {name: _sheet(book, name) for name in book.sheet_names if name != NOTES}
    except fastexcel.FastExcelError as error:
        why = str(error).splitlines()[0]
        raise InputError("network.format", f"It is no workbook: {why}.", "Save it again without a password.") from error


def _sheet(book: fastexcel.ExcelReader, name: str) -> Rows:
    """Return cells as text; rows keep their numbers, empty ones above the headings too."""
    frame = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars()
    return [["" if cell is None else str(cell) for cell in row] for row in frame.rows()]
