"""Own orders for the browser tests, placed through the API as a program would."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Self

import httpx

WAIT_SECONDS = 60


class Clerk:
    """Somebody who takes orders.

    Parameters
    ----------
    address, name, password : str
        The console's, and how to enter it.
    """

    def __init__(self, address: str, name: str, password: str) -> None:
        self._api = httpx.Client(base_url=address, headers={"X-Requested-With": "entrepot"}, timeout=20)
        self._api.post("/login", json={"name": name, "password": password}).raise_for_status()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        self._api.close()

    def get(self, path: str) -> Any:
        """Ask the API."""
        return self._api.get(f"/api/v1{path}").raise_for_status().json()

    def place(self, number: str, sku: str, qty: int = 1, **more: Any) -> str:
        """Place an order of one line; returns its id."""
        address = {"country": "CN", "province": "浙江省", "city": "杭州市"}
        lines = [{"line_id": "1", "sku": sku, "qty": qty, "unit_price": 19900}]
        body = {"order_id": number, "lines": lines, "address": address, **more}
        return str(self._api.post("/api/v1/orders", json=body).raise_for_status().json()["order_id"])

    def do(self, order: str, command: str) -> None:
        """Give a command to all of an order."""
        body = {"id": f"test-{command}", "command": command}
        self._api.post(f"/api/v1/orders/{order}/commands", json=body).raise_for_status()

    def send_from(self, order: str, node: str) -> None:
        """Say which node sends an order that is sourced."""
        body = {"nodes": [node], "reason": "its vans are tried"}
        self._api.post(f"/api/v1/orders/{order}/decision:override", json=body).raise_for_status()

    def has(self, path: str) -> bool:
        """Tell whether the API knows of something."""
        return self._api.get(f"/api/v1{path}").status_code == 200

    def wait_for(self, order: str, state: str) -> None:
        """Wait until all pieces of an order are kept and in a state."""

        def is_there() -> bool:
            found = self.get(f"/orders/{order}/pieces")
            return found["is_kept"] and {piece["state"] for piece in found["pieces"]} == {state}

        self.wait_until(is_there)

    def wait_until(self, is_so: Callable[[], object]) -> None:
        """Wait for what other threads of the server do."""
        end = time.monotonic() + WAIT_SECONDS
        while not is_so():
            assert time.monotonic() < end, f"it did not happen in {WAIT_SECONDS} s"
            time.sleep(0.2)
