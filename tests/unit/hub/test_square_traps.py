"""What goes wrong with Square's messages when one does not know them."""

import msgspec
import pytest

from tests.golden.hub.golden import kinds, of_kind, one, read, rules

ORDER = {
    "id": "O1",
    "location_id": "L1",
    "created_at": "2026-01-05T10:00:00.123456789Z",
    "updated_at": "2026-01-05T10:01:00Z",
    "state": "COMPLETED",
    "version": 4,
    "total_money": {"amount": 500, "currency": "JPY"},
    "net_amount_due_money": {"amount": 0, "currency": "JPY"},
    "line_items": [
        {
            "uid": "u1",
            "quantity": "1",
            "base_price_money": {"amount": 500, "currency": "JPY"},
            "gross_sales_money": {"amount": 500, "currency": "JPY"},
        }
    ],
}


def square(document: object, topic: str = ""):
    return read("square", msgspec.json.encode(document), topic)


def test_amounts_are_minor_units_whatever_the_currency():
    order = one(square({"order": ORDER}), "order")
    assert (order["total"], order["paid"], order["currency"]) == (500, 500, "JPY")


def test_nanoseconds_are_cut_to_microseconds():
    assert one(square({"order": ORDER}), "order")["placed_at"] == "2026-01-05T10:00:00.123456Z"


def test_a_fraction_of_a_piece_is_refused_with_a_finding():
    line = {**ORDER["line_items"][0], "quantity": "1.5"}
    read_ = square({"order": {**ORDER, "line_items": [line]}})
    assert (read_.facts, rules(read_)) == ([], {"field.qty"})
    assert "1.5" in read_.findings[0].message


def test_a_bare_order_and_lists_are_read_alike():
    forms = [{"order": ORDER}, {"orders": [ORDER]}, ORDER, [ORDER]]
    assert len({msgspec.json.encode(square(form).facts) for form in forms}) == 1


def test_a_return_is_booked_on_the_order_it_came_from():
    back = {
        "uid": "r1",
        "source_order_id": "O0",
        "return_amounts": {"total_money": {"amount": 200, "currency": "JPY"}},
        "return_line_items": [{"source_line_item_uid": "u9", "quantity": "1"}],
    }
    read_ = square({"order": {**ORDER, "line_items": [], "returns": [back]}})
    refund = of_kind(read_, "refund")[0]
    assert refund.parent == "square:demo:O0"
    assert (refund.fields["amount"], refund.fields["lines"]) == (200, [["u9", 1]])
    assert one(read_, "order")["kind"] == "return"


def test_an_adjustment_between_held_states_gives_both_sides():
    change = {
        "id": "A1", "catalog_object_id": "V1", "location_id": "L1", "from_state": "IN_STOCK", "to_state": "WASTE",
        "quantity": "2", "occurred_at": "2026-01-05T10:00:00Z",
    }  # fmt: skip
    read_ = square({"changes": [{"type": "ADJUSTMENT", "adjustment": change}]})
    assert [(fact.fields["bucket"], fact.fields["qty"]) for fact in read_.facts] == [("on_hand", -2), ("damaged", 2)]
    sold = square({"changes": [{"type": "ADJUSTMENT", "adjustment": {**change, "to_state": "SOLD"}}]})
    assert [(fact.fields["cause"], fact.fields["qty"]) for fact in sold.facts] == [("sale", -2)]


@pytest.mark.parametrize("state", [["SOLD"], {"a": 1}, 5])
def test_a_state_that_is_no_word_is_a_finding(state):
    change = {"id": "A1", "catalog_object_id": "V1", "location_id": "L1", "state": state, "quantity": "2"}
    sides = {"id": "A1", "catalog_object_id": "V1", "location_id": "L1", "from_state": state, "to_state": "SOLD"}
    assert rules(square({"counts": [change]})) <= {"field.bucket", "required.id"}
    assert rules(square({"changes": [{"adjustment": {**sides, "quantity": "1"}}]})) == {"field.bucket"}


def test_sold_counts_are_no_stock():
    count = {"catalog_object_id": "V1", "location_id": "L1", "state": "SOLD", "quantity": "9"}
    assert kinds(square({"counts": [count]})) == {}


def test_empty_errors_do_not_make_an_error():
    assert square({"errors": [], "order": ORDER}).topic == "order"
    assert rules(square({"errors": [{"code": "NOT_FOUND"}]})) == {"message.empty"}


def test_a_tender_of_an_open_order_with_nothing_due_makes_it_paid():
    read_ = square(
        {
            "order": {
                **ORDER,
                "state": "OPEN",
                "tenders": [{"id": "T1", "amount_money": {"amount": 500, "currency": "JPY"}}],
            }
        }
    )
    assert one(read_, "order")["payment_status"] == "paid"
    assert one(read_, "payment")["amount"] == 500


def test_an_unknown_state_keeps_out_its_axes_only():
    assert rules(square({"order": {**ORDER, "state": "FLOATING"}})) == {
        "field.payment_status",
        "field.fulfilment_status",
    }
