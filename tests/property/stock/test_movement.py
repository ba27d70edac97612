"""Movements of any kind: sum to zero, commute, and are undone by their reversal."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.stock.asof import Row, Snapshot, balance, choose, is_covered
from entrepot.stock.balance import fold
from entrepot.stock.movement import REASONS, STATES, Movement, legs, reversal_of

START = datetime(2026, 3, 1, tzinfo=UTC)
NODES = ("R", "S", "transit", "supplier", "customer", "difference")


@st.composite
def movements(draw: st.DrawFn) -> Movement:
    source, target = draw(
        st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(STATES)), min_size=2, max_size=2, unique=True)
    )
    return Movement(
        id=draw(st.uuids()).hex,
        sku=draw(st.sampled_from("AB")),
        qty=draw(st.integers(1, 10**12)),
        from_node=source[0],
        from_state=source[1],
        to_node=target[0],
        to_state=target[1],
        reason=draw(st.sampled_from([reason for reason in REASONS if reason != "reversal"])),
        valid_at=START + timedelta(hours=draw(st.integers(0, 96))),
    )


@settings(deadline=None)
@given(movements())
def test_the_legs_of_a_movement_sum_to_zero(movement: Movement) -> None:
    assert sum(leg.delta for leg in legs(movement)) == 0


@settings(deadline=None)
@given(st.lists(movements()), st.randoms())
def test_the_fold_does_not_depend_on_order(batch: list[Movement], random: object) -> None:
    shuffled = list(batch)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fold(shuffled) == fold(batch)


@settings(deadline=None)
@given(st.lists(movements()))
def test_reversing_everything_leaves_nothing(batch: list[Movement]) -> None:
    assert set(fold([*batch, *map(reversal_of, batch)]).values()) <= {0}


@settings(deadline=None)
@given(
    st.lists(st.tuples(movements(), st.integers(0, 20))),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 20)), max_size=4),
    st.integers(0, 96),
    st.integers(0, 20),
)
def test_a_snapshot_and_the_rows_it_lacks_give_the_balance(
    batch: list[tuple[Movement, int]], taken: list[tuple[int, int]], valid_hour: int, known_hour: int
) -> None:
    recorded = sorted(batch, key=lambda pair: pair[1])
    rows = [Row(seq, START + timedelta(hours=hour), one) for seq, (one, hour) in enumerate(recorded, 1)]
    valid, known = START + timedelta(hours=valid_hour), START + timedelta(hours=known_hour)
    snapshots = []
    for number, (day, hour) in enumerate(taken):
        moment = START + timedelta(hours=hour, minutes=30)
        up_to = max((row.seq for row in rows if row.recorded_at <= moment), default=0)
        snapshots.append(Snapshot(number, (START + timedelta(days=day)).date(), up_to, moment))
    chosen = choose(snapshots, valid, known)
    if chosen is None:
        return
    covered = [row for row in rows if is_covered(chosen, row.seq, row.movement.valid_at)]
    later = [row for row in rows if row not in covered and row.movement.valid_at <= valid and row.recorded_at <= known]
    total = fold(row.movement for row in [*covered, *later])
    assert {account: qty for account, qty in total.items() if qty} == balance(rows, valid, known)
