"""Stock that moves while channels throttle, fail and hang up, and a sender dies: every listing ends at its figure."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from itertools import groupby
from random import Random

import httpx
import pytest

from entrepot.flows.availability import AvailabilityFlow
from entrepot.hub.shops import Shop, Shops
from entrepot.hub.writeback import TargetQuery, Writeback, summary, targets
from entrepot.infra import log
from entrepot.infra.database import Database
from entrepot.infra.log import Event
from entrepot.infra.secrets import SecretBox
from entrepot.simulator.receiver import Faults, Receiver
from entrepot.stock import Listing, Movement, Node, Sku, StockBook, upsert_listings, upsert_nodes, upsert_skus
from tests.scenario.sender import KEY, START, QuickClock, send_for_ever

SKUS = [f"A-{number}" for number in range(12)]
SHOPS = {
    ("taobao", "flagship"): {"app_key": "k", "app_secret": "s", "session": "x"},
    ("douyin", "live"): {"app_key": "k", "app_secret": "s", "access_token": "t"},
    ("youzan", "club"): {"access_token": "t"},
    ("shopify", "abroad"): {"access_token": "t"},
    ("files", "own"): {"webhook_secret": "c2VjcmV0"},
}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    double = Receiver(SHOPS, Faults(seed=7, throttled=0.05, failed=0.1, unanswered=0.05))
    yield double
    double.stop()


def _furnish(db: Database, port: int) -> None:
    shops = Shops(SecretBox(KEY))
    with db.transaction() as conn:
        upsert_nodes(conn, [Node("DC", 1, "x", kind="rdc"), Node("S-1", 1, "x")])
        upsert_skus(conn, [Sku(sku, 1, "x") for sku in SKUS])
        for (channel, shop), secrets in SHOPS.items():
            settings = {"write_url": f"http://127.0.0.1:{port}/{channel}/{shop}", "location_id": "1"}
            shops.register(conn, Shop(channel, shop, shop, secrets=secrets, settings=settings))
            upsert_listings(
                conn,
                [
                    Listing(channel, shop, str(100 + place // 3), 1, "x", f"7{place}", sku, f"9{place}", sku, "exact")
                    for place, sku in enumerate(SKUS)
                ],
            )
        log.append(conn, [Event("catalogue.changed", "stock.sku", {})])


class Trade(threading.Thread):
    """Receives and sells at random, lets the figures follow, and notes what each shop was offered on the way."""

    def __init__(self, db: Database) -> None:
        super().__init__(daemon=True)
        self.db = db
        self.is_over = threading.Event()
        self.offered: dict[tuple[str, str], list[int]] = {}

    def run(self) -> None:
        book, flow, chance = StockBook(self.db), AvailabilityFlow(self.db, QuickClock()), Random(3)
        number = 0
        while not self.is_over.wait(0.03):
            sku, gain, number = chance.choice(SKUS), chance.random() < 0.55, number + 1
            way = ("supplier", "on_hand", "DC", "on_hand") if gain else ("DC", "on_hand", "customer", "on_hand")
            reason = "receipt" if gain else "sale"
            with self.db.transaction() as conn:
                book.post(conn, [Movement(f"m{number}", sku, chance.randint(1, 9), *way, reason, START)])
            flow.step()
            self._note()
        while flow.step():
            self._note()

    def _note(self) -> None:
        with self.db.read() as conn:
            for sku, shop, qty in conn.execute("SELECT sku, shop, offered FROM stock.atp"):
                seen = self.offered.setdefault((sku, shop), [])
                if seen[-1:] != [qty]:
                    seen.append(qty)


def _await_calls(receiver: Receiver, count: int) -> None:
    deadline = time.monotonic() + 60
    while len(receiver.history) < count:
        assert time.monotonic() < deadline, "the sender did not come so far"
        time.sleep(0.02)


def _send_until_quiet(db: Database) -> None:
    writeback, deadline = Writeback(db, Shops(SecretBox(KEY)), QuickClock()), time.monotonic() + 60
    while time.monotonic() < deadline:
        writeback.step()
        with db.read() as conn:
            if all(one.waiting == 0 for one in summary(conn)):
                break
    writeback.close()


def _is_within(received: list[int], offered: list[int]) -> bool:
    """Whether what came is what was offered, in its order: with gaps and repeats, but nothing older after a newer."""
    rest = iter(offered)
    return all(qty in rest for qty, _ in groupby(received))


def test_every_listing_ends_at_its_figure_and_nothing_older_follows_anything_newer(
    database: Database, receiver: Receiver
) -> None:
    _furnish(database, receiver.start())
    trade = Trade(database)
    trade.start()
    sender = multiprocessing.get_context("spawn").Process(target=send_for_ever, args=(database.url,), daemon=True)
    sender.start()
    _await_calls(receiver, 4 * len(SKUS))
    assert sender.pid is not None
    os.kill(sender.pid, signal.SIGKILL)
    sender.join()
    trade.is_over.set()
    trade.join()
    _send_until_quiet(database)
    with database.read() as conn:
        rows = targets(conn, TargetQuery(limit=500))
    assert [row for row in rows if row.state != "done"] == []
    assert len(rows) == len(SHOPS) * len(SKUS)
    last = receiver.last()
    for row in rows:
        offered = trade.offered[str(row.wish["merchant_code"]), row.shop]
        key = str(row.wish["stock_item"]) if row.channel == "shopify" else row.target
        assert last[row.channel, row.shop, key] == offered[-1] == row.wish["qty"]
        received = [one.qty for one in receiver.history if (one.shop, one.listing) == (row.shop, key)]
        assert _is_within(received, offered), (row.target, received, offered)
    assert receiver.refused == 0


def test_a_forged_call_is_refused(receiver: Receiver) -> None:
    port = receiver.start()
    body = {"app_key": "k", "session": "x", "method": "taobao.skus.quantity.update", "num_iid": "1",
            "skuid_quantities": "1:5", "sign": "00"}  # fmt: skip
    reply = httpx.post(f"http://127.0.0.1:{port}/taobao/flagship/router/rest", data=body)
    assert reply.json()["error_response"]["code"] == 25
    assert receiver.history == []
