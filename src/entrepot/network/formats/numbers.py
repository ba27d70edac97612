"""Numbers of a text, with the lines they stand on, as exact integers."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from entrepot.kernel.errors import InputError
from entrepot.network.problem import Integers

MOST_DECIMALS: Final = 6
MOST_DIGITS: Final = 18
SHOWN: Final = 40
"""Characters of a word that a message tells."""
EXACT: Final = 2.0**50
"""Below it, a number times its scale is nearest to the right integer."""


class Numbers(NamedTuple):
    """Words of a text that are read one after the other."""

    words: list[str]
    lines: list[int]


def numbers_of(text: str) -> Numbers:
    """Split a text into words, and remember each one's line."""
    words: list[str] = []
    lines: list[int] = []
    for number, line in enumerate(text.splitlines(), 1):
        found = line.split()
        words += found
        lines += [number] * len(found)
    return Numbers(words, lines)


def scaled(numbers: Numbers, first: int, many: int, scale: int) -> Integers:
    """Read numbers from 0 times `scale` as integers; what is finer is rounded half to even."""
    _enough(numbers, first + many)
    try:
        values = np.array(numbers.words[first : first + many], dtype=float)
    except ValueError:
        raise _not_a_number(numbers, first, many) from None
    if np.isnan(values).any():
        raise _not_a_number(numbers, first, many)
    if (values < 0).any():
        where = _told(numbers, first + int(np.argmax(values < 0)))
        raise InputError("network.format", f"{where} where a number from 0 belongs.", "Correct the file.")
    if not (values < EXACT / scale).all():
        where = _told(numbers, first + int(np.argmax(values >= EXACT / scale)))
        raise InputError("network.format", f"{where}, too great to be held exactly.", "Choose a greater unit.")
    values *= scale
    return np.asarray(np.rint(values), dtype=np.int64)


def scale_of(numbers: Numbers, *parts: tuple[int, int]) -> int:
    """Return the power of ten, at most a million, with which all numbers of the parts are whole."""
    decimals = 0
    for first, many in parts:
        for word in numbers.words[first : first + many]:
            digits, _, power = word.lower().partition("e")
            if power or "." in digits:
                finest = len(digits.partition(".")[2].rstrip("0")) - (int(power) if _is_number(power) else 0)
                decimals = max(decimals, finest)
    return int(10 ** min(decimals, MOST_DECIMALS))


def is_count(word: str) -> bool:
    """Tell whether a word is a whole number from 0, of so many digits as can be counted."""
    return word.isascii() and word.isdigit() and len(word) <= MOST_DIGITS


def whole(numbers: Numbers, position: int, least: int = 1) -> int:
    """Read a count.

    Raises
    ------
    InputError
        ``network.format``.
    """
    _enough(numbers, position + 1)
    word = numbers.words[position]
    if not is_count(word) or int(word) < least:
        message = f"{_told(numbers, position)} where a whole number of at least {least} belongs."
        raise InputError("network.format", message, "Correct the file, or name another --format.")
    return int(word)


def expect(numbers: Numbers, many: int, why: str) -> None:
    """Refuse a text that has not just so many numbers."""
    if len(numbers.words) != many:
        message = f"The file has {len(numbers.words)} numbers, {many} belong there: {why}."
        raise InputError("network.format", message, "Correct the file, or name another --format.")


def _enough(numbers: Numbers, many: int) -> None:
    if len(numbers.words) < many:
        message = f"The file ends after {len(numbers.words)} numbers; at least {many} belong there."
        raise InputError("network.format", message, "Correct the file, or name another --format.")


def _not_a_number(numbers: Numbers, first: int, many: int) -> InputError:
    position = next(k for k in range(first, first + many) if not _is_number(numbers.words[k]))
    return InputError("network.format", f"{_told(numbers, position)} where a number belongs.", "Correct the file.")


def _told(numbers: Numbers, position: int) -> str:
    """Tell a word and its line; of a long one its beginning."""
    word = numbers.words[position]
    return f"Line {numbers.lines[position]} has {word if len(word) <= SHOWN else word[:SHOWN] + '...'}"


def _is_number(word: str) -> bool:
    try:
        return not math.isnan(float(word))
    except ValueError:
        return False
