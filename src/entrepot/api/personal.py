"""Personal data as a caller may see it: clear, or masked so that a person can be recognised but not reached. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, cast

from pydantic import JsonValue

from entrepot.hub.spans import Span
from entrepot.kernel.canonical import KINDS
from entrepot.kernel.facts import Value

FREE_TEXT: Final = ("street", "postal", "buyer_note", "seller_note", "buyer_id", "longitude", "latitude")
"""Order fields that are not of type ``pii`` and still tell of a person."""

_KEYS: Final = (
    r"[\w.-]*(?:name|nick|phone|mobile|tel|address|addr|street|email|mail|receiver|consignee|buyer|contact|id_card|zip|"
    r"postal|message|memo|note|remark)[\w.-]*"
)
_MEMBER: Final = re.compile(rf'(\\*"(?i:{_KEYS})\\*"\s*:\s*)((\\*")(?:[^"\\]|\\(?!"))*?\3|\d[\d.]*)')
_SIGN: Final = re.compile(r"[^\W_]")


def is_personal(kind: str, field: str) -> bool:
    """Tell whether a canonical field holds personal data."""
    return KINDS.get(kind, {}).get(field) == "pii" or (kind == "order" and field in FREE_TEXT)


def masked(text: str) -> str:
    """Keep the first character and the last two of longer ones.

    Examples
    --------
    >>> masked("张小明"), masked("13800138000"), masked("")
    ('张**', '1********00', '')
    """
    kept = 2 if len(text) > 6 else 0
    return text[:1] + "*" * (len(text) - 1 - kept) + text[len(text) - kept :] if len(text) > 1 else "*" * len(text)


def shown(kind: str, field: str, value: Value, in_clear: bool) -> JsonValue:
    """Return a canonical value as the caller may see it; personal data as text.

    Parameters
    ----------
    kind, field : str
        Canonical.
    value : Value
        As folded.
    in_clear : bool
        Whether the caller may read personal data.
    """
    if isinstance(value, dict):
        if value.get("state") not in {"clear", "masked"}:
            return None if value.get("state") == "erased" else "***"
        value = value.get("value")
    if in_clear or not is_personal(kind, field) or value is None:
        return cast(JsonValue, value)
    return masked(str(value))


def masked_text(text: str, spans: Iterable[Span]) -> str:
    """Blank personal data in a message's text, keeping every character's place.

    Parameters
    ----------
    text : str
        JSON, or anything else.
    spans : iterable of (int, int)
        Where fields read as personal stand.

    Notes
    -----
    Members whose names speak of persons are blanked as well: a mapping does not read all of them. Text that is no JSON
    is blanked whole.
    """
    if not text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return _SIGN.sub("*", text)
    signs = list(text)
    found = [(match.start(2), match.end(2)) for match in _MEMBER.finditer(text)]
    for start, end in (*spans, *found):
        signs[start:end] = _SIGN.sub("*", text[start:end])
    return "".join(signs)
