"""How the loops of the search are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from numba import njit

Loop = TypeVar("Loop", bound=Callable[..., object])

_OPTIONS: Final[dict[str, Any]] = {
    "cache": True,
    "nogil": True,  # parts of a plan are searched by several threads at a time
    "_nrt": False,
    "error_model": "numpy",
    "no_cfunc_wrapper": True,
}


def compiled(function: Loop) -> Loop:
    """Compile a function that makes no array, and keep it on disk.

    Counting references to the arrays it is handed would take half of its time; without new arrays nobody needs them.
    """
    loop: Loop = njit(**_OPTIONS)(function)
    return loop


def inner(function: Loop) -> Loop:
    """Compile a function that only other compiled ones call: a way in from Python takes as long to make as the rest."""
    loop: Loop = njit(**{**_OPTIONS, "no_cpython_wrapper": True})(function)
    return loop


def inlined(function: Loop) -> Loop:
    """Compile a function as a part of each that calls it.

    Handing over all arrays, a word for each length and stride, takes longer than what the innermost functions do.
    """
    loop: Loop = njit(forceinline=True, **_OPTIONS)(function)
    return loop


def inlined_inner(function: Loop) -> Loop:
    """Compile a function as a part of each that calls it, where all of these are compiled."""
    loop: Loop = njit(forceinline=True, **{**_OPTIONS, "no_cpython_wrapper": True})(function)
    return loop
