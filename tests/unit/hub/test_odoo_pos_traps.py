"""What goes wrong with Odoo's tills when one does not know them."""

import msgspec

from tests.golden.hub.golden import kinds, of_kind, one, read, rules

LINE = {"product_id": 5, "qty": 3, "price_unit": 9.99, "discount": 10, "price_subtotal_incl": False}
ORDER = {
    "uuid": "u-1",
    "name": "Order 1",
    "date_order": "2026-01-15 10:00:00",
    "partner_id": False,
    "amount_total": 26.97,
    "amount_paid": 26.97,
    "amount_return": 0,
    "lines": [[0, 0, LINE]],
    "payment_ids": [[0, 0, {"amount": 26.97, "payment_method_id": [2, "Cash"]}]],
}


def till(document: object, topic: str = ""):
    return read("odoo_pos", msgspec.json.encode(document), topic)


def test_times_are_utc_though_they_do_not_say_so():
    assert one(till(ORDER), "order")["placed_at"] == "2026-01-15T10:00:00Z"
    assert (
        one(till({**ORDER, "date_order": "2026-01-15T10:00:00.000Z"}), "order")["placed_at"] == "2026-01-15T10:00:00Z"
    )


def test_floats_become_exact_fen():
    order = one(till(ORDER), "order")
    assert (order["total"], order["paid"], order["goods"]) == (2697, 2697, 2697)


def test_discounts_are_percent_and_old_tills_send_no_line_totals():
    line = one(till(ORDER), "order_line")
    assert (line["unit_price"], line["line_total"], line["discount"]) == (999, 2697, 300)


def test_false_is_nothing():
    assert "buyer_id" not in one(till(ORDER), "order")


def test_the_same_order_sent_again_by_an_offline_till_is_the_same_order():
    assert till([ORDER, ORDER]).facts[0].id == till(ORDER).facts[0].id == "odoo_pos:demo:u-1"


def test_every_wrapping_gives_the_same_records():
    call = {"jsonrpc": "2.0", "params": {"model": "pos.order", "method": "sync_from_ui", "args": [[ORDER]]}}
    forms = [ORDER, [ORDER], {"data": ORDER}, [{"data": ORDER}], call]
    assert len({msgspec.json.encode(till(form).facts) for form in forms}) == 1


def test_lines_without_a_uuid_are_named_by_their_place():
    read_ = till({**ORDER, "lines": [[0, 0, LINE], [0, 0, {**LINE, "uuid": "l-2", "id": 42}]]})
    assert [line.id for line in of_kind(read_, "order_line")] == ["odoo_pos:demo:u-1/l-2", "odoo_pos:demo:u-1/1"]
    assert one(read_, "order")["line_ids"] == ["1", "l-2"]


def test_change_is_a_payment_that_goes_back():
    cash = {**ORDER, "amount_return": 3.03, "payment_ids": [[0, 0, {"amount": 30, "payment_method_id": 1}]]}
    assert [payment.fields["amount"] for payment in of_kind(till(cash), "payment")] == [3000, -303]
    told = {"amount": -3.03, "payment_method_id": 1, "is_change": True}
    twice = {**cash, "payment_ids": [*cash["payment_ids"], [0, 0, told]]}
    assert [payment.fields["amount"] for payment in of_kind(till(twice), "payment")] == [3000, -303]


def test_a_return_mixed_with_a_sale_is_an_exchange():
    read_ = till({**ORDER, "lines": [[0, 0, LINE], [0, 0, {**LINE, "qty": -1}]]})
    assert one(read_, "order")["kind"] == "exchange"
    assert kinds(read_).get("refund") is None


def test_ship_later_leaves_the_order_open():
    order = one(till({**ORDER, "shipping_date": "2026-01-20"}), "order")
    assert (order["fulfilment_status"], order["fulfil_mode"]) == ("open", "ship")


def test_weighed_goods_are_refused_with_a_finding():
    read_ = till({**ORDER, "lines": [[0, 0, {**LINE, "qty": 0.35}]]})
    assert (read_.facts, rules(read_)) == ([], {"field.qty"})


def test_an_order_without_any_name_is_kept_out_with_a_finding():
    nameless = {name: value for name, value in ORDER.items() if name not in {"uuid", "name"}}
    assert rules(till(nameless)) == {"required.id"}


def test_the_tills_shop_is_its_name_or_its_number():
    assert one(till({**ORDER, "config_id": [7, "S-012"]}), "order")["store"] == "S-012"
    assert one(till({**ORDER, "config_id": 7}), "order")["store"] == "7"
