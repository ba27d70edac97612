"""Converters: from a channel's value to ours. Pure, named, and the only place where a unit or a zone is assumed.

A converter is called with the raw value and the shop's context. It answers the canonical value, or None where the
channel means "nothing" (its null sentinels), or raises `BadValue`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TypeAlias
from zoneinfo import ZoneInfo

from entrepot.hub.documents import Json
from entrepot.hub.personal_data import personal
from entrepot.kernel.canonical import FieldType
from entrepot.kernel.errors import InputError
from entrepot.kernel.facts import Value
from entrepot.kernel.money import minor_units
from entrepot.kernel.quantity import whole_quantity

_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
_EARLIEST, _LATEST = datetime(1990, 1, 1), datetime(2100, 1, 1)
_NULL_TIMES = {"", "0", "null", "None", "-", "0001-01-01 00:00:00", "0000-00-00 00:00:00", "0001-01-01T00:00:00Z"}


class BadValue(ValueError):
    """A value that is not what its field needs; ``args`` are (observed, expected)."""


@dataclass(frozen=True, slots=True)
class ShopContext:
    """What a converter may know of the shop it reads for.

    Parameters
    ----------
    channel, shop : str
        Whose message it is.
    currency : str
        ISO 4217, for messages that do not say.
    zone : str
        IANA zone of the shop, for local times.
    """

    channel: str = ""
    shop: str = ""
    currency: str = "CNY"
    zone: str = "Asia/Shanghai"

    def in_currency(self, code: Json) -> ShopContext:
        """Return this context in the currency a record names (the first of several); unchanged where it names none."""
        if type(code) is list:
            code = next((name for name in code if name), None)
        if code == self.currency or not (isinstance(code, str) and re.fullmatch("[A-Za-z]{3}", code)):
            return self
        return replace(self, currency=code.upper())


Convert: TypeAlias = Callable[[Json, ShopContext], Value]


@dataclass(frozen=True, slots=True)
class Converter:
    """A named conversion to one canonical type.

    Parameters
    ----------
    name : str
        Shown by ``explain``.
    type : str
        Canonical type it yields; a mapping that puts it elsewhere does not compile.
    convert : callable
        ``(raw, context) -> value``.
    moment : callable, optional
        For times: ``(raw, context) -> naive UTC datetime``; a mapping's version uses it.
    """

    name: str
    type: FieldType
    convert: Convert
    moment: Callable[[Json, ShopContext], datetime | None] | None = None


# Text ---------------------------------------------------------------------------------------------------------------


def _text(raw: Json, context: ShopContext) -> Value:
    if type(raw) is not str:
        if isinstance(raw, (dict, list)):
            raise BadValue(raw, "text")
        raw = _plain(raw)
    raw = raw.strip()
    if "\x00" in raw:
        raw = raw.replace("\x00", "\ufffd")  # PostgreSQL text cannot hold it
    return raw or None


def _plain(raw: Json) -> str:
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, Decimal) and raw.is_finite() and raw == raw.to_integral_value() and abs(raw) < 10**40:
        return str(int(raw))
    return str(raw)


def _ident(raw: Json, context: ShopContext) -> Value:
    if isinstance(raw, bool):
        raise BadValue(raw, "an id")
    value = _text(raw, context)
    if value is not None and len(str(value)) > 200:
        raise BadValue(raw, "an id of at most 200 characters")
    return None if value == "0" else value


text = Converter("text", "text", _text)
ident = Converter("ident", "text", _ident)


def constant(value: str) -> Converter:
    """Answer the same text whatever the message says; the path only has to exist."""
    return Converter(f"constant:{value}", "text", lambda raw, context: value)


def shop_currency(raw: Json, context: ShopContext) -> Value:
    """Answer the shop's currency."""
    return context.currency


currency_of_shop = Converter("currency_of_shop", "text", shop_currency)


def _currency(raw: Json, context: ShopContext) -> Value:
    code = _text(raw, context)
    if code is None:
        return None
    if not (isinstance(code, str) and re.fullmatch("[A-Za-z]{3}", code)):
        raise BadValue(raw, "an ISO 4217 code")
    return code.upper()


currency = Converter("currency", "text", _currency)


