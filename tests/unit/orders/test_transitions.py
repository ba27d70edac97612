"""Every row of the table: units are conserved, replays harmless, what is not in it refused, the books undone."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from entrepot.orders.pieces import (
    COMMANDS,
    EFFECTS,
    GUARDS,
    REASONS,
    STATES,
    TOLD,
    TRANSITIONS,
    Added,
    Applied,
    Book,
    Command,
    Hold,
    Order,
    Piece,
    Place,
    Post,
    Spot,
    Take,
    Transition,
    Void,
    apply,
    legal_commands,
    spread,
)
from entrepot.orders.pieces.transitions import AT_NODE, BY_COMMAND, NOTHING, SAME, WAS, leads_back
from tests.unit.orders.naive_books import NaiveBooks

HOLDING = {"reserved", "sourced", *AT_NODE}
NAMES = [f"{row.command}-{row.source or 'nothing'}" for row in TRANSITIONS]
each_row = pytest.mark.parametrize("row", TRANSITIONS, ids=NAMES)


def piece_in(state: str, qty: int = 3, needs_hold: bool | None = None) -> Piece:
    has_hold = state in HOLDING if needs_hold is None else needs_hold
    was = {"cancel_asked": "accepted", "return_asked": "delivered", "return_authorised": "delivered"}.get(state)
    return Piece(
        "7", 1, "A", qty, state, node="N1", hold="h" if has_hold else None, was=was, issues=0 if has_hold else 1
    )


def order_for(row: Transition, qty: int = 3) -> Order:
    """An order on which the row's command is legal."""
    if row.source == NOTHING:
        return Order("c:s:1")
    needs_hold = True if "no_hold" in row.guards else None
    piece = replace(
        piece_in(row.source, qty, needs_hold),
        grade={"not_sound": "sound", "not_faulty": "faulty"}.get((row.guards or ("",))[0]),
    )
    mode = "pickup" if "not_to_collect" in row.guards else "ship"
    return Order("c:s:1", pieces=(piece,), ordered={"7": qty}, mode=mode)


def command_for(row: Transition, qty: int = 3, id: str = "c1") -> Command:
    return Command(
        id,
        row.command,
        takes=() if row.source == NOTHING else (Take("7", qty),),
        node="N2" if row.command == "claim" else None,
        spots=(Spot("7#1", "N2", 2), Spot("7#1", "N1", 1)) if row.command == "source" else (),
        adds=(Added("8", "B", 4),) if row.command in ("add", "exchange") else (),
        sku="A2" if row.command == "match" else None,
    )


def done(command: Command, order: Order) -> Applied:
    outcome = apply(command, order)
    assert outcome.value is not None, outcome.refusal
    return outcome.value


def units(order: Order) -> dict[str, int]:
    total: Counter[str] = Counter()
    for piece in order.pieces:
        total[piece.line] += piece.qty
    return dict(total)


@each_row
def test_a_row_leads_where_it_says_and_keeps_every_unit(row: Transition) -> None:
    after = done(command_for(row), order_for(row))
    expected = {WAS: {"cancel_asked": "accepted"}.get(row.source, "delivered"), SAME: row.source}.get(
        row.target, row.target
    )
    line = "8" if row.source == NOTHING else "7"
    assert {piece.state for piece in after.order.pieces if piece.line == line} == {expected}
    assert units(after.order) == after.order.ordered
    assert sum(change.qty for change in after.changes if change.source) == (0 if row.source == NOTHING else 3)


@each_row
def test_part_of_a_piece_goes_and_the_rest_stays(row: Transition) -> None:
    if row.source == NOTHING or row.command == "source":
        pytest.skip("nothing stays of what was not there; a decision is about whole pieces")
    after = done(command_for(row, 1), order_for(row)).order
    assert units(after) == after.ordered
    rest = next(piece for piece in after.pieces if piece.no == 1)
    assert (rest.qty, rest.state) == (2, row.source)


@each_row
def test_a_replay_changes_nothing_and_another_command_by_the_same_id_is_refused(row: Transition) -> None:
    after = done(command_for(row), order_for(row)).order
    again = done(command_for(row), after)
    assert again.is_replay
    assert again.order == after
    assert again.effects == again.changes == ()
    other = apply(Command("c1", "cancel", takes=(Take("7#1", 2),)), after)
    assert other.refusal is not None
    assert other.refusal.reason == "id_reused"


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "add"])
def test_what_is_not_in_the_table_is_refused_with_what_may_be_done(command: str) -> None:
    for state in STATES:
        if (command, state) in BY_COMMAND:
            continue
        order = Order("c:s:1", pieces=(piece_in(state),), ordered={"7": 3})
        adds = (Added("8", "B", 1),)
        outcome = apply(Command("c1", command, adds=adds, spots=(Spot("7#1", "N2", 3),)), order)
        assert outcome.refusal is not None
        assert outcome.refusal.reason == "illegal"
        for legal in legal_commands(order, order.pieces[0]):
            assert legal in outcome.refusal.message


@each_row
def test_every_guard_refuses_with_its_reason(row: Transition) -> None:
    for guard in row.guards:
        outcome = apply(command_for(row), breaking(guard, order_for(row)))
        assert outcome.refusal is not None
        assert outcome.refusal.reason == guard
        is_so, _, mend = GUARDS[guard].why.partition("; ")
        assert f": {is_so}. {mend.capitalize()}".casefold() in outcome.refusal.message.casefold()


