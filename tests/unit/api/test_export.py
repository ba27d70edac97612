from __future__ import annotations

from datetime import UTC, datetime

from entrepot.api.export import _cell
from entrepot.orders.queries import OrderSummary

AT = datetime(2026, 11, 2, tzinfo=UTC)


def order(currency: str, paid: int, city: str) -> OrderSummary:
    return OrderSummary(
        "c:s:1", "c", "s", "1", AT, None, None, None, "paid", "open", None, None, currency, None, None, None, paid,
        None, 1, 2, None, city, None, AT, ["late_to_ship", "hold"],
    )  # fmt: skip


def test_money_is_written_in_its_main_unit() -> None:
    assert _cell(order("CNY", 2950, ""), "paid") == "29.50"
    assert _cell(order("JPY", 2950, ""), "paid") == "2950"
    assert _cell(order("CNY", -5, ""), "paid") == "-0.05"


def test_text_that_a_spreadsheet_would_run_is_defused() -> None:
    assert _cell(order("CNY", 1, "=cmd|' /C calc'!A0"), "city").startswith("'=")


def test_times_and_lists_are_written_plainly() -> None:
    assert _cell(order("CNY", 1, ""), "placed_at") == "2026-11-02T00:00:00Z"
    assert _cell(order("CNY", 1, ""), "exceptions") == "late_to_ship hold"
    assert _cell(order("CNY", 1, ""), "paid_at") == ""
