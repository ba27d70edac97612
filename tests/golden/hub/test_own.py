"""Own orders: whole documents, partial ones, and what is wrong with them."""

from __future__ import annotations

import json

from tests.golden.hub.golden import check_samples, kinds, one, read, rules


def test_samples() -> None:
    check_samples("own")


def test_a_partial_document_says_nothing_of_what_it_leaves_out() -> None:
    said = read("own", json.dumps({"order_id": "T-1", "payment": "paid"}).encode())
    fields = one(said, "order")
    assert kinds(said) == {"order": 1}
    assert "fulfilment_status" not in fields
    assert "line_ids" not in fields
    assert fields["payment_status"] == "paid"


def test_an_unknown_word_keeps_out_its_axis_alone() -> None:
    said = read("own", json.dumps({"order_id": "T-1", "payment": "someday", "mode": "ship"}).encode())
    assert one(said, "order")["fulfil_mode"] == "ship"
    assert rules(said)


def test_a_line_without_a_quantity_keeps_the_order_out() -> None:
    lines = [{"line_id": "1", "sku": "A"}, {"line_id": "2", "sku": "B", "qty": 2}]
    said = read("own", json.dumps({"order_id": "T-1", "lines": lines}).encode())
    assert said.is_quarantined
    assert {finding.pointer for finding in said.findings} == {"/lines/0/qty"}
