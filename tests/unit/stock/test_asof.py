"""Which snapshot answers, and what it already holds."""

from datetime import UTC, date, datetime, timedelta

from entrepot.stock.asof import Row, Snapshot, balance, choose, is_covered
from entrepot.stock.movement import Movement

DAY = date(2026, 3, 10)
MIDNIGHT = datetime(2026, 3, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
SNAPSHOT = Snapshot(1, DAY, 100, MIDNIGHT + 2 * HOUR)


def test_a_snapshot_of_a_later_day_does_not_answer() -> None:
    assert choose([SNAPSHOT], MIDNIGHT - HOUR, None) is None


def test_a_snapshot_answers_from_its_midnight_on() -> None:
    assert choose([SNAPSHOT], MIDNIGHT, None) == SNAPSHOT


def test_a_snapshot_taken_after_the_known_time_does_not_answer() -> None:
    assert choose([SNAPSHOT], MIDNIGHT + HOUR, SNAPSHOT.taken_at - HOUR) is None


def test_the_newest_day_wins_then_the_newest_taken() -> None:
    older = Snapshot(2, date(2026, 3, 9), 120, MIDNIGHT + 9 * HOUR)
    again = Snapshot(3, DAY, 130, MIDNIGHT + 5 * HOUR)
    assert choose([again, older, SNAPSHOT], MIDNIGHT, None) == again
    assert choose([again, older, SNAPSHOT], MIDNIGHT, MIDNIGHT + 4 * HOUR) == SNAPSHOT


def test_a_back_dated_row_is_not_covered() -> None:
    assert is_covered(SNAPSHOT, 100, MIDNIGHT - HOUR)
    assert not is_covered(SNAPSHOT, 101, MIDNIGHT - HOUR)
    assert not is_covered(SNAPSHOT, 99, MIDNIGHT)


def test_balance_counts_rows_valid_and_known_by_then() -> None:
    early = Movement("1", "A", 5, "supplier", "on_hand", "R", "on_hand", "receipt", MIDNIGHT)
    late = Movement("2", "A", 2, "R", "on_hand", "customer", "on_hand", "sale", MIDNIGHT)
    rows = [Row(1, MIDNIGHT + HOUR, early), Row(2, MIDNIGHT + 9 * HOUR, late)]
    account = ("A", "R", "on_hand")
    assert balance(rows, MIDNIGHT) == {account: 3}
    assert balance(rows, MIDNIGHT, MIDNIGHT + HOUR) == {account: 5}
    assert balance(rows, MIDNIGHT - HOUR) == {}
