"""Lists exported as CSV, streamed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import datetime
from itertools import islice
from typing import Final

from entrepot.infra.database import Database
from entrepot.kernel.money import exponent
from entrepot.orders.queries import OrderQuery, OrderSummary, Surroundings, every_order
from entrepot.stock import LevelQuery, LevelRow, StockBook

_BYTE_ORDER_MARK: Final = "\ufeff"
_ROWS_A_PIECE: Final = 500
_MONEY: Final = frozenset({"goods", "freight", "discount", "paid", "refunded"})
_FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r")


def order_csv(db: Database, query: OrderQuery, around: Surroundings) -> Iterator[str]:
    """Write orders as CSV, piece by piece; money in the currency's main unit.

    Parameters
    ----------
    db : Database
        Read on one connection while the export lasts.
    query : OrderQuery
        Which orders.
    around : Surroundings
        For the exceptions.
    """
    names = [field.name for field in fields(OrderSummary)]
    yield _BYTE_ORDER_MARK + _lines([names])
    with db.read() as conn:
        orders = every_order(conn, query, around)
        while piece := list(islice(orders, _ROWS_A_PIECE)):
            yield _lines([[_cell(order, name) for name in names] for order in piece])


def level_csv(book: StockBook, query: LevelQuery, now: datetime) -> Iterator[str]:
    """Write stock levels as CSV, a page at a time."""
    yield _BYTE_ORDER_MARK + _lines([list(LevelRow._fields)])
    query = replace(query, limit=_ROWS_A_PIECE, cursor=None)
    while True:
        page = book.levels(query, now)
        yield _lines([[_plain(value) for value in row] for row in page.items])
        if page.next is None:
            return
        query = replace(query, cursor=page.next)


def _lines(rows: list[list[str]]) -> str:
    target = io.StringIO()
    csv.writer(target).writerows(rows)
    return target.getvalue()


def _cell(order: OrderSummary, name: str) -> str:
    value = getattr(order, name)
    if value is None:
        return ""
    if name in _MONEY:
        places = exponent(order.currency) if order.currency else 2
        return f"{value / 10**places:.{places}f}"
    return _plain(value)


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, list):
        return " ".join(value)
    text = str(value)
    # A spreadsheet runs what begins like a formula; a channel's text must not.
    return f"'{text}" if text.startswith(_FORMULA_SIGNS) and not isinstance(value, int) else text
