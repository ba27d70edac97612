"""Holds on the real database against a naive model, through any sequence of acts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count as numbers

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from entrepot.infra.database import Database
from entrepot.stock import HoldLine, HoldRequest, Movement, Part, Placement, Protection, Reservations, StockBook

START = datetime(2026, 3, 1, tzinfo=UTC)
FRESH = numbers()
NODES = st.sampled_from(("N1", "N2"))
QTY = st.integers(1, 6)
CHANNELS = st.sampled_from(("web", "jd"))


class Steps:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at


@dataclass
class Naive:
    """One hold of one line at one node, as a person would note it."""

    kind: str
    node: str
    channel: str
    held: int
    posted: int
    made_at: datetime
    expires_at: datetime | None
    state: str = "held"
    has_left: bool = False


class Machine(RuleBasedStateMachine):
    """A list of holds and three numbers a node, summed anew for every question."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.clock = Steps()
        self.book = StockBook(self.database)
        self.door = Reservations(self.database, self.book, self.clock)
        self.sku = f"A{next(FRESH)}"
        self.holds: dict[str, Naive] = {}
        self.on_hand = {"N1": 0, "N2": 0}
        self.kept: dict[tuple[str, str], int] = {}
        self.past: list[Naive] = []
        for node in self.on_hand:
            self._move(10, "supplier", node, "receipt")

    def _move(self, qty: int, source: str, target: str, reason: str) -> None:
        name = f"{self.sku}/{next(FRESH)}"
        movement = Movement(name, self.sku, qty, source, "on_hand", target, "on_hand", reason, self.clock.now())
        with self.database.transaction() as conn:
            self.book.post(conn, [movement])
        for node, sign in ((source, -1), (target, 1)):
            if node in self.on_hand:
                self.on_hand[node] += sign * qty

    def free(self, node: str, without: Naive | None = None) -> int:
        promised = sum(one.held for one in self.holds.values() if one.node == node and one is not without)
        return self.on_hand[node] - promised

    def room(self, node: str, channel: str, without: Naive | None = None) -> int:
        others = 0
        for (at, owner), protected in self.kept.items():
            drawing = [one for one in (*self.holds.values(), *self.past) if (one.node, one.channel) == (at, owner)]
            drawn = sum(one.held + one.posted for one in drawing if one.made_at >= START)
            if at == node and owner != channel:
                others += max(protected - drawn, 0)
        return max(self.free(node, without) - others, 0)

    @rule(node=NODES, qty=QTY, kind=st.sampled_from(("cart", "order")), channel=CHANNELS, again=st.booleans())
    def hold(self, node: str, qty: int, kind: str, channel: str, again: bool) -> None:
        id = f"{self.sku}/h{next(FRESH)}"
        expires_at = self.clock.now() + timedelta(hours=2) if kind == "cart" else None
        request = HoldRequest(id, kind, (HoldLine("1", self.sku, qty, node),), channel, id, expires_at)
        fits = qty <= self.room(node, channel)
        outcomes = self.door.hold([request] * 2 if again else [request])
        assert all(outcome.is_done == fits for outcome in outcomes)
        if fits:
            assert len({outcome.value for outcome in outcomes}) == 1
            self.holds[id] = Naive(kind, node, channel, qty, 0, self.clock.now(), expires_at)
        else:
            refusal = outcomes[0].refusal
            assert refusal is not None
            assert refusal.reason == ("protected" if qty <= self.free(node) else "short")

    @precondition(lambda self: self.holds)
    @rule(data=st.data(), qty=st.none() | QTY)
    def void(self, data: st.DataObject, qty: int | None) -> None:
        id, one = self._any(data)
        with self.database.transaction() as conn:
            (outcome,) = self.door.void_in(conn, [id], lines=None if qty is None else [Part("1", qty)])
        if one.state == "held":
            wanted = one.held if qty is None else qty
            assert outcome.is_done == (wanted <= one.held)
            if outcome.is_done:
                self._release(one, wanted, "voided")
        else:
            assert outcome.is_done == (one.state in {"voided", "expired"})

    @precondition(lambda self: self.holds)
    @rule(data=st.data(), qty=st.none() | QTY)
    def post(self, data: st.DataObject, qty: int | None) -> None:
        id, one = self._any(data)
        wanted = one.held if qty is None else qty
        goes = one.state == "held" and one.kind == "order" and wanted <= min(one.held, self.on_hand[one.node])
        is_done_already = one.state == "posted" and qty is None
        with self.database.transaction() as conn:
            (outcome,) = self.door.post_in(conn, [id], lines=None if qty is None else [Part("1", qty)])
        assert outcome.is_done == (goes or is_done_already), outcome
        if goes:
            self.on_hand[one.node] -= wanted
            one.posted += wanted
            one.has_left = True
            self._release(one, wanted, "posted")

    @precondition(lambda self: self.holds)
    @rule(data=st.data())
    def confirm(self, data: st.DataObject) -> None:
        id, one = self._any(data)
        with self.database.transaction() as conn:
            outcome = self.door.confirm_in(conn, id)
        assert outcome.is_done == (one.state == "held")
        if outcome.is_done:
            one.kind, one.expires_at = "order", None

    @precondition(lambda self: self.holds)
    @rule(data=st.data(), node=NODES)
    def move(self, data: st.DataObject, node: str) -> None:
        id, one = self._any(data)
        fits = node == one.node or one.held <= self.room(node, one.channel, one)
        with self.database.transaction() as conn:
            outcome = self.door.move_in(conn, id, [Placement("1", self.sku, node, one.held)])
        assert outcome.is_done == (one.state == "held" and fits), outcome
        if outcome.is_done:
            self.past.append(replace(one, held=0))
            one.node, one.posted = node, 0

    @rule(hours=st.integers(1, 3))
    def wait(self, hours: int) -> None:
        self.clock.at += timedelta(hours=hours)
        self.door.expire_due(self.clock.now())
        for one in self.holds.values():
            if one.held and one.expires_at is not None and one.expires_at <= self.clock.now():
                self._release(one, one.held, "expired")

    @rule(node=NODES, qty=QTY)
    def receive(self, node: str, qty: int) -> None:
        self._move(qty, "supplier", node, "receipt")

    @rule(node=NODES, qty=QTY)
    def lose(self, node: str, qty: int) -> None:
        self._move(qty, node, "scrap", "scrap")

    @rule(node=NODES, channel=CHANNELS, protected=st.integers(0, 8))
    def protect(self, node: str, channel: str, protected: int) -> None:
        with self.database.transaction() as conn:
            self.door.protect_in(conn, [Protection(self.sku, node, channel, protected, START)])
        self.kept[node, channel] = protected

    @invariant()
    def levels_are_the_sum_of_holds(self) -> None:
        with self.database.read() as conn:
            rows = conn.execute(
                "SELECT node, on_hand, reserved, allocated FROM stock.level WHERE sku = %s ORDER BY node", (self.sku,)
            ).fetchall()
        for node, on_hand, reserved, allocated in rows:
            soft = sum(one.held for one in self.holds.values() if (one.node, one.kind) == (node, "cart"))
            firm = sum(one.held for one in self.holds.values() if (one.node, one.kind) == (node, "order"))
            assert (on_hand, reserved, allocated) == (self.on_hand[node], soft, firm)

    def teardown(self) -> None:
        self.door.stop()
        assert self.door.audit() == []
        assert self.book.audit() == []
        for id, one in self.holds.items():
            assert self.door.get(id).held.state == one.state

    def _any(self, data: st.DataObject) -> tuple[str, Naive]:
        id = data.draw(st.sampled_from(list(self.holds)))
        return id, self.holds[id]

    def _release(self, one: Naive, qty: int, state: str) -> None:
        one.held -= qty
        if not one.held:
            one.state = "posted" if one.has_left else state


def test_holds_behave_as_naive_ones(database: Database) -> None:
    machine = type("OnDatabase", (Machine,), {"database": database})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=20, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
