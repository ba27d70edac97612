"""Headers on every answer: nothing is loaded from, framed by or sent to another host."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Vue compiles templates in the browser and NiceGUI writes inline scripts: both need the "unsafe" words. What is kept is
# the part that matters here: no host but our own, no frames, no plug-ins, forms only to ourselves.
CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    )
)
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}


class SecurityHeaders:
    """ASGI middleware that adds `HEADERS` where the answer does not set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and the headers back."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)


def local_path(path: str) -> str:
    """Return ``path`` when it stays on this site, else the start page: a log-in must not send people elsewhere.

    Examples
    --------
    >>> local_path("/orders?status=shipped"), local_path("//elsewhere"), local_path("https://elsewhere")
    ('/orders?status=shipped', '/', '/')
    """
    is_local = path.startswith("/") and path[1:2] not in {"/", "\\"} and not any(ord(sign) < 32 for sign in path)
    return path if is_local else "/"
