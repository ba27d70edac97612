"""Quarantine and replay: a grown mapping, a mended text, a dismissal, and what lineage says afterwards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from entrepot.api.explain import Explanation, explain_value
from entrepot.app import Platform
from entrepot.flows.personal import erase_order, export_order
from entrepot.hub.channels import adapter_of, files
from entrepot.hub.converters import Convert, ShopContext
from entrepot.hub.documents import Json
from entrepot.hub.shops import Shop
from entrepot.kernel.errors import InputError, NotFound
from entrepot.kernel.facts import Value
from entrepot.web import api_services
from tests.contract.flows.conftest import MakeTrade, message

FILES = Path(files.__file__).parent
ORDER = "taobao:shop:41171612630246574"


def one(platform: Platform, query: str, *arguments: object) -> tuple[Any, ...]:
    with platform.db.read() as conn:
        row = conn.execute(query, arguments).fetchone()
    assert row is not None
    return row


def _grow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Teach the mapping a status, as a new version of the adapter would."""
    fields = {field.target: field for table in adapter_of("taobao").compiled["trade"] for field in table.fields}
    for target, meaning in (("payment_status", "paid"), ("fulfilment_status", "open")):

        def convert(
            raw: Json, context: ShopContext, known: Convert = fields[target].convert, meaning: str = meaning
        ) -> Value:
            status = raw[0] if isinstance(raw, list) else raw
            return meaning if status == "WAIT_FOR_GODOT" else known(raw, context)

        monkeypatch.setattr(fields[target], "convert", convert)


def test_a_replay_after_the_mapping_grew_resolves_and_rebuilds(
    shop: Platform, make_trade: MakeTrade, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.intake.accept([make_trade(minute=1), make_trade(minute=5, status="WAIT_FOR_GODOT", receiver_city="宁波市")])
    assert one(shop, "SELECT city, fulfilment_status FROM orders.orders") == ("宁波市", "open")
    assert shop.replay.replay("me", reason="field.payment_status")[:2] == (1, 0)
    _grow(monkeypatch)
    assert tuple(shop.replay.replay("me", channel="taobao", dry_run=True)) == (1, 2, 0)
    assert one(shop, "SELECT count(*) FROM hub.quarantine WHERE resolved_at IS NULL") == (2,)
    assert tuple(shop.replay.replay("me", channel="taobao")) == (1, 2, 0)
    assert one(shop, "SELECT resolution, resolved_by, replays FROM hub.quarantine LIMIT 1")[:2] == ("replayed", "me")
    assert one(shop, "SELECT outcome, findings FROM hub.raw ORDER BY seq DESC LIMIT 1") == ("translated", 0)
    assert one(shop, "SELECT count(*) FROM orders.line") == (1,)


def test_a_mended_text_takes_the_place_of_a_broken_one(shop: Platform, make_trade: MakeTrade) -> None:
    broken = make_trade().body[:-3]
    shop.intake.accept([message("taobao", broken)])
    (entry,) = one(shop, "SELECT id FROM hub.quarantine")
    assert shop.replay.fix(entry, broken.decode() + "oops", "me").still == 1
    assert shop.replay.fix(entry, broken.decode() + "}}}", "me").resolved == 1
    assert one(shop, "SELECT paid FROM orders.orders") == (2950,)
    assert one(shop, "SELECT count(*) FROM hub.raw WHERE body = %s", broken) == (1,)
    with pytest.raises(NotFound):
        shop.replay.fix(999_999, "{}", "me")


def test_what_the_book_refuses_stays_open_and_a_dry_run_books_nothing(shop: Platform) -> None:
    text = (FILES / "samples" / "receipts_purchase.csv").read_text("utf-8")
    with shop.db.transaction() as conn:
        shop.shops.register(conn, Shop("files", "wms", "仓库文件", stock_policy="confirmations"))
    for qty in (",6,", ",7,"):  # one line of one document, counted otherwise
        shop.intake.accept([message("files", text.replace(",6,", qty).encode(), "receipts", "wms")])
    assert one(shop, "SELECT reason FROM hub.quarantine WHERE resolved_at IS NULL") == ("stock.conflict",)
    booked = one(shop, "SELECT count(*) FROM stock.movement")
    for dry_run in (True, False):
        assert shop.replay.replay("me", reason="stock.conflict", dry_run=dry_run)[1:] == (0, 1)
        assert one(shop, "SELECT reason FROM hub.quarantine WHERE resolved_at IS NULL") == ("stock.conflict",)
    assert one(shop, "SELECT count(*) FROM stock.movement") == booked


def test_a_dismissal_needs_a_reason(shop: Platform) -> None:
    shop.intake.accept([message("taobao", b"nonsense")])
    (entry,) = one(shop, "SELECT id FROM hub.quarantine")
    with pytest.raises(InputError):
        shop.replay.dismiss("me", [entry], "  ")
    assert shop.replay.dismiss("me", [entry], "a test message of the channel") == 1
    assert shop.replay.dismiss("me", [entry], "again") == 0
    with pytest.raises(InputError):
        shop.replay.replay("me")


def _explained(platform: Platform, field: str, part: str = "") -> Explanation:
    return explain_value(api_services(platform), ORDER, part, field, in_clear=True)


def test_a_field_is_explained_down_to_its_bytes(shop: Platform, make_trade: MakeTrade) -> None:
    shop.intake.accept([make_trade(minute=1, post_fee="8.00"), make_trade(minute=5, post_fee="9.50")])
    told = _explained(shop, "freight")
    assert (told.value, told.converter, told.pointer) == (950, "yuan", "/trade_fullinfo_get_response/trade/post_fee")
    assert '"post_fee": "9.50"' in (told.excerpt or "")
    assert [(candidate.value, candidate.reason) for candidate in told.candidates] == [(800, "older")]
    line = _explained(shop, "qty", "41171612630246575")
    assert (line.value, line.converter) == (2, "pieces")
    with pytest.raises(NotFound):
        _explained(shop, "completed_at")


def test_personal_data_is_handed_out_and_erased_for_good(shop: Platform, make_trade: MakeTrade) -> None:
    shop.intake.accept([make_trade(minute=1)])
    assert export_order(shop.db, ORDER)["buyer_name"] == {"state": "clear", "value": "张三"}
    assert erase_order(shop.db, ORDER, "me") == {"fields": 1, "messages": 1}
    shop.intake.accept([make_trade(minute=9)])
    (doc,) = one(shop, "SELECT doc::text FROM orders.orders")
    assert json.loads(doc)["order"]["buyer_name"][0]["state"] == "erased"
    assert one(shop, "SELECT paid, city FROM orders.orders") == (2950, "杭州市")
    assert '"post_fee": "0.00"' in (_explained(shop, "freight").excerpt or "")  # of the newer message
