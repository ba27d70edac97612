"""Tables on disk: a folder of CSV files or a workbook to read, and a template of either to write."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Mapping
from html import escape
from io import StringIO
from pathlib import Path
from typing import Final

import fastexcel

from entrepot.infra.text_files import read_text
from entrepot.kernel.errors import InputError
from entrepot.network.formats.tables import NOTES, TABLES, Rows

WORKBOOKS: Final = (".xlsx", ".xlsm", ".xls", ".ods")
EXAMPLE: Final[Mapping[str, Rows]] = {
    "sites": [
        ["plant", "0", "plant", "", "open", "", ""],
        ["north", "5200.50", "front", "900", "candidate", "", "800"],
        ["south", "4100", "front", "900", "existing", "650", ""],
    ],
    "site_classes": [["north", "bulky", "60", "120"], ["south", "bulky", "", "150"]],
    "zones": [["town online"], ["town shop"], ["hills online"]],
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
    "settings": [["sourcing", "split"], ["budget", "12000"]],
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
        found: dict[str, Rows] = {one.stem: list(csv.reader(StringIO(read_text(one, "network")))) for one in files}
        found.pop(NOTES, None)
        return found, ".csv"
    try:
        book = fastexcel.read_excel(path)
        sheets = {name: _sheet(book, name) for name in book.sheet_names if name != NOTES}
    except fastexcel.FastExcelError as error:
        why = str(error).splitlines()[0]
        raise InputError("network.format", f"It is no workbook: {why}.", "Save it again without a password.") from error
    return sheets, ""


def write_template(path: Path) -> None:
    """Write all tables with a small network in them, and notes on every column.

    Parameters
    ----------
    path : Path
        A workbook when it ends in ``.xlsx``, else a folder of CSV files.
    """
    tables: dict[str, Rows] = {
        table: [[column.name for column in columns], *EXAMPLE[table]] for table, columns in TABLES.items()
    }
    tables[NOTES] = [
        ["table", "column", "needed", "holds"],
        *(
            [table, column.name, "yes" if column.is_needed else "", column.what]
            for table, columns in TABLES.items()
            for column in columns
        ),
    ]
    if path.suffix.lower() == ".xlsx":
        _write_workbook(path, tables)
        return
    path.mkdir()
    for name, rows in tables.items():
        text = StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        (path / f"{name}.csv").write_text(text.getvalue(), encoding="utf-8-sig")  # so that Excel sees that it is UTF-8


def _sheet(book: fastexcel.ExcelReader, name: str) -> Rows:
    """Return cells as text; rows keep their numbers, empty ones above the headings too."""
    frame = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars()
    return [["" if cell is None else str(cell) for cell in row] for row in frame.rows()]


_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def _write_workbook(path: Path, tables: Mapping[str, Rows]) -> None:
    """Write the least that is a workbook: ECMA-376, text in the cells themselves."""
    names = list(enumerate(tables, 1))
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{k}.xml" ContentType="{_TYPE}.worksheet+xml"/>' for k, _ in names
    )
    sheets = "".join(f'<sheet name="{name}" sheetId="{k}" r:id="rId{k}"/>' for k, name in names)
    links = "".join(
        f'<Relationship Id="rId{k}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{k}.xml"/>' for k, _ in names
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>',
    }
    for k, name in names:
        rows = "".join(f"<row>{''.join(_cell(cell) for cell in row)}</row>" for row in tables[name])
        parts[f"xl/worksheets/sheet{k}.xml"] = f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for part, text in parts.items():
            book.writestr(part, _HEAD + text)


def _cell(text: str) -> str:
    if text.replace(".", "", 1).isdigit():
        return f"<c><v>{text}</v></c>"
    return f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>' if text else "<c/>"
