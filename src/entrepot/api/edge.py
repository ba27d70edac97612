"""What surrounds every request of the API: an id, a limit on the body, a net for errors, conditional answers, gzip.

Plain ASGI, and only for paths of ours: the console serves the same application and brings its own.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from typing import Final

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from entrepot.api.problems import internal, problem

_logger = logging.getLogger(__name__)

OWN_PATHS: Final = ("/api/", "/hub/", "/healthz", "/readyz")
_SMALLEST_ZIPPED: Final = 1000
_LARGEST_TAGGED: Final = 4_000_000


class Edge:
    """Middleware around the API's own paths.

    Parameters
    ----------
    app : ASGI application
        What is inside.
    body_limit : int
        Largest request body, in bytes.
    """

    def __init__(self, app: ASGIApp, body_limit: int) -> None:
        self._others = app
        inner = Conditional(Net(app, body_limit))
        self._own = GZipMiddleware(inner, minimum_size=_SMALLEST_ZIPPED, compresslevel=5)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        is_own = scope["type"] == "http" and scope["path"].startswith(OWN_PATHS)
        if is_own:
            scope["entrepot.request_id"] = secrets.token_hex(8)
        await (self._own if is_own else self._others)(scope, receive, send)


class Net:
    """Gives the answer its id, refuses bodies that are too large, and turns what nobody caught into a problem."""

    def __init__(self, app: ASGIApp, body_limit: int) -> None:
        self._app = app
        self._limit = body_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        request_id = scope["entrepot.request_id"]
        has_started = False

        async def send_with_id(message: Message) -> None:
            nonlocal has_started
            if message["type"] == "http.response.start":
                has_started = True
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                headers.setdefault("Cache-Control", "private, no-cache")
                headers.add_vary_header("Authorization")
                headers.add_vary_header("Cookie")
            await send(message)

        refusal = self._refusal(scope)
        if refusal is not None:
            status, code, detail, mend = refusal
            await problem(request_id, status, code, detail, mend)(scope, receive, send_with_id)
            return
        try:
            await self._app(scope, _limited(receive, self._limit), send_with_id)
        except Exception:
            if has_started:
                raise
            _logger.exception("request %s: %s %s failed", request_id, scope["method"], Request(scope).url.path)
            await internal(request_id)(scope, receive, send_with_id)

    def _refusal(self, scope: Scope) -> tuple[int, str, str, str] | None:
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdecimal():
            return 400, "api.malformed", "Content-Length is not a number.", "Send the length of the body in bytes."
        if int(length) > self._limit:
            return 413, "api.too_large", _too_large(self._limit), _SEND_LESS
        if headers.get("content-encoding", "identity") != "identity":
            what = f"Bodies encoded as {headers['content-encoding'][:40]} are not read."
            return 415, "api.encoded", what, "Send the body as it is, without Content-Encoding."
        return None


_SEND_LESS: Final = "Send less at once, or raise ENTREPOT_BODY_LIMIT_MB."


def _too_large(limit: int) -> str:
    return f"The body is larger than {limit // 2**20} MiB, the most this server takes."


def _limited(receive: Receive, limit: int) -> Receive:
    """Count the body as it comes: a length may be missing, or a lie."""
    taken = 0

    async def receive_limited() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > limit:
                raise HTTPException(413, _too_large(limit))
        return message

    return receive_limited


class Conditional:
    """Tags whole JSON answers to GET, and answers 304 to who has the same one already."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        known = {tag.strip() for tag in Headers(scope=scope).get("if-none-match", "").split(",")}
        started: Message | None = None

        async def send_tagged(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start" and _is_taggable(message):
                started = message
                return
            if started is None:
                await send(message)
                return
            start, started = started, None
            body = message.get("body", b"")
            if not message.get("more_body", False) and len(body) <= _LARGEST_TAGGED:
                # Weak: the same answer may leave zipped or plain.
                tag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
                MutableHeaders(scope=start)["ETag"] = tag
                if tag in known:
                    headers = MutableHeaders(scope=start)
                    for name in ("content-length", "content-type"):
                        if name in headers:
                            del headers[name]
                    start["status"] = 304
                    message = {"type": "http.response.body", "body": b""}
            await send(start)
            await send(message)

        await self._app(scope, receive, send_tagged)


def _is_taggable(start: Message) -> bool:
    return start["status"] == 200 and Headers(raw=start["headers"]).get("content-type", "") == "application/json"
