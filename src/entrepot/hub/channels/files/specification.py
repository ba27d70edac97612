"""Reading a mapping's tables and fields, collecting every fault before any is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from entrepot.hub.channels.files.cells import Manner, Source, any_time, cell_converter
from entrepot.hub.channels.files.words import BY_TYPE, READINGS, SIGNED, VOCABULARIES, nearest
from entrepot.hub.converters import Converter
from entrepot.hub.mapping import Field, Paths, escaped
from entrepot.kernel.canonical import KINDS

Toml: TypeAlias = "str | int | float | bool | list[Toml] | dict[str, Toml] | object"

_KEYS: Final = (
    "column",
    "columns",
    "join",
    "value",
    "default",
    "first_of",
    "map",
    "as",
    "format",
    "required",
    "optional",
)
_FILE: Final = "@file"


Need: TypeAlias = Literal["optional", "read", "required"]
"""Whether a file may lack a column; whether its cells may be empty."""
_NEEDS: Final = ("optional", "read", "required")


@dataclass(slots=True)
class Faults:
    """What is wrong with a mapping, all of it."""

    found: list[str] = field(default_factory=list)

    def add(self, where: str, what: str) -> None:
        """Note a fault."""
        self.found.append(f"{where}: {what}")


@dataclass(slots=True)
class Columns:
    """The columns a mapping reads; ``@row`` and ``@file`` are the row's place and the file's name."""

    read: dict[str, Need] = field(default_factory=dict)

    def note(self, names: Sequence[str], need: Need) -> None:
        """Note columns that are read; the greatest need of any field holds."""
        for name in names:
            self.read[name] = max(self.read.get(name, need), need, key=_NEEDS.index)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the columns of a table stand, seen from its objects: in the row itself, or in the group's first row."""

    prefix: str = ""

    def path(self, column: str) -> str:
        """Write a column's path."""
        if column == _FILE:
            return "$.file"
        return f"{self.prefix}{escaped(column)}"


def read_columns(spec: Toml, where: str, faults: Faults) -> tuple[str, ...]:
    """Read one column name or a list of them."""
    names = spec if isinstance(spec, list) else [spec]
    if not names or not all(isinstance(name, str) and name for name in names):
        faults.add(where, f"{spec!r} is not a column name or a list of them.")
        return ()
    return tuple(str(name) for name in names)


def read_field(
    kind: str, target: str, spec: Toml, place: Place, manner: Manner, columns: Columns, faults: Faults
) -> Field | None:
    """Read one field of a mapping; None, and a fault, where it is wrong."""
    where = f"[{kind}] {target}"
    known = KINDS[kind]
    if target not in known:
        faults.add(where, f"{kind} has no such field.{nearest(target, known)}")
        return None
    if known[target] == "list":
        faults.add(where, "a list cannot come from a cell; leave it out.")
        return None
    table = spec if isinstance(spec, dict) else {"column": spec}
    for key in table:
        if key not in _KEYS:
            faults.add(where, f"there is no setting {key!r}.{nearest(str(key), _KEYS)}")
    sources, constant = _sources(table, where, faults)
    if constant is None and not sources:
        return None
    base = _base(kind, target, table, where, faults)
    if base is None:
        return None
    words = _words(kind, target, table, base, where, faults)
    required = table.get("required") is True
    need: Need = "required" if required else "optional" if table.get("optional") is True else "read"
    for source in sources:
        columns.note(source.columns, need)
    paths = [place.path(column) for source in sources for column in source.columns]
    if constant is not None:
        sources = [*sources, Source(())]
        paths.append(f"={constant}")
        _check_constant(constant, VOCABULARIES.get((kind, target)), where, faults)
    joined: Paths = paths[0] if len(paths) == 1 else tuple(paths)
    form = str(table.get("format", ""))
    return Field(target, joined, cell_converter(base, sources, words, manner, form), required)


def _sources(table: Mapping[str, Toml], where: str, faults: Faults) -> tuple[list[Source], str | None]:
    constant = table.get("value", table.get("default"))
    if isinstance(constant, bool):
        constant = "true" if constant else "false"
    sources = []
    if "first_of" in table:
        choices = table["first_of"]
        for choice in choices if isinstance(choices, list) else [choices]:
            sources.extend(_source(choice if isinstance(choice, dict) else {"column": choice}, where, faults))
    elif "column" in table or "columns" in table:
        sources.extend(_source(table, where, faults))
    elif constant is None:
        faults.add(where, "say where it stands: a column, `columns`, `first_of` or a constant `value`.")
    if "value" in table and sources:
        faults.add(where, "a constant `value` and a column exclude each other; use `default` for empty cells.")
    return sources, None if constant is None else str(constant)


def _source(table: Mapping[str, Toml], where: str, faults: Faults) -> list[Source]:
    names = read_columns(table.get("columns", table.get("column")), where, faults)
    return [Source(names, str(table.get("join", "")))] if names else []


def _base(kind: str, target: str, table: Mapping[str, Toml], where: str, faults: Faults) -> Converter | None:
    wanted = KINDS[kind][target]
    name = table.get("as")
    if wanted == "instant" and name in (None, "time"):
        return any_time(f"time {table['format']}" if "format" in table else "time")
    if name is None:
        base = READINGS["signed" if (kind, target) in SIGNED else BY_TYPE[wanted]]
    elif name in READINGS:
        base = READINGS[str(name)]
    else:
        faults.add(where, f"there is no reading {name!r}.{nearest(str(name), [*READINGS, 'time'])}")
        return None
    if base.type != wanted:
        fits = [known for known, reading in READINGS.items() if reading.type == wanted]
        faults.add(where, f"the field is {wanted}, but {name!r} gives {base.type}. Use one of: {', '.join(fits)}.")
        return None
    return base


def _words(
    kind: str, target: str, table: Mapping[str, Toml], base: Converter, where: str, faults: Faults
) -> dict[str, str]:
    given = table.get("map", {})
    if not isinstance(given, dict):
        faults.add(where, '`map` is a table such as {"已付款" = "paid"}.')
        return {}
    words = {str(word): str(ours) for word, ours in given.items()}
    vocabulary = VOCABULARIES.get((kind, target))
    if vocabulary is None:
        return words
    for ours in words.values():
        if ours not in vocabulary:
            faults.add(where, f"{ours!r} is none of our words: {', '.join(vocabulary)}.{nearest(ours, vocabulary)}")
    return words or {word: word for word in vocabulary}


def _check_constant(constant: str, vocabulary: Sequence[str] | None, where: str, faults: Faults) -> None:
    if vocabulary is not None and constant not in vocabulary:
        faults.add(where, f"{constant!r} is none of our words: {', '.join(vocabulary)}.{nearest(constant, vocabulary)}")
