"""What goes wrong between sender and hub: duplicates, late arrivals, broken bodies; a function of body and seed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import blake2b
from random import Random
from typing import Final

from entrepot.simulator.message import NativeMessage
from entrepot.simulator.retailer import DemoRetailer
from entrepot.simulator.signing import sign_again

DUPLICATE_SHARE: Final = 0.012
LATE_SHARE: Final = 0.015
BROKEN_SHARE: Final = 0.003
LONGEST_DELAY: Final = timedelta(hours=2)

# What everything later rests on always arrives whole: master data, and goods that come in (no shelf goes below nothing
# because a file about its filling was lost).
_SAFE_TOPICS: Final = frozenset({"skus", "nodes", "listings", "receipts", "transfers"})

# What a broken body looks like, by channel: (found, put in its place). A truncated body is always possible.
_SPOILT: Final[dict[str, tuple[tuple[str, bytes, bytes], ...]]] = {
    "taobao": (
        ("status", b'"status":"WAIT_SELLER_SEND_GOODS"', b'"status":"WAIT_RISK_REVIEW"'),
        ("status", b'"status":"TRADE_FINISHED"', b'"status":"TRADE_ARCHIVED"'),
        ("money", b'.00","post_fee"', b'.0O","post_fee"'),
        ("time", b'"modified":"20', b'"modified":"2O'),
    ),
    "douyin": (
        ("status", b'"order_status":2,', b'"order_status":9,'),
        ("money", b'"pay_amount":', b'"pay_amount":-'),
        ("time", b'"update_time":1', b'"update_time":"soon","was":1'),
    ),
    "youzan": (
        ("status", b'"TRADE_SUCCESS%22', b'"TRADE_DONE%22'),
        ("escape", b"%22tid%22", b"%2tid%22"),
    ),
    "shopify": (
        ("status", b'"financial_status":"paid"', b'"financial_status":"expired"'),
        ("time", b'"updated_at":"20', b'"updated_at":"yesterday 20'),
    ),
    "odoo_pos": (
        ("money", b'"amount_total":', b'"amount_total":"\xe5\x85\x83","was":'),
        ("time", b'"date_order":"20', b'"date_order":"00'),
        ("product", b'"product_id":1', b'"product_id":99'),
    ),
    "kuaidi100": (("state", b"%22state%22%3A%22", b"%22state%22%3A%2299"),),
    "sf": (
        ("code", b'"opCode":"', b'"opCode":"9'),
        ("time", b'"acceptTime":"20', b'"acceptTime":"30:20'),
    ),
    "files": (
        ("quantity", b",1,", ",一件,".encode()),
        ("node", b"RDC-", b"RDX-"),
    ),
}


@dataclass(frozen=True, slots=True)
class Fates:
    """Decides what befalls each message; equal messages meet equal fates."""

    retailer: DemoRetailer
    seed: int

    def befall(self, message: NativeMessage) -> list[NativeMessage]:
        """Give what arrives: mostly the message itself, at its time."""
        if message.topic in _SAFE_TOPICS:
            return [message]
        draw = int.from_bytes(blake2b(message.body, digest_size=8, key=str(self.seed).encode()).digest())
        luck = draw / 2**64
        if luck < BROKEN_SHARE:
            return self._broken(message, Random(draw))
        if luck < BROKEN_SHARE + DUPLICATE_SHARE:
            return [message, _again(message, Random(draw))]
        # Files carry stock that later messages draw on, so they are never late.
        if luck < BROKEN_SHARE + DUPLICATE_SHARE + LATE_SHARE and message.transport != "file":
            return [_later(message, Random(draw), 7200)]
        return [message]

    def _broken(self, message: NativeMessage, rng: Random) -> list[NativeMessage]:
        shop = self.retailer.shop(message.channel, message.shop)
        spoilt = sign_again(replace(message, body=spoil(message, rng)), shop)
        # Half the senders notice and send the right body again.
        return [spoilt, _later(message, rng, 3600)] if rng.random() < 0.5 else [spoilt]


def spoil(message: NativeMessage, rng: Random) -> bytes:
    """Break a body in one of the ways its channel knows."""
    ways = [(found, put) for _, found, put in _SPOILT.get(message.channel, ()) if found in message.body]
    if ways and rng.random() < 0.8:
        return message.body.replace(*rng.choice(ways), 1)
    return message.body[: max(20, int(len(message.body) * rng.uniform(0.5, 0.95)))]


def _again(message: NativeMessage, rng: Random) -> NativeMessage:
    # Youzan counts its attempts in the body; everybody else sends the same bytes.
    body = message.body.replace(b'"sendCount":1', b'"sendCount":2') if message.channel == "youzan" else message.body
    return _later(replace(message, body=body), rng, 3600)


def _later(message: NativeMessage, rng: Random, seconds: int) -> NativeMessage:
    return replace(message, at=message.at + timedelta(seconds=rng.randrange(120, seconds)))
