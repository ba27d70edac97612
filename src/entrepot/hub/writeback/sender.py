"""The only network call of the write-back: one request, TLS checked, no redirect followed, a bounded reply."""

from __future__ import annotations

from typing import Final

import httpx

from entrepot.hub.shops import check_write_url
from entrepot.hub.writeback.writer import Reply, Request, Verdict

TIMEOUT: Final = httpx.Timeout(10, connect=5)
LONGEST_SECONDS: Final = 30
"""No call takes longer than this: connecting, writing and reading each have their own limit below it."""

_LONGEST_REPLY: Final = 2**20


class Sender:
    """Sends requests and keeps connections open between them."""

    def __init__(self, client: httpx.Client | None = None) -> None:
        self._client = client or httpx.Client(timeout=TIMEOUT, follow_redirects=False)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def send(self, base: str, request: Request) -> Reply | Verdict:
        """Send a request; a call that brings no reply is judged here: nobody knows what became of it."""
        try:
            with self._client.stream(
                request.method,
                check_write_url(base) + request.path,
                params=request.query or None,
                headers=dict(request.headers),
                content=request.body,
            ) as response:
                return Reply(response.status_code, _bounded(response), dict(response.headers))
        except httpx.HTTPError as error:
            name = type(error).__name__
            return Verdict(
                "temporary",
                f"network.{name}",
                f"The channel could not be reached: {name}: {str(error)[:200]}",
                "Check write_url and the network; it is tried again by itself.",
                retry_after=5 if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) else None,
            )


def _bounded(response: httpx.Response) -> bytes:
    body = b""
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > _LONGEST_REPLY:
            return body[:_LONGEST_REPLY]
    return body
