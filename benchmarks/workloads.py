"""What is loaded: Olist's orders as published, and what the demo retailer's channels send."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from entrepot.app import Platform
from entrepot.hub.adapter import RawMessage
from entrepot.hub.channels.olist.client import read_messages
from entrepot.hub.shops import Shop
from entrepot.simulator.demo import DAYS, SEED, as_raw, as_shop
from entrepot.simulator.history import history
from entrepot.simulator.retailer import build_retailer

_END = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass
class Workload:
    """Messages to time, and what stands in the database before them.

    Parameters
    ----------
    name, what : str
        For the record and for people.
    shops : list of Shop
        Registered first.
    before : list of RawMessage
        Taken first, not timed: a catalogue that order lines are matched with.
    messages : list of RawMessage
        Timed.
    document_key : str
        Member of the document that names what it is about, for a peer that merges; empty where there is no one such.
    """

    name: str
    what: str
    shops: list[Shop]
    messages: list[RawMessage]
    before: list[RawMessage] = field(default_factory=list)
    document_key: str = ""

    @property
    def size(self) -> int:
        """Bytes of the timed bodies."""
        return sum(len(message.body) for message in self.messages)

    def prepare(self, platform: Platform) -> None:
        """Register the shops and take what comes first."""
        with platform.db.transaction() as conn:
            for shop in self.shops:
                platform.shops.register(conn, shop)
        for start in range(0, len(self.before), 1000):
            platform.intake.accept(self.before[start : start + 1000])


def olist_shop() -> Shop:
    """Return the shop the command line registers."""
    return Shop("olist", "olist", "Olist", currency="BRL", zone="America/Sao_Paulo", stock_policy="none")


def olist(folder: Path, orders: int) -> Workload:
    """Read the first orders of the files; sellers and products come first, untimed."""
    before: list[RawMessage] = []
    timed: list[RawMessage] = []
    for message in read_messages(folder, "olist", datetime.now(UTC)):
        if message.topic == "order":
            timed.append(message)
            if len(timed) == orders:
                break
        else:
            before.append(message)
    return Workload(
        "olist", "orders of Olist, their catalogue loaded before", [olist_shop()], timed, before, "order_id"
    )


def demo(messages: int) -> Workload:
    """Take the first messages of the demo's history, all channels and carriers mixed as they came."""
    retailer = build_retailer(SEED)
    return Workload(
        "demo",
        "messages of the demo: trades, pushes, parcels, tills, warehouse files",
        [as_shop(shop) for shop in retailer.shops],
        list(islice(_demo_messages(), messages)),
    )


def _demo_messages() -> Iterator[RawMessage]:
    yield from map(as_raw, history(build_retailer(SEED), end=_END, days=DAYS, seed=SEED))
