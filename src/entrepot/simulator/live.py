"""The present of the demo retailer: goes on where the history ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from entrepot.simulator.message import NativeMessage
from entrepot.simulator.retailer import DemoRetailer
from entrepot.simulator.simulation import Simulation


class LiveFeed:
    """New orders and the progress of open ones, at a chosen pace.

    Everything follows from the arguments, so a restart needs no saved state but ``resume_from``: the feed replays the
    past without writing its messages (some 2 seconds, growing with the time it has run) and continues with no gap
    and no double. A feed can also be pickled (about 1 MB) and go on from there at once.

    Parameters
    ----------
    retailer : DemoRetailer
        The retailer of the history.
    seed : int
        The seed of the history.
    start : datetime
        Where the history ended (its ``end``).
    rate_per_minute : float
        Messages a minute, roughly, over all channels. Parcels and deliveries speed up with it, so that stock and
        orders stay in proportion. Another rate is another future: keep it when resuming.
    days, scale : int, float
        As given to the history.
    resume_from : datetime or None
        Leave out messages earlier than this: the ``position`` of the feed before the restart.
    """

    def __init__(
        self,
        retailer: DemoRetailer,
        *,
        seed: int,
        start: datetime,
        rate_per_minute: float,
        days: int = 90,
        scale: float = 1.0,
        resume_from: datetime | None = None,
    ) -> None:
        start = start.replace(microsecond=0)
        self.position = max(start, resume_from or start).replace(microsecond=0)
        self._simulation = Simulation(
            retailer, start=start - timedelta(days=days), scale=scale, seed=seed, write_from=self.position
        )
        _drain(self._simulation.run_until(start))
        self._simulation.go_live(rate_per_minute)
        _drain(self._simulation.run_until(self.position))

    def messages_until(self, now: datetime) -> list[NativeMessage]:
        """Give the messages sent since the last call and before ``now``, in time order; moves ``position`` on."""
        now = now.replace(microsecond=0)
        if now <= self.position:
            return []
        self.position = now
        return list(self._simulation.run_until(now))


def _drain(messages: Iterator[NativeMessage]) -> None:
    for _ in messages:
        pass
