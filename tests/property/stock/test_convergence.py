"""The same facts in any order, batching and repetition give the same book, counts included."""

from datetime import UTC, datetime, timedelta
from itertools import count as numbers
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entrepot.infra.database import Database
from entrepot.stock import Account, Count, Movement, StockBook, is_outside

START = datetime(2026, 3, 1, tzinfo=UTC)
FRESH = numbers()


class Told(NamedTuple):
    """A fact without its SKU, so that it can be told twice to different SKUs."""

    id: str
    hour: int
    qty: int
    source: str
    target: str | None  # None: a count of `source`

    def to(self, sku: str) -> Movement | Count:
        at = START + timedelta(hours=self.hour)
        if self.target is None:
            return Count(f"{sku}/{self.id}", sku, self.source, "on_hand", self.qty, at)
        return Movement(
            f"{sku}/{self.id}", sku, self.qty, self.source, "on_hand", self.target, "on_hand", "adjustment", at
        )


HOURS, NODES = st.integers(0, 6), st.sampled_from(["N1", "N2"])
PAIRS = st.sampled_from([("supplier", "N1"), ("N1", "customer"), ("N1", "N2"), ("N2", "N1"), ("N2", "customer")])
MOVED = st.builds(lambda hour, qty, pair: (hour, qty, *pair), HOURS, st.integers(1, 5), PAIRS)
COUNTED = st.tuples(HOURS, st.integers(-2, 9), NODES, st.none())
FACTS = st.lists(MOVED | COUNTED, min_size=1, max_size=12).map(
    lambda rows: [Told(f"{number:02}", *row) for number, row in enumerate(rows)]
)


def model(facts: list[Told], node: str, hour: int) -> int:
    """The last count at or before the hour, and what moved after it; of two counts at one hour the greater id."""
    counts = [one for one in facts if one.target is None and one.source == node and one.hour <= hour]
    last = max(counts, key=lambda one: (one.hour, one.id), default=None)
    since = last.hour if last else -1
    moved = [one for one in facts if one.target is not None and since < one.hour <= hour]
    change = sum(one.qty * ((one.target == node) - (one.source == node)) for one in moved)
    return (last.qty if last else 0) + change


def tell(database: Database, sku: str, facts: list[Told], random: Random) -> None:
    heard = [*facts, *random.sample(facts, len(facts) // 2)]
    random.shuffle(heard)
    while heard:
        size = random.randint(1, len(heard))
        batch, heard = [one.to(sku) for one in heard[:size]], heard[size:]
        with database.transaction() as conn:
            StockBook(database).post(
                conn,
                [one for one in batch if isinstance(one, Movement)],
                [one for one in batch if isinstance(one, Count)],
            )


@pytest.mark.parametrize("rounds", [60])
def test_order_batching_and_repetition_do_not_matter(database: Database, rounds: int) -> None:
    book = StockBook(database)

    @settings(max_examples=rounds, deadline=None, suppress_health_check=list(HealthCheck))
    @given(FACTS, st.integers(0, 2**16))
    def converges(facts: list[Told], seed: int) -> None:
        sku = f"A{next(FRESH)}"
        tell(database, sku, facts, Random(seed))
        for hour in range(8):
            expected = {Account(sku, node, "on_hand"): model(facts, node, hour) for node in ("N1", "N2")}
            held = book.as_of(START + timedelta(hours=hour), sku=sku)
            assert held == {account: qty for account, qty in expected.items() if qty}
            assert not any(is_outside(account.node) for account in held)

    converges()
    assert book.audit() == []
