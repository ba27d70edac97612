"""How the loops of the search are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from numba import njit

Loop = TypeVar("Loop", bound=Callable[..., object])

_OPTIONS: Final[dict[str, Any]] = {"cache": True, "_nrt": False, "error_model": "numpy"}


def compiled(function: Loop) -> Loop:
    """Compile a function that makes no array, and keep it on disk.

    Counting references to the arrays it is handed would take half of its time; without new arrays nobody needs them.
    """
    loop: Loop = njit(**_OPTIONS)(function)
    return loop
