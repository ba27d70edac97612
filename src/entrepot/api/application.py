"""The API as a FastAPI application: its routes, its edge, and the intake queue that lives as long as it does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import TypeAlias

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from entrepot.api import (
    audit,
    availability,
    bulk,
    carriers,
    channels,
    decisions,
    desk,
    dispatch,
    dispatch_waves,
    dispatch_windows,
    documentation,
    fulfilment,
    health,
    hold_acts,
    holds,
    jobs,
    leftovers,
    messages,
    network,
    order_commands,
    orders,
    own_orders,
    parcels,
    problems,
    promises,
    quarantine,
    quotas,
    rounds,
    search,
    stock,
    tokens,
    tower,
    users,
    webhook,
    writeback,
)
from entrepot.api.drain import IntakeQueue
from entrepot.api.edge import Edge
from entrepot.api.gate import Gate
from entrepot.api.services import Services
from entrepot.api.tower import Tower
from entrepot.api.webhook import Door

Lifespan: TypeAlias = Callable[[FastAPI], AbstractAsyncContextManager[None]]

# Asked in this order, the busiest first. They are listed, not included: FastAPI would look for a path in every included
# router, and again in the one that has it, which took half of the time of a hold.
_MODULES = (
    webhook,
    hold_acts,
    holds,
    availability,
    documentation,
    health,
    decisions,
    promises,
    dispatch,
    dispatch_waves,
    dispatch_windows,
    rounds,
    desk,
    fulfilment,
    order_commands,
    own_orders,
    bulk,
    quotas,
    carriers,
    network,
    parcels,
    channels,
    messages,
    orders,
    stock,
    quarantine,
    jobs,
    tower,
    search,
    audit,
    users,
    tokens,
    writeback,
    leftovers,  # last: they answer what nobody else does
)


def create_api(services: Services, around: Lifespan | None = None) -> FastAPI:
    """Make the application.

    Parameters
    ----------
    services : Services
        Its collaborators; the database is open.
    around : callable, optional
        A lifespan of the caller's own, begun before the intake queue opens and ended after it is drained.

    Returns
    -------
    FastAPI
        With all routes. Its lifespan starts and stops the intake queue and the gate. Whoever adds a console adds the
        session middleware as well; without one, tokens are the only way in.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with around(app) if around is not None else nullcontext():
            queue: IntakeQueue = app.state.queue
            gate: Gate = app.state.gate
            queue.start()
            gate.start()
            try:
                yield
            finally:
                await run_in_threadpool(queue.stop)
                await run_in_threadpool(gate.stop)

    routes = [route for module in _MODULES for route in module.router.routes]
    app = FastAPI(routes=routes, openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan)
    give_services(app, services)
    problems.install(app)
    app.add_middleware(Edge, body_limit=services.settings.body_limit_mb * 2**20)
    return app


def give_services(app: FastAPI, services: Services) -> None:
    """Let an application that is not running work with these services from its next start on."""
    app.state.services = services
    app.state.gate = Gate(services)
    app.state.queue = IntakeQueue(services.intake)
    app.state.door = Door(services, app.state.queue)
    app.state.tower = Tower(services)
