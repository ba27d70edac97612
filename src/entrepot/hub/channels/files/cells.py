"""From a cell to a canonical value: null words, vocabularies, number marks, dates as people write them. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from entrepot.hub.converters import BadValue, Converter, ShopContext, local_time
from entrepot.hub.documents import Json
from entrepot.kernel.facts import Value

_DATE: Final = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:[T\s]*(\d{1,2})\s*[:时]\s*(\d{1,2})(?:\s*[:分]\s*(\d{1,2})(\.\d+)?\s*秒?|\s*分)?)?"
)
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?")
_CURRENCY_MARKS: Final = re.compile(r"[\s¥￥$€£元]|CNY|RMB|USD|EUR", re.IGNORECASE)
NULLS: Final = ("", "-", "--", "—", "null", "NULL", "None", "N/A", "n/a", "#N/A", "nan", "NaN")


@dataclass(frozen=True, slots=True)
class Manner:
    """How a file writes things.

    Parameters
    ----------
    decimal : str
        ``.`` or ``,``; the other one groups thousands.
    zone : str
        IANA zone of local times; the shop's where empty.
    nulls : frozenset of str
        Words that mean nothing.
    """

    decimal: str = "."
    zone: str = ""
    nulls: frozenset[str] = field(default=frozenset(NULLS))


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value stands: one column, several joined, or a constant.

    Parameters
    ----------
    columns : tuple of str
        Empty for a constant, which stands in our words.
    joined : str
        What stands between several.
    """

    columns: tuple[str, ...]
    joined: str = ""


def cell_text(raw: Json) -> str:
    """Write a cell as text, as a person sees it."""
    if isinstance(raw, Decimal) and raw.is_finite() and raw == raw.to_integral_value() and abs(raw) < 10**40:
        return str(int(raw))
    if isinstance(raw, bool):
        return "true" if raw else "false"
    return "" if raw is None else str(raw).strip()


def picked(raw: Json, sources: Sequence[Source], manner: Manner) -> tuple[Json, bool]:
    """Take the first source that is filled, and tell whether it is a constant; a joined one needs all its columns."""
    values = raw if isinstance(raw, list) else [raw]
    at = 0
    for source in sources:
        if not source.columns:
            return values[at], True
        part = values[at : at + len(source.columns)]
        at += len(source.columns)
        if any(cell_text(value) in manner.nulls for value in part):
            continue
        return part[0] if len(part) == 1 else source.joined.join(cell_text(value) for value in part), False
    return None, False


def plain_number(raw: Json, manner: Manner) -> Json:
    """Strip what people write around a number: currency, blanks, thousands marks, full-width digits.

    Examples
    --------
    >>> plain_number("￥1,234.50", Manner()), plain_number("1.234,50 €", Manner(decimal=","))
    ('1234.50', '1234.50')
    """
    if not isinstance(raw, str):
        return raw
    text = _CURRENCY_MARKS.sub("", unicodedata.normalize("NFKC", raw))
    groups = "," if manner.decimal == "." else "."
    if groups in text:
        whole = text.partition(manner.decimal)[0]
        if not re.fullmatch(rf"[+-]?\d{{1,3}}(?:\{groups}\d{{3}})+", whole):
            raise BadValue(raw, f"a number with the decimal mark {manner.decimal!r}")
        text = text.replace(groups, "")
    return text.replace(manner.decimal, ".")


def moment_of(raw: Json, context: ShopContext, manner: Manner, form: str) -> datetime | None:
    """Read a time as naive UTC: in the form given, else as ISO or as people in China write it, in the file's zone."""
    text = cell_text(raw)
    if text in manner.nulls:
        return None
    expected = f"a time of the form {form}" if form else "a time such as 2026-01-31 09:30:00 or 2026/1/31 9:30"
    try:
        at = datetime.strptime(text, form) if form else _read_time(unicodedata.normalize("NFKC", text))
    except (ValueError, OverflowError):
        raise BadValue(raw, expected) from None
    if at.tzinfo is not None:
        at = at.astimezone(UTC).replace(tzinfo=None)
        if not 1990 <= at.year < 2100:
            raise BadValue(raw, f"{expected}, between 1990 and 2100")
        return at
    if local_time.moment is None:
        raise AssertionError("local_time reads moments")
    try:
        return local_time.moment(at.isoformat(sep=" "), replace(context, zone=manner.zone or context.zone))
    except BadValue:
        raise BadValue(raw, f"{expected}, between 1990 and 2100") from None


def _read_time(text: str) -> datetime:
    found = _DATE.fullmatch(text) or _COMPACT.fullmatch(text)
    if found is None:
        return datetime.fromisoformat(text)
    year, month, day, hour, minute, second, *fraction = found.groups()
    microsecond = round(float(fraction[0]) * 1_000_000) if fraction and fraction[0] else 0
    return datetime(
        int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), min(microsecond, 999_999)
    )


def cell_converter(
    base: Converter, sources: Sequence[Source], words: Mapping[str, str], manner: Manner, form: str = ""
) -> Converter:
    """Wrap a converter for cells.

    Parameters
    ----------
    base : Converter
        Reads the plain value; for instants only its name counts.
    sources : sequence of Source
        Where the value stands.
    words : mapping
        The file's words to ours; ``*`` stands for any other word. Empty: as it stands.
    manner : Manner
        How the file writes things.
    form : str
        `datetime.strptime` form of times, or empty.
    """

    def plain(raw: Json) -> Json:
        value, ours = picked(raw, sources, manner)
        if value is None or ours or not words:
            return value
        word = cell_text(value)
        if word in words:
            return words[word]
        if "*" in words:
            return words["*"]
        raise BadValue(value, f"one of: {', '.join(words)}"[:300])

    def convert(raw: Json, context: ShopContext) -> Value:
        value = plain(raw)
        if value is None:
            return None
        if base.type == "instant" and base.moment is None:
            at = moment_of(value, context, manner, form)
            return None if at is None else at.isoformat() + "Z"
        numeric = base.type in {"int", "money", "number"}
        return base.convert(plain_number(value, manner) if numeric else value, context)

    def moment(raw: Json, context: ShopContext) -> datetime | None:
        value = plain(raw)
        if value is None:
            return None
        return base.moment(value, context) if base.moment else moment_of(value, context, manner, form)

    return replace(base, convert=convert, moment=moment if base.type == "instant" else None)


def any_time(name: str) -> Converter:
    """Name the reading of times as people write them."""
    return Converter(name, "instant", lambda raw, context: None)
