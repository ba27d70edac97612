"""Which published instances are run, and where what came of them is kept."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def chosen(folder: Path, many: int, only: Sequence[str], customers: int | None = None) -> list[dict[str, str]]:
    """Return rows of a set's best-known values, by size.

    Parameters
    ----------
    folder : Path
        Of the set, with its ``bks.csv``.
    many : int
        So many, spread over the set; 0 is all.
    only : sequence of str
        These, however many; empty is any.
    customers : int, optional
        Of this size alone.

    Raises
    ------
    SystemExit
        For a name that the set has not.
    """
    with (folder / "bks.csv").open() as file:
        rows = sorted(csv.DictReader(file), key=lambda row: (int(row["n"]), row["instance"]))
    if unknown := sorted(set(only) - {row["instance"] for row in rows}):
        sys.exit(
            f"There is no {', '.join(unknown)} in {folder.name}: take names of its bks.csv, as {rows[-1]['instance']}."
        )
    rows = [row for row in rows if customers in (None, int(row["n"])) and (not only or row["instance"] in only)]
    if only or not many or many >= len(rows):
        return rows
    return [rows[round(k * (len(rows) - 1) / max(many - 1, 1))] for k in range(many)]


def keep(record: Mapping[str, Any], path: Path) -> None:
    """Write a record, and say where."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=1))
    print(f"Record: {path}")
