"""From files to raw messages: the rows that belong together are one message."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec

from entrepot.hub.adapter import RawMessage
from entrepot.hub.channels.files.cells import cell_text
from entrepot.hub.channels.files.document import AS_OF, FILE_NAME, MAPPING, ROWS, SHEET, written_numbers
from entrepot.hub.channels.files.mapping import FileMapping
from entrepot.hub.channels.files.readers import CSV, EXCEL, PARQUET, read_rows
from entrepot.hub.channels.files.sheet import ROW, Row
from entrepot.hub.channels.files.words import nearest
from entrepot.kernel.errors import InputError

ROWS_A_MESSAGE: Final = 200
WINDOW: Final = 20_000
"""Rows within which the rows of one group must stand."""


def files_in(path: Path) -> list[Path]:
    """List what `read_messages` reads below a path: the file itself, or a folder's files by name."""
    if not path.is_dir():
        return [path]
    return sorted(item for item in path.iterdir() if item.suffix.lower() in CSV | EXCEL | PARQUET)


def read_messages(path: Path, mapping: FileMapping, shop: str, received_at: datetime) -> Iterator[RawMessage]:
    """Read a file, or a folder of files, as messages of channel ``files``.

    Parameters
    ----------
    path : Path
        CSV, Excel or Parquet.
    mapping : FileMapping
        Says how to open it, which columns it must have, and which rows belong together.
    shop : str
        The registered shop.
    received_at : datetime
        Aware.

    Yields
    ------
    RawMessage
        A group of rows (an order), or up to 200 rows that stand for themselves.

    Raises
    ------
    InputError
        For a file that cannot be read or lacks columns (``files.columns``, all of them named), before its first
        message; ``files.apart`` where the rows of a group stand more than 20,000 rows apart.
    """
    for file in files_in(path):
        yield from _messages(file, mapping, shop, received_at)


def _messages(path: Path, mapping: FileMapping, shop: str, received_at: datetime) -> Iterator[RawMessage]:
    names, rows = read_rows(path, mapping.sheet, mapping.encoding, mapping.delimiter, mapping.header_row)
    check_columns(path, names, mapping)
    headers = {
        FILE_NAME: quote(path.name, safe=" ._-()"),
        AS_OF: datetime.fromtimestamp(int(path.stat().st_mtime), UTC).isoformat(),
        MAPPING: mapping.digest,
    }
    if mapping.sheet:
        headers[SHEET] = quote(mapping.sheet)
    grouped = _grouped(rows, mapping.group_by, path) if mapping.group_by else _batched(rows)
    for group in grouped:
        numbers = [number for row in group if isinstance(number := row.get(ROW), int)]
        yield RawMessage(
            "files",
            shop,
            mapping.topic,
            _body(group, mapping, path),
            received_at,
            {**headers, ROWS: written_numbers(numbers)},
            "file",
        )


def check_columns(path: Path, names: Sequence[str], mapping: FileMapping) -> None:
    """Raise `InputError` when a column that the mapping reads is not in the file: a misspelt name must not pass."""
    wanted = [name for name, need in mapping.columns.items() if need != "optional" and not name.startswith("@")]
    missing = [name for name in wanted if name not in names]
    if not missing:
        return
    unread = [name for name in names if name not in wanted] or names
    lines = "\n".join(f"  - {name!r}.{nearest(name, unread)}" for name in missing)
    raise InputError(
        "files.columns",
        f"{path.name} lacks {len(missing)} column(s) that the mapping reads:\n{lines}\n"
        f"Its columns are: {', '.join(names)}.",
        "Correct the names in the mapping; say `optional = true` for columns that some files lack, and "
        "[file] header_row when the names stand in another row.",
        path=str(path),
        missing=missing,
    )


def _body(group: Sequence[Row], mapping: FileMapping, path: Path) -> bytes:
    """Write the rows; where they stood is part of the message only if the mapping reads it."""
    keeps_row = "@row" in mapping.columns
    rows = [
        {name: cell for name, cell in row.items() if (name != ROW or keeps_row) and cell not in (None, "")}
        for row in group
    ]
    document: dict[str, object] = {"rows": rows}
    if "@file" in mapping.columns:
        document["file"] = path.name
    return msgspec.json.encode(document, enc_hook=_number)


def _number(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(value)


def _batched(rows: Iterator[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == ROWS_A_MESSAGE:
            yield batch
            batch = []
    if batch:
        yield batch


def _grouped(rows: Iterator[Row], by: Sequence[str], path: Path) -> Iterator[list[Row]]:
    """Gather the rows of a group; a group is told once no row of it has come for `WINDOW` rows."""
    open_groups: OrderedDict[tuple[str, ...], list[Row]] = OrderedDict()
    last: dict[tuple[str, ...], int] = {}
    told: set[int] = set()
    for place, row in enumerate(rows):
        key = tuple(cell_text(row.get(name)) for name in by)
        if not any(key):
            yield [row]  # a row that names no group stands alone; its finding says so
            continue
        if hash(key) in told:
            raise InputError(
                "files.apart",
                f"{path.name}, row {row.get(ROW)}: rows of {' '.join(key)} stand more than {WINDOW} rows apart.",
                f"Sort the file by {', '.join(by)}.",
                path=str(path),
            )
        open_groups.setdefault(key, []).append(row)
        last[key] = place
        while place - last[oldest := next(iter(open_groups))] > WINDOW:
            told.add(hash(oldest))
            last.pop(oldest)
            yield open_groups.pop(oldest)
        open_groups.move_to_end(key)
    yield from open_groups.values()
