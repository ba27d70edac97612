"""Intake on a real database: stored, folded, quarantined, logged; all of it or nothing."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entrepot.app import Platform
from entrepot.infra import log
from tests.contract.flows.conftest import MakeTrade, message

ORDER = "taobao:shop:41171612630246574"


def one(platform: Platform, query: str, *arguments: object) -> tuple[Any, ...]:
    with platform.db.read() as conn:
        row = conn.execute(query, arguments).fetchone()
    assert row is not None
    return row


def test_a_message_becomes_an_order_with_its_source_and_an_event(shop: Platform, make_trade: MakeTrade) -> None:
    receipt = shop.intake.accept([make_trade()])[0]
    assert (receipt.status, receipt.records) == ("accepted", 2)
    assert one(shop, "SELECT native_id, city, paid, pieces FROM orders.orders WHERE id = %s", ORDER) == (
        "41171612630246574", "杭州市", 2950, 2,
    )  # fmt: skip
    assert one(shop, "SELECT encode(message_id, 'hex') FROM orders.source WHERE order_id = %s", ORDER) == (
        receipt.message_id,
    )
    with shop.db.read() as conn:
        assert [(e.event.kind, e.event.key) for e in log.read(conn, log.START)] == [("order.changed", ORDER)]


def test_the_same_message_again_changes_nothing(shop: Platform, make_trade: MakeTrade) -> None:
    shop.intake.accept([make_trade()])
    again = shop.intake.accept([make_trade(), make_trade()])
    assert [receipt.status for receipt in again] == ["duplicate", "duplicate"]
    assert one(shop, "SELECT count(*), max(revision) FROM orders.orders") == (1, 1)
    assert one(shop, "SELECT count(*) FROM log.event") == (1,)


def test_an_older_message_that_comes_late_does_not_win(shop: Platform, make_trade: MakeTrade) -> None:
    shop.intake.accept([make_trade(minute=30, status="TRADE_FINISHED")])
    shop.intake.accept([make_trade(minute=10, status="WAIT_BUYER_PAY")])
    assert one(shop, "SELECT payment_status, fulfilment_status FROM orders.orders") == ("paid", "completed")
    assert one(shop, "SELECT count(*) FROM orders.source") == (2,)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(6)), cuts=st.lists(st.integers(1, 5), max_size=3))
def test_any_grouping_and_sequence_gives_the_same_database(
    shop: Platform, make_trade: MakeTrade, order: list[int], cuts: list[int]
) -> None:
    tid = 500_000 + hash((tuple(order), tuple(cuts))) % 10**9
    statuses = ("WAIT_BUYER_PAY", "WAIT_SELLER_SEND_GOODS", "WAIT_BUYER_CONFIRM_GOODS", "TRADE_FINISHED")
    said = [make_trade(tid, minute=i, status=statuses[i % 4], receiver_city=f"城{i}") for i in range(6)]
    shuffled = [said[i] for i in order]
    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), 6], strict=True):
        shop.intake.accept(shuffled[start:end])
    shop.intake.accept(said)
    row = one(shop, "SELECT fulfilment_status, city FROM orders.orders WHERE native_id = %s", str(tid))
    assert row == ("open", "城5")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"trade_fullinfo_get_response": {"trade": {"tid"', "decode.json"),
        (b'{"receiver": "\xb1\xb1\xbe\xa9"}', "decode.encoding"),
        (b"[" * 100_000, "decode.json"),
        (b'{"something": "else"}', "message.unrecognised"),
        (b"", "decode.json"),
    ],
)
def test_what_cannot_be_read_is_kept_and_quarantined(shop: Platform, body: bytes, reason: str) -> None:
    receipt = shop.intake.accept([message("taobao", body)])[0]
    assert receipt.status == "quarantined"
    assert one(shop, "SELECT reason, scope, mend <> '' FROM hub.quarantine") == (reason, "message", True)
    assert one(shop, "SELECT body FROM hub.raw") == (body,)


@pytest.mark.parametrize(
    ("fields", "reason", "scope"),
    [
        ({"created": "sometime"}, "field.placed_at", "record"),
        ({"created": "0001-01-01 00:00:00"}, "required.placed_at", "record"),
        ({"created": "9999-01-01 00:00:00"}, "field.placed_at", "record"),
        ({"qty": -3}, "field.qty", "record"),
        ({"qty": "2.5"}, "field.qty", "record"),
        ({"payment": "twenty"}, "field.paid", "field"),
        ({"payment": "1e999999"}, "field.paid", "field"),
        ({"status": "WAIT_FOR_GODOT"}, "field.payment_status", "field"),
    ],
)
def test_a_bad_value_keeps_out_no_more_than_it_must(
    shop: Platform, make_trade: MakeTrade, fields: dict[str, object], reason: str, scope: str
) -> None:
    receipts = shop.intake.accept([make_trade(**fields), make_trade(77)])  # type: ignore[arg-type]
    assert [receipt.status for receipt in receipts] == ["quarantined", "accepted"]
    with shop.db.read() as conn:
        assert (reason, scope) in conn.execute("SELECT reason, scope FROM hub.quarantine").fetchall()
    assert one(shop, "SELECT count(*) FROM orders.orders") == (2 if scope == "field" else 1,)


def test_hostile_text_is_only_text(shop: Platform, make_trade: MakeTrade) -> None:
    names = ["'; DROP TABLE orders.orders; --", "😀𠮷", "a\x00b", "\\N\t\n", "x" * 100_000]
    receipts = [shop.intake.accept([make_trade(i + 1, receiver_city=name)])[0] for i, name in enumerate(names)]
    assert {receipt.status for receipt in receipts} == {"accepted"}
    with shop.db.read() as conn:
        cities = [row[0] for row in conn.execute("SELECT city FROM orders.orders ORDER BY native_id::int")]
    assert cities[:4] == [names[0], names[1], "a\ufffdb", "\\N"]


def test_an_id_beyond_64_bits_keeps_every_digit(shop: Platform, make_trade: MakeTrade) -> None:
    shop.intake.accept([make_trade(184467440737095516150)])
    assert one(shop, "SELECT native_id FROM orders.orders") == ("184467440737095516150",)


def test_one_message_the_database_refuses_does_not_stop_the_others(shop: Platform, make_trade: MakeTrade) -> None:
    lines = [{"oid": n, "num": 1, "price": "92233720368547758", "total_fee": "1.00"} for n in (1, 2, 3)]
    huge = make_trade(9, orders={"order": lines}, total_fee=None)  # their sum does not fit 64 bits
    receipts = shop.intake.accept([make_trade(8), huge, make_trade(10)])
    assert [receipt.status for receipt in receipts] == ["accepted", "quarantined", "accepted"]
    assert one(shop, "SELECT reason FROM hub.quarantine") == ("fold.refused",)


def test_an_unknown_shop_is_refused_and_not_stored(shop: Platform, make_trade: MakeTrade) -> None:
    stranger = message("taobao", {"x": 1}, shop="stranger")
    receipts = shop.intake.accept([stranger, make_trade()])
    assert [receipt.status for receipt in receipts] == ["refused", "accepted"]
    assert one(shop, "SELECT count(*) FROM hub.raw") == (1,)


def test_threads_that_speak_of_the_same_orders_agree(shop: Platform, make_trade: MakeTrade) -> None:
    batches = [[make_trade(tid, minute=minute) for tid in range(1, 21)] for minute in range(12)]
    with ThreadPoolExecutor(4) as pool:
        receipts = [receipt for done in pool.map(shop.intake.accept, batches) for receipt in done]
    assert {receipt.status for receipt in receipts} == {"accepted"}
    assert one(shop, "SELECT count(*), min(extract(minute FROM updated_at)) FROM orders.orders") == (20, 11)
    assert one(shop, "SELECT count(*) FROM orders.source") == (240,)


def test_new_paths_are_observed_and_known_ones_are_known(shop: Platform, make_trade: MakeTrade) -> None:
    shop.intake.accept([make_trade(novelty={"inner": 1})])
    with shop.db.read() as conn:
        seen = dict(conn.execute("SELECT path, is_known FROM hub.observation").fetchall())
    base = "trade_fullinfo_get_response.trade"
    assert not seen[f"{base}.novelty.inner"]
    assert seen[f"{base}.receiver_city"]
    assert seen[f"{base}.orders.order[].num"]


def test_raw_messages_cannot_be_changed_or_deleted(shop: Platform, make_trade: MakeTrade) -> None:
    shop.intake.accept([make_trade()])
    for statement in ("UPDATE hub.raw SET body = 'x'", "DELETE FROM hub.raw", "TRUNCATE hub.raw CASCADE"):
        with pytest.raises(Exception, match="kept as it came"), shop.db.transaction() as conn:
            conn.execute(statement)


def test_the_stored_doc_is_readable_json(shop: Platform, make_trade: MakeTrade) -> None:
    shop.intake.accept([make_trade()])
    (doc,) = one(shop, "SELECT doc::text FROM orders.orders")
    assert json.loads(doc)["order"]["paid"][0] == 2950
