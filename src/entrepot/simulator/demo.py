"""The demo retailer on the real hub: shops registered, history streamed, the present sent while the app runs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import psycopg
from msgspec import structs

from entrepot.delivery import Carriers
from entrepot.delivery.dispatch import Fleet, Type
from entrepot.flows.carriers import import_rate_file, refresh_scorecards
from entrepot.flows.fleets import set_fleet
from entrepot.flows.intake import Intake
from entrepot.flows.loading import Progress, load
from entrepot.hub.adapter import RawMessage
from entrepot.hub.channels import adapter_of
from entrepot.hub.shops import Shop, Shops
from entrepot.hub.signatures import verify
from entrepot.infra.database import Database
from entrepot.kernel.clock import Clock
from entrepot.kernel.errors import EntrepotError
from entrepot.kernel.ids import native_id
from entrepot.orders.lifecycle import Lifecycle
from entrepot.orders.pieces import Command
from entrepot.simulator.history import history
from entrepot.simulator.live import LiveFeed
from entrepot.simulator.message import NativeMessage
from entrepot.simulator.receiver import Receiver
from entrepot.simulator.receiver_demo import open_receiver
from entrepot.simulator.retailer import DemoRetailer, DemoShop, build_retailer
from entrepot.simulator.telephone import SHOP as HOTLINE
from entrepot.simulator.telephone import Telephone

if TYPE_CHECKING:  # it loads the job engine, without which other commands do
    from entrepot.flows.order_to_delivery import OrderToDelivery

_logger = logging.getLogger(__name__)

SEED: Final = 20261101
DAYS: Final = 90
FILE: Final = "demo.json"
CARRIERS: Final = "carriers.csv"
VANS: Final = Type("VAN", "4.2 m", 4, 1_200_000, 9 * 10**9, 8 * 3600, 20 * 3600, 12_000, 180, 4_500, 40)
FLEET: Final = Fleet("RDC-E", "OWN", 130, 240, books_on_departure=False, currency="CNY", types=(VANS,))
"""Own vans of the east centre; its warehouse system confirms what leaves."""

CALLED: Final = timedelta(hours=5)
"""So much of the telephone's orders lie in the past: enough for the own vans' first day."""

_LONGEST_ABSENCE = timedelta(hours=48)
_SECONDS_BETWEEN = 2.0


class DemoState(msgspec.Struct):
    """What a restart must know of the demo.

    Parameters
    ----------
    end : datetime
        Where its history ends and its present begins.
    position : datetime
        Up to where its messages were taken.
    rate : int
        Messages a minute; another rate is another future, so it stays what it was.
    scale : float
        Size of its history.
    is_complete : bool
        Whether the history was taken whole.
    """

    end: datetime
    position: datetime
    rate: int
    scale: float
    is_complete: bool = False


@dataclass
class Demo:
    """Creates and keeps the demo retailer."""

    db: Database
    shops: Shops
    intake: Intake
    data_dir: Path
    clock: Clock
    lifecycle: Lifecycle
    saga: OrderToDelivery

    def state(self) -> DemoState | None:
        """Return what is known of the demo; None when there is none."""
        file = self.data_dir / FILE
        return msgspec.json.decode(file.read_bytes(), type=DemoState) if file.exists() else None

    def load(self, progress: Progress, scale: float = 1.0, rate: int = 30) -> int:
        """Register the retailer's shops and stream its history; goes on where it was cut off.

        Returns
        -------
        int
            Messages in the history.
        """
        state = self.state() or DemoState(now := self.clock.now().replace(microsecond=0), now, rate, scale)
        self._save(state)
        retailer = build_retailer(SEED)
        with self.db.transaction() as conn:
            for shop in (*retailer.shops, HOTLINE):
                self.shops.register(conn, as_shop(shop))
        self._import_carriers()
        messages = history(retailer, end=state.end, days=DAYS, scale=state.scale, seed=SEED)
        counts = load(self.intake, self._verified(retailer, messages), progress)
        refresh_scorecards(self.db, Carriers(self.db), self.clock.now())
        with self.db.transaction() as conn:
            set_fleet(conn, Carriers(self.db), FLEET, "Asia/Shanghai", "demo")
        self._answer_telephone(Telephone(retailer, SEED, state.end - CALLED).messages_until(state.end))
        self._save(structs.replace(state, is_complete=True))
        return counts.total() - counts["records"]

    def _import_carriers(self) -> None:
        """Import the demo's rate sheet as anybody would import theirs; again, it changes nothing."""
        with as_file(files("entrepot.simulator").joinpath(CARRIERS)) as path, self.db.transaction() as conn:
            import_rate_file(conn, Carriers(self.db), path, path.name, "demo")

    def _answer_telephone(self, calls: Sequence[NativeMessage]) -> None:
        """Take what was ordered by telephone, find it and hand it to those who pick it, as the desk would by now."""
        load(self.intake, map(as_raw, calls), workers=1)
        for call in calls:
            order = native_id(call.channel, call.shop, msgspec.json.decode(call.body)["order_id"])
            self.saga.advance(order)
            with self.db.transaction() as conn:
                release = Command(f"{order}/demo-release", "release", actor="demo")
                self.lifecycle.act(conn, self.lifecycle.lock(conn, order), release)

    def live(self, rate: int) -> Live | None:
        """Make the feed of the present; None when there is no demo, or it is to be silent."""
        state = self.state()
        return Live(self, state) if state is not None and state.is_complete and rate > 0 else None

    def receiver(self) -> Receiver | None:
        """Start the double of the channels that the demo's shops are written to; None when there is no demo."""
        if self.state() is None:
            return None
        return open_receiver(self.db, self.shops, build_retailer(SEED))

    def feeds(self, state: DemoState) -> tuple[LiveFeed, Telephone]:
        """Continue the retailer's present; after a long absence only the last two days are made up for."""
        resume, retailer = max(state.position, self.clock.now() - _LONGEST_ABSENCE), build_retailer(SEED)
        channels = LiveFeed(
            retailer,
            seed=SEED,
            start=state.end,
            rate_per_minute=state.rate,
            days=DAYS,
            scale=state.scale,
            resume_from=resume,
        )
        return channels, Telephone(retailer, SEED, resume)

    def take(self, state: DemoState, messages: Sequence[NativeMessage], until: datetime) -> DemoState:
        """Take live messages and remember how far they go."""
        retailer = build_retailer(SEED)
        load(self.intake, self._verified(retailer, messages), workers=1)
        state = structs.replace(state, position=until)
        self._save(state)
        return state

    def _verified(self, retailer: DemoRetailer, messages: Iterable[NativeMessage]) -> Iterator[RawMessage]:
        """Check each webhook as the HTTP intake does; what is not signed right is refused, as there."""
        secrets = {(shop.channel, shop.shop): shop.secret for shop in retailer.shops}
        for message in messages:
            raw = as_raw(message)
            rule = adapter_of(message.channel).signature
            if message.transport == "webhook" and rule:
                secret = secrets[message.channel, message.shop]
                verdict = verify(rule, message.body, message.headers, {}, secret, now=message.at)
                raw = structs.replace(raw, signature=verdict.status)
            yield raw

    def _save(self, state: DemoState) -> None:
        file = self.data_dir / FILE
        fresh = file.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(state))
        fresh.replace(file)


class Live:
    """Sends the demo's present into the hub until it is stopped."""

    def __init__(self, demo: Demo, state: DemoState) -> None:
        self._demo = demo
        self._state = state
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="demo", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the batch under way."""
        self._stop.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        feeds = self._demo.feeds(self._state)
        pending: list[NativeMessage] = []
        while not self._stop.wait(_SECONDS_BETWEEN):
            until = self._demo.clock.now()
            for feed in feeds:
                pending.extend(feed.messages_until(until))
            try:
                if pending:
                    self._state = self._demo.take(self._state, pending, until)
                    pending.clear()
            except (psycopg.Error, EntrepotError):
                _logger.exception("the demo's messages could not be taken; trying again")


def as_shop(shop: DemoShop) -> Shop:
    """Register a demo shop as any other."""
    return Shop(
        shop.channel,
        shop.shop,
        shop.name_zh,
        shop.name_en,
        shop.currency,
        shop.time_zone,
        shop.stock_policy,
        shop.default_node,
        dict(shop.secret),
    )


def as_raw(message: NativeMessage) -> RawMessage:
    """Receive a demo message at the moment it is sent."""
    return RawMessage(
        message.channel, message.shop, message.topic, message.body, message.at, dict(message.headers), message.transport
    )
