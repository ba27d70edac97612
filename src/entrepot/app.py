"""The one place that wires things: settings to a database, a database to contexts, contexts to an application."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from entrepot.delivery import Carriers
from entrepot.delivery.dispatch import DispatchDesk
from entrepot.delivery.roads import GreatCircle, open_roads
from entrepot.flows.availability import AvailabilityFlow
from entrepot.flows.delivery_days import DeliveryDays
from entrepot.flows.delivery_reports import DeliveryReports
from entrepot.flows.followers import Follower
from entrepot.flows.goods_issue import GoodsIssue
from entrepot.flows.hold_expiry import HoldExpiry
from entrepot.flows.hold_posting import HoldPosting
from entrepot.flows.intake import Intake
from entrepot.flows.matching import Matching
from entrepot.flows.network_studies import NetworkStudies
from entrepot.flows.order_facts import OrderFacts
from entrepot.flows.order_stock import OrderStock
from entrepot.flows.order_to_delivery import OrderToDelivery
from entrepot.flows.own_news import OwnNews
from entrepot.flows.promise_backtest import PromiseBacktests
from entrepot.flows.promising import Promising
from entrepot.flows.replay import Replay
from entrepot.flows.sourcing import OrderSourcing
from entrepot.flows.sourcing_answers import NodeAnswers
from entrepot.flows.writeback import ShipmentNotices
from entrepot.hub.adapters import Adapters
from entrepot.hub.shops import Shops
from entrepot.infra import log
from entrepot.infra.database import Database
from entrepot.infra.jobs import Jobs
from entrepot.infra.migrate import upgrade
from entrepot.infra.postgres import EmbeddedPostgres, running_url
from entrepot.infra.secrets import SecretBox, open_secret_box
from entrepot.infra.settings import Settings
from entrepot.kernel.clock import Clock, SystemClock
from entrepot.orders.lifecycle import Lifecycle
from entrepot.simulator.demo import Demo
from entrepot.stock import Reservations, StockBook


@dataclass(frozen=True, slots=True)
class Platform:
    """Everything a process needs, wired to one database."""

    settings: Settings
    db: Database
    box: SecretBox
    shops: Shops
    book: StockBook
    reservations: Reservations
    adapters: Adapters
    intake: Intake
    replay: Replay
    jobs: Jobs
    demo: Demo
    clock: Clock
    lifecycle: Lifecycle
    saga: OrderToDelivery
    carriers: Carriers
    sourcing: OrderSourcing
    promising: Promising
    backtests: PromiseBacktests
    networks: NetworkStudies
    days: DeliveryDays
    reports: DeliveryReports

    def followers(self) -> list[Follower]:
        """Make the flows that read the log, in the sequence in which they depend on each other."""
        return [
            Matching(self.db),
            GoodsIssue(self.db, self.book),
            HoldPosting(self.db, self.reservations),
            HoldExpiry(self.reservations, self.clock),
            AvailabilityFlow(self.db, self.clock),
            ShipmentNotices(self.db, self.clock),
            OwnNews(self.db, self.lifecycle, self.intake),
            NodeAnswers(self.db),
            self.promising,
        ]


@contextmanager
def open_platform(settings: Settings, *, beside: bool = True) -> Iterator[Platform]:
    """Open the platform: start or find its database, bring it up to date, wire it; close all of it at the end.

    Parameters
    ----------
    settings : Settings
        Where the data is, or which server to use.
    beside : bool
        Use the server of an app that runs on the same data directory; False refuses to start beside it.
    """
    with ExitStack() as stack:
        url = settings.database_url or (running_url(settings.data_dir) if beside else None)
        if url is None:
            url = stack.enter_context(EmbeddedPostgres(settings.data_dir, bin_directory=settings.postgres_bin)).url
        upgrade(url)
        db = stack.enter_context(Database(url, max_size=12))
        with db.transaction() as conn:
            log.ensure_partitions(conn)
        yield wire(settings, db)


def wire(settings: Settings, db: Database, clock: Clock | None = None) -> Platform:
    """Wire the contexts to an open, migrated database."""
    clock = clock or SystemClock()
    box = open_secret_box(settings.data_dir)
    shops = Shops(box)
    book = StockBook(db)
    reservations = Reservations(db, book, clock)
    adapters = Adapters(db)
    intake = Intake(db, book, adapters, clock)
    replay = Replay(db, book, adapters, intake)
    jobs = Jobs(db, executor_id=f"{socket.gethostname()}:{os.path.realpath(settings.data_dir)}")
    lifecycle = Lifecycle(OrderStock(reservations, book), OrderFacts(), clock)
    carriers = Carriers(db)
    sourcing = OrderSourcing(carriers, clock)
    saga = OrderToDelivery(db, lifecycle, sourcing, clock)
    demo = Demo(db, shops, intake, settings.data_dir, clock, lifecycle, saga)
    desk = DispatchDesk(open_roads(settings.roads, settings.data_dir) if settings.roads else GreatCircle())
    return Platform(
        settings,
        db,
        box,
        shops,
        book,
        reservations,
        adapters,
        intake,
        replay,
        jobs,
        demo,
        clock,
        lifecycle,
        saga,
        carriers,
        sourcing,
        Promising(db, clock),
        PromiseBacktests(db, jobs, clock),
        NetworkStudies(db, carriers, jobs, clock),
        DeliveryDays(db, desk, clock),
        DeliveryReports(db, desk, lifecycle, intake, shops, clock),
    )
