"""Waiting until a flow that reads the log has nearly caught up: what was just loaded is worked on a little later."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from entrepot.infra import log
from entrepot.infra.database import Database

if TYPE_CHECKING:
    from entrepot.infra.jobs import JobContext

_AT_MOST_SECONDS: Final = 300.0
_LIVE_EVENTS: Final = 50
"""A reader that is so little behind keeps up with what comes in."""


def await_reader(db: Database, ctx: JobContext, reader: str) -> None:
    """Wait in a job, five minutes at most, until a reader of the log is hardly behind."""
    end = time.monotonic() + _AT_MOST_SECONDS
    while time.monotonic() < end:
        with db.read() as conn:
            behind = next((one.behind for one in log.lags(conn) if one.name == reader), 0)
        if behind <= _LIVE_EVENTS:
            return
        ctx.progress(0, None, note="")
        time.sleep(0.5)
