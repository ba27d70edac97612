"""A double of the channels on 127.0.0.1: takes what is written back as each vendor would, and keeps the last of it.

It checks signatures and tokens with code of its own, throttles, fails and hangs up now and then, as vendors do.
"""

from __future__ import annotations

import hmac
import random
import sys
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import msgspec

Secrets = Mapping[tuple[str, str], Mapping[str, str]]


class Call(NamedTuple):
    """A request as it came; ``path`` is what stands behind the shop."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def form(self) -> dict[str, str]:
        """Read the body as a form."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    def json(self) -> Any:
        """Read the body as JSON."""
        return msgspec.json.decode(self.body)


class Vendor(NamedTuple):
    """How a vendor checks a call, what it takes from it, and how it answers."""

    is_genuine: Callable[[Call, Mapping[str, str]], bool]
    quantities: Callable[[Call], dict[str, int]]
    done: object
    refused: object
    throttled: object
    throttled_status: int = 200
    refused_status: int = 200


@dataclass(frozen=True, slots=True)
class Faults:
    """How often a call goes wrong: turned away too fast, failed, or carried out and never answered."""

    seed: int = 1
    throttled: float = 0.02
    failed: float = 0.02
    unanswered: float = 0.01


NONE: Final = Faults(throttled=0, failed=0, unanswered=0)


class Received(NamedTuple):
    """A quantity that was taken: of which listing, and what it was."""

    channel: str
    shop: str
    listing: str
    qty: int


def _taobao_is_genuine(call: Call, secret: Mapping[str, str]) -> bool:
    form = call.form()
    given = form.pop("sign", "")
    text = "".join(name + value for name, value in sorted(form.items()))
    expected = hmac.digest(secret["app_secret"].encode(), text.encode(), sha256).hex().upper()
    return hmac.compare_digest(given, expected) and form.get("session") == secret["session"]


def _taobao_quantities(call: Call) -> dict[str, int]:
    form = call.form()
    if form["method"] == "taobao.item.quantity.update":
        return {f"{form['num_iid']}/": int(form["quantity"])}
    if form["method"] != "taobao.skus.quantity.update":
        return {}
    pairs = (pair.split(":") for pair in form["skuid_quantities"].split(";"))
    return {f"{form['num_iid']}/{sku}": int(qty) for sku, qty in pairs}


def _douyin_is_genuine(call: Call, secret: Mapping[str, str]) -> bool:
    query = call.query
    parts = ["app_key", query["app_key"], "method", query["method"], "param_json", call.body.decode()]
    text = secret["app_secret"] + "".join([*parts, "timestamp", query["timestamp"], "v2"]) + secret["app_secret"]
    expected = hmac.digest(secret["app_secret"].encode(), text.encode(), sha256).hex()
    return hmac.compare_digest(query["sign"], expected) and query["access_token"] == secret["access_token"]


def _douyin_quantities(call: Call) -> dict[str, int]:
    body = call.json()
    return {f"{body['product_id']}/{body['sku_id']}": body["stock_num"]} if "stock_num" in body else {}


def _youzan_quantities(call: Call) -> dict[str, int]:
    body = call.json()
    return {f"{body['item_id']}/{body.get('sku_id', '')}": body["quantity"]} if "quantity" in body else {}


def _shopify_quantities(call: Call) -> dict[str, int]:
    variables = call.json()["variables"]
    rows = variables["input"]["quantities"] if "input" in variables else ()
    return {row["inventoryItemId"].rpartition("/")[2]: row["quantity"] for row in rows}


def _plain_is_genuine(call: Call, secret: Mapping[str, str]) -> bool:
    text = f"{call.headers['webhook-id']}.{call.headers['webhook-timestamp']}.".encode() + call.body
    key = b64decode(secret["webhook_secret"].removeprefix("whsec_"))
    expected = "v1," + b64encode(hmac.digest(key, text, sha256)).decode()
    return hmac.compare_digest(call.headers["webhook-signature"], expected)


def _plain_quantities(call: Call) -> dict[str, int]:
    return {row["target"]: row["qty"] for row in call.json()["data"] if "qty" in row}


def _top_error(code: int, sub_code: str) -> object:
    return {"error_response": {"code": code, "msg": "Remote service error", "sub_code": sub_code, "sub_msg": sub_code}}


