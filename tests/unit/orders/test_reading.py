"""From messages of channels to what is said of lines, in units."""

from __future__ import annotations

from entrepot.kernel.facts import Fact, Value
from entrepot.orders.fold import OrderState, absorb
from entrepot.orders.pieces.reading import destination_of, told_of
from entrepot.orders.pieces.told import Told

ID = "taobao:shop:1"


def state(*parts: tuple[str, str, dict[str, Value]], **fields: Value) -> OrderState:
    facts = [Fact("order", ID, None, 1, fields)]
    facts += [Fact(kind, f"{ID}/{part}", ID, 1, said) for kind, part, said in parts]
    return absorb(OrderState(), facts, "00")


def read(known: OrderState, **parcels: str) -> Told:
    return told_of(known, {"1": "A", "2": "B"}, parcels, {}, {})


def line(name: str, qty: int = 2, **more: Value) -> tuple[str, str, dict[str, Value]]:
    return "order_line", name, {"qty": qty, **more}


def units(told: Told, name: str) -> list[int]:
    return [getattr(one, name) for one in told.lines]


def test_an_open_order_says_what_it_wants_and_nothing_more() -> None:
    told = read(state(line("1"), line("2", 3, qty_cancelled=1), payment_status="paid", fulfilment_status="open"))
    assert [(one.line, one.sku, one.wanted) for one in told.lines] == [("1", "A", 2), ("2", "B", 2)]
    assert units(told, "shipped") == units(told, "delivered") == [0, 0]
    assert (told.is_paid, told.is_held, told.is_cancelled, told.mode) == (True, False, False, "ship")


def test_a_part_shipment_ships_the_lines_it_lists() -> None:
    parcel = ("shipment", "p", {"tracking_no": "SF1", "lines": [["1", 2], ["2", 1]]})
    told = read(state(line("1"), line("2", 3), parcel, fulfilment_status="part_shipped"), SF1="delivered")
    assert units(told, "shipped") == [2, 1]
    assert units(told, "delivered") == [2, 1]


def test_lists_of_names_and_shipments_without_a_list_are_understood() -> None:
    named = ("shipment", "p", {"lines": ["2"]})
    assert units(read(state(line("1"), line("2", 3), named)), "shipped") == [0, 3]
    bare = ("shipment", "p", {"tracking_no": "SF1"})
    assert units(read(state(line("1"), line("2", 3), bare)), "shipped") == [2, 3]
    void = ("shipment", "p", {"status": "cancelled"})
    assert units(read(state(line("1"), void)), "shipped") == [0]


def test_a_shipped_order_ships_every_line_and_no_more_than_was_asked_for() -> None:
    parcels = [("shipment", f"p{number}", {"lines": [["1", 2]]}) for number in range(3)]
    assert units(read(state(line("1"), *parcels)), "shipped") == [2]
    assert units(read(state(line("1"), line("2"), fulfilment_status="completed")), "delivered") == [2, 2]


def test_a_parcel_that_turns_back_is_told_by_its_lines() -> None:
    parcel = ("shipment", "p", {"tracking_no": "SF1", "lines": [["1", 1]]})
    assert units(read(state(line("1"), parcel), SF1="returning"), "turned_back") == [1]


def test_a_return_is_asked_for_and_a_refund_alone_is_not() -> None:
    back = ("refund", "r", {"kind": "return", "status": "asked", "line": "1", "qty": 1})
    assert units(read(state(line("1"), back)), "asked_back") == [1]
    for more in ({"kind": "refund"}, {"kind": "return", "status": "refused"}):
        assert units(read(state(line("1"), ("refund", "r", {"line": "1", **more}))), "asked_back") == [0]


def test_a_line_refunded_before_it_left_is_cancelled_and_one_refunded_after_is_not() -> None:
    told = read(state(line("1", refund_status="refunded"), line("2")))
    assert [one.wanted for one in told.lines] == [0, 2]
    parcel = ("shipment", "p", {"lines": [["1", 1]]})
    told = read(state(line("1", refund_status="refunded"), parcel))
    assert [one.wanted for one in told.lines] == [2]


def test_a_voided_payment_cancels_what_has_not_left() -> None:
    assert read(state(line("1"), payment_status="voided", fulfilment_status="open")).is_cancelled
    assert not read(state(line("1"), payment_status="voided", fulfilment_status="shipped")).is_cancelled
    assert read(state(line("1"), fulfilment_status="cancelled")).is_cancelled


def test_a_destination_is_another_one_when_any_part_of_the_address_is() -> None:
    home = state(city="杭州市", address={"state": "clear", "value": "文三路 90 号"})
    moved = state(city="杭州市", address={"state": "clear", "value": "文三路 91 号"})
    assert destination_of(home) == destination_of(
        state(city="杭州市", address={"state": "clear", "value": "文三路 90 号"})
    )
    assert destination_of(home) != destination_of(moved)
