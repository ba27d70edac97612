"""The text of a VRPLIB file: specifications, sections, and faults with their lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from entrepot.delivery.routing.travel import LONGEST
from entrepot.kernel.errors import InputError


class Row(NamedTuple):
    """A line of a section and its number."""

    line: int
    tokens: list[str]


@dataclass(frozen=True, slots=True)
class Vrplib:
    """A VRPLIB file taken apart; names in capitals, without ``_SECTION``."""

    specs: dict[str, Row] = field(default_factory=dict)
    sections: dict[str, list[Row]] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        """Return a specification as it stands."""
        return " ".join(self.specs[name].tokens) if name in self.specs else default

    def number(self, name: str) -> float | None:
        """Return a specification that is a number."""
        if name not in self.specs:
            return None
        line, tokens = self.specs[name]
        if len(tokens) != 1:
            raise fault(line, f"{name} is {' '.join(tokens) or 'empty'}", "Give one number.")
        return number_of(tokens[0], line)

    def count(self, name: str, default: int) -> int:
        """Return a specification that is a whole number of at least 1."""
        value = self.number(name)
        if value is None:
            return default
        if value < 1 or value != int(value):
            raise fault(self.specs[name].line, f"{name} is {value:g}", "Give a whole number of at least 1.")
        return int(value)

    def table(self, name: str, size: int) -> NDArray[np.float64]:
        """Return a section of equally long rows by id: shape (size, n_columns), row k is id k + 1."""
        plain = self._plain_table(name, size)
        return plain if plain is not None else self._checked_table(name, size)

    def _plain_table(self, name: str, size: int) -> NDArray[np.float64] | None:
        """Return the table at once where nothing is wrong with it; None where row by row has to be told what is."""
        rows = self.sections[name]
        tokens = [token for _, tokens in rows for token in tokens]
        width = len(rows[0].tokens) if rows else 0
        if len(rows) != size or width < 2 or any(len(row.tokens) != width for row in rows):
            return None
        try:
            values = np.array(tokens, dtype=np.float64).reshape(size, width)
        except ValueError:
            return None
        order = np.argsort(values[:, 0], kind="stable")
        is_sound = (values[order, 0] == np.arange(1, size + 1)).all() and (np.abs(values) <= LONGEST).all()
        return np.ascontiguousarray(values[order, 1:]) if is_sound else None

    def _checked_table(self, name: str, size: int) -> NDArray[np.float64]:
        lists = self.lists(name, size)
        width = len(lists[0][1]) if lists else 0
        for line, values in lists:
            if len(values) != width or not width:
                raise fault(line, f"{name} has {len(values)} values here and {width} in its first row", "Give as many.")
        return np.array([values for _, values in lists], dtype=np.float64).reshape(size, width)

    def lists(self, name: str, size: int) -> list[tuple[int, list[float]]]:
        """Return a section's rows by id, each with its line."""
        found: dict[int, tuple[int, list[float]]] = {}
        for line, tokens in self.sections[name]:
            key, *values = (number_of(token, line) for token in tokens)
            if key != int(key) or not 1 <= key <= size:
                raise fault(line, f"{name} has a row for {key:g}", f"Ids go from 1 to {size}.")
            if int(key) in found:
                raise fault(
                    line, f"{name} has two rows for {int(key)}, the first in line {found[int(key)][0]}", "Leave one."
                )
            found[int(key)] = line, values
        if len(found) < size:
            missing = next(key for key in range(1, size + 1) if key not in found)
            raise fault(None, f"{name} has no row for {missing}", f"Give a row for each id from 1 to {size}.")
        return [found[key] for key in range(1, size + 1)]

    def values(self, name: str) -> list[float]:
        """Return all numbers of a section in a row, however they are laid out in lines."""
        return [number_of(token, line) for line, tokens in self.sections[name] for token in tokens]


def parse(text: str) -> Vrplib:
    """Take a VRPLIB file apart.

    Raises
    ------
    InputError
        ``routes.format`` with the line of the fault.
    """
    found = Vrplib()
    section: list[Row] | None = None
    for line, raw in enumerate(text.splitlines(), start=1):
        stripped = raw.strip()
        if stripped.upper() == "EOF":
            break
        name = stripped.rstrip(" :").upper()
        if name.endswith("_SECTION"):
            name = name.removesuffix("_SECTION")
            if name in found.sections:
                raise fault(line, f"there is a second {name}_SECTION", "Leave one.")
            section = found.sections[name] = []
        elif not stripped:
            continue
        elif ":" in stripped:
            key, _, value = stripped.partition(":")
            if section is not None:
                raise fault(line, f"the specification {key.strip()} comes after a section", "Put it before.")
            key, row = key.strip().upper(), Row(line, value.split())
            if key != "COMMENT" and found.specs.get(key, row).tokens != row.tokens:
                what = f"{key} is {' '.join(row.tokens)}, and {' '.join(found.specs[key].tokens)} in line"
                raise fault(line, f"{what} {found.specs[key].line}", "Leave one.")
            found.specs[key] = row
        elif section is not None:
            section.append(Row(line, stripped.split()))
        else:
            raise fault(line, f"{stripped[:40]!r} is neither `NAME: value` nor a section", "Correct the line.")
    return found


def fault(line: int | None, what: str, mend: str) -> InputError:
    """Return the error for a fault of a file."""
    where = "The file" if line is None else f"Line {line}"
    return InputError("routes.format", f"{where}: {what}.", mend, line=line)


def number_of(token: str, line: int) -> float:
    """Return the number that a word of a line is."""
    try:
        value = float(token)
    except ValueError:
        raise fault(line, f"{token!r} is no number", "Correct it.") from None
    if not abs(value) <= LONGEST:
        raise fault(line, f"{token!r} is no number from -{LONGEST} to {LONGEST}", "Correct it, or leave out the limit.")
    return value