def enum(name: str, table: Mapping[str, str]) -> Converter:
    """Translate a vocabulary; a word outside the table is a `BadValue`, an empty one is nothing."""

    def convert(raw: Json, context: ShopContext) -> Value:
        word = _text(raw, context)
        if word is None:
            return None
        try:
            return table[str(word)]
        except KeyError:
            raise BadValue(raw, f"one of {name}: {', '.join(table)}"[:300]) from None

    return Converter(f"enum:{name}", "text", convert)


# Numbers ------------------------------------------------------------------------------------------------------------


def _number_text(raw: Json) -> Decimal | int | str:
    if isinstance(raw, bool) or not isinstance(raw, (int, str, Decimal)):
        raise BadValue(raw, "a number")
    return raw


def _major(raw: Json, context: ShopContext) -> Value:
    raw = _number_text(raw)
    if isinstance(raw, str) and not raw.strip():
        return None
    try:
        return minor_units(raw.strip() if isinstance(raw, str) else raw, context.currency)
    except InputError:
        raise BadValue(raw, f"an amount in whole {context.currency}") from None


def _minor(raw: Json, context: ShopContext) -> Value:
    raw = _number_text(raw)
    if isinstance(raw, str) and not raw.strip():
        return None
    try:
        amount = whole_quantity(raw.strip() if isinstance(raw, str) else raw)
    except InputError:
        raise BadValue(raw, f"a whole number of minor units of {context.currency}") from None
    return amount


def _signed(raw: Json, context: ShopContext) -> Value:
    raw = _number_text(raw)
    if isinstance(raw, str) and not raw.strip():
        return None
    try:
        return whole_quantity(raw.strip() if isinstance(raw, str) else raw)
    except InputError:
        raise BadValue(raw, "a whole number of pieces") from None


def _pieces(raw: Json, context: ShopContext) -> Value:
    count = _signed(raw, context)
    if isinstance(count, int) and count < 0:
        raise BadValue(raw, "a number of pieces, 0 or more")
    return count


def _measure(raw: Json, context: ShopContext) -> Value:
    raw = _number_text(raw)
    if isinstance(raw, str) and not raw.strip():
        return None
    try:
        value = Decimal(raw)
    except ArithmeticError:
        raise BadValue(raw, "a number") from None
    if not value.is_finite():
        raise BadValue(raw, "a finite number")
    return format(value.normalize(), "f")


yuan = Converter("yuan", "money", _major)
"""Whole units as text or number: Taobao, Youzan, Shopify, Odoo, Olist."""
fen = Converter("fen", "money", _minor)
"""Minor units as integer: Douyin, Square."""
pieces = Converter("pieces", "int", _pieces)
signed_pieces = Converter("signed_pieces", "int", _signed)
whole = Converter("whole", "int", _signed)
number = Converter("number", "number", _measure)


def scaled(name: str, factor: str) -> Converter:
    """Turn a measure into whole smaller units, half up: ``scaled("cm_to_mm", "10")``."""
    multiplier = Decimal(factor)

    def convert(raw: Json, context: ShopContext) -> Value:
        value = _measure(raw, context)
        return None if value is None else int((Decimal(str(value)) * multiplier).to_integral_value("ROUND_HALF_UP"))

    return Converter(name, "int", convert)


def _flag(raw: Json, context: ShopContext) -> Value:
    if isinstance(raw, bool):
        return raw
    word = str(_text(raw, context) or "").lower()
    if word in {"true", "1", "yes", "y", "是"}:
        return True
    if word in {"false", "0", "no", "n", "否"}:
        return False
    if not word:
        return None
    raise BadValue(raw, "true or false")


flag = Converter("flag", "flag", _flag)


# Times: parsed to naive UTC, written as ISO-8601 with a Z -------------------------------------------------------------


def written(at: datetime) -> str:
    """Write a naive UTC moment as canonical text."""
    return at.isoformat() + "Z"


def microseconds(at: datetime) -> int:
    """Count microseconds since 1970 of a naive UTC moment."""
    return (at - _EPOCH) // _MICROSECOND


