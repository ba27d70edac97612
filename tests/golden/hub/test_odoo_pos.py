"""Odoo Point of Sale: the published bodies read exactly, and the project's own samples against their golden records."""

from pathlib import Path

from tests.golden.hub.golden import check_samples, kinds, of_kind, one, read, rules


def body(shared_data: Path, name: str) -> bytes:
    return (shared_data / "payloads" / "odoo_pos" / name).read_bytes()


def test_a_split_payment_and_its_change_add_up_to_the_total(shared_data):
    read_ = read("odoo_pos", body(shared_data, "sync_from_ui_v18_split_payment.json"))
    order = one(read_, "order")
    assert kinds(read_) == {"order": 1, "order_line": 1, "payment": 3}
    assert (order["total"], order["paid"], order["payment_status"]) == (75000, 75000, "paid")
    amounts = [payment.fields["amount"] for payment in of_kind(read_, "payment")]
    assert amounts == [46000, 30000, -1000]
    assert sum(amounts) == order["total"]
    assert (order["fulfilment_status"], order["fulfil_mode"]) == ("completed", "store")
    assert rules(read_) == set()


def test_a_refund_is_a_return_with_its_signs(shared_data):
    read_ = read("odoo_pos", body(shared_data, "sync_from_ui_v18_refund_partial_fields.json"))
    order = one(read_, "order")
    assert (order["kind"], order["total"], order["aftersale_status"]) == ("return", -4000, "refunded")
    assert [line.fields["qty"] for line in of_kind(read_, "order_line")] == [-2, -2]
    refund = one(read_, "refund")
    assert (refund["amount"], refund["lines"]) == (4000, [["1", 2], ["2", 2]])


def test_the_legacy_till_is_read(shared_data):
    read_ = read("odoo_pos", body(shared_data, "create_from_ui_v12_legacy.json"))
    assert read_.facts[0].id == "odoo_pos:demo:00042-003-0014"
    order = one(read_, "order")
    assert (order["placed_at"], order["total"]) == ("2018-01-15T10:00:00Z", 90)
    assert one(read_, "payment")["amount"] == 90


def test_the_projects_samples_give_their_golden_records():
    check_samples("odoo_pos")
