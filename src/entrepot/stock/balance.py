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
