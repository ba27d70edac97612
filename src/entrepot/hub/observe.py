"""Schema observations: which paths a channel sends, with which types, and which of them no mapping reads. Pure.

List places are written ``[]``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Final, TypeAlias

from entrepot.hub.adapter import Adapter
from entrepot.hub.documents import Json
from entrepot.hub.mapping import Table, steps

_TYPES: Final[dict[type, str]] = {
    str: "text", int: "integer", Decimal: "number", bool: "flag", type(None): "null", dict: "object", list: "list",
}  # fmt: skip
_MOST_PATHS: Final = 2000


Observed: TypeAlias = tuple[str, str]
"""A path seen, and the type of what stood there."""


def observe(document: Json, seen: Counter[Observed]) -> None:
    """Count the paths and types of a document into `seen`.

    Parameters
    ----------
    document : Json
        A decoded message.
    seen : Counter
        Extended in place; takes no new path beyond 2,000 (keys that are data would fill it).
    """
    _walk(document, "", seen)


def _walk(value: Json, path: str, seen: Counter[Observed]) -> None:
    if type(value) is dict:
        prefix = f"{path}." if path else ""
        for name, member in value.items():
            kind = type(member)
            inner = prefix + name
            observed = (inner, _TYPES[kind])
            if observed in seen or len(seen) < _MOST_PATHS:
                seen[observed] += 1
            if kind is dict or kind is list:
                _walk(member, inner, seen)
    elif type(value) is list:
        inner = f"{path}[]"
        for member in value:
            if type(member) in (dict, list):
                _walk(member, inner, seen)


@cache
def known_paths(adapter: Adapter, topic: str) -> frozenset[str]:
    """Return the paths that a topic's mapping reads, and those on the way to them."""
    known: set[str] = set()
    for spec in adapter.topics:
        if spec.name == topic:
            for mark in spec.marks:
                known.update(_prefixes(mark))
            for table in spec.tables:
                _collect(table, [""], known)
    return frozenset(known)


def _collect(table: Table, around: list[str], known: set[str]) -> None:
    at = table.at.strip(".")
    base = ".".join(filter(None, (around[-1], at))) if not at.startswith("[]") else around[-1] + at
    known.update(_prefixes(base))
    chain = [*around, base]
    paths = [table.id, *(field.paths for field in table.fields), table.parent or (), table.version or ()]
    for group in paths:
        for path in (group,) if isinstance(group, str) else group:
            known.update(_resolved(path, chain))
    for part in table.parts:
        _collect(part, chain, known)


def _resolved(path: str, chain: list[str]) -> Iterator[str]:
    parts = steps(path)
    level = len(chain) - 1
    while parts and parts[0] == "^":
        parts, level = parts[1:], level - 1
    if parts and parts[0] == "$":
        parts, level = parts[1:], 0
    if parts and parts[0] != "#":
        yield from _prefixes(".".join(filter(None, (chain[max(level, 0)], *parts))))


def _prefixes(path: str) -> Iterator[str]:
    parts = path.split(".")
    for end in range(1, len(parts) + 1):
        prefix = ".".join(parts[:end])
        yield prefix
        yield prefix.removesuffix("[]")
