"""Reading the cells of a rate sheet as people write them. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Final, TypeAlias
from zoneinfo import available_timezones

from entrepot.delivery.calendar import EVERY_DAY, knows_holidays
from entrepot.delivery.tariff import HEAVIEST_G, SURCHARGES
from entrepot.kernel.errors import InputError
from entrepot.kernel.money import check_currency


@dataclass(frozen=True, slots=True)
class Price:
    """A number of whole units, and the signs or codes of currencies that stand beside it."""

    value: Decimal
    marks: tuple[str, ...] = ()


Value: TypeAlias = str | int | bool | Price | date | time | tuple[str, ...] | frozenset[int] | None
Reader: TypeAlias = Callable[[str], Value]

_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:E[+-]?\d{1,2})?", re.IGNORECASE)
_GROUPED: Final = re.compile(r"[1-9]\d{0,2}(?:[, ]\d{3})+(?:\.\d+)?")
"""Thousands apart: not ``0,500`` and not ``1.234,50``, which mean something else where a comma is the decimal point."""
_CURRENCY: Final = re.compile("[¥$€£元]|[A-Z]{3}", re.IGNORECASE)
_KILOGRAMS: Final = re.compile("kg|公斤|千克", re.IGNORECASE)
_CENTIMETRES: Final = re.compile("cm|厘米", re.IGNORECASE)
_PER_KILOGRAM: Final = re.compile("/(?:kg|公斤|千克)", re.IGNORECASE)
_PERCENT: Final = re.compile("%")
_NOTHING: Final = re.compile("(?!)")
_BETWEEN: Final = re.compile("[|、;；]")
_DATE: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T\s]+0{1,2}:00(?::00(?:\.0+)?)?)?")
_CLOCK: Final = re.compile(r"(?:1899-12-3[01][T ])?(\d{1,2}):(\d{2})(?::00(?:\.0+)?)?")
"""A spreadsheet keeps a time of day as that of its day 0."""
_WEEKDAYS: Final = {
    word: number
    for number, words in enumerate(
        ("mon 周一 1", "tue 周二 2", "wed 周三 3", "thu 周四 4", "fri 周五 5", "sat 周六 6", "sun 周日 7"), 1
    )
    for word in words.split()
}
_NONE: Final = frozenset({"none", "无"})
_YES_NO: Final = {
    **dict.fromkeys(("yes", "y", "true", "1", "是"), True),
    **dict.fromkeys(("no", "n", "false", "0", "否"), False),
}


class BadCell(ValueError):
    """A cell cannot be read; says what is expected there."""


def text(cell: str) -> str:
    """Take words as they stand."""
    return " ".join(cell.split())


def code(cell: str) -> str:
    """Take a code: no blanks, at most 60 characters."""
    plain = _plain(cell)
    if not plain or len(plain) > 60 or any(mark.isspace() for mark in plain) or not plain.isprintable():
        raise BadCell("a code of at most 60 characters without blanks")
    return plain


def words(cell: str) -> tuple[str, ...]:
    """Take several words with | or 、 or ; between them."""
    if "," in _plain(cell):
        raise BadCell("a name, or several with | between them")
    return tuple(dict.fromkeys(word for part in _BETWEEN.split(cell) if (word := text(part))))


def codes(cell: str) -> tuple[str, ...]:
    """Take one code or several with | or 、 or ; between them."""
    found = tuple(dict.fromkeys(code(part.strip()) for part in _BETWEEN.split(cell) if part.strip()))
    if not found:
        raise BadCell("a code, or several with | between them")
    return found


def or_none(read: Reader) -> Reader:
    """Let a cell also say ``none``: what the row names is taken away."""

    def reader(cell: str) -> Value:
        return None if _plain(cell).lower() in _NONE else read(cell)

    return reader


def country(cell: str) -> str:
    """Take a country's code of two letters, or * for everywhere."""
    if cell != "*" and not re.fullmatch("[A-Za-z]{2}", cell):
        raise BadCell("a country code of two letters such as CN")
    return cell.upper()


def currency(cell: str) -> str:
    """Take a currency's code."""
    try:
        return check_currency(cell.upper())
    except InputError:
        raise BadCell("an ISO 4217 code such as CNY") from None


def amount(cell: str) -> Price:
    """Take a price in whole units, not below zero; whether its currency is the card's is known later."""
    plain = _plain(cell)
    marks = tuple(dict.fromkeys(mark.upper() for mark in _CURRENCY.findall(plain)))
    return Price(_number(plain, "a price such as 8.50", _CURRENCY, is_grouped=True), marks)


