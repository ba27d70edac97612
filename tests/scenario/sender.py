"""A sender of its own process, to be killed; and the quick clock that all processes of its story share."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Final

from entrepot.hub.shops import Shops
from entrepot.hub.writeback import Writeback
from entrepot.infra.database import Database
from entrepot.infra.secrets import SecretBox
from entrepot.kernel.clock import SystemClock

KEY: Final = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
START: Final = datetime(2026, 11, 2, tzinfo=UTC)


class QuickClock(SystemClock):
    """Time that runs so fast that waits of minutes are waits of seconds; the same in every process."""

    def now(self) -> datetime:
        return START + timedelta(seconds=(time.time() - 1_790_000_000) * 30)


def send_for_ever(url: str) -> None:
    """Send what the outbox holds until killed."""
    with Database(url, name="sender") as db:
        writeback = Writeback(db, Shops(SecretBox(KEY)), QuickClock())
        while True:
            writeback.step()
            time.sleep(0.02)