def _times(name: str, parse: Callable[[str, ShopContext], datetime], expected: str) -> Converter:
    def moment(raw: Json, context: ShopContext) -> datetime | None:
        if type(raw) is not str:
            if isinstance(raw, (bool, dict, list, Decimal)):
                raise BadValue(raw, expected)
            raw = str(raw)
        if raw in _NULL_TIMES or not (raw := raw.strip()) or raw in _NULL_TIMES:
            return None
        try:
            at = parse(raw, context)
        except (ValueError, OverflowError, TypeError):
            raise BadValue(raw, expected) from None
        if not _EARLIEST <= at < _LATEST:
            raise BadValue(raw, f"{expected}, between 1990 and 2100")
        return at

    def convert(raw: Json, context: ShopContext) -> Value:
        at = moment(raw, context)
        return None if at is None else at.isoformat() + "Z"

    return Converter(name, "instant", convert, moment)


def _naive(raw: str) -> datetime:
    at = datetime.fromisoformat(raw)
    if at.tzinfo is not None:
        raise ValueError("has an offset")
    return at


_CHINA = timedelta(hours=8)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _local(raw: str, context: ShopContext) -> datetime:
    # fold=0: the hour that happens twice is read as the first of the two.
    at = _naive(raw)
    return at - (_zone(context.zone).utcoffset(at) or timedelta())


def _aware(raw: str, context: ShopContext) -> datetime:
    at = datetime.fromisoformat(raw)
    if at.tzinfo is None:
        raise ValueError("has no offset")
    return at.astimezone(UTC).replace(tzinfo=None)


def _epoch(raw: str, per_second: int) -> datetime:
    return _EPOCH + timedelta(microseconds=int(raw) * (1_000_000 // per_second))


cn_time = _times("cn_time", lambda raw, context: _naive(raw) - _CHINA, "a time of China such as 2026-01-31 09:30:00")
utc_time = _times("utc_time", lambda raw, context: _naive(raw), "a time in UTC such as 2026-01-31 01:30:00")
local_time = _times("local_time", _local, "a local time of the shop such as 2026-01-31 09:30:00")
utc_or_offset_time = _times(
    "utc_or_offset_time",
    lambda raw, context: _naive(raw) if datetime.fromisoformat(raw).tzinfo is None else _aware(raw, context),
    "a time in UTC such as 2026-01-31 01:30:00, or one with its offset",
)
iso_time = _times("iso_time", _aware, "a time with its offset such as 2026-01-31T09:30:00+08:00")
epoch_s = _times("epoch_s", lambda raw, context: _epoch(raw, 1), "seconds since 1970")
epoch_ms = _times("epoch_ms", lambda raw, context: _epoch(raw, 1000), "milliseconds since 1970")
rfc2822 = _times(
    "rfc2822",
    lambda raw, context: parsedate_to_datetime(raw).astimezone(UTC).replace(tzinfo=None),
    "a time such as Tue, 05 Mar 2019 21:40:11 +0000",
)


# Personal data ------------------------------------------------------------------------------------------------------


def _pii(raw: Json, context: ShopContext) -> Value:
    value = _text(raw, context)
    return None if value is None else personal(str(value))


pii = Converter("pii", "pii", _pii)


def token(scheme: str) -> Converter:
    """Keep a stand-in for personal data that only the channel can resolve."""

    def convert(raw: Json, context: ShopContext) -> Value:
        value = _text(raw, context)
        return None if value is None else {"state": "token", "value": str(value), "scheme": scheme}

    return Converter(f"token:{scheme}", "pii", convert)


# Combining ----------------------------------------------------------------------------------------------------------


def computed(name: str, kind: FieldType, convert: Convert) -> Converter:
    """Name a conversion of an adapter's own; with several paths the raw value is the list of theirs."""
    return Converter(name, kind, convert)


def first(inner: Converter) -> Converter:
    """Try several paths in turn: the first value that `inner` reads as something."""

    def convert(raw: Json, context: ShopContext) -> Value:
        for candidate in raw if isinstance(raw, list) else [raw]:
            value = None if candidate is None else inner.convert(candidate, context)
            if value is not None:
                return value
        return None

    return Converter(f"first:{inner.name}", inner.type, convert)


def listed(name: str, convert: Convert) -> Converter:
    """Name a conversion to a short list."""
    return Converter(name, "list", convert)
