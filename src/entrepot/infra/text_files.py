"""Text files as people keep them: plain or gzip, UTF-8 with a byte order mark or without."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from entrepot.kernel.errors import InputError, NotFound


def read_text(path: Path, area: str) -> str:
    """Read a text file, unpacked where it is gzip.

    Parameters
    ----------
    path : Path
        The file.
    area : str
        What the codes of errors begin with.

    Raises
    ------
    NotFound
        ``<area>.no_file``.
    InputError
        ``<area>.format`` where it is damaged, or no text in UTF-8.
    """
    if not path.is_file():
        raise NotFound(f"{area}.no_file", f"There is no file {path}.", "Check the name.")
    try:
        raw = path.read_bytes()
        return (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        mend = "Give text in UTF-8, plain or gzip."
        raise InputError(f"{area}.format", f"{path} cannot be read: {error}.", mend) from error
