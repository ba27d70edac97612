"""The memory a process and all it starts hold at once, from Linux' /proc; pages they share are counted once."""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType
from typing import Self

_SECONDS_BETWEEN = 1.0


class Watch:
    """Watches a tree of processes while it is open; PostgreSQL's are counted apart.

    Parameters
    ----------
    pid : int
        Its root.

    Attributes
    ----------
    peak_mb, server_peak_mb : int
        The most that was held at once; 0 where there is no /proc.
    """

    def __init__(self, pid: int) -> None:
        self.peak_mb = self.server_peak_mb = 0
        self._pid = pid
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(_SECONDS_BETWEEN):
            held = [_held(pid) for pid in _tree(self._pid)]
            server = sum(size for name, size in held if name == "postgres") // 1024
            self.server_peak_mb = max(self.server_peak_mb, server)
            self.peak_mb = max(self.peak_mb, sum(size for _, size in held) // 1024 - server)


def _tree(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        try:
            for children in Path(f"/proc/{parent}/task").glob("*/children"):
                found.extend(map(int, children.read_text().split()))
        except OSError:
            continue  # it ended meanwhile
    return found


def _held(pid: int) -> tuple[str, int]:
    """Return a process's name and proportional memory in KiB."""
    try:
        name = Path(f"/proc/{pid}/comm").read_text().strip()
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return "", 0
    return name, next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
