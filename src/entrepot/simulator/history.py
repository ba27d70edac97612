"""The past of the demo retailer, told by its channels."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from entrepot.simulator.message import NativeMessage
from entrepot.simulator.retailer import DemoRetailer
from entrepot.simulator.simulation import Simulation


def history(
    retailer: DemoRetailer,
    *,
    end: datetime,
    days: int = 90,
    scale: float = 1.0,
    seed: int,
    faults: bool = True,
) -> Iterator[NativeMessage]:
    """Stream everything sent in the ``days`` before ``end``, in time order.

    Parameters
    ----------
    retailer : DemoRetailer
        Whose past.
    end : datetime
        Aware, exclusive; cut to the second.
    days : int
        Length of the past.
    scale : float
        Orders relative to the ordinary run (about 11,000 in 90 days).
    seed : int
        Equal arguments give equal bytes.
    faults : bool
        Whether some messages arrive twice, late or broken.

    Yields
    ------
    NativeMessage
        ``end - days <= at < end``.
    """
    start = end.replace(microsecond=0) - timedelta(days=days)
    yield from Simulation(retailer, start=start, scale=scale, seed=seed, faults=faults).run_until(end)
