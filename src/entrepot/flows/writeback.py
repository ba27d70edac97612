"""Writing back while the app runs: rounds of the outbox in a thread, and the notices of parcels that left."""

from __future__ import annotations

import logging
import threading
from typing import Final

import psycopg

from entrepot.hub.writeback import Writeback
from entrepot.kernel.errors import EntrepotError

_logger = logging.getLogger(__name__)
_SECONDS_WITHOUT_WORK: Final = 0.5
_SECONDS_AFTER_A_FAULT: Final = 5.0


class WritebackRunner:
    """Sends what the outbox holds until it is stopped."""

    def __init__(self, writeback: Writeback) -> None:
        self._writeback = writeback
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="writeback", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the round under way."""
        self._stop.set()
        self._thread.join(timeout=60)
        self._writeback.close()

    def _run(self) -> None:
        pause = 0.0
        while not self._stop.wait(pause):
            try:
                done = self._writeback.step()
                pause = 0.0 if done.accepted else _SECONDS_WITHOUT_WORK
            except (psycopg.Error, EntrepotError):
                _logger.exception("a round of writing back could not go on; trying again")
                pause = _SECONDS_AFTER_A_FAULT
