"""The web application: REST API, webhooks and console on a wired platform, with the flows and jobs beside them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

from fastapi import FastAPI

from entrepot.api import create_api
from entrepot.api.services import Services as ApiServices
from entrepot.app import Platform
from entrepot.console import attach
from entrepot.console.ports import DatabaseServices
from entrepot.flows.availability import register_availability_jobs
from entrepot.flows.carriers import register_carrier_jobs
from entrepot.flows.followers import Followers
from entrepot.flows.housekeeping import register_jobs
from entrepot.flows.order_news import OrderNews, OrdersDue, submit_jobs
from entrepot.flows.promising import fit_if_needed, register_promise_jobs
from entrepot.flows.sourcing_batch import register_batch_jobs
from entrepot.flows.sourcing_prices import register_price_jobs
from entrepot.flows.writeback import WritebackRunner
from entrepot.hub.writeback import Writeback


def api_services(platform: Platform) -> ApiServices:
    """Return what the REST API works with."""
    return ApiServices(
        settings=platform.settings,
        db=platform.db,
        shops=platform.shops,
        adapters=platform.adapters,
        stock=platform.book,
        reservations=platform.reservations,
        intake=platform.intake,
        replay=platform.replay,
        carriers=platform.carriers,
        sourcing=platform.sourcing,
        promising=platform.promising,
        backtests=platform.backtests,
        networks=platform.networks,
        jobs=platform.jobs,
        lifecycle=platform.lifecycle,
        saga=platform.saga,
        days=platform.days,
        reports=platform.reports,
        clock=platform.clock,
    )


def create_app(platform: Platform) -> FastAPI:
    """Make the application: REST API, webhooks and console, with the flows and jobs that run beside them."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with ExitStack() as stack:
            register_jobs(platform.jobs, platform.db, platform.book, platform.reservations)
            platform.saga.register(platform.jobs)
            register_price_jobs(platform.jobs, platform.db, platform.carriers, platform.clock)
            register_batch_jobs(platform.jobs, platform.db, platform.lifecycle, platform.carriers, platform.clock)
            register_carrier_jobs(platform.jobs, platform.db, platform.carriers, platform.clock)
            OrdersDue(platform.db, platform.lifecycle, platform.saga, platform.clock).register(platform.jobs)
            register_availability_jobs(platform.jobs, platform.db, platform.clock)
            register_promise_jobs(platform.jobs, platform.promising)
            platform.backtests.register()
            platform.networks.register()
            platform.days.register(platform.jobs)
            platform.jobs.launch()
            fit_if_needed(platform.db, platform.jobs)
            stack.callback(platform.jobs.close)
            news = OrderNews(platform.db, platform.lifecycle, platform.clock, submit_jobs(platform.jobs))
            followers = Followers(platform.db, [*platform.followers(), news])
            followers.start()
            stack.callback(followers.stop)
            if platform.demo.state() is not None:
                platform.networks.draw_demo()
                platform.backtests.begin_demo()
            stack.callback(platform.reservations.stop)
            receiver = platform.demo.receiver()
            if receiver is not None:
                stack.callback(receiver.stop)
            writing = WritebackRunner(Writeback(platform.db, platform.shops, platform.clock))
            writing.start()
            stack.callback(writing.stop)
            live = platform.demo.live(platform.settings.demo_rate)
            if live is not None:
                live.start()
                stack.callback(live.stop)
            yield

    app = create_api(api_services(platform), lifespan)
    attach(app, DatabaseServices(platform.db, platform.settings), secret=platform.box.session_key())
    return app
