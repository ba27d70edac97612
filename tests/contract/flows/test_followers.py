"""The thread that runs the flows: it ends when it is told to, however much there still is to do."""

from __future__ import annotations

import threading
import time

from entrepot.flows.followers import Followers
from entrepot.infra.database import Database


class Endless:
    """A flow that always finds something new."""

    def __init__(self) -> None:
        self.steps = 0
        self.is_at_work = threading.Event()

    def step(self, limit: int = 2000) -> int:
        self.steps += 1
        self.is_at_work.set()
        time.sleep(0.001)
        return 1


def test_flows_that_are_behind_stop_after_the_step_under_way(database: Database) -> None:
    first, second = Endless(), Endless()
    followers = Followers(database, [first, second])
    followers.start()
    assert second.is_at_work.wait(timeout=20)
    followers.stop()
    done = first.steps + second.steps
    time.sleep(0.02)
    assert first.steps + second.steps == done
