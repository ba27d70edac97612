"""What is said of an order becomes commands; said again, it becomes none."""

from __future__ import annotations

from dataclasses import replace

from entrepot.orders.pieces import Command, Order, Piece, apply, is_ended, status
from entrepot.orders.pieces.told import Told, ToldLine, catch_up, over_issued


def states(order: Order) -> dict[str, int]:
    found: dict[str, int] = {}
    for piece in order.pieces:
        found[piece.state] = found.get(piece.state, 0) + piece.qty
    return found


def names(commands: list[Command]) -> list[str]:
    return [command.name for command in commands]


def held(qty: int, state: str = "released", node: str = "N1") -> Order:
    return Order("c:s:1", 3, (Piece("1", 1, "A", qty, state, node, "h"),), {"1": qty}, {"1": qty})


def test_a_new_order_is_asked_for_once() -> None:
    told = Told((ToldLine("1", "A", 2), ToldLine("2", None, 1)))
    order, done = catch_up(told, Order("c:s:1"))
    assert (names(done), states(order), order.ordered) == (["add"], {"placed": 3}, {"1": 2, "2": 1})
    assert catch_up(told, order)[1] == []


def test_a_line_that_is_matched_later_gets_its_sku() -> None:
    order, _ = catch_up(Told((ToldLine("1", None, 2),)), Order("c:s:1"))
    order, done = catch_up(Told((ToldLine("1", "A", 2),)), order)
    assert (names(done), order.pieces[0].sku) == (["match"], "A")


def test_a_lower_quantity_cancels_what_is_least_far_and_leaves_what_left() -> None:
    order = held(2)
    order = replace(order, pieces=(*order.pieces, Piece("1", 2, "A", 3, "shipped", "N2", issues=1)),
                    ordered={"1": 5}, known={"1": 5})  # fmt: skip
    after, done = catch_up(Told((ToldLine("1", "A", 1),), issued={("A", "N2"): 3}), order)
    assert names(done) == ["cancel"]
    assert states(after) == {"cancel_asked": 2, "shipped": 3}
    assert catch_up(Told((ToldLine("1", "A", 1),), issued={("A", "N2"): 3}), after)[1] == []


def test_an_edit_of_ours_is_not_undone_by_a_channel_that_repeats_itself() -> None:
    told = Told((ToldLine("1", "A", 2),))
    order, _ = catch_up(told, Order("c:s:1"))
    edited = apply(Command("e", "cancel", takes=()), order)
    assert edited.value is not None
    assert catch_up(told, edited.value.order)[1] == []


def test_a_warehouse_that_ships_part_from_another_node_is_followed() -> None:
    told = Told((ToldLine("1", "A", 3),), held={("h", "N1"): 1}, issued={("A", "N2"): 2})
    order, done = catch_up(told, held(3))
    assert names(done) == ["told_issued"]
    assert [(p.qty, p.state, p.node, p.hold) for p in order.pieces] == [
        (1, "released", "N1", "h"), (2, "shipped", "N2", None)
    ]  # fmt: skip


def test_a_hold_that_somebody_ended_is_noticed() -> None:
    order, done = catch_up(Told((ToldLine("1", "A", 3),), held={("h", "N1"): 0}), held(3, "sourced"))
    assert (names(done), states(order), order.pieces[0].hold) == (["told_unheld"], {"placed": 3}, None)


def test_the_channels_word_keeps_the_hold_and_the_warehouses_word_ends_it() -> None:
    shipped = ToldLine("1", "A", 2, shipped=2)
    order, done = catch_up(Told((shipped,), held={("h", "N1"): 2}), held(2))
    assert (names(done), order.pieces[0].hold) == (["told_shipped"], "h")
    order, done = catch_up(Told((shipped,), held={("h", "N1"): 0}, issued={("A", "N1"): 2}), order)
    assert (names(done), states(order), order.pieces[0].hold) == (["told_issued"], {"shipped": 2}, None)