def amount_per_kg(cell: str) -> Price:
    """Take a price per kilogram, not below zero: 1.20, or 1.20/kg."""
    return amount(_PER_KILOGRAM.sub("", _plain(cell)))


def grams(cell: str) -> int:
    """Take kilograms as grams; 0.5 is 500."""
    return _scaled(cell, "kilograms such as 0.5", 1000, HEAVIEST_G, _KILOGRAMS)


def some_grams(cell: str) -> int:
    """Take kilograms above zero as grams."""
    if (weight := grams(cell)) == 0:
        raise BadCell("kilograms above 0")
    return weight


def millimetres(cell: str) -> int:
    """Take centimetres as millimetres."""
    return _scaled(cell, "centimetres such as 60", 10, 10**6, _CENTIMETRES)


def some_millimetres(cell: str) -> int:
    """Take centimetres above zero as millimetres."""
    if (size := millimetres(cell)) == 0:
        raise BadCell("centimetres above 0")
    return size


def percent(cell: str) -> int:
    """Take a percentage in hundredths: 12.5 is 1250."""
    return _scaled(cell, "a percentage such as 12.5", 100, 10**6, _PERCENT)


def whole(cell: str) -> int:
    """Take a whole number, not below zero."""
    return _scaled(cell, "a whole number", 1, 10**9, _NOTHING)


def above_zero(cell: str) -> int:
    """Take a whole number above zero."""
    if (number := whole(cell)) == 0:
        raise BadCell("a whole number above 0")
    return number


def day(cell: str) -> date:
    """Take a date as people and spreadsheets write it."""
    found = _DATE.fullmatch(_plain(cell)) or re.fullmatch(r"(\d{4})(\d\d)(\d\d)", _plain(cell))
    try:
        if found:
            return date(*map(int, found.groups()))
    except ValueError:
        pass
    raise BadCell("a date such as 2026-01-31")


def clock(cell: str) -> time:
    """Take a time of day."""
    found = _CLOCK.fullmatch(_plain(cell))
    try:
        if found:
            return time(int(found.group(1)), int(found.group(2)))
    except ValueError:
        pass
    raise BadCell("a time of day such as 16:30")


def weekdays(cell: str) -> frozenset[int]:
    """Take weekdays: ``*``, ``mon-fri``, ``mon|wed``, ``1-5``.

    Examples
    --------
    >>> sorted(weekdays("mon-wed|sun"))
    [1, 2, 3, 7]
    """
    if _plain(cell) == "*":
        return EVERY_DAY
    found: set[int] = set()
    for part in _plain(cell).lower().split("|"):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        ends = _WEEKDAYS.get(first), _WEEKDAYS.get(last if dash else first)
        if ends[0] is None or ends[1] is None or ends[0] > ends[1]:
            raise BadCell("weekdays such as mon-sat, sat|sun or *")
        found.update(range(ends[0], ends[1] + 1))
    return frozenset(found)


def yes_no(cell: str) -> bool:
    """Take yes or no."""
    try:
        return _YES_NO[_plain(cell).lower()]
    except KeyError:
        raise BadCell("yes or no") from None


def zone_name(cell: str) -> str:
    """Take a time zone's name."""
    if cell not in available_timezones():
        raise BadCell("a time zone such as Asia/Shanghai")
    return cell


def holidays_of(cell: str) -> str:
    """Take whose public holidays are kept."""
    if not knows_holidays(cell):
        raise BadCell("a country whose holidays are known, such as CN, or a part of one, such as US/CA")
    return cell


def surcharge_kind(cell: str) -> str:
    """Take the kind of a surcharge."""
    if cell.lower() not in SURCHARGES:
        raise BadCell(f"one of {', '.join(SURCHARGES)}")
    return cell.lower()


def _plain(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell).strip()


def _number(cell: str, expected: str, unit: re.Pattern[str], *, is_grouped: bool) -> Decimal:
    bare = unit.sub("", _plain(cell)).strip()
    if is_grouped and _GROUPED.fullmatch(bare):
        bare = re.sub("[, ]", "", bare)
    if not _NUMBER.fullmatch(bare):
        raise BadCell(expected)
    number = Decimal(bare)
    if not 0 <= number < 10**12:
        raise BadCell(f"{expected}, not below 0 nor above 10^12")
    return number


def _scaled(cell: str, expected: str, scale: int, most: int, unit: re.Pattern[str]) -> int:
    # A count may have its thousands apart; in a weight 1,500 may as well be one and a half.
    scaled = _number(cell, expected, unit, is_grouped=scale == 1) * scale
    if scaled != scaled.to_integral_value():
        raise BadCell(f"{expected}, with fewer decimals")
    if scaled > most:
        raise BadCell(f"{expected}, at most {most // scale}")
    return int(scaled)
