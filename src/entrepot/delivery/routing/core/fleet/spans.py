"""Parts of a route in time: how long they last, and when they may begin.

A part is `lasts` (the least time from its begin to its end), `early` and `late`: begun at ``s <= late``, it ends at
``max(s, early) + lasts``. A part whose `early` is above its `late` misses a window however it is begun.

Vidal, T., Crainic, T. G., Gendreau, M. and Prins, C. (2013). A hybrid genetic algorithm with adaptive diversity
management for a large class of vehicle routing problems with time windows. Computers & Operations Research 40(1).
"""

from __future__ import annotations

from entrepot.delivery.routing.core.compiled import inlined
from entrepot.delivery.routing.core.ground import Whole

LASTS, EARLY, LATE = range(3)
"""Columns of a part."""

Span = tuple[Whole, Whole, Whole]


@inlined
def join(
    lasts: Whole, early: Whole, late: Whole, way: Whole, then_lasts: Whole, then_early: Whole, then_late: Whole
) -> Span:
    """Return two parts, and the way between them, as one; both must be possible."""
    until = lasts + way
    wait = max(then_early - until - late, 0)
    return until + wait + then_lasts, max(then_early - until, early) - wait, min(then_late - until, late)
