"""Balances from movements."""

from datetime import UTC, datetime

from entrepot.stock.balance import Negative, fold, negatives
from entrepot.stock.movement import Account, Movement

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HERE, THERE = Account("A", "RDC", "on_hand"), Account("A", "S-1", "in_transit")


def test_fold_adds_both_sides_inside_the_book() -> None:
    bought = Movement("1", "A", 5, "supplier", "on_hand", "RDC", "on_hand", "receipt", NOON)
    sent = Movement("2", "A", 2, "RDC", "on_hand", "S-1", "in_transit", "transfer_out", NOON)
    assert fold([bought, sent]) == {HERE: 3, THERE: 2}


def test_fold_of_nothing_is_empty() -> None:
    assert fold([]) == {}


def test_an_account_lowered_below_zero_is_named() -> None:
    assert negatives({HERE: 1}, {HERE: -3, THERE: 2}) == [Negative("A", "RDC", "on_hand", -2)]


def test_an_account_that_rises_but_stays_below_zero_is_no_news() -> None:
    assert negatives({HERE: -5}, {HERE: 2}) == []


def test_an_unknown_account_holds_nothing() -> None:
    assert negatives({}, {HERE: -1}) == [Negative("A", "RDC", "on_hand", -1)]
