"""A house with stock on a real database, and the door to its holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TypedDict, Unpack

from entrepot.infra import log
from entrepot.infra.database import Database
from entrepot.infra.log import Event
from entrepot.kernel.outcome import Outcome
from entrepot.stock import Held, HoldLine, HoldRequest, Movement, Reservations, StockBook

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class More(TypedDict, total=False):
    """What else is said of a hold."""

    channel: str
    doc: str
    actor: str
    is_displaceable: bool
    may_displace: bool
    may_backorder: bool


class House:
    """A book with stock, and the door to its holds; the clock stands until it is moved."""

    def __init__(self, database: Database) -> None:
        self.db = database
        self.book = StockBook(database)
        self.at = NOON
        self.door = self.another_door()

    def now(self) -> datetime:
        return self.at

    def another_door(self) -> Reservations:
        """As another process would have it."""
        return Reservations(self.db, self.book, self)

    def receive(self, qty: int, sku: str = "A", node: str = "N1") -> None:
        name = f"in/{sku}/{node}/{qty}/{self.at.isoformat()}"
        self.move(Movement(name, sku, qty, "supplier", "on_hand", node, "on_hand", "receipt", NOON))

    def move(self, *movements: Movement) -> None:
        with self.db.transaction() as conn:
            self.book.post(conn, movements)

    def hold(self, *requests: HoldRequest) -> list[str]:
        return [verdict(outcome) for outcome in self.door.hold(requests)]

    def level(self, sku: str = "A", node: str = "N1") -> tuple[int, int, int]:
        with self.db.read() as conn:
            row = conn.execute(
                "SELECT on_hand, reserved, allocated FROM stock.level WHERE sku = %s AND node = %s", (sku, node)
            ).fetchone()
        assert row is not None
        return row[0], row[1], row[2]

    def told(self, kind: str) -> list[Event]:
        with self.db.read() as conn:
            return [logged.event for logged in log.read(conn, log.START, kinds=[kind])]


def verdict(outcome: Outcome[Held]) -> str:
    if outcome.value is not None:
        return outcome.value.state
    assert outcome.refusal is not None
    return outcome.refusal.reason


def order(id: str, qty: int = 1, node: str | None = "N1", sku: str = "A", **more: Unpack[More]) -> HoldRequest:
    return HoldRequest(id, "order", (HoldLine("1", sku, qty, node),), **more)


def cart(id: str, qty: int, hours: int = 1, **more: Unpack[More]) -> HoldRequest:
    line = (HoldLine("1", "A", qty, "N1"),)
    return HoldRequest(id, "cart", line, expires_at=NOON + hours * HOUR, **more)


def empty(database: Database) -> None:
    """Forget everything: a database for each test would take longer than the test."""
    append_only = ("stock.movement", "stock.count", "stock.hold_entry")
    with database.transaction() as conn:
        for table in append_only:
            conn.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only".encode())
        conn.execute(
            f"TRUNCATE {', '.join(append_only)}, stock.hold, stock.quota, stock.level, stock.node, log.event".encode()
        )
        for table in append_only:
            conn.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only".encode())
