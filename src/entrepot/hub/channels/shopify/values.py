"""Reading the values of Shopify's lists: amounts as text, counts, words."""

from collections.abc import Iterator

from entrepot.hub.converters import (
    Converter,
    ShopContext,
    computed,
    pieces,
    text,
    yuan,
)
from entrepot.hub.documents import Json
from entrepot.kernel.facts import Value


def rows(raw: Json) -> Iterator[dict[str, Json]]:
    """Go through the objects of a list; anything else has none."""
    for row in raw if isinstance(raw, list) else ():
        if isinstance(row, dict):
            yield row


def amount(raw: Json, context: ShopContext) -> int:
    """Read an amount in minor units; 0 where there is none."""
    value = None if raw is None else yuan.convert(raw, context)
    return value if isinstance(value, int) else 0


def count(raw: Json, context: ShopContext) -> int:
    """Read a number of pieces; 0 where there is none."""
    value = None if raw is None else pieces.convert(raw, context)
    return value if isinstance(value, int) else 0


def several(raw: Json, length: int) -> list[Json]:
    """Take the raw values of several paths."""
    return raw if isinstance(raw, list) and len(raw) == length else [None] * length


def sum_of(name: str, member: str) -> Converter:
    """Add up one money member of a list's objects."""

    def convert(raw: Json, context: ShopContext) -> Value:
        return sum(amount(row.get(member), context) for row in rows(raw)) if isinstance(raw, list) else None

    return computed(name, "money", convert)


def word_of(word: Json) -> str:
    """Read a word of a vocabulary, lower case."""
    return str(text.convert(word, ShopContext()) or "").lower() if word is not None else ""
