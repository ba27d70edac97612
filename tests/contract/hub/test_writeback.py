"""The outbox: wishes coalesce, the newest wins, and every reply has its consequence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from entrepot.hub.shops import Shop, Shops
from entrepot.hub.writeback import (
    NewWish,
    ShipmentWish,
    StockWish,
    Target,
    TargetQuery,
    Writeback,
    retry,
    targets,
    wish_for,
)
from entrepot.hub.writeback.pace import LOCKED_OUT_WAIT, MOST_ATTEMPTS
from entrepot.hub.writeback.sender import Sender
from entrepot.hub.writeback.store import LEASE_SECONDS, Lane, claim
from entrepot.hub.writeback.writers import writer_of
from entrepot.infra.database import Database
from entrepot.infra.log import Position
from entrepot.infra.secrets import SecretBox
from entrepot.kernel.clock import FixedClock
from entrepot.kernel.errors import InputError

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
Answer = Callable[[httpx.Request], httpx.Response]


def done(request: httpx.Request) -> httpx.Response:
    return httpx.Response(204)


class Outbox:
    """An outbox with one plain shop, whose channel answers as a test says."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.clock = FixedClock(NOW)
        self.answer: Answer = done
        self.sent: list[httpx.Request] = []
        self.shops = Shops(SecretBox(KEY))
        self.register("files", "own", {"write_url": "https://own.example/stock"}, {"webhook_secret": "c2VjcmV0"})
        transport = httpx.MockTransport(self._take)
        self.writeback = Writeback(db, self.shops, self.clock, Sender(httpx.Client(transport=transport)))

    def _take(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        return self.answer(request)

    def register(self, channel: str, shop: str, settings: dict[str, str], secrets: dict[str, str]) -> None:
        with self.db.transaction() as conn:
            self.shops.register(conn, Shop(channel, shop, shop, secrets=secrets, settings=settings))

    def wish(self, qty: int, seq: int = 1, target: str = "100/7", channel: str = "files", shop: str = "own") -> int:
        item, _, sku = target.partition("/")
        with self.db.transaction() as conn:
            wish = NewWish(channel, shop, target, StockWish(item, sku, "A-1", "", qty))
            return wish_for(conn, [wish], Position(1, seq), self.clock.now())

    def row(self, target: str = "100/7") -> Target:
        with self.db.read() as conn:
            return next(row for row in targets(conn, TargetQuery(limit=500)) if row.target == target)

    def later(self, seconds: float) -> None:
        self.clock.at += timedelta(seconds=seconds)

    def quantities(self) -> list[int]:
        return [httpx.Response(200, content=one.content).json()["data"][0]["qty"] for one in self.sent]


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)


def test_a_newer_wish_replaces_one_that_was_not_sent(outbox: Outbox) -> None:
    for seq, qty in enumerate((5, 4, 3)):
        assert outbox.wish(qty, seq) == 1
    outbox.writeback.step()
    assert outbox.quantities() == [3]
    assert (outbox.row().state, outbox.row().accepted) == ("done", outbox.row().wish)
    assert outbox.writeback.step().calls == 0


def test_an_older_wish_never_replaces_a_newer_one(outbox: Outbox) -> None:
    outbox.wish(5, seq=9)
    assert outbox.wish(4, seq=8) == 0
    assert outbox.row().wish["qty"] == 5


def test_what_the_channel_has_already_is_done_without_a_call(outbox: Outbox) -> None:
    outbox.wish(5, 1)
    outbox.writeback.step()
    outbox.wish(4, 2)
    outbox.wish(5, 3)
    assert outbox.row().state == "done"
    assert outbox.writeback.step().calls == 0


def test_an_unsure_call_is_made_again_even_for_what_was_accepted_before(outbox: Outbox) -> None:
    outbox.wish(5, 1)
    outbox.writeback.step()
    outbox.wish(4, 2)
    outbox.answer = lambda request: httpx.Response(503)
    outbox.writeback.step()
    outbox.wish(5, 3)
    outbox.answer = done
    outbox.writeback.step()
    assert outbox.quantities() == [5, 4, 5]


def test_a_wish_that_came_while_its_target_was_on_the_way_is_sent_next(outbox: Outbox) -> None:
    def meanwhile(request: httpx.Request) -> httpx.Response:
        outbox.wish(2, 2)
        return done(request)

    outbox.wish(5, 1)
    outbox.answer = meanwhile
    outbox.writeback.step()
    assert outbox.row().state == "waiting"
    outbox.answer = done
    outbox.writeback.step()
    assert (outbox.quantities(), outbox.row().state) == ([5, 2], "done")


def test_done_before_is_as_good_as_done(outbox: Outbox) -> None:
    outbox.wish(5)
    outbox.answer = lambda request: httpx.Response(409)
    assert outbox.writeback.step().accepted == 1
    assert outbox.row().state == "done"


