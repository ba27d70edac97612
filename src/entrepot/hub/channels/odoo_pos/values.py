"""Reading Odoo's values: ``false`` for nothing, floats, references, one-to-many commands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from entrepot.hub.converters import (
    Converter,
    ShopContext,
    ident,
    number,
    text,
    utc_or_offset_time,
    yuan,
)
from entrepot.hub.documents import Json
from entrepot.kernel.facts import Value


def unless_false(converter: Converter) -> Converter:
    """Read ``false`` as nothing, as Odoo means it."""

    def convert(raw: Json, context: ShopContext) -> Value:
        return None if raw is False else converter.convert(raw, context)

    def moment(raw: Json, context: ShopContext) -> datetime | None:
        return None if raw is False or converter.moment is None else converter.moment(raw, context)

    return replace(converter, convert=convert, moment=None if converter.moment is None else moment)


def several(raw: Json, length: int) -> list[Json]:
    """Take the raw values of several paths."""
    return raw if isinstance(raw, list) and len(raw) == length else [None] * length


def commands(raw: Json) -> Iterator[tuple[int, dict[str, Json]]]:
    """Go through the rows of a one-to-many: ``[0, 0, {...}]`` or the rows themselves, with their places from 1."""
    for place, row in enumerate(raw if isinstance(raw, list) else (), 1):
        inner = row[2] if isinstance(row, list) and len(row) > 2 else row
        if isinstance(inner, dict):
            yield place, inner


ID: Final = unless_false(ident)
TEXT: Final = unless_false(text)
TIME: Final = unless_false(utc_or_offset_time)
MONEY: Final = unless_false(yuan)


def amount(raw: Json, context: ShopContext) -> int:
    """Read an amount in minor units; 0 where there is none."""
    value = None if raw is None else MONEY.convert(raw, context)
    return value if isinstance(value, int) else 0


def decimal(raw: Json) -> Decimal:
    """Read a number exactly; 0 where there is none."""
    value = None if raw in (None, False) else number.convert(raw, ShopContext())
    return Decimal(str(value)) if value is not None else Decimal(0)


def many2one_id(raw: Json, context: ShopContext) -> Value:
    """Read a reference: an id, or ``[id, name]``."""
    return ID.convert(raw[0] if isinstance(raw, list) and raw else raw if not isinstance(raw, list) else "", context)


def many2one_name(raw: Json, context: ShopContext) -> Value:
    """Read a reference's name where it comes along, else its id."""
    return ID.convert((raw[1] if len(raw) > 1 else raw[0]) if isinstance(raw, list) and raw else raw or "", context)
