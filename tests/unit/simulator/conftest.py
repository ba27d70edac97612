"""One small history for all tests of the simulator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from entrepot.simulator import DemoRetailer, NativeMessage, build_retailer
from entrepot.simulator.simulation import Simulation

END = datetime(2026, 11, 1, 16, tzinfo=UTC)
DAYS = 24


@dataclass(frozen=True)
class Past:
    retailer: DemoRetailer
    start: datetime
    end: datetime
    messages: tuple[NativeMessage, ...]
    told: dict[tuple[str, str], int]

    def of(self, channel: str, topic: str = "") -> list[NativeMessage]:
        return [m for m in self.messages if m.channel == channel and topic in ("", m.topic)]


@pytest.fixture(scope="session")
def past() -> Past:
    retailer = build_retailer(5)
    start = END - timedelta(days=DAYS)
    simulation = Simulation(retailer, start=start, scale=1.0, seed=5, faults=False)
    messages = tuple(simulation.run_until(END))
    return Past(retailer, start, END, messages, simulation.told())
