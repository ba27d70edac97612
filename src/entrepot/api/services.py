"""What the API takes from the rest of the house; the application fills it in, tests fill in what they need."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from entrepot.delivery import Carriers
from entrepot.flows.delivery_days import DeliveryDays
from entrepot.flows.delivery_reports import DeliveryReports
from entrepot.flows.intake import Intake
from entrepot.flows.network_studies import NetworkStudies
from entrepot.flows.order_to_delivery import OrderToDelivery
from entrepot.flows.promise_backtest import PromiseBacktests
from entrepot.flows.promising import Promising
from entrepot.flows.replay import Replay
from entrepot.flows.sourcing import OrderSourcing
from entrepot.hub.adapters import Adapters
from entrepot.hub.shops import Shops
from entrepot.infra.database import Database
from entrepot.infra.jobs import Jobs
from entrepot.infra.settings import Settings
from entrepot.kernel.clock import Clock, SystemClock
from entrepot.orders.lifecycle import Lifecycle
from entrepot.stock import Reservations, StockBook


@dataclass(frozen=True, slots=True)
class Services:
    """The API's collaborators.

    Parameters
    ----------
    db : Database
        Where users, messages, orders and the log are.
    shops : Shops
        Registrations, with their secrets.
    adapters : Adapters
        Read stored messages.
    intake : Intake
        Takes messages.
    replay : Replay
        Takes quarantined messages again.
    stock : StockBook
        The stock book.
    reservations : Reservations
        Holds and quotas.
    lifecycle : Lifecycle
        Orders in pieces.
    saga : OrderToDelivery
        Moves orders on.
    carriers : Carriers
        Rate cards, quotes, parcels and scorecards.
    sourcing : OrderSourcing
        Decides which nodes send orders.
    promising : Promising
        Delivery dates.
    backtests : PromiseBacktests
        How dates would have been kept.
    networks : NetworkStudies
        Network studies.
    days : DeliveryDays
        Days of own vehicles: read, planned, searched.
    reports : DeliveryReports
        What drivers report.
    jobs : Jobs
        Watches and cancels jobs.
    settings : Settings
        Body limit and the like.
    clock : Clock
        The time.
    zone : str
        The retailer's time zone, an IANA name: dates in filters are its days.
    """

    db: Database
    shops: Shops
    adapters: Adapters
    intake: Intake
    replay: Replay
    stock: StockBook
    reservations: Reservations
    lifecycle: Lifecycle
    saga: OrderToDelivery
    carriers: Carriers
    sourcing: OrderSourcing
    promising: Promising
    backtests: PromiseBacktests
    networks: NetworkStudies
    days: DeliveryDays
    reports: DeliveryReports
    jobs: Jobs
    settings: Settings
    clock: Clock = field(default_factory=SystemClock)
    zone: str = "Asia/Shanghai"


def services_of(request: Request) -> Services:
    """Return the services of the application that answers a request."""
    services: Services = request.app.state.services
    return services


Wired = Annotated[Services, Depends(services_of)]
"""A parameter of this type is given the services."""
