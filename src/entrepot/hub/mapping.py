r"""Mappings as data: which path of a channel's document becomes which canonical field, through which converter.

A `Table` names one canonical kind. Its `at` says where its objects stand: ``""`` is the enclosing object,
``"orders.order[]"`` every element of a list (a single object counts as a list of one). Field paths start at the
object; ``^`` climbs to the enclosing object, ``$`` starts at the document, ``#`` is the element's place in its list
(from 1), ``.`` the object itself, ``=word`` the word itself; a backslash takes a character's meaning away (``a\.b`` is
one member). Several paths give the converter the list of their raw values.

`compile_table` turns a table into closures once, when the adapter is loaded; `entrepot.hub.lineage` reads the same
table to tell where a value came from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from entrepot.hub.converters import Converter, ShopContext, ident, text
from entrepot.hub.documents import Json
from entrepot.kernel.canonical import KINDS
from entrepot.kernel.errors import InvariantBroken

Paths: TypeAlias = str | tuple[str, ...]
_NO_SHOP: Final = ShopContext()


@dataclass(frozen=True, slots=True)
class Field:
    """One canonical field: where it stands and how it is read.

    Parameters
    ----------
    target : str
        Canonical field, checked against `entrepot.kernel.canonical.KINDS`.
    paths : str or tuple of str
        One path, or several for a computed field.
    converter : Converter
        Its type must be the target's type.
    required : bool
        Without a value the whole record is quarantined.
    """

    target: str
    paths: Paths
    converter: Converter = text
    required: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One canonical kind of a message.

    Parameters
    ----------
    kind : str
        Canonical kind.
    id : str or tuple of str
        Path(s) of the native id; several are joined (see `joined`).
    fields : tuple of Field
        The fields.
    at : str
        Where the objects stand (see the module).
    scope : str
        What the id is unique within: ``shop``; ``parent`` (an order's part); ``global`` (a parcel number).
    parent : str or tuple of str, optional
        For a part that comes without its order: path(s) of the order's native id.
    version : str, optional
        Path of the channel's own version; the enclosing record's version when absent.
    version_by : Converter, optional
        A converter of times.
    parts : tuple of Table
        Tables inside this object.
    when : callable, optional
        Objects for which it answers False give no record.
    currency : str or tuple of str, optional
        Path(s) of the ISO 4217 code that the object's (and its parts') amounts are in; the first code there is, the
        shop's where there is none.
    joined : str
        What stands between several parts of an id.
    digest : tuple of str
        Paths whose values, hashed, end the id: the same content has the same id wherever it is sent again.
    """

    kind: str
    id: Paths
    fields: tuple[Field, ...]
    at: str = ""
    scope: Literal["shop", "parent", "global"] = "shop"
    parent: Paths | None = None
    version: Paths | None = None
    version_by: Converter | None = None
    parts: tuple[Table, ...] = ()
    when: Callable[[Json], bool] | None = None
    currency: Paths | None = None
    joined: str = "|"
    digest: tuple[str, ...] = ()


class Place:
    """An object of the document, the pointer to it, its place in its list, and the object around it."""

    __slots__ = ("index", "pointer", "up", "value")

    def __init__(self, value: Json, pointer: str, up: Place | None, index: int = 1) -> None:
        self.value = value
        self.pointer = pointer
        self.up = up
        self.index = index


Get: TypeAlias = Callable[[Place], Json]


_DOT: Final = re.compile(r"(?<!\\)\.")
_ESCAPED: Final = re.compile(r"\\(.)")


def steps(path: str) -> list[str]:
    """Split a path into its steps."""
    return [_ESCAPED.sub(r"\1", part) for part in _split(path)]


def _split(path: str) -> list[str]:
    return _DOT.split(path) if path != "." else []


def escaped(name: str) -> str:
    """Write any member's name as one step of a path.

    Examples
    --------
    >>> steps(escaped("unit price (incl.)"))
    ['unit price (incl.)']
    """
    return re.sub(r"([\\.^$#=\[\]])", r"\\\1", name)


def compile_path(paths: Paths) -> Get:
    """Turn one path, or several, into a function from a place to the raw value (None where it is missing)."""
    if isinstance(paths, tuple):
        getters = [compile_path(path) for path in paths]
        return lambda place: [get(place) for get in getters]
    if paths.startswith("="):
        word = paths[1:]
        return lambda place: word
    parts = _split(paths)
    climbs = 0
    while parts and parts[0] == "^":
        climbs += 1
        parts = parts[1:]
    if climbs:
        return _climbing(climbs, compile_path(".".join(parts) or "."))
    if parts and parts[0] == "$":
        return _from_root(compile_path(".".join(parts[1:]) or "."))
    if parts == ["#"]:
        return lambda place: place.index
    if not parts:
        return lambda place: place.value
    if len(parts) == 1 and not parts[0].isdigit():
        return _member(steps(parts[0])[0])
    return _walk(tuple(steps(".".join(parts))))


def _member(name: str) -> Get:
    def get(place: Place) -> Json:
        value = place.value
        return value.get(name) if type(value) is dict else None

    return get


