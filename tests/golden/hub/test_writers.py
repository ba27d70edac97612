"""What goes out to each vendor, byte for byte; signatures against published examples and independent checks."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

import pytest

from entrepot.hub.channels.douyin import write as douyin
from entrepot.hub.channels.files import write as files
from entrepot.hub.channels.shopify import write as shopify
from entrepot.hub.channels.square import write as square
from entrepot.hub.channels.taobao import write as taobao
from entrepot.hub.channels.youzan import write as youzan
from entrepot.hub.signatures import verify
from entrepot.hub.writeback.writer import Access, Request, ShipmentWish, StockWish, Task, Wish, Writer
from tests.golden.hub.golden import check_golden

NOW = datetime(2026, 11, 2, 4, 5, 6, tzinfo=UTC)
WRITERS: dict[str, Writer] = {
    "taobao": taobao.WRITER, "douyin": douyin.WRITER, "youzan": youzan.WRITER, "shopify": shopify.WRITER,
    "square": square.WRITER, "files": files.WRITER,
}  # fmt: skip
SECRETS = {
    "app_key": "12345678", "app_secret": "helloworld", "session": "6100a1b2", "access_token": "at-0f3e",
    "webhook_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
}  # fmt: skip
SETTINGS = {"write_url": "https://vendor.example", "location_id": "6554", "carrier.SF": "shunfeng"}
STOCK = {
    "one": StockWish("100", "7", "A-1", "4410", 5),
    "none_left": StockWish("100", "8", "A-2", "4411", 0),
    "no_variant": StockWish("200", "", "A-3", "4412", 12),
}
PARCEL = ShipmentWish("41171612630246574", "SF1234567890123", "SF", "顺丰速运")
PART = ShipmentWish(
    "41171612630246574", "SF1234567890123", "SF", "顺丰速运", ("41171612630246575", "41171612630246576")
)


def task(wish: Wish, accepted: Wish | None = None) -> Task:
    return Task("100/7", wish, accepted, NOW)


def access(channel: str) -> Access:
    return Access(channel, "demo", SETTINGS, SECRETS)


def sent(channel: str, *tasks: Task) -> Request:
    return WRITERS[channel].write(tasks, access(channel), NOW)


def shown(request: Request) -> dict[str, object]:
    address = request.path + (f"?{urlencode(request.query)}" if request.query else "")
    return {
        "method": request.method,
        "address": address,
        "headers": dict(request.headers),
        "body": request.body.decode(),
    }


@pytest.mark.parametrize("channel", WRITERS)
def test_requests_are_the_reviewed_bytes(channel: str) -> None:
    writer = WRITERS[channel]
    cases: dict[str, object] = {}
    wishes: dict[str, Wish] = {**STOCK, "parcel": PARCEL, "part_of_an_order": PART}
    for name, wish in wishes.items():
        kind = "stock" if isinstance(wish, StockWish) else "shipment"
        if kind in writer.rates:
            refused = writer.refuse(wish)
            cases[name] = shown(sent(channel, task(wish))) if refused is None else {"refused": refused.message}
    two = [task(STOCK["one"], StockWish("100", "7", "A-1", "4410", 9)), task(STOCK["none_left"])]
    cases["two_in_their_batches"] = [shown(sent(channel, *batch)) for batch in writer.batch(two)]
    check_golden(f"writers/{channel}", cases)


@pytest.mark.parametrize("channel", WRITERS)
def test_the_same_wish_makes_the_same_request_and_another_another(channel: str) -> None:
    wish = STOCK["one"]
    assert sent(channel, task(wish)) == sent(channel, task(wish))
    assert sent(channel, task(wish)).body != sent(channel, task(StockWish("100", "7", "A-1", "4410", 6))).body


def test_taobaos_signature_is_the_one_of_a_public_example() -> None:
    expected = "3A9F9E53162A24430830CCA87B7FB623401B81EB6616A6EA75B3614AEBDC7F4D"
    assert taobao.sign({"b": "2", "a": "1"}, "secret") == expected


def test_taobaos_signature_passes_the_check_made_for_taobaos_own_calls() -> None:
    request = sent("taobao", task(STOCK["one"]))
    verdict = verify("taobao", request.body, {}, {}, {"app_secret": "helloworld"}, now=NOW)
    assert verdict.status == "valid"
    changed = request.body.replace(b"7%3A5", b"7%3A6")
    assert changed != request.body
    assert verify("taobao", changed, {}, {}, {"app_secret": "helloworld"}, now=NOW).status == "invalid"


def test_douyins_signature_covers_the_five_values_in_their_order() -> None:
    request = sent("douyin", task(STOCK["one"]))
    query = dict(request.query)
    text = (
        "helloworld" "app_key" "12345678" "method" "sku.syncStock" "param_json" + request.body.decode()
        + "timestamp" + query["timestamp"] + "v" "2" "helloworld"
    )  # fmt: skip
    assert query["sign"] == hmac.new(b"helloworld", text.encode(), hashlib.sha256).hexdigest()


def test_the_plain_target_is_signed_as_the_standard_webhooks_example() -> None:
    signature = files.sign(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}', SECRETS["webhook_secret"]
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    request = sent("files", task(STOCK["one"]))
    secrets = {"webhook_secret": SECRETS["webhook_secret"]}
    assert verify("standard_webhooks", request.body, dict(request.headers), {}, secrets, now=NOW).status == "valid"


def test_taobao_takes_twenty_skus_of_one_item_in_a_call() -> None:
    tasks = [task(StockWish("100", str(sku), "", "", sku)) for sku in range(45)]
    tasks += [task(StockWish("200", "1", "", "", 1)), task(STOCK["no_variant"]), task(PARCEL)]
    assert sorted(map(len, taobao.WRITER.batch(tasks))) == [1, 1, 1, 5, 20, 20]
    first = taobao.WRITER.batch(tasks)[0]
    form = dict(parse_qsl(taobao.WRITER.write(first, access("taobao"), NOW).body.decode()))
    assert form["skuid_quantities"].split(";")[:2] == ["0:0", "1:1"]


def test_a_shopify_wish_without_its_inventory_item_is_refused_before_any_call() -> None:
    refused = shopify.WRITER.refuse(StockWish("100", "7", "A-1", "A-1", 5))
    assert refused is not None
    assert (refused.outcome, refused.reason) == ("permanent", "shopify.no_inventory_item")
    assert shopify.WRITER.refuse(STOCK["one"]) is None


def test_shopify_compares_only_with_a_quantity_it_surely_accepted() -> None:
    known = sent("shopify", task(STOCK["one"], StockWish("100", "7", "A-1", "4410", 9))).body
    assert b'"changeFromQuantity":9' in known
    assert b'"changeFromQuantity":null' in sent("shopify", task(STOCK["one"])).body


def test_square_counts_keep_the_time_of_the_wish_so_that_a_late_call_changes_nothing() -> None:
    request = square.WRITER.write([task(STOCK["one"])], access("square"), NOW.replace(hour=9))
    assert b'"occurred_at":"2026-11-02T04:05:06.000Z"' in request.body
