"""What the server said since an attempt began."""

from __future__ import annotations

from pathlib import Path

MOST_BYTES = 64 * 1024


class ServerLog:
    """The server's two logs: what it writes before it opens its own, and its own.

    Parameters
    ----------
    start_log : Path
        Rewritten at every start.
    directory : Path
        Where the server keeps a file per day of the week.
    """

    def __init__(self, start_log: Path, directory: Path) -> None:
        self.start_log = start_log
        self.directory = directory
        self._marks: dict[Path, int] = {}

    def mark(self) -> None:
        """Remember where every file ends now."""
        self._marks = {path: path.stat().st_size for path in self.directory.glob("*.log")}

    def since_mark(self) -> str:
        """Return what was written since, the latest 64 KiB of each file."""
        parts = [_text(self.start_log, 0)]
        parts += [_text(path, self._marks.get(path, 0)) for path in sorted(self.directory.glob("*.log"))]
        return "\n".join(part for part in parts if part)


def _text(path: Path, offset: int) -> str:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(offset if offset <= size else 0, size - MOST_BYTES))
            return file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