def _walk(parts: tuple[str, ...]) -> Get:
    def get(place: Place) -> Json:
        value = place.value
        for part in parts:
            if type(value) is dict:
                value = value.get(part)
            elif type(value) is list and part.isdigit() and int(part) < len(value):
                value = value[int(part)]
            else:
                return None
        return value

    return get


def _climbing(climbs: int, get: Get) -> Get:
    def climb(place: Place) -> Json:
        for _ in range(climbs):
            if place.up is None:
                return None
            place = place.up
        return get(place)

    return climb


def _from_root(get: Get) -> Get:
    def from_root(place: Place) -> Json:
        while place.up is not None:
            place = place.up
        return get(place)

    return from_root


Each: TypeAlias = Callable[[Place], Iterator[Place]]


def compile_at(at: str) -> Each:
    """Turn an `at` into a function that finds its objects below a place."""
    if at in {"", "."}:
        return lambda place: iter((place,))
    first, *rest = at.split("[]")
    finders = [
        _below(tuple(steps(segment.strip("."))) if segment.strip(".") else ()) for segment in (first, *rest[:-1])
    ]
    tail = rest[-1].strip(".") if rest else ""
    last = _inner(tuple(steps(tail))) if tail else None
    if not rest:
        return _inner(tuple(steps(first)))

    def each(place: Place) -> Iterator[Place]:
        places = [place]
        for find in finders:
            places = [found for outer in places for found in find(outer)]
        if last is None:
            yield from places
        else:
            for found in places:
                yield from last(found)

    return each


def pointer_step(part: str) -> str:
    """Write one step of a JSON pointer (RFC 6901)."""
    return "/" + part.replace("~", "~0").replace("/", "~1")


def _inner(parts: tuple[str, ...]) -> Each:
    get = _walk(parts)
    pointer = "".join(pointer_step(part) for part in parts)

    def each(place: Place) -> Iterator[Place]:
        value = get(place)
        if value is not None:
            yield Place(value, place.pointer + pointer, place)

    return each


def _below(parts: tuple[str, ...]) -> Each:
    get = _walk(parts)
    pointer = "".join(pointer_step(part) for part in parts)

    def each(place: Place) -> Iterator[Place]:
        value = get(place)
        if type(value) is list:
            for index, item in enumerate(value):
                yield Place(item, f"{place.pointer}{pointer}/{index}", place, index + 1)
        elif type(value) is dict:
            yield Place(value, place.pointer + pointer, place)

    return each


class CompiledField:
    """A field ready to run."""

    __slots__ = ("convert", "field", "get", "required", "target")

    def __init__(self, field: Field) -> None:
        self.field = field
        self.target = field.target
        self.get = compile_path(field.paths)
        self.convert = field.converter.convert
        self.required = field.required


class CompiledTable:
    """A table ready to run; made by `compile_table`."""

    __slots__ = (
        "currency", "digest", "each", "fields", "id", "id_single", "parent", "parts", "table", "version", "version_at",
    )  # fmt: skip

    def __init__(self, table: Table) -> None:
        self.table = table
        self.each = compile_at(table.at)
        self.id_single = isinstance(table.id, str)
        self.id = compile_path(table.id)
        self.digest = compile_path(table.digest) if table.digest else None
        self.parent = None if table.parent is None else compile_path(table.parent)
        self.currency = None if table.currency is None else compile_path(table.currency)
        self.version = None if table.version is None else compile_path(table.version)
        self.version_at = None if table.version_by is None else table.version_by.moment
        self.fields = tuple(CompiledField(field) for field in table.fields)
        self.parts = tuple(CompiledTable(part) for part in table.parts)


def compile_table(table: Table) -> CompiledTable:
    """Check a table against the canonical kinds and compile it.

    Raises
    ------
    InvariantBroken
        If a target does not exist, is mapped twice, or has another type than its converter.
    """
    _check(table)
    return CompiledTable(table)


def _check(table: Table) -> None:
    known: Final = KINDS.get(table.kind)
    if known is None:
        raise InvariantBroken("mapping.kind", f"There is no canonical kind {table.kind!r}.")
    seen: set[str] = set()
    for field in table.fields:
        if field.target not in known:
            raise InvariantBroken("mapping.field", f"{table.kind} has no field {field.target!r}.")
        if field.target in seen:
            raise InvariantBroken("mapping.twice", f"{table.kind}.{field.target} is mapped twice.")
        if known[field.target] != field.converter.type:
            raise InvariantBroken(
                "mapping.type",
                f"{table.kind}.{field.target} is {known[field.target]}, but {field.converter.name} gives "
                f"{field.converter.type}.",
            )
        seen.add(field.target)
    if table.version is not None and (table.version_by is None or table.version_by.moment is None):
        raise InvariantBroken("mapping.version", f"The version of {table.kind} needs a converter of times.")
    for part in table.parts:
        _check(part)


def native_part(raw: Json) -> str | None:
    """Read one part of a native id as text; None where it is missing."""
    value = ident.convert(raw, _NO_SHOP) if raw is not None else None
    return None if value is None else str(value)
