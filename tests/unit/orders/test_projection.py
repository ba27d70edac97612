from __future__ import annotations

from entrepot.kernel.facts import Fact
from entrepot.orders.fold import OrderState, absorb
from entrepot.orders.projection import ORDER_COLUMNS, order_row, part_rows

ORDER = "olist:br:77"


def _state(*facts: Fact) -> OrderState:
    return absorb(OrderState(), facts, "aa")


def _row(state: OrderState) -> dict[str, object]:
    return dict(zip(ORDER_COLUMNS, order_row(ORDER, state), strict=True))


def _line(name: str, **fields: int | str) -> Fact:
    return Fact("order_line", f"{ORDER}/{name}", ORDER, 1, dict(fields))


def test_without_totals_the_lines_and_payments_are_summed() -> None:
    state = _state(
        Fact("order", ORDER, None, 1, {"currency": "BRL"}),
        _line("1", qty=1, line_total=5890, freight=1329),
        _line("2", qty=2, line_total=100, freight=71),
        Fact("payment", f"{ORDER}/1", ORDER, 1, {"amount": 7390}),
    )
    row = _row(state)
    assert (row["goods"], row["freight"], row["paid"], row["lines"], row["pieces"]) == (5990, 1400, 7390, 2, 3)


def test_the_channels_own_totals_go_before_sums() -> None:
    row = _row(_state(Fact("order", ORDER, None, 1, {"goods": 4400, "paid": 2950}), _line("1", line_total=2950)))
    assert (row["goods"], row["paid"]) == (4400, 2950)


def test_only_refunds_that_were_made_count_as_refunded() -> None:
    made = Fact("refund", f"{ORDER}/1", ORDER, 1, {"status": "refunded", "amount": 300})
    asked = Fact("refund", f"{ORDER}/2", ORDER, 1, {"status": "asked", "amount": 500})
    assert _row(_state(made, asked))["refunded"] == 300


def test_a_part_that_came_before_its_order_makes_a_row_that_knows_little() -> None:
    row = _row(_state(_line("1", qty=1)))
    assert (row["id"], row["native_id"], row["placed_at"], row["pieces"]) == (ORDER, "77", None, 1)


def test_lines_are_given_their_sku() -> None:
    rows = part_rows(ORDER, _state(_line("1", merchant_code="A")), "order_line", lambda channel, shop, line: "SKU-A")
    assert rows[0][:5] == (ORDER, "1", "SKU-A", None, "A")
