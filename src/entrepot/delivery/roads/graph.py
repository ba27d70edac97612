"""What a folder of built roads says of itself."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from entrepot.kernel.errors import InputError

GRAPH: Final = "graph.json"


class Graph(msgspec.Struct, frozen=True):
    """What is built: `id` names its content, `begins` the slices of the day, in folders ``0``, ``1`` ..."""

    id: str
    extract: str
    begins: tuple[int, ...]
    osrm: str
    segments: int


def read_graph(folder: Path) -> Graph:
    """Return what a folder of ``entrepot roads build`` holds.

    Raises
    ------
    InputError
        ``roads.graph`` if it is none.
    """
    try:
        return msgspec.json.decode((folder / GRAPH).read_bytes(), type=Graph)
    except (OSError, msgspec.DecodeError) as error:
        mend = "Give the folder that `entrepot roads build` printed."
        raise InputError("roads.graph", f"{folder} holds no built roads ({error}).", mend) from error