def test_a_failure_waits_longer_each_time_and_is_given_up_in_the_end(outbox: Outbox) -> None:
    outbox.wish(5)
    outbox.answer = lambda request: httpx.Response(500, text="oops")
    waits = []
    for _ in range(MOST_ATTEMPTS):
        assert outbox.writeback.step().failed == 1
        assert outbox.writeback.step().calls == 0
        waits.append((outbox.row().due_at - outbox.clock.at).total_seconds())
        outbox.later(waits[-1] + 1)
    assert waits == sorted(waits)
    row = outbox.row()
    assert (row.state, row.reason, row.attempts) == ("dead", "http.500", MOST_ATTEMPTS)
    assert "oops" in row.message
    assert outbox.writeback.step().calls == 0


def test_a_dead_letter_lives_again_by_a_retry_or_by_a_newer_wish(outbox: Outbox) -> None:
    outbox.wish(5)
    outbox.answer = lambda request: httpx.Response(404)
    outbox.writeback.step()
    assert (outbox.row().state, outbox.row().mend) == ("dead", "Correct the listing or the address, then retry.")
    outbox.answer = done
    with outbox.db.transaction() as conn:
        assert retry(conn, outbox.clock.now(), channel="files", shop="other") == 0
        assert retry(conn, outbox.clock.now(), channel="files") == 1
    outbox.writeback.step()
    assert outbox.row().state == "done"


def test_a_refused_batch_goes_one_by_one_so_that_only_the_bad_one_dies(outbox: Outbox) -> None:
    def picky(request: httpx.Request) -> httpx.Response:
        return httpx.Response(422 if b'"100/bad"' in request.content else 204)

    for target in ("100/7", "100/bad", "100/9"):
        outbox.wish(5, target=target)
    outbox.answer = picky
    outbox.writeback.step()
    assert {outbox.row(target).state for target in ("100/7", "100/bad", "100/9")} == {"waiting"}
    outbox.writeback.step()
    assert [outbox.row(target).state for target in ("100/7", "100/bad", "100/9")] == ["done", "dead", "done"]
    assert len(outbox.sent) == 4


def test_a_throttled_shop_is_left_alone_for_as_long_as_it_asks_and_nothing_counts_as_failed(outbox: Outbox) -> None:
    outbox.wish(5)
    outbox.answer = lambda request: httpx.Response(429, headers={"retry-after": "30"})
    outbox.writeback.step()
    outbox.wish(6, target="200/1")
    outbox.later(29)
    assert outbox.writeback.step().calls == 0
    outbox.later(2)
    outbox.answer = done
    assert outbox.writeback.step().accepted == 2
    assert outbox.row().attempts == 0


def test_a_shop_whose_credentials_are_refused_loses_no_wish(outbox: Outbox) -> None:
    outbox.wish(5)
    outbox.answer = lambda request: httpx.Response(401)
    for _ in range(MOST_ATTEMPTS + 1):
        outbox.writeback.step()
        outbox.later(LOCKED_OUT_WAIT + 1)
    row = outbox.row()
    assert (row.state, row.attempts, row.reason) == ("waiting", 0, "http.401")
    outbox.answer = done
    outbox.writeback.step()
    assert outbox.row().state == "done"


def test_a_bucket_lets_no_more_calls_through_than_the_shop_takes(outbox: Outbox) -> None:
    secrets = {"access_token": "t"}
    outbox.register("youzan", "club", {"write_url": "https://youzan.example"}, secrets)
    for number in range(50):
        outbox.wish(5, target=f"{number}/1", channel="youzan", shop="club")
    outbox.answer = lambda request: httpx.Response(200, json={"success": True, "code": 200})
    assert outbox.writeback.step().calls == 20
    assert outbox.writeback.step().calls == 0
    outbox.later(1)
    assert outbox.writeback.step().calls == 10


def test_a_shop_without_an_address_or_secrets_holds_its_wishes_and_says_why(outbox: Outbox) -> None:
    outbox.register("taobao", "flagship", {}, {"app_secret": "s"})
    outbox.wish(5, target="1/1", channel="taobao", shop="flagship")
    outbox.writeback.step()
    assert (outbox.row("1/1").state, outbox.row("1/1").reason) == ("held", "no_endpoint")
    outbox.register("taobao", "flagship", {"write_url": "https://top.example"}, {})
    outbox.writeback.step()
    assert "secret app_key, secret session" in outbox.row("1/1").message
    outbox.register("taobao", "flagship", {}, {"app_secret": "s", "app_key": "k", "session": "x"})
    outbox.answer = lambda request: httpx.Response(200, json={"skus_quantity_update_response": {}})
    outbox.writeback.step()
    assert outbox.row("1/1").state == "done"
    assert str(outbox.sent[0].url) == "https://top.example/router/rest"


