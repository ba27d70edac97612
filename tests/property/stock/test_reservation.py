"""A batch gives what its requests would give one after the other, and never more than is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from entrepot.kernel.outcome import Outcome
from entrepot.stock.hold import SOFT, Change, Held, HoldLine, HoldRequest, as_held
from entrepot.stock.hold_room import Cell, Facts
from entrepot.stock.quota import EVERYWHERE, Quota
from entrepot.stock.reservation import Decision, assume, decide

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SKUS, NODES, CHANNELS = ("A", "B"), ("N1", "N2", "N3"), ("web", "jd", None)

CELLS = st.dictionaries(
    st.tuples(st.sampled_from(SKUS), st.sampled_from(NODES)),
    st.builds(
        Cell, st.integers(0, 12), st.just(0), st.just(0), st.integers(0, 2), st.integers(0, 3), is_open=st.booleans()
    ),
    min_size=1,
)
QUOTAS = st.dictionaries(
    st.tuples(st.sampled_from(SKUS), st.sampled_from((*NODES, EVERYWHERE)), st.sampled_from(("web", "jd"))),
    st.tuples(st.integers(0, 8), st.integers(-1, 1)),
    max_size=3,
)
LINES = st.lists(
    st.tuples(st.sampled_from(SKUS), st.integers(1, 6), st.sampled_from((*NODES, None))), min_size=1, max_size=3
)


@st.composite
def requests(draw: st.DrawFn) -> HoldRequest:
    lines = tuple(HoldLine(str(place), *line) for place, line in enumerate(draw(LINES)))
    kind = draw(st.sampled_from(("cart", "order", "quota")))
    nodes = draw(st.none() | st.lists(st.sampled_from(NODES), min_size=1, max_size=3).map(tuple))
    hours = draw(st.sampled_from((1, 1, 1, 0)))
    return HoldRequest(
        draw(st.sampled_from("abcdefgh")), kind, lines, draw(st.sampled_from(CHANNELS)),
        expires_at=NOW + timedelta(hours=hours) if kind == "cart" else None, is_displaceable=draw(st.booleans()),
        may_displace=draw(st.booleans()), may_backorder=draw(st.booleans()), nodes=nodes,
    )  # fmt: skip


@st.composite
def situations(draw: st.DrawFn) -> Facts:
    quotas = [
        Quota(*key, protected, 0, NOW + timedelta(hours=begins), None)
        for key, (protected, begins) in sorted(draw(QUOTAS).items())
    ]
    return Facts(draw(CELLS), quotas)


def after(facts: Facts, changes: list[Change]) -> Facts:
    """What the store would read after a decision: written naively, row by row."""
    cells, rows = dict(facts.cells), {id: list(found) for id, found in facts.rows.items()}
    quotas = {quota[:3]: quota for quota in facts.quotas}
    for change in changes:
        row, cell = change.after, cells[change.after.cell]
        cells[row.cell] = cell._replace(
            reserved=cell.reserved + change.reserved, allocated=cell.allocated + change.allocated
        )
        kept = [one for one in rows.get(row.id, []) if one.place != row.place]
        rows[row.id] = sorted([*kept, row])
        gained = row.held - (change.before.held if change.before is not None else 0)
        for node in (row.node, EVERYWHERE):
            quota = quotas.get((row.sku, node, row.channel or ""))
            if quota is not None and quota.counts(NOW):
                quotas[quota[:3]] = quota._replace(drawn=quota.drawn + gained)
    open_rows = sorted(row for found in rows.values() for row in found if row.held and row.is_displaceable)
    return replace(
        facts, cells=cells, rows=rows, seqs=dict.fromkeys(rows, 0), quotas=list(quotas.values()),
        displaceable=open_rows,
    )  # fmt: skip


def one_by_one(asked: list[HoldRequest], facts: Facts) -> tuple[list[Outcome[Held]], Facts]:
    outcomes, facts = [], after(facts, [])
    for request in asked:
        decision = decide([request], facts, NOW)
        outcomes += decision.outcomes
        facts = after(facts, decision.changes)
    return outcomes, facts


def verdict(outcome: Outcome[Held]) -> object:
    """The answer, without what may have become of the hold since: a repeat in one batch gets the first answer."""
    if outcome.value is not None:
        return outcome.value.id
    return outcome.refusal


@given(st.lists(requests(), max_size=7), situations())
@settings(max_examples=150)
def test_a_batch_is_as_good_as_one_by_one_and_promises_no_more_than_there_is(
    asked: list[HoldRequest], facts: Facts
) -> None:
    decision = decide(asked, facts, NOW)
    outcomes, expected = one_by_one(asked, facts)
    assert [verdict(one) for one in decision.outcomes] == [verdict(one) for one in outcomes]
    done = after(facts, decision.changes)
    assert done == expected
    may_owe = any(request.may_backorder for request in asked)
    for key, cell in done.cells.items():
        assert cell.free >= min(facts.cells[key].free, 0) - (cell.backorder_cap if may_owe else 0)
    assert pieces_made(decision) == pieces_wanted(asked, decision)


@given(st.lists(requests(), max_size=7), situations())
@settings(max_examples=75)
def test_others_never_eat_what_is_kept_for_a_channel(asked: list[HoldRequest], facts: Facts) -> None:
    strangers = [structs.replace(request, channel="elsewhere") for request in asked]
    cells = after(facts, decide(strangers, facts, NOW).changes).cells
    kept: Counter[tuple[str, str]] = Counter()
    for quota in facts.quotas:
        if quota.counts(NOW):
            kept[quota.sku, quota.node] += quota.protected

    def free(of: Mapping[tuple[str, str], Cell], sku: str, node: str) -> int:
        return sum(max(cell.free, 0) for (one, at), cell in of.items() if one == sku and node in (at, EVERYWHERE))

    for (sku, node), qty in kept.items():
        assert free(cells, sku, node) >= min(qty, free(facts.cells, sku, node))


@given(st.lists(requests(), max_size=7))
@settings(max_examples=60)
def test_what_is_assumed_is_what_plenty_gives(asked: list[HoldRequest]) -> None:
    cells = {(sku, node): Cell(10**6) for sku in SKUS for node in NODES}
    outcomes, changes = decide(asked, Facts(cells), NOW)
    made = assume(asked, NOW)
    if made is None:
        is_choosing = any(one.nodes is None and line.node is None for one in asked for line in one.lines)
        assert is_choosing or any(outcome.refusal is not None for outcome in outcomes)
    else:
        assert [row for rows in made.values() for row in rows] == [change.after for change in changes]
        assert [Outcome(as_held(made[one.id], 0)) for one in asked] == outcomes


def pieces_made(decision: Decision) -> Counter[tuple[str, str, str, bool]]:
    """Pieces written by hold, line, SKU and whether they are soft."""
    made: Counter[tuple[str, str, str, bool]] = Counter()
    for change in decision.changes:
        if change.before is None:
            made[change.after.id, change.after.line, change.after.sku, change.allocated == 0] += change.after.qty
    return made


def pieces_wanted(asked: list[HoldRequest], decision: Decision) -> Counter[tuple[str, str, str, bool]]:
    """Pieces of the requests that were granted: all of them, once."""
    wanted: Counter[tuple[str, str, str, bool]] = Counter()
    seen = set()
    for request, outcome in zip(asked, decision.outcomes, strict=True):
        if outcome.value is not None and request.id not in seen:
            seen.add(request.id)
            for line in request.lines:
                wanted[request.id, line.line, line.sku, request.kind in SOFT] += line.qty
    return wanted
