"""Schema observations: which paths a channel sends, with which types, and which of them no mapping reads. Pure.

List places are written ``[]``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from functools import cache, lru_cache
from typing import Final, TypeAlias

from entrepot.hub.adapter import Adapter
from entrepot.hub.documents import Json
from entrepot.hub.mapping import Table, steps

_TYPES: Final[dict[type, str]] = {
    str: "text", int: "integer", Decimal: "number", bool: "flag", type(None): "null", dict: "object", list: "list",
}  # fmt: skip
_MOST_PATHS: Final = 2000
_WIDEST: Final = 200  # an object with more members is data, not a shape that comes again


Observed: TypeAlias = tuple[str, str]
"""A path seen, and the type of what stood there."""
Steps: TypeAlias = tuple[str, ...]


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
        names, kinds = tuple(value), tuple(map(type, value.values()))
        members, inner = _shape(path, names, kinds) if len(names) <= _WIDEST else _shape.__wrapped__(path, names, kinds)
        if len(seen) + len(members) <= _MOST_PATHS:
            seen.update(members)
        else:
            for observed in members:
                if observed in seen or len(seen) < _MOST_PATHS:
                    seen[observed] += 1
        for name, below in inner:
            _walk(value[name], below, seen)
    elif type(value) is list:
        below = f"{path}[]"
        for member in value:
            if type(member) in (dict, list):
                _walk(member, below, seen)


@lru_cache(maxsize=4096)
def _shape(
    path: str, names: tuple[str, ...], kinds: tuple[type, ...]
) -> tuple[tuple[Observed, ...], tuple[tuple[str, str], ...]]:
    """Return what an object of these members shows, and (name, path) of those that hold more; shapes come again."""
    prefix = f"{path}." if path else ""
    members = tuple((prefix + name, _TYPES[kind]) for name, kind in zip(names, kinds, strict=True))
    inner = tuple((name, prefix + name) for name, kind in zip(names, kinds, strict=True) if kind in (dict, list))
    return members, inner


@cache
def known_paths(adapter: Adapter, topic: str) -> frozenset[str]:
    """Return the paths that a topic's mapping reads, and those on the way to them; `is_known` looks a path up."""
    known: set[Steps] = set()
    for spec in adapter.topics:
        if spec.name == topic:
            for mark in spec.marks:
                _add(mark, [()], known)
            for table in spec.tables:
                _collect(table, [()], known)
    return frozenset(".".join(path) for path in known)


def is_known(path: str, known: frozenset[str]) -> bool:
    """Tell whether a path that was observed is among the known ones."""
    return path.replace("[]", "").strip(".") in known


def _collect(table: Table, around: list[Steps], known: set[Steps]) -> None:
    """Follow a table as `compile_table` does: every step of its `at` is an object that ``^`` climbs from."""
    chain = [*around, *_places(table.at, around[-1])]
    groups = [table.id, *(field.paths for field in table.fields), table.parent, table.version, table.currency]
    for group in (".", *groups, table.digest):
        for path in (group,) if isinstance(group, str) else group or ():
            _add(path, chain, known)
    for part in table.parts:
        _collect(part, chain, known)


def _places(at: str, base: Steps) -> Iterator[Steps]:
    if at in {"", "."}:
        return
    *lists, tail = at.split("[]")
    for segment in [*lists, *([tail] if tail.strip(".") else [])]:
        base = (*base, *(steps(segment.strip(".")) if segment.strip(".") else ()))
        yield base


def _add(path: str, chain: list[Steps], known: set[Steps]) -> None:
    if path.startswith("="):
        return
    parts = steps(path)
    level = len(chain) - 1
    while parts and parts[0] == "^":
        parts, level = parts[1:], level - 1
    if parts and parts[0] == "$":
        parts, level = parts[1:], 0
    # A place in a list is no name: it was observed as [].
    whole = (*chain[max(level, 0)], *(part for part in parts if part != "#" and not part.isdigit()))
    known.update(whole[:end] for end in range(1, len(whole) + 1))
