"""Availability against a reference that walks the days one by one, and its laws."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.stock.availability import (
    QUANTILES,
    Cell,
    ChannelPolicy,
    Due,
    Kept,
    Supply,
    availability,
)
from entrepot.stock.availability_pegs import Backorder, peg, still_waiting

TODAY = date(2026, 11, 2)
HORIZON = 40

days = st.integers(-10, 30).map(lambda number: TODAY + timedelta(days=number))
units = st.integers(0, 12)
channels = st.sampled_from(["web", "tmall", "till"])


@st.composite
def supplies(draw: st.DrawFn) -> Supply:
    due = None if draw(st.booleans()) and draw(st.booleans()) else Due(*sorted(draw(st.tuples(days, days, days))))
    return Supply(str(draw(st.integers(0, 10**6))), "DC", draw(units), due)


@st.composite
def keeps(draw: st.DrawFn) -> Kept:
    since = draw(days)
    until = draw(st.none() | st.integers(1, 20).map(lambda length: since + timedelta(days=length)))
    return Kept(draw(channels), draw(units), since, until)


@st.composite
def cells(draw: st.DrawFn) -> list[Cell]:
    return [
        Cell(
            node,
            draw(st.integers(-3, 20)),
            draw(units),
            draw(st.integers(0, 3)),
            draw(st.integers(0, 4)),
            tuple(draw(st.lists(keeps(), max_size=2))),
            tuple(one._replace(node=node) for one in draw(st.lists(supplies(), max_size=3))),
        )
        for node in draw(st.lists(st.sampled_from(["DC-1", "DC-2", "S-1"]), max_size=3, unique=True))
    ]


policies = st.builds(
    ChannelPolicy,
    channels,
    st.just("x"),
    st.none() | st.frozensets(st.sampled_from(["DC-1", "DC-2", "S-1"])),
    st.integers(0, 3),
    st.sampled_from([0, 10, 50]),
    st.integers(0, 2),
    st.booleans(),
    st.sampled_from(QUANTILES),
)
kept = st.lists(keeps(), max_size=2)


def walked(held: list[Cell], policy: ChannelPolicy, everywhere: list[Kept], place: int) -> list[int]:
    """Units by day, as slowly and plainly as it can be said."""

    def protected(ones: list[Kept], at: date) -> int:
        return sum(
            one.qty
            for one in ones
            if one.channel != policy.channel and one.since <= at and (one.until is None or at < one.until)
        )

    def arrived(cell: Cell, at: date) -> int:
        total = 0
        for one in cell.supplies:
            if one.due is not None and one.due.p90 >= TODAY and at > TODAY and one.due[place] <= at:
                total += one.qty
        return total

    horizon = [TODAY + timedelta(days=number) for number in range(HORIZON + 20)]
    serving = [cell for cell in held if policy.nodes is None or cell.node in policy.nodes]
    owed = 0
    for cell in serving:
        owed += max(0, cell.held - cell.on_hand - sum(one.qty for one in cell.supplies))
    answer = []
    for number in range(HORIZON):
        later = horizon[number:]
        total = -owed
        for cell in serving:
            least = min(
                cell.on_hand - cell.held - cell.safety - protected(list(cell.kept), at) + arrived(cell, at)
                for at in later
            )
            total += max(0, least - policy.keep_per_node)
        if (
            protected(everywhere, date.max)
            or any(protected(everywhere, at) for at in later)
            or _ahead(everywhere, policy)
        ):
            total = min(total, min(_sum_of_all(held, arrived, at, later) - protected(everywhere, at) for at in later))
        pool = max(0, total)
        answer.append(max(0, pool - max(policy.buffer_units, -(-pool * policy.buffer_percent // 100))))
    return answer


def _ahead(everywhere: list[Kept], policy: ChannelPolicy) -> bool:
    return any(one.channel != policy.channel and (one.until is None or one.until > TODAY) for one in everywhere)


def _sum_of_all(held: list[Cell], arrived: object, at: date, later: list[date]) -> int:
    assert callable(arrived)
    total = 0
    for cell in held:
        least = min(cell.on_hand - cell.held - cell.safety + arrived(cell, day) for day in later if day >= at)
        total += max(0, least)
    return total


@settings(max_examples=60)
@given(cells(), policies, kept)
def test_the_curve_is_the_one_walked_day_by_day(
    held: list[Cell], policy: ChannelPolicy, everywhere: list[Kept]
) -> None:
    shown = availability(held, policy, TODAY, everywhere)
    for place, quantile in enumerate(QUANTILES):
        expected = walked(held, policy, everywhere, place)
        at = {point.day: point for point in shown.curve}
        current = 0
        for number in range(HORIZON):
            point = at.get(TODAY + timedelta(days=number))
            current = current if point is None else getattr(point, quantile)
            assert current == expected[number]


@given(cells(), policies, kept)
def test_a_curve_never_falls_and_the_sooner_quantile_never_shows_less(
    held: list[Cell], policy: ChannelPolicy, everywhere: list[Kept]
) -> None:
    curve = availability(held, policy, TODAY, everywhere).curve
    assert all(point.p10 >= point.p50 >= point.p90 >= 0 for point in curve)
    for earlier, later in pairwise(curve):
        assert earlier.day < later.day
        assert all(then >= now for now, then in zip(earlier[1:], later[1:], strict=True))


@given(cells(), policies, kept, supplies())
def test_more_supply_never_means_less(
    held: list[Cell], policy: ChannelPolicy, everywhere: list[Kept], more: Supply
) -> None:
    if not held:
        return
    richer = [replace(held[0], supplies=(*held[0].supplies, more._replace(node=held[0].node))), *held[1:]]
    assert (
        availability(richer, policy, TODAY, everywhere).offered >= availability(held, policy, TODAY, everywhere).offered
    )


@given(cells(), st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), max_size=6))
def test_promises_taken_from_the_curve_leave_every_balance_as_good_as_it_was(
    held: list[Cell], wanted: list[tuple[int, int]]
) -> None:
    """A promise at one node takes at most what is shown there; nothing promised before is taken by it."""
    if not held:
        return
    cell, policy = replace(held[0], kept=()), ChannelPolicy("web", "x")
    taken: list[Kept] = []
    for number, qty in wanted:
        at = TODAY + timedelta(days=number)
        shown = availability([replace(cell, kept=tuple(taken))], policy, TODAY).curve
        free = next(point.p90 for point in reversed(shown) if point.day <= at)
        if min(qty, free):
            taken.append(Kept("promised", min(qty, free), at))
    for number in range(HORIZON):
        at = TODAY + timedelta(days=number)
        stock = (
            cell.on_hand
            - cell.held
            - cell.safety
            + sum(one.qty for one in cell.supplies if one.due and one.due.p90 >= TODAY and number and one.due.p90 <= at)
        )
        promised = sum(one.qty for one in taken if one.since <= at)
        assert promised == 0 or stock >= promised


@given(
    st.lists(st.builds(Backorder, st.text("abc", min_size=1, max_size=3), st.just("1"), st.sampled_from(["DC", "S"]),
                       st.integers(1, 9), st.integers(0, 2), st.sampled_from("xyz")), max_size=6,
             unique_by=lambda one: (one.hold, one.node)),
    st.lists(supplies(), max_size=5, unique_by=lambda one: one.id),
)  # fmt: skip
def test_pegs_give_each_backorder_and_take_from_each_supply_no_more_than_there_is(
    backorders: list[Backorder], given_supplies: list[Supply]
) -> None:
    pegs = peg(backorders, given_supplies)
    for waiting in backorders:
        assert sum(one.qty for one in pegs if (one.hold, one.node) == (waiting.hold, waiting.node)) <= waiting.qty
    for supply in given_supplies:
        assert sum(one.qty for one in pegs if one.supply == supply.id) <= supply.qty
    for node in {one.node for one in backorders}:
        asked = sum(one.qty for one in backorders if one.node == node)
        there = sum(one.qty for one in given_supplies if one.node == node)
        assert sum(one.qty for one in pegs if one.node == node) == min(asked, there)


@given(st.integers(-5, 30), st.lists(st.integers(1, 9), max_size=5), st.integers(0, 20))
def test_what_still_waits_is_exactly_what_stock_does_not_cover(on_hand: int, waits: list[int], others: int) -> None:
    waiting = [Backorder(str(number), "1", "DC", qty, 1, "x") for number, qty in enumerate(waits)]
    held = others + sum(waits)
    lacking = sum(one.qty for one in still_waiting(on_hand, held, waiting))
    assert lacking == min(sum(waits), max(0, held - on_hand))
