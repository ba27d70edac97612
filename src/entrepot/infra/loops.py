"""Compiled loops that Numba keeps on disk, beside their sources."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def forget_stale(folder: Path) -> None:
    """Delete the loops kept below a folder that are older than its newest source; they are compiled again when called.

    Numba looks only at the file a loop stands in. A loop kept before another file changed, as by an update, would go on
    with the code it had taken from there; one that takes arrays of a class that has moved since cannot be read at all.

    Parameters
    ----------
    folder : Path
        A package; what may not be deleted stays.
    """
    changed = max((source.stat().st_mtime_ns for source in folder.rglob("*.py")), default=0)
    for kept in [*folder.rglob("*.nbi"), *folder.rglob("*.nbc")]:
        with suppress(OSError):
            if kept.stat().st_mtime_ns < changed:
                kept.unlink()
