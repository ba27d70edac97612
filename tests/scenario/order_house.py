"""A small retailer for stories of orders: two stores and a warehouse, a Taobao shop, and a clock one can turn."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from entrepot.app import Platform, wire
from entrepot.flows.followers import catch_up
from entrepot.flows.order_news import OrderNews, OrdersDue
from entrepot.flows.order_to_delivery import OrderToDelivery, WhereHeld
from entrepot.hub.adapter import RawMessage
from entrepot.hub.shops import Shop
from entrepot.infra import log
from entrepot.infra.database import Database
from entrepot.infra.settings import Settings
from entrepot.kernel.clock import FixedClock
from entrepot.kernel.outcome import Outcome
from entrepot.orders.pieces import Applied, Command, Order, Take
from entrepot.stock import Movement, Node, Sku, upsert_nodes, upsert_skus

START = datetime(2026, 11, 2, 3, tzinfo=UTC)
ORDER = "taobao:shop:41171612630246574"


@dataclass
class House:
    """The platform, its clock, and the orders that ask to be moved on."""

    platform: Platform
    clock: FixedClock
    waiting: list[tuple[str, bool]] = field(default_factory=list)
    sent: int = 0

    def __post_init__(self) -> None:
        self.news = OrderNews(self.platform.db, self.platform.lifecycle, self.clock, self._submit)
        self.due = OrdersDue(self.platform.db, self.platform.lifecycle, self.platform.saga, self.clock)

    def _submit(self, conn: object, order: str, key: str, supply: bool) -> None:
        self.waiting.append((order, supply))

    def settle(self) -> None:
        """Let every flow and every order work until nothing is left to do."""
        while True:
            catch_up([*self.platform.followers(), self.news])
            waiting, self.waiting = self.waiting, []
            if not waiting:
                return
            for order, supply in waiting:
                if supply:
                    self.platform.saga.try_backorders(order)
                self.platform.saga.advance(order)

    def later(self, **more: float) -> None:
        """Turn the clock, and let deadlines pass."""
        self.clock.at += timedelta(**more)
        self.due.sweep()
        self.settle()

    def stock(self, **units: int) -> None:
        """Receive units of A-1: ``DC=5, S1=2``."""
        self.sent += 1
        moves = [
            Movement(
                f"in/{self.sent}/{node}", "A-1", qty, "supplier", "on_hand", node, "on_hand", "receipt", self.clock.at
            )
            for node, qty in units.items()
        ]
        with self.platform.db.transaction() as conn:
            self.platform.book.post(conn, moves)

    def trade(self, qty: int = 2, minute: int = 0, tid: int = 41171612630246574, **more: object) -> None:
        """Hear of a Taobao trade of one line of A-1."""
        line = {"oid": tid + 1, "num": qty, "price": "14.75", "total_fee": "29.50", "outer_sku_id": "A-1"}
        trade = {
            "tid": tid, "status": "WAIT_SELLER_SEND_GOODS", "created": "2026-11-02 10:00:00",
            "modified": f"2026-11-02 10:{minute:02}:00", "pay_time": "2026-11-02 10:00:01", "payment": "29.50",
            "total_fee": "29.50", "post_fee": "0.00", "receiver_city": "杭州市", "orders": {"order": [line]}, **more,
        }  # fmt: skip
        body = json.dumps({"trade_fullinfo_get_response": {"trade": trade}}).encode()
        self.platform.intake.accept([RawMessage("taobao", "shop", "", body, self.clock.at)])

    def do(self, name: str, *takes: Take, order: str = ORDER, **more: object) -> Outcome[Applied]:
        """Do a command as a person."""
        self.sent += 1
        command = Command(f"test-{self.sent}", name, takes=takes, actor="clerk", **more)  # type: ignore[arg-type]
        with self.platform.db.transaction() as conn:
            standing = self.platform.lifecycle.follow(conn, self.platform.lifecycle.lock(conn, order))
            outcome = self.platform.lifecycle.act(conn, standing, command)
        self.settle()
        return outcome

    def must(self, name: str, *takes: Take, **more: object) -> None:
        """Do a command that may not be refused."""
        outcome = self.do(name, *takes, **more)  # type: ignore[arg-type]
        assert outcome.refusal is None, outcome.refusal

    def order(self, order: str = ORDER) -> Order:
        """Look at an order."""
        with self.platform.db.read() as conn:
            return self.platform.lifecycle.look(conn, [order])[order].order

    def pieces(self, order: str = ORDER) -> dict[str, int]:
        """Sum units by ``state@node``."""
        found: dict[str, int] = {}
        for piece in self.order(order).pieces:
            name = piece.state + (f"@{piece.node}" if piece.node else "")
            found[name] = found.get(name, 0) + piece.qty
        return found

    def cell(self, node: str) -> Mapping[str, int]:
        """Read the stock of A-1 at a node."""
        with self.platform.db.read() as conn:
            row = conn.execute(
                "SELECT on_hand, quality_hold, damaged, allocated FROM stock.level WHERE sku = 'A-1' AND node = %s",
                (node,),
            ).fetchone()
        return dict(zip(("on_hand", "quality_hold", "damaged", "allocated"), row or (0, 0, 0, 0), strict=True))

    def check_books(self) -> None:
        """Audit levels, holds and pieces to the unit."""
        assert self.platform.book.audit() == []
        assert self.platform.reservations.audit() == []
        with self.platform.db.read() as conn:
            apart = conn.execute(
                "SELECT coalesce(p.hold, h.id), p.qty, h.held FROM "
                "(SELECT hold, node, sum(qty) AS qty FROM orders.piece WHERE hold IS NOT NULL GROUP BY 1, 2) p "
                "FULL JOIN (SELECT id, node, sum(held) AS held FROM stock.hold WHERE held > 0 GROUP BY 1, 2) h "
                "ON h.id = p.hold AND h.node = p.node WHERE p.qty IS DISTINCT FROM h.held"
            ).fetchall()
            lost = conn.execute(
                "SELECT l.order_id, l.line FROM orders.piece_line l WHERE ordered <> "
                "(SELECT sum(qty) FROM orders.piece p WHERE p.order_id = l.order_id AND p.line = l.line)"
            ).fetchall()
        assert apart == []
        assert lost == []


def open_house(database: Database, path: Path) -> House:
    """Wire the platform with the nodes, the SKU and the shop."""
    clock = FixedClock(START)
    platform = wire(Settings(data_dir=path, demo_rate=0), database, clock)
    # The stories tell what happens wherever an order is served from; how nodes are chosen is tested by itself.
    platform = replace(platform, saga=OrderToDelivery(database, platform.lifecycle, WhereHeld(), clock))
    with platform.db.transaction() as conn:
        log.ensure_partitions(conn)
        nodes = [
            Node(id, 1, "test", name=id, kind=kind) for id, kind in (("DC", "rdc"), ("S1", "store"), ("S2", "store"))
        ]
        upsert_nodes(conn, nodes)
        upsert_skus(conn, [Sku("A-1", 1, "test", title="茶")])
        platform.shops.register(conn, Shop("taobao", "shop", "旗舰店"))
    return House(platform, clock)
