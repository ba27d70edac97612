"""Clients that hold, cancel, edit, let expire and transfer through HTTP, and ask again until they are answered."""

from __future__ import annotations

import http.client
import json
import threading
import time
from dataclasses import dataclass, field
from random import Random
from typing import Any

NODES = ("N1", "N2")
OUT_OF_REACH = (OSError, http.client.HTTPException)


@dataclass
class Place:
    """Where the server is now; a restart changes the port."""

    port: int = 0
    token: str = ""
    until: float = 0.0


@dataclass
class Client:
    """One client, and what it was told of its own holds: the last state that was acknowledged."""

    number: int
    place: Place
    is_over: threading.Event
    told: dict[str, str] = field(default_factory=dict)
    node: dict[str, str] = field(default_factory=dict)
    carts: set[str] = field(default_factory=set)
    answers: int = 0
    faults: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Act until it is over."""
        chance, turn = Random(self.number), 0
        acts = (self._buy, self._buy, self._browse, self._cancel, self._edit, self._ship, self._transfer, self._move)
        while not self.is_over.is_set():
            turn += 1
            chance.choice(acts)(chance, f"c{self.number}-{turn}")

    def _buy(self, chance: Random, id: str, qty: int | None = None) -> bool:
        node = chance.choice(NODES)
        line = {"sku": "A", "qty": qty or chance.randint(1, 3), "node": node}
        return self._hold({"id": id, "kind": "order", "lines": [line]}, node)

    def _browse(self, chance: Random, id: str) -> None:
        node = chance.choice(NODES)
        body = {"id": id, "kind": "cart", "lines": [{"sku": "A", "qty": 1, "node": node}], "ttl_seconds": 1}
        if self._hold(body, node):
            self.carts.add(id)
            if chance.random() < 0.3 and self._act(id, "confirm") == 200:
                self.carts.discard(id)

    def _cancel(self, chance: Random, _: str) -> None:
        mine = self._mine(chance)
        if mine is not None and self._act(mine, "void") == 200:
            self.told[mine] = "voided"

    def _edit(self, chance: Random, id: str) -> None:
        """Replace a hold by a larger or smaller one: the new one first, so that a failed edit changes nothing."""
        mine = self._mine(chance)
        if mine is not None and self._buy(chance, id) and self._act(mine, "void") == 200:
            self.told[mine] = "voided"

    def _ship(self, chance: Random, _: str) -> None:
        mine = self._mine(chance)
        if mine is not None and chance.random() < 0.2 and self._act(mine, "post") == 200:
            self.told[mine] = "posted"

    def _transfer(self, chance: Random, id: str) -> None:
        line = {"sku": "A", "qty": 1, "node": "N1"}
        body = {"id": id, "kind": "transfer", "lines": [line], "to_node": "N3"}
        if chance.random() < 0.2 and self._hold(body, "N1") and self._act(id, "post") == 200:
            self.told[id] = "posted"

    def _move(self, chance: Random, _: str) -> None:
        mine = self._mine(chance)
        if mine is None:
            return
        shown = self._ask("GET", f"/api/v1/holds/{mine}", None)[1]
        held = sum(part["held"] for part in shown["parts"])
        goal = NODES[1 - NODES.index(self.node[mine])]
        body = {"placements": [{"line": "1", "sku": "A", "node": goal, "qty": held}]}
        if self._act(mine, "move", body) == 200:
            self.node[mine] = goal

    def _mine(self, chance: Random) -> str | None:
        """One of the client's open orders; carts may end by themselves and are left alone."""
        open_ids = [id for id, state in self.told.items() if state == "held" and id not in self.carts]
        return chance.choice(open_ids) if open_ids else None

    def _hold(self, body: dict[str, Any], node: str) -> bool:
        status, reply = self._ask("POST", "/api/v1/holds", body)
        if status == 200:
            self.told[body["id"]] = "held"
            self.node[body["id"]] = node
            if reply["placements"][0]["qty"] != body["lines"][0]["qty"]:
                self.faults.append(f"{body} got {reply}")
        elif reply["code"] != "hold.short":
            self.faults.append(f"{body} got {reply}")
        return status == 200

    def _act(self, id: str, act: str, body: dict[str, Any] | None = None) -> int:
        status, reply = self._ask("POST", f"/api/v1/holds/{id}:{act}", body)
        may_be_refused = (act == "move" and reply.get("code") == "hold.short") or id in self.carts
        if status != 200 and not may_be_refused:
            self.faults.append(f"{act} of {id} ({self.told.get(id)}) got {reply}")
        return status

    def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> tuple[int, dict[str, Any]]:
        """Ask until the server answers for certain: whoever was cut off does not know, and says the same again."""
        sent = None if body is None else json.dumps(body)
        headers = {"Authorization": f"Bearer {self.place.token}", "Content-Type": "application/json"}
        while time.monotonic() < self.place.until:
            connection = http.client.HTTPConnection("127.0.0.1", self.place.port, timeout=20)
            try:
                connection.request(method, path, sent, headers)
                reply = connection.getresponse()
                said = reply.read()
                if reply.status < 500:
                    self.answers += 1
                    return reply.status, json.loads(said)
            except OUT_OF_REACH:
                pass
            finally:
                connection.close()
            self.is_over.wait(0.05)
        raise TimeoutError(f"{method} {path} was never answered")
