"""The control tower: orders by hour, key figures, what needs a person, and how far behind the readers are."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, Field

from entrepot.api.access import Reader
from entrepot.api.figures import Figure, figures
from entrepot.api.remembered import Remembered
from entrepot.api.resource import resource_router
from entrepot.api.services import Services
from entrepot.api.worklist import Matter, worklist
from entrepot.hub.queries import intake_p95_ms
from entrepot.infra import log
from entrepot.orders.figures import orders_per_hour

router = resource_router("tower")

TOWER_SECONDS = 5.0
LAG_SECONDS = 1.0


class HourReply(BaseModel):
    """Orders of one channel placed in one hour."""

    hour: datetime
    channel: str
    orders: int


class ReaderLag(BaseModel):
    """How far a reader of the log is behind."""

    name: str
    behind: int
    lag_ms: int


class LagReply(BaseModel):
    """The log and its readers."""

    log_seq: int
    readers: list[ReaderLag]
    intake_p95_ms: Annotated[int | None, Field(description="batches of the last hour, from arrival to commit")]
    waiting: Annotated[int, Field(description="messages that wait for their commit in this process")]


class TowerReply(BaseModel):
    """All that the control tower shows; as old as ``at``."""

    at: datetime
    orders_per_hour: list[HourReply]
    kpis: list[Figure]
    exceptions: list[Matter]
    lag: LagReply


class Tower:
    """The tower's answers, kept for a moment: a hundred screens cost one look."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.tower = Remembered(self._tower, TOWER_SECONDS)
        self.lag = Remembered(self._lag, LAG_SECONDS)

    def _tower(self) -> TowerReply:
        services = self._services
        now = services.clock.now()
        lag = self.lag.get()
        with services.db.read() as conn:
            hours = orders_per_hour(conn, now)
            return TowerReply(
                at=now,
                orders_per_hour=[HourReply(hour=row.hour, channel=row.channel, orders=row.orders) for row in hours],
                kpis=figures(conn, services, now, lag.intake_p95_ms),
                exceptions=worklist(conn, services, now, [(one.name, one.behind, one.lag_ms) for one in lag.readers]),
                lag=lag,
            )

    def _lag(self) -> LagReply:
        services = self._services
        with services.db.read() as conn:
            return LagReply(
                log_seq=log.head(conn).seq,
                readers=[
                    ReaderLag(name=one.name, behind=one.behind, lag_ms=one.milliseconds) for one in log.lags(conn)
                ],
                intake_p95_ms=intake_p95_ms(conn, services.clock.now() - timedelta(hours=1)),
                waiting=0,
            )


@router.get("/tower", summary="Read the control tower")
def get_tower(request: Request, caller: Reader) -> TowerReply:
    """Read the last 72 hours of orders, the key figures, and what needs a person, worst first."""
    tower: Tower = request.app.state.tower
    return tower.tower.get()


@router.get("/lag", summary="Read the hub's lag")
def get_lag(request: Request, caller: Reader) -> LagReply:
    """Read how far the log's readers are behind; cheap enough to be polled by every open page."""
    tower: Tower = request.app.state.tower
    return tower.lag.get().model_copy(update={"waiting": len(request.app.state.door.queue)})
