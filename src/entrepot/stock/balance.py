"""Balances: the fold of movements, always."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias

from entrepot.stock.movement import Account, Movement, booked_legs

Balances: TypeAlias = dict[Account, int]


class Negative(NamedTuple):
    """An account that holds less than nothing: the book misses a fact, or a person asked too much."""

    sku: str
    node: str
    state: str
    balance: int


class Overcommitted(NamedTuple):
    """A cell of which more is promised than is there and may be owed: ``short`` pieces are missing."""

    sku: str
    node: str
    on_hand: int
    promised: int
    short: int


def fold(movements: Iterable[Movement]) -> Balances:
    """Sum movements by account; accounts outside the book are left out.

    Parameters
    ----------
    movements : iterable of Movement
        In any order: the sum commutes.

    Returns
    -------
    dict of Account to int
        Pieces; an account back at zero stays in it.
    """
    balances: defaultdict[Account, int] = defaultdict(int)
    for movement in movements:
        for leg in booked_legs(movement):
            balances[leg.account] += leg.delta
    return dict(balances)


def negatives(before: Mapping[Account, int], deltas: Mapping[Account, int]) -> list[Negative]:
    """Name the accounts that a change lowers below zero, in key order.

    Parameters
    ----------
    before : mapping of Account to int
        Balances; a missing account holds nothing.
    deltas : mapping of Account to int
        The change.

    Returns
    -------
    list of Negative
        Accounts lowered by the change and below zero after it. One that was below zero and rises is no news.
    """
    after = [(account, before.get(account, 0) + delta) for account, delta in sorted(deltas.items()) if delta < 0]
    return [Negative(*account, balance) for account, balance in after if balance < 0]


def overcommitted(
    before: Mapping[Account, int],
    deltas: Mapping[Account, int],
    promised: Mapping[tuple[str, str], tuple[int, int]],
) -> list[Overcommitted]:
    """Name the cells whose usable stock a change lowers below what is promised of it, in key order.

    Parameters
    ----------
    before : mapping of Account to int
        Balances; a missing account holds nothing.
    deltas : mapping of Account to int
        The change.
    promised : mapping of (SKU, node) to (int, int)
        What is promised of a cell, and how much of it need not be there; a missing cell promises nothing.

    Returns
    -------
    list of Overcommitted
        Cells lowered by the change and short after it.
    """
    found = []
    for account, delta in sorted(deltas.items()):
        cell = account.sku, account.node
        if delta < 0 and account.state == "on_hand" and cell in promised:
            owed, may_lack = promised[cell]
            on_hand = before.get(account, 0) + delta
            if owed - may_lack > on_hand:
                found.append(Overcommitted(*cell, on_hand, owed, owed - may_lack - on_hand))
    return found
