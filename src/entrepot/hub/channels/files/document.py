"""The document of a file's message, and its findings in the words of the person who has the file open. Pure.

A message's body is a CSV as it came, or JSON ``{"rows": [...]}`` with a group of rows (see `.client`). What is known of
the file (name, sheet, rows, time) travels in the headers, so that the same rows out of two files are the same message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import unquote

import msgspec

from entrepot.hub.channels.files.sheet import FAULT, ROW, csv_places, table_document, text_of_table
from entrepot.hub.documents import Json, Undecodable, json_of, text_of
from entrepot.hub.findings import Finding
from entrepot.hub.spans import json_span

FILE_NAME: Final = "x-file-name"
SHEET: Final = "x-file-sheet"
ROWS: Final = "x-file-rows"
AS_OF: Final = "x-file-as-of"
MAPPING: Final = "x-file-mapping"


def decode_rows(body: bytes, headers: Mapping[str, str]) -> Json:
    """Decode a body to ``{"file": ..., "as_of": ..., "rows": [{"@row": ..., ...}]}``."""
    if body.lstrip()[:1] in (b"{", b"["):
        document = json_of(body if "charset" not in headers.get("content-type", "") else text_of(body, headers))
        rows = document.get("rows") if isinstance(document, dict) else document
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise Undecodable("files.rows", "The JSON holds no list of rows.", 'Send {"rows": [{...}, ...]} or a CSV.')
        _number(rows, headers.get(ROWS, ""))
    else:
        charset = "charset" in headers.get("content-type", "").lower()
        text = text_of(body, headers) if charset and not body.startswith((b"PK", b"PAR1")) else text_of_table(body)
        document, rows = None, table_document(text)
    file = document.get("file") if isinstance(document, dict) else None
    decoded: dict[str, Json] = {"rows": rows}
    decoded["file"] = file or unquote(headers.get(FILE_NAME, "")) or None
    decoded["sheet"] = unquote(headers.get(SHEET, "")) or None
    decoded["as_of"] = headers.get(AS_OF)
    return {name: value for name, value in decoded.items() if value is not None}


def _number(rows: list[Json], written: str) -> None:
    for place, (row, number) in enumerate(zip(rows, _numbers(written, len(rows)), strict=False), 1):
        if isinstance(row, dict):
            row.setdefault(ROW, number or place)


def _numbers(written: str, length: int) -> Iterator[int | None]:
    for part in filter(None, written.split(",")):
        first, _, last = part.partition("-")
        if first.isdigit() and (not last or last.isdigit()):
            yield from range(int(first), int(last or first) + 1)
    for _ in range(length):
        yield None


def written_numbers(numbers: list[int]) -> str:
    """Write row numbers briefly.

    Examples
    --------
    >>> written_numbers([2, 3, 4, 9])
    '2-4,9'
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ",".join("-".join(map(str, run)) for run in runs)


def locate_cell(text: str, pointer: str) -> tuple[int, int] | None:
    """Find a pointer in a message's text, CSV or JSON."""
    if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        return json_span(text, pointer)
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    if len(parts) != 3 or parts[0] != "rows" or not parts[1].isdigit():
        return None
    rows, place = csv_places(text), int(parts[1])
    return rows[place].get(parts[2]) if place < len(rows) else None


# Findings -----------------------------------------------------------------------------------------------------------


def in_file_terms(document: Json, findings: list[Finding]) -> list[Finding]:
    """Put findings in the reader's terms: file, row, column, what, why, how to mend; add what is wrong with rows."""
    if not isinstance(document, dict):
        return findings
    rows = [row for row in _list(document.get("rows")) if isinstance(row, dict)]
    name = str(document.get("file") or "The file")
    if document.get("sheet"):
        name = f"{name} [{document['sheet']}]"
    told = [_told(finding, name, rows) for finding in findings]
    for place, row in enumerate(rows):
        if FAULT in row:
            told.append(
                Finding(
                    "files.row",
                    "quarantine",
                    "record",
                    f"/rows/{place}",
                    f"{name}, row {row.get(ROW)}: {row[FAULT]}; the row was kept out.",
                    "Mend the row in the file and load the file again.",
                )
            )
    return told


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _told(finding: Finding, name: str, rows: list[dict[str, Json]]) -> Finding:
    parts = finding.pointer.split("/")
    place = int(parts[2]) if len(parts) > 2 and parts[1] == "rows" and parts[2].isdigit() else 0
    if place >= len(rows):
        return finding
    where = f"{name}, row {rows[place].get(ROW)}"
    if len(parts) > 3:
        column = parts[3].replace("~1", "/").replace("~0", "~")
        where = f"{where}, column {column!r}"
    if finding.observed and finding.expected and finding.severity == "quarantine":
        message = f"{where}: {finding.observed!r} is not {finding.expected} ({finding.field})."
        mend = "Mend the cell, or teach the mapping this form, and load the file again."
    elif finding.rule.startswith("required."):
        message = f"{where}: the cell is empty, and a record needs its {finding.field}; it was kept out."
        mend = "Fill the cell and load the file again."
    elif finding.severity == "quarantine":
        message, mend = f"{where}: {finding.message}", "Mend the row and load the file again."
    else:
        message, mend = f"{where}: {finding.message}", finding.mend
    return msgspec.structs.replace(finding, message=message, mend=mend)
