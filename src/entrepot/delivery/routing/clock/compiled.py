"""How the kernels of this folder are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from numba import njit

_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])

OPTIONS: Final[dict[str, Any]] = {"cache": True, "error_model": "numpy", "no_cfunc_wrapper": True, "_nrt": False}
"""Without reference counts: kernels write to arrays they are given and make none.

Counting references to every array at every call took half of the search's time.
"""


def kernel(function: _Kernel) -> _Kernel:
    """Compile a function that makes no array."""
    compiled: _Kernel = njit(**OPTIONS)(function)
    return compiled
