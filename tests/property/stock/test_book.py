"""The book on the real database against a naive model, through any sequence of posts, reversals and snapshots."""

from datetime import UTC, datetime, timedelta
from itertools import count as numbers

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from entrepot.infra.database import Database
from entrepot.stock import Count, Movement, StockBook
from entrepot.stock.asof import Row, balance
from entrepot.stock.movement import STATES, Account, booked_legs

START = datetime(2026, 3, 1, tzinfo=UTC)
FRESH = numbers()
HOURS = st.integers(0, 96)
ACCOUNTS = st.sampled_from(
    [("N1", "on_hand"), ("N2", "on_hand"), ("N2", "in_transit"), ("N1", "damaged"), ("supplier", "on_hand"),
     ("customer", "on_hand")]
)  # fmt: skip
MOVES = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 9), st.lists(ACCOUNTS, min_size=2, max_size=2, unique=True), HOURS),
    max_size=5,
)


class Naive(RuleBasedStateMachine):
    """A list of rows and a dict of balances, nothing clever."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.book = StockBook(self.database)
        self.sku = f"A{next(FRESH)}"
        self.rows: list[Row] = []
        self.levels: dict[Account, int] = {}
        self.ids: dict[str, Movement] = {}
        self.moments: list[datetime] = []
        self._learn([])

    def _learn(self, movements: list[Movement]) -> None:
        with self.database.read() as conn:
            row = conn.execute("SELECT clock_timestamp()").fetchone()
        assert row is not None
        self.moments.append(row[0])
        for movement in movements:
            assert movement.id not in self.ids
            self.ids[movement.id] = movement
            self.rows.append(Row(len(self.rows), row[0], movement))
            for leg in booked_legs(movement):
                self.levels[leg.account] = self.levels.get(leg.account, 0) + leg.delta

    @rule(moves=MOVES, prefix=st.sampled_from("ab"))
    def post(self, moves: list[tuple[int, int, list[tuple[str, str]], int]], prefix: str) -> None:
        batch = [
            Movement(
                f"{self.sku}/{prefix}{name}", self.sku, qty, *source, *target, "adjustment",
                START + timedelta(hours=hour),
            )
            for name, qty, (source, target), hour in moves
        ]  # fmt: skip
        fresh: dict[str, Movement] = {}
        firsts: dict[str, Movement] = {}
        clashes = 0
        for one in batch:
            # Within the batch the first of an id counts; only that one is held against the book.
            first = firsts.setdefault(one.id, one)
            earlier = self.ids.get(one.id, one) if first is one else first
            clashes += earlier.content != one.content
            if one.id not in self.ids:
                fresh.setdefault(one.id, one)
        before = dict(self.levels)
        with self.database.transaction() as conn:
            posted = self.book.post(conn, batch)
        assert list(posted.movements) == list(fresh.values())
        assert len(posted.conflicts) == clashes
        assert len(posted.movements) + len(posted.conflicts) + len(posted.duplicates) == len(batch)
        self._learn([*posted.movements, *posted.corrections])
        lowered = {account for account, qty in self.levels.items() if qty < min(before.get(account, 0), 0)}
        assert {Account(*one[:3]) for one in posted.negatives} == lowered

    @rule(moves=MOVES)
    def command(self, moves: list[tuple[int, int, list[tuple[str, str]], int]]) -> None:
        batch = [
            Movement(
                f"{self.sku}/x{next(FRESH)}", self.sku, qty, *source, *target, "adjustment",
                START + timedelta(hours=hour),
            )
            for _, qty, (source, target), hour in moves
        ]  # fmt: skip
        with self.database.transaction() as conn:
            outcome = self.book.command(conn, batch)
        if outcome.value is None:
            return
        before = dict(self.levels)
        self._learn([*outcome.value.movements, *outcome.value.corrections])
        assert not any(qty < min(before.get(account, 0), 0) for account, qty in self.levels.items())

    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        if not self.ids:
            return
        name = data.draw(st.sampled_from(sorted(self.ids)))
        with self.database.transaction() as conn:
            outcome = self.book.reverse(conn, name, "ann")
        if outcome.value is not None:
            self._learn([*outcome.value.movements, *outcome.value.corrections])

    @rule(node=st.sampled_from(["N1", "N2"]), qty=st.integers(0, 20), hour=HOURS)
    def count(self, node: str, qty: int, hour: int) -> None:
        as_of = START + timedelta(hours=hour)
        counted = Count(f"{self.sku}/c{next(FRESH):09}", self.sku, node, "on_hand", qty, as_of)
        with self.database.transaction() as conn:
            posted = self.book.post(conn, [], [counted])
        self._learn(list(posted.corrections))
        assert self.book.as_of(as_of, sku=self.sku, node=node).get(counted.account, 0) == qty

    @rule(day=st.integers(0, 5))
    def snapshot(self, day: int) -> None:
        self.book.take_snapshot((START + timedelta(days=day)).date())
        self._learn([])

    @rule(hour=HOURS, data=st.data())
    def look_back(self, hour: int, data: st.DataObject) -> None:
        valid = START + timedelta(hours=hour)
        known = data.draw(st.none() | st.sampled_from(self.moments))
        assert self.book.as_of(valid, known, sku=self.sku) == balance(self.rows, valid, known)

    @invariant()
    def levels_are_the_fold_of_movements(self) -> None:
        sql = f"SELECT node, {', '.join(STATES)} FROM stock.level WHERE sku = %s"
        with self.database.read() as conn:
            rows = conn.execute(sql, (self.sku,)).fetchall()
        held = {
            Account(self.sku, row[0], state): qty for row in rows for state, qty in zip(STATES, row[1:], strict=True)
        }
        assert {key: qty for key, qty in held.items() if qty} == {key: qty for key, qty in self.levels.items() if qty}

    def teardown(self) -> None:
        assert self.book.audit() == []


def test_the_book_behaves_as_a_naive_one(database: Database) -> None:
    machine = type("Machine", (Naive,), {"database": database})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
