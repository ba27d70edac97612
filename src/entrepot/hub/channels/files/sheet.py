"""Rows of a table with the numbers a person sees: CSV text to rows, faults of reading, places in the text. Pure."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from io import StringIO
from typing import Final, NamedTuple, TypeAlias

from entrepot.hub.documents import Json, Undecodable

Row: TypeAlias = dict[str, Json]

ROW: Final = "@row"
FAULT: Final = "@fault"
EXACT: Final = 2**53
"""Whole numbers up to it are exact as floats."""
_DELIMITERS: Final = (",", "\t", ";", "|")
_MOST_LINES: Final = 100
_ENCODINGS: Final = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


class Header(NamedTuple):
    """A table's header.

    Parameters
    ----------
    names : tuple of str
        One a column, each once.
    row : int
        Its row, from 1.
    """

    names: tuple[str, ...]
    row: int


def encoding_of(start: bytes) -> str | None:
    """Tell the encoding that a byte order mark names."""
    return next((name for mark, name in _ENCODINGS.items() if start.startswith(mark)), None)


def text_of_table(body: bytes) -> str:
    """Read a table's bytes: by its byte order mark, as UTF-8, else as GB 18030 (GBK, what Excel in China writes).

    Raises
    ------
    Undecodable
        ``files.encoding``, or ``files.binary`` for an Excel workbook.
    """
    if body.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1")):
        raise Undecodable(
            "files.binary",
            "This is an Excel workbook or a Parquet file, not text.",
            "Load it with `entrepot load files PATH --mapping FILE.toml`.",
        )
    for name in (encoding_of(body) or "utf-8", "gb18030"):
        try:
            return body.decode(name)
        except UnicodeDecodeError:
            continue
    raise Undecodable(
        "files.encoding",
        "The file is neither UTF-8, UTF-16 nor GB 18030 text.",
        'Save it as CSV UTF-8, or name its encoding in the mapping: [file] encoding = "...".',
    )


def delimiter_of(first_line: str) -> str:
    """Tell what parts the cells: the mark that the header has most of."""
    counts = Counter(character for character in first_line if character in _DELIMITERS)
    return max(_DELIMITERS, key=lambda mark: (counts[mark], -_DELIMITERS.index(mark)))


def header_of(cells: Sequence[str], row: int) -> Header:
    """Name the columns; a name that comes twice gets a number, a nameless column its place."""
    names: list[str] = []
    for place, cell in enumerate(cells, 1):
        name = " ".join(cell.replace("\ufeff", "").split()) or f"column {place}"
        times = 2
        unique = name
        while unique in names:
            unique, times = f"{name} ({times})", times + 1
        names.append(unique)
    return Header(tuple(names), row)


def numbered(lines: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str], str]]:
    """Go through a CSV's records as a spreadsheet shows them.

    Yields
    ------
    tuple of (int, list of str, str)
        Row from 1, cells, and what is wrong with the record as a whole (or nothing).
    """
    reader = csv.reader(lines, delimiter=delimiter)
    row = before = 0
    while True:
        row += 1
        fault = ""
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            cells, fault = [], f"the row cannot be read: {error}"
        if not fault and reader.line_num - before > _MOST_LINES:
            fault = f'a quotation mark (") opens a cell that goes on for {reader.line_num - before} lines'
        before = reader.line_num
        yield row, cells, fault


def rows_of(records: Iterator[tuple[int, list[str], str]], header_row: int = 1) -> tuple[Header, Iterator[Row]]:
    """Split the header from the rows.

    Parameters
    ----------
    records : iterator
        From `numbered`.
    header_row : int
        From 1.

    Returns
    -------
    tuple of (Header, iterator of Row)
        Each row has its number under ``@row`` and, where it cannot be trusted, the reason under ``@fault``.

    Raises
    ------
    Undecodable
        ``files.header`` where there is none.
    """
    for row, cells, fault in records:
        if row >= header_row:
            if fault or not any(cell.strip() for cell in cells):
                break
            header = header_of(cells, row)
            return header, _body(header, records)
    raise Undecodable(
        "files.header",
        f"Row {header_row} has no column names.",
        "Put the names of the columns there, or say where they stand: [file] header_row = 3.",
    )


def _body(header: Header, records: Iterator[tuple[int, list[str], str]]) -> Iterator[Row]:
    for number, cells, fault in records:
        if fault or any(cell.strip() for cell in cells):
            yield row_of(header, number, cells, fault)


def row_of(header: Header, number: int, cells: Sequence[str], fault: str = "") -> Row:
    """Make a row of its cells; more cells than columns, or bytes that are no text, make it untrustworthy."""
    row: Row = {ROW: number}
    row.update(zip(header.names, cells, strict=False))
    extra = [cell for cell in cells[len(header.names) :] if cell.strip()]
    if extra and not fault:
        fault = f"it has {len(cells)} cells, the header has {len(header.names)}"
    broken = next((name for name, cell in zip(header.names, cells, strict=False) if _is_broken(cell)), None)
    if broken is not None and not fault:
        fault = f"column {broken!r} holds bytes that are no text in the file's encoding"
    if fault:
        row = {
            name: cell.encode("utf-8", "replace").decode() if isinstance(cell, str) else cell
            for name, cell in row.items()
        }
        row[FAULT] = fault
    return row


def _is_broken(cell: str) -> bool:
    return any("\udc80" <= character <= "\udcff" for character in cell)


def table_document(text: str) -> Json:
    """Make the document of a whole CSV."""
    text = text.lstrip("\ufeff")
    # Not str.splitlines: it also breaks at characters that stand inside cells (form feed, U+2028).
    lines = StringIO(text, newline="")
    _, rows = rows_of(numbered(lines, delimiter_of(text.partition("\n")[0])))
    return list(rows)


@lru_cache(maxsize=4)
def csv_places(text: str) -> tuple[dict[str, tuple[int, int]], ...]:
    """Find every cell of a CSV text.

    Parameters
    ----------
    text : str
        The whole CSV.

    Returns
    -------
    tuple of dict
        For each row of `table_document`, by column: its characters, quotation marks included.
    """
    records = _spans(text, delimiter_of(text.partition("\n")[0]))
    names = header_of([text[start:end].strip('"') for start, end in next(records, [])], 1).names
    return tuple(
        dict(zip(names, cells, strict=False))
        for cells in records
        if any(text[start:end].strip() for start, end in cells)
    )


def _spans(text: str, delimiter: str) -> Iterator[list[tuple[int, int]]]:
    cells: list[tuple[int, int]] = []
    start, quoted = 1 if text.startswith("\ufeff") else 0, False
    for at, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif not quoted and character in (delimiter, "\n"):
            end = at - 1 if character == "\n" and text[at - 1 : at] == "\r" else at
            cells.append((start, end))
            start = at + 1
            if character == "\n":
                yield cells
                cells = []
    if start < len(text) or cells:
        yield [*cells, (start, len(text))]
