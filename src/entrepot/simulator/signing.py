"""The senders' signatures, computed as they do (the hub checks them with code of its own)."""

from __future__ import annotations

import hmac
from base64 import b64encode
from dataclasses import replace
from hashlib import md5, sha256
from urllib.parse import unquote_plus

import msgspec

from entrepot.simulator.message import NativeMessage
from entrepot.simulator.retailer import DemoShop


def shopify(body: bytes, shop: DemoShop) -> str:
    """Base64 of HMAC-SHA256 over the raw body (header ``X-Shopify-Hmac-Sha256``)."""
    return b64encode(hmac.digest(shop.secret["webhook_secret"].encode(), body, sha256)).decode()


def douyin(body: bytes, shop: DemoShop) -> str:
    """MD5 of app key, raw body and secret (header ``event-sign``)."""
    return _md5(shop.secret["app_key"].encode() + body + shop.secret["app_secret"].encode())


def youzan(message: str, shop: DemoShop) -> str:
    """MD5 of client id, the URL-encoded ``msg`` and client secret (field ``sign``)."""
    return _md5((shop.secret["client_id"] + message + shop.secret["client_secret"]).encode())


def kuaidi100(parameter: str, shop: DemoShop) -> str:
    """Upper-case MD5 of the decoded ``param`` and the salt (form field ``sign``)."""
    return _md5((parameter + shop.secret["salt"]).encode()).upper()


def sign_again(message: NativeMessage, shop: DemoShop) -> NativeMessage:
    """Sign a changed body anew where its sender signs; a body cut too short to sign stays as it is."""
    match message.channel:
        case "shopify":
            header = {"x-shopify-hmac-sha256": shopify(message.body, shop)}
        case "douyin" if message.transport == "webhook":
            header = {"event-sign": douyin(message.body, shop)}
        case "youzan":
            return _sign_youzan_again(message, shop)
        case "kuaidi100":
            _, _, parameter = message.body.decode(errors="ignore").partition("&param=")
            sign = kuaidi100(unquote_plus(parameter), shop)
            return replace(message, body=f"sign={sign}&param={parameter}".encode())
        case _:
            return message
    return replace(message, headers={**message.headers, **header})


def _sign_youzan_again(message: NativeMessage, shop: DemoShop) -> NativeMessage:
    try:
        envelope = msgspec.json.decode(message.body, type=dict[str, str | int | bool])
    except msgspec.DecodeError:
        return message
    envelope["sign"] = youzan(str(envelope.get("msg", "")), shop)
    return replace(message, body=msgspec.json.encode(envelope))


def _md5(data: bytes) -> str:
    return md5(data, usedforsecurity=False).hexdigest()
