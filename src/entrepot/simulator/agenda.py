"""Two queues in time order: what will happen in the world, and the messages that are on their way."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heapify, heappop, heappush

from entrepot.simulator.faults import Fates
from entrepot.simulator.message import NativeMessage


@dataclass(order=True, slots=True)
class Entry:
    """A happening to come; equal times keep the order they were noted in."""

    at: int
    sequence: int
    kind: str = field(compare=False)
    what: tuple[object, ...] = field(compare=False)


@dataclass(slots=True)
class Agenda:
    """What will happen, soonest first."""

    _heap: list[Entry] = field(default_factory=list)
    _sequence: int = 0

    def note(self, at: int, kind: str, *what: object) -> None:
        """Note a happening."""
        self._sequence += 1
        heappush(self._heap, Entry(at, self._sequence, kind, what))

    def before(self, end: int) -> Iterator[Entry]:
        """Take out, in order, all that happens before an epoch second, including what is noted meanwhile."""
        while self._heap and self._heap[0].at < end:
            yield heappop(self._heap)

    def squeeze(self, origin: int, stretch: float, drop: Collection[str]) -> None:
        """Bring all that is to come nearer to ``origin`` by a factor, leaving out some kinds."""
        self._heap = [
            Entry(origin + int((entry.at - origin) * stretch), entry.sequence, entry.kind, entry.what)
            for entry in self._heap
            if entry.kind not in drop
        ]
        heapify(self._heap)


@dataclass(slots=True)
class Outbox:
    """Messages sent but not yet due, soonest first; every message meets its fate here."""

    fates: Fates | None
    _heap: list[tuple[datetime, int, NativeMessage]] = field(default_factory=list)
    _sequence: int = 0

    def put(self, message: NativeMessage) -> None:
        """Send a message: it arrives once, twice, late or broken."""
        for sent in [message] if self.fates is None else self.fates.befall(message):
            self._sequence += 1
            heappush(self._heap, (sent.at, self._sequence, sent))

    def before(self, end: datetime) -> Iterator[NativeMessage]:
        """Take out, in order, what arrives before an instant."""
        while self._heap and self._heap[0][0] < end:
            yield heappop(self._heap)[2]