def test_a_channel_nobody_writes_to_is_held_until_it_is_written_to_plainly(outbox: Outbox) -> None:
    outbox.register("odoo_pos", "s-1", {"write_url": "https://till.example"}, {})
    outbox.wish(5, target="1/1", channel="odoo_pos", shop="s-1")
    outbox.writeback.step()
    assert outbox.row("1/1").reason == "no_writer"
    outbox.register("odoo_pos", "s-1", {"write_as": "webhook"}, {"webhook_secret": "c2VjcmV0"})
    outbox.writeback.step()
    assert outbox.row("1/1").state == "done"


def test_a_wish_that_cannot_be_addressed_dies_without_a_call(outbox: Outbox) -> None:
    settings = {"write_url": "https://shop.example", "location_id": "1"}
    outbox.register("shopify", "us", settings, {"access_token": "t"})
    outbox.wish(5, target="1/1", channel="shopify", shop="us")
    assert outbox.writeback.step().calls == 0
    assert (outbox.row("1/1").state, outbox.row("1/1").reason) == ("dead", "shopify.no_inventory_item")


def test_a_stale_comparison_is_made_again_without_comparing(outbox: Outbox) -> None:
    settings = {"write_url": "https://shop.example", "location_id": "1"}
    outbox.register("shopify", "us", settings, {"access_token": "t"})

    def wish(qty: int, seq: int) -> None:
        with outbox.db.transaction() as conn:
            stock = StockWish("1", "1", "A-1", "4410", qty)
            wish_for(conn, [NewWish("shopify", "us", "1/1", stock)], Position(1, seq), outbox.clock.now())

    answer = {"data": {"inventorySetQuantities": {"inventoryAdjustmentGroup": {"id": "1"}, "userErrors": []}}}
    fault = {"code": "CHANGE_FROM_QUANTITY_STALE", "field": ["input"], "message": "stale"}
    stale = {"data": {"inventorySetQuantities": {"inventoryAdjustmentGroup": None, "userErrors": [fault]}}}
    outbox.answer = lambda request: httpx.Response(200, json=answer)
    wish(9, 1)
    outbox.writeback.step()
    outbox.answer = lambda request: httpx.Response(200, json=stale)
    wish(8, 2)
    outbox.writeback.step()
    assert b'"changeFromQuantity":9' in outbox.sent[-1].content
    outbox.answer = lambda request: httpx.Response(200, json=answer)
    outbox.later(10)
    outbox.writeback.step()
    assert b'"changeFromQuantity":null' in outbox.sent[-1].content
    assert outbox.row("1/1").state == "done"


def test_nobody_sends_what_another_is_sending_until_that_one_is_taken_for_dead(outbox: Outbox) -> None:
    outbox.wish(5)
    writer = writer_of("files", {})
    assert writer is not None
    with outbox.db.transaction() as conn:
        assert claim(conn, Lane("files", "own", "stock"), writer, NOW).batches != []
    assert outbox.writeback.step().calls == 0
    outbox.later(LEASE_SECONDS + 1)
    assert outbox.writeback.step().accepted == 1


def test_a_network_that_fails_is_tried_again_and_says_how(outbox: Outbox) -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("too slow", request=request)

    outbox.wish(5)
    outbox.answer = broken
    outbox.writeback.step()
    assert (outbox.row().state, outbox.row().reason) == ("waiting", "network.ReadTimeout")


def test_no_redirect_is_followed(outbox: Outbox) -> None:
    outbox.wish(5)
    outbox.answer = lambda request: httpx.Response(302, headers={"location": "https://elsewhere.example"})
    outbox.writeback.step()
    assert len(outbox.sent) == 1
    assert outbox.row().reason == "http.redirect"


def test_a_parcel_is_told_as_well(outbox: Outbox) -> None:
    with outbox.db.transaction() as conn:
        wish = ShipmentWish("4711", "SF1", "SF")
        wish_for(conn, [NewWish("files", "own", "4711/SF1", wish)], Position(1, 1), NOW)
    outbox.writeback.step()
    assert b'"type":"entrepot.shipment"' in outbox.sent[0].content
    assert outbox.row("4711/SF1").kind == "shipment"


@pytest.mark.parametrize("url", ["http://own.example", "ftp://x", "https://", "https://me:pw@x", "https://x/?a=1", "x"])
def test_no_shop_is_written_to_at_such_an_address(outbox: Outbox, url: str) -> None:
    with pytest.raises(InputError, match="no address to write to"):
        outbox.register("files", "own", {"write_url": url}, {})


def test_settings_that_are_not_given_stay(outbox: Outbox) -> None:
    outbox.register("files", "own", {"location_id": "7"}, {})
    with outbox.db.read() as conn:
        assert outbox.shops.get(conn, "files", "own").settings == {
            "write_url": "https://own.example/stock", "location_id": "7",
        }  # fmt: skip
