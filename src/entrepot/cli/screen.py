"""What commands share: the platform, JSON lines, tables, progress."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Column, Table
from rich.text import Text

from entrepot.kernel.errors import InputError

if TYPE_CHECKING:
    from entrepot.app import Platform

errors = Console(stderr=True)

_NO_END: Final = 10_000
SHOWN: Final = 20
"""Messages of a list that are printed."""


@contextmanager
def platform() -> Iterator[Platform]:
    """Open the platform that the environment's settings describe."""
    from entrepot.app import open_platform  # late: commands without a database start at once
    from entrepot.infra.settings import load_settings

    with open_platform(load_settings()) as opened:
        yield opened


def refuse_unwritable(out: Path | None, area: str) -> None:
    """Refuse a file that cannot be written, before the work whose fruit it is to hold.

    Raises
    ------
    InputError
        ``<area>.out``.
    """
    if out is None:
        return
    folder = out.absolute().parent
    if not folder.is_dir():
        raise InputError(f"{area}.out", f"There is no folder {folder}.", "Create it, or choose another.")
    if out.is_dir():
        raise InputError(f"{area}.out", f"{out} is a folder.", "Name a file in it.")
    if not os.access(out if out.exists() else folder, os.W_OK):
        raise InputError(
            f"{area}.out", f"{out} may not be written by this user.", "Choose another, or change its rights."
        )


def print_json(value: object) -> None:
    """Print one JSON value on one line."""
    sys.stdout.write(msgspec.json.encode(value, enc_hook=str).decode() + "\n")


def print_rows(rows: Sequence[Mapping[str, object]], as_json: bool, columns: Iterable[str] | None = None) -> None:
    """Print rows as JSON lines, or as a table of the given columns."""
    if as_json:
        for row in rows:
            print_json(row)
        return
    names = list(columns or (rows[0].keys() if rows else ()))
    table = Table(*(Column(name, overflow="fold") for name in names), box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(_cell(row.get(name))) for name in names))
    screen = Console()
    if not screen.is_terminal and "COLUMNS" not in os.environ:
        screen.width = _NO_END  # a program that reads on, or a file, has no edge
    screen.print(table if rows else "(nothing)")


def _cell(value: object) -> str:
    """Write a value for people: times to the second, lists with commas; an id is never cut off."""
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show a bar on stderr; yields a function that is told how much is done."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=errors, transient=False) as bars:
        task = bars.add_task(what, total=total)
        yield lambda done: bars.update(task, completed=done)


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """Let the first Ctrl-C or SIGTERM ask to stop, so that the best so far is kept; the second one stops at once."""
    asked, before = threading.Event(), {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}

    def ask(number: int, frame: FrameType | None) -> None:
        asked.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, before[signal.SIGTERM])

    for one in before:
        signal.signal(one, ask)
    try:
        yield asked
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def print_some(messages: list[str]) -> None:
    """Print the first messages on stderr, and how many more there are."""
    for message in messages[:SHOWN]:
        errors.print(f"- {message}", markup=False, soft_wrap=True)
    if len(messages) > SHOWN:
        errors.print(f"- and {len(messages) - SHOWN} more; --json tells all", markup=False)
