"""Code 128 barcodes, as the widths of bars and spaces. Pure.

Digits in pairs are written in code set C (half as wide), everything else in code set B.

References
----------
ISO/IEC 15417:2007, Code 128 bar code symbology specification; table 1 (symbols), annex A (check character).
"""

from __future__ import annotations

from typing import Final

from entrepot.kernel.errors import InputError

# Widths of three bars and three spaces, by symbol value 0 to 106; the stop has a bar more.
_TABLE: Final = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 "
    "123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 "
    "232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 "
    "313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 "
    "111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 "
    "111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 "
    "114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 2331112"
)
_WIDTHS: Final = tuple(_TABLE.split())
_CODE_C, _CODE_B, _START_B, _START_C, _STOP = 99, 100, 104, 105, 106
_FEWEST_DIGITS: Final = 4
_QUIET_MODULES: Final = 10


def widths(text: str) -> list[int]:
    """Return the widths of bars and spaces in modules, a bar first.

    Parameters
    ----------
    text : str
        ASCII from blank to ``~``, at least one character.

    Returns
    -------
    list of int
        Bars at even places; without the quiet zone that belongs on either side.

    Raises
    ------
    InputError
        ``delivery.barcode`` for any other text.

    Examples
    --------
    >>> len(widths("EN0001")), sum(widths("EN0001"))
    (49, 90)
    """
    return [int(width) for symbol in symbols(text) for width in _WIDTHS[symbol]]


def bars(text: str, room: float) -> list[tuple[float, float]]:
    """Place the bars in a room, quiet zones included: (left, width) each."""
    found = widths(text)
    module = room / (sum(found) + 2 * _QUIET_MODULES)
    placed, left = [], _QUIET_MODULES * module
    for place, width in enumerate(found):
        if place % 2 == 0:
            placed.append((left, width * module))
        left += width * module
    return placed


def symbols(text: str) -> list[int]:
    """Return the values of the symbols, from the start to the stop with the check character before it."""
    if not text or any(not " " <= character <= "~" for character in text):
        raise InputError("delivery.barcode", f"{text[:40]!r} has no Code 128.", "Use letters, digits and ASCII marks.")
    values: list[int] = []
    at, in_c = 0, False
    while at < len(text):
        digits = _digits_from(text, at)
        if digits >= _FEWEST_DIGITS or (in_c and digits >= 2):
            if not in_c and digits % 2 and at:
                values.append(ord(text[at]) - 32)
                at, digits = at + 1, digits - 1
            if not in_c:
                values.append(_CODE_C if values else _START_C)
            in_c = True
            stop = at + digits // 2 * 2
            values.extend(int(text[place : place + 2]) for place in range(at, stop, 2))
            at = stop
        else:
            if in_c or not values:
                values.append(_CODE_B if values else _START_B)
            in_c = False
            values.append(ord(text[at]) - 32)
            at += 1
    check = (values[0] + sum(place * value for place, value in enumerate(values))) % 103
    return [*values, check, _STOP]


def _digits_from(text: str, at: int) -> int:
    count = 0
    while at + count < len(text) and "0" <= text[at + count] <= "9":
        count += 1
    return count
