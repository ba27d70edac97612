"""What the reader of workbooks leaves unsaid: errors, formulas without results, percentages, areas of merged cells.

It returns an empty cell for all that has no value, and numbers as they are kept, not as they are shown. Both stand in
the parts of the archive (ECMA-376), which ``.xlsx`` and ``.xlsm`` are; of other workbooks nothing more is known.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple
from xml.etree import ElementTree

_CELL: Final = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_PLACE: Final = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_STYLE: Final = re.compile(rb'\bs="(\d+)"')
_VALUE: Final = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]+)<")
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f\b")
_TEXT: Final = re.compile(rb'\bt="str"')
_MERGED: Final = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*\bref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_QUOTED: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_PERCENTS: Final = (9, 10)
"""Built-in formats of numbers that show a percentage."""
_LINK: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class Spot(NamedTuple):
    """A cell: row and column, both from 1."""

    row: int
    column: int


class Area(NamedTuple):
    """Merged cells; only the first has a value."""

    first: Spot
    last: Spot


@dataclass(slots=True)
class Unsaid:
    """What the reader leaves unsaid of a sheet.

    Attributes
    ----------
    errors : dict of Spot to str
        Cells that show an error such as ``#N/A``.
    unknown : set of Spot
        Formulas that no program has worked out yet.
    percentages : set of Spot
        Numbers that are shown as a percentage: 0.125 as 12.5%.
    merged : list of Area
        Of more than one row.
    """

    errors: dict[Spot, str] = field(default_factory=dict)
    unknown: set[Spot] = field(default_factory=set)
    percentages: set[Spot] = field(default_factory=set)
    merged: list[Area] = field(default_factory=list)


def unsaid_of(path: Path, sheet: str) -> Unsaid:
    """Look a sheet's own part of the archive through; nothing is found of a workbook of another kind."""
    found = Unsaid()
    try:
        with zipfile.ZipFile(path) as book:
            part = _part_of(book, sheet)
            if part is not None:
                text = book.read(part)
                _look(text, _percent_styles(book), found)
                found.merged = list(_areas(text))
    except (zipfile.BadZipFile, zlib.error, KeyError, ElementTree.ParseError):
        return found  # the reader, which takes more than this, has read it or has said why it cannot
    return found


def _part_of(book: zipfile.ZipFile, sheet: str) -> str | None:
    if "xl/workbook.xml" not in book.namelist():
        return None
    listed = ElementTree.fromstring(book.read("xl/workbook.xml"))
    link = next((one.get(_LINK) for one in listed.iter() if _tag(one) == "sheet" and one.get("name") == sheet), None)
    links = ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))
    target = next((one.get("Target") for one in links if one.get("Id") == link), None)
    return None if target is None else posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")


def _percent_styles(book: zipfile.ZipFile) -> set[int]:
    """Return the numbers of the styles that show a percentage."""
    if "xl/styles.xml" not in book.namelist():
        return set()
    styles = ElementTree.fromstring(book.read("xl/styles.xml"))
    own = {
        int(one.get("numFmtId", "0")): "%" in _QUOTED.sub("", one.get("formatCode", ""))
        for one in styles.iter()
        if _tag(one) == "numFmt"
    }
    of_cells = next((one for one in styles if _tag(one) == "cellXfs"), ())
    kinds = [int(one.get("numFmtId", "0")) for one in of_cells]
    return {style for style, kind in enumerate(kinds) if own.get(kind, kind in _PERCENTS)}


def _look(text: bytes, percent_styles: set[int], found: Unsaid) -> None:
    for head, inner in _CELL.findall(text):
        style = _STYLE.search(head)
        is_percent = style is not None and int(style[1]) in percent_styles
        is_error, is_formula = b't="e"' in head, b"<" in inner and _FORMULA.search(inner) is not None
        if not (is_percent or is_error or is_formula):
            continue
        place, value = _PLACE.search(head), _VALUE.search(inner)
        if place is None:
            continue
        spot = Spot(int(place[2]), _column(place[1]))
        if is_error:
            found.errors[spot] = value[1].decode() if value else "#ERROR"
        elif is_formula and value is None and not _TEXT.search(head):  # the result of a text may be empty
            found.unknown.add(spot)
        elif is_percent and value is not None and b't="' not in head.replace(b't="n"', b""):
            found.percentages.add(spot)


def _areas(text: bytes) -> Iterator[Area]:
    for left, top, right, bottom in _MERGED.findall(text):
        if int(bottom) > int(top):
            yield Area(Spot(int(top), _column(left)), Spot(int(bottom), _column(right)))


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