def breaking(guard: str, order: Order) -> Order:
    piece = order.pieces[0]
    changed = {
        "unmatched": {"sku": None},
        "no_hold": {"hold": None},
        "still_here": {"hold": "h"},
        "barred": {"barred": ("N2",)},
        "not_sound": {"grade": "faulty"},
        "not_faulty": {"grade": "sound"},
    }.get(guard, {})
    facts = {
        "unpaid": {"is_paid": False},
        "held": {"is_held": True},
        "not_to_ship": {"mode": "pickup"},
        "not_to_collect": {"mode": "ship"},
    }.get(guard, {})
    return replace(order, pieces=(replace(piece, **changed),), **facts)  # type: ignore[arg-type]


@each_row
def test_what_a_row_does_to_the_books_can_be_undone(row: Transition) -> None:
    order = order_for(row)
    books = NaiveBooks()
    for node in ("N1", "N2"):
        for state in ("on_hand", "quality_hold", "damaged"):
            books.stock["A", node, state] = 10
    for piece in order.pieces:
        if piece.hold is not None:
            books.sku_of[piece.hold] = "A"
            books.held[piece.hold, "N1"] = piece.qty
    before = books.state()
    after = done(command_for(row), order)
    holds = {effect.hold: "7#1" for effect in after.effects if isinstance(effect, Hold)}
    spots = books.do(after.effects, holds)
    assert spots is not None
    assert (books.state() != before) == (row.effect != "none" and bool(after.effects))
    assert units(spread(after.order, spots)) == after.order.ordered
    for effect in reversed(after.effects):
        undo(books, effect, spots)
    assert books.state() == before


def undo(books: NaiveBooks, effect: object, spots: list[Spot]) -> None:
    """Do what `EFFECTS` says undoes it."""
    match effect:
        case Hold(hold, line, _, _, _, _):
            books.do([Void(hold, line, spot.node, spot.qty) for spot in spots], {})
        case Void(hold, _, node, qty):
            books.held[hold, str(node)] += qty
        case Post(hold, _, node, qty):
            books.stock["A", str(node), "on_hand"] += qty
            books.stock["A", "customer", "on_hand"] -= qty
            books.held[hold, str(node)] += qty
        case Place(hold, line, sku, _):
            books.do([Place(hold, line, sku, (("N1", 3),))], {})
        case Book(what, _, sku, qty, node):
            forth = NaiveBooks()
            forth.do([Book(what, "7#1", sku, qty, node)], {})
            for account, moved in forth.stock.items():
                books.stock[account] -= moved


def test_no_state_is_unreachable_and_only_ends_have_no_way_out() -> None:
    reached, new = {NOTHING}, {NOTHING}
    targets = {
        state: {row.target for row in TRANSITIONS if row.source == state} - {WAS, SAME} for state in [NOTHING, *STATES]
    }
    while new:
        new = {target for state in new for target in targets[state]} - reached
        reached |= new
    assert reached - {NOTHING} == set(STATES)
    people_leave = {row.source for row in TRANSITIONS if not row.command.startswith("told_")}
    assert set(STATES) - people_leave == {"cancelled", "restocked", "scrapped", "vendor"}


def test_the_table_speaks_only_of_what_there_is() -> None:
    assert len(BY_COMMAND) == len(TRANSITIONS), "two rows have one command and source"
    for row in TRANSITIONS:
        assert row.source in STATES or row.source == NOTHING
        assert row.target in STATES or row.target in (WAS, SAME)
        assert row.effect in EFFECTS
        assert set(row.guards) <= set(GUARDS)
        assert set(row.guards) <= set(REASONS)
        assert row.event.startswith("piece.")
        assert "(" not in row.event


@each_row
def test_the_undo_of_a_row_leads_on_from_its_target(row: Transition) -> None:
    if row.undo and row.target not in (WAS, SAME):
        assert (row.undo, row.target) in BY_COMMAND


def test_every_state_a_node_has_goods_in_can_be_cancelled() -> None:
    for state in ("placed", "reserved", "sourced", "released", "accepted", "picking", "packed", "shipped"):
        assert ("cancel", state) in BY_COMMAND


def test_a_piece_that_is_named_twice_is_refused_with_words() -> None:
    order = Order("c:s:1", pieces=(piece_in("placed"),), ordered={"7": 3})
    for takes in ((Take("7"), Take("7")), (Take("7#1"), Take("7", 1)), (Take("7", 1), Take("7#1"))):
        outcome = apply(Command("c1", "cancel", takes=takes), order)
        assert outcome.refusal is not None
        assert (outcome.refusal.reason, "Name each piece once." in outcome.refusal.message) == ("too_many", True)


def test_what_is_offered_as_undo_takes_units_back_and_nothing_else() -> None:
    offered = {(row.command, row.undo) for row in TRANSITIONS if leads_back(row) and row.command not in TOLD}
    assert {("accept", "recall"), ("pack", "unpack"), ("cancel", "decline"), ("ask_return", "keep")} <= offered
    onward = {"scrap", "restock", "grade_sound", "receive", "turn_back", "deliver", "put_back"}
    assert not onward & {undo for _, undo in offered}
    assert not {"refuse", "short", "time_out", "damage", "grade_faulty", "ship"} & {command for command, _ in offered}