VENDORS: Final[Mapping[str, Vendor]] = {
    "taobao": Vendor(
        _taobao_is_genuine,
        _taobao_quantities,
        {"skus_quantity_update_response": {"request_id": "double"}},
        _top_error(25, "isv.invalid-signature"),
        _top_error(7, "accesscontrol.limited-by-api-access-count"),
    ),
    "douyin": Vendor(
        _douyin_is_genuine,
        _douyin_quantities,
        {"code": 10000, "msg": "success", "sub_code": "", "sub_msg": "", "data": True},
        {"code": 30001, "msg": "sign", "sub_code": "isv.signature-invalid", "sub_msg": "sign", "data": None},
        {"code": 40003, "msg": "limit", "sub_code": "isv.api-call-limit", "sub_msg": "limit", "data": None},
    ),
    "youzan": Vendor(
        lambda call, secret: call.query.get("access_token") == secret["access_token"],
        _youzan_quantities,
        {"code": 200, "success": True, "data": {"is_success": True}, "message": "successful"},
        {"gw_err_resp": {"err_code": 4203, "err_msg": "Token 不存在"}},
        {"gw_err_resp": {"err_code": 4301, "err_msg": "调用过于频繁"}},
    ),
    "shopify": Vendor(
        lambda call, secret: call.headers.get("x-shopify-access-token") == secret["access_token"],
        _shopify_quantities,
        {"data": {"inventorySetQuantities": {"inventoryAdjustmentGroup": {"id": "gid://double/1"}, "userErrors": []}}},
        {"errors": "[API] Invalid API key or access token"},
        {"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]},
        refused_status=401,
    ),
    "files": Vendor(_plain_is_genuine, _plain_quantities, {}, {"error": "signature"}, {}, 429, 401),
}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Pass over callers that hang up; that is theirs to do."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


@dataclass
class Receiver:
    """The channels' side of write-back, as an HTTP server on this machine.

    Parameters
    ----------
    secrets : mapping
        By (channel, shop): what a genuine call is made with.
    faults : Faults
        What goes wrong.
    """

    secrets: Secrets
    faults: Faults = field(default_factory=Faults)
    history: list[Received] = field(default_factory=list)
    refused: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _server: ThreadingHTTPServer | None = None

    def start(self, port: int = 0) -> int:
        """Listen on 127.0.0.1; returns the port."""
        receiver, chance = self, random.Random(self.faults.seed)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length)
                if len(body) < length:  # the caller has died in the middle of its call
                    self.close_connection = True
                    return
                parts = urlsplit(self.path)
                _, channel, shop, *rest = parts.path.split("/")
                headers = {name.lower(): value for name, value in self.headers.items()}
                call = Call("/".join(rest), dict(parse_qsl(parts.query)), headers, body)
                answer = receiver.answer(channel, shop, call, chance.random())
                if answer is None:
                    self.close_connection = True
                    return
                status, document = answer
                reply = msgspec.json.encode(document)
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, format: str, *args: object) -> None:
                """Keep quiet: the outbox tells what became of a call."""

        self._server = _Server(("127.0.0.1", port), Handler)
        threading.Thread(target=self._server.serve_forever, name="channel double", daemon=True).start()
        return int(self._server.server_address[1])

    def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def answer(self, channel: str, shop: str, call: Call, chance: float) -> tuple[int, object] | None:
        """Take a call as the vendor would; None: the connection ends without a reply."""
        vendor, faults = VENDORS[channel], self.faults
        if not vendor.is_genuine(call, self.secrets[channel, shop]):
            self.refused += 1
            return vendor.refused_status, vendor.refused
        if chance < faults.throttled:
            return vendor.throttled_status, vendor.throttled
        if chance < faults.throttled + faults.failed:
            return 503, {"error": "try again"}
        with self._lock:
            self.history += [Received(channel, shop, *pair) for pair in vendor.quantities(call).items()]
        return None if chance < faults.throttled + faults.failed + faults.unanswered else (200, vendor.done)

    def last(self) -> dict[tuple[str, str, str], int]:
        """Return what each listing shows now, by (channel, shop, listing)."""
        with self._lock:
            return {(one.channel, one.shop, one.listing): one.qty for one in self.history}