def test_goods_that_left_a_cancelled_order_are_called_back() -> None:
    order = Order("c:s:1", 3, (Piece("1", 1, "A", 1, "cancelled"),), {"1": 1}, {"1": 0})
    after, done = catch_up(Told((ToldLine("1", "A", 1, cancelled=1),), issued={("A", "N1"): 1}), order)
    assert (names(done), states(after)) == (["told_issued"], {"returning": 1})


def test_units_sent_twice_are_counted_not_explained_away() -> None:
    told = Told((ToldLine("1", "A", 2, shipped=2, delivered=2),), issued={("A", "N1"): 3})
    order, _ = catch_up(told, Order("c:s:1"))
    assert (states(order), over_issued(told, order)) == ({"delivered": 2}, 1)


def test_a_channels_word_of_the_first_journey_does_not_send_the_replacement() -> None:
    told = Told((ToldLine("1", "A", 3, shipped=2),), held={("h2", "N2"): 1, ("h3", "N1"): 1}, issued={("A", "N1"): 2})
    pieces = (
        Piece("1", 1, "A", 1, "shipped", "N1", issues=1),
        Piece("1", 2, "A", 1, "reserved", "N2", "h2", issues=1),  # was lost, is held anew
        Piece("1", 3, "A", 1, "accepted", "N1", "h3"),
    )
    order = Order("c:s:1", 9, pieces, {"1": 3}, {"1": 3})
    assert catch_up(told, order)[1] == []
    all_gone = replace(told, lines=(ToldLine("1", "A", 3, shipped=3),))
    assert states(catch_up(all_gone, order)[0]) == {"shipped": 2, "reserved": 1}
    given_up = replace(order, pieces=(pieces[0], replace(pieces[1], state="cancelled", hold=None), pieces[2]))
    assert catch_up(replace(told, held={("h3", "N1"): 1}), given_up)[1] == []


def test_a_return_that_a_warehouse_booked_is_graded_as_it_was_booked() -> None:
    told = Told(
        (ToldLine("1", "A", 3, shipped=3, delivered=3, asked_back=3),),
        issued={("A", "N1"): 3},
        back={("A", "N1", "on_hand"): 2},
    )
    order, _ = catch_up(told, Order("c:s:1"))
    assert states(order) == {"restocked": 2, "return_asked": 1}
    told = replace(told, back={("A", "N1", "on_hand"): 2, ("A", "N1", "damaged"): 1})
    order, done = catch_up(told, order)
    assert sum(states(order).values()) == 3
    assert "return_asked" not in states(order)
    assert len(done) == 1


def test_a_parcel_that_turns_back_and_one_that_arrives_part_ways() -> None:
    told = Told((ToldLine("1", "A", 2, shipped=2, turned_back=1),), issued={("A", "N1"): 2})
    order, _ = catch_up(told, Order("c:s:1"))
    assert states(order) == {"returning": 1, "shipped": 1}
    order, _ = catch_up(replace(told, lines=(ToldLine("1", "A", 2, 0, 2, 1, 1),)), order)
    assert states(order) == {"returning": 1, "delivered": 1}


def test_a_held_order_waits_and_goes_on_when_cleared() -> None:
    order, done = catch_up(Told((ToldLine("1", "A", 1),), is_held=True), Order("c:s:1"))
    assert (names(done), states(order)) == (["add", "hold_risk"], {"risk_hold": 1})
    order, done = catch_up(Told((ToldLine("1", "A", 1),)), order)
    assert (names(done), states(order)) == (["clear"], {"placed": 1})


def test_a_till_hands_over_at_once() -> None:
    told = Told((ToldLine("1", "A", 2),), mode="ship", issued={("A", "S1"): 2}).handed_over("S1")
    order, _ = catch_up(told, Order("odoo_pos:till:1"))
    assert order.mode == "store"
    assert is_ended(order.pieces)
    assert status(order.pieces) == "served"
