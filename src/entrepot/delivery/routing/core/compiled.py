"""How the loops of the search are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from numba import njit

Loop = TypeVar("Loop", bound=Callable[..., object])


def compiled(function: Loop) -> Loop:
    """Compile a function that makes no array, and keep it on disk.

    Counting references to the arrays it is handed would take half of its time; without new arrays nobody needs them.
    """
    loop: Loop = njit(cache=True, _nrt=False, error_model="numpy")(function)  # type: ignore[call-overload]  # _nrt
    return loop
