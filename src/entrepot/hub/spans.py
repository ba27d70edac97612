"""Where in a message's text a JSON pointer points, through JSON inside strings, URL-encoding and forms. Pure.

A `View` is a text together with the place of each of its characters in the text around it, so that a span found in the
innermost layer can be told in characters of the message itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

Span: TypeAlias = tuple[int, int]
Locate: TypeAlias = Callable[[str, str], "Span | None"]
"""``(message text, pointer) -> [start, end) in characters``, None where nothing stands there."""

_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.S)
_SCALAR: Final = re.compile(r"[^\s,\]}]+")
_BLANK: Final = re.compile(r"[\s\ufeff]*")
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))|[^\\]+", re.S)
_PLAIN: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_PERCENT: Final = re.compile(r"(?:%[0-9a-fA-F]{2})+|\+|[^%+]+|%")


@dataclass(frozen=True, slots=True)
class View:
    """A text and where its characters come from.

    Parameters
    ----------
    text : str
        Decoded text.
    origin : list of int or None
        For each character, and the end, its place in the message; None where they are the same.
    """

    text: str
    origin: list[int] | None = None

    def span(self, start: int, end: int) -> Span:
        """Tell a span of this view in characters of the message."""
        return (start, end) if self.origin is None else (self.origin[start], self.origin[end])

    def part(self, start: int, end: int) -> View:
        """Cut a piece out, keeping its origin."""
        origin = range(start, end + 1) if self.origin is None else self.origin[start : end + 1]
        return View(self.text[start:end], list(origin))


def json_span(text: str, pointer: str) -> Span | None:
    """Find a JSON pointer in a message's text.

    Parameters
    ----------
    text : str
        The message as text: JSON, or a form whose values are JSON.
    pointer : str
        RFC 6901; goes on inside a string that holds JSON, plain or URL-encoded.

    Returns
    -------
    (int, int) or None
        Characters ``[start, end)``; a string without its quotation marks.

    Examples
    --------
    >>> json_span('{"a": [1, "xy"]}', "/a/1")
    (11, 13)
    """
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    view = View(text)
    try:
        if parts and _BLANK.sub("", text[:40])[:1] not in {"{", "["}:
            return _in_form(view, parts)
        return _in_json(view, parts)
    except (IndexError, ValueError, KeyError):
        return None


def _in_form(view: View, parts: list[str]) -> Span | None:
    for match in re.finditer(r"([^&=]*)=([^&]*)", view.text):
        if _percent(View(match.group(1))).text == parts[0]:
            value = view.part(*match.span(2))
            return _in_json(_percent(value), parts[1:]) if parts[1:] else value.span(0, len(value.text))
    return None


def _in_json(view: View, parts: list[str]) -> Span | None:
    at = _skip(view.text, 0)
    for index, part in enumerate(parts):
        opening = view.text[at]
        if opening == '"':
            inner = _string(view, at)
            if inner.text.lstrip()[:1] == "%":
                inner = _percent(inner)
            return _in_json(inner, parts[index:])
        found = _member(view.text, at, part) if opening == "{" else _element(view.text, at, int(part))
        if found is None:
            return None
        at = found
    end = _end(view.text, at)
    return view.span(at + 1, end - 1) if view.text[at] == '"' else view.span(at, end)


def _skip(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _end(text: str, at: int) -> int:
    """Return where the value that starts at `at` ends."""
    if text[at] == '"':
        match = _STRING.match(text, at)
        if match is None:
            raise ValueError("unclosed string")
        return match.end()
    if text[at] not in "{[":
        match = _SCALAR.match(text, at)
        return match.end() if match else at
    depth = 0
    while True:
        if text[at] == '"':
            at = _end(text, at)
            continue
        depth += (text[at] in "{[") - (text[at] in "}]")
        at += 1
        if depth == 0:
            return at


def _member(text: str, at: int, name: str) -> int | None:
    """Return where the value of an object's member starts; the last one where a name comes twice."""
    found = None
    at = _skip(text, at + 1)
    while text[at] == '"':
        end = _end(text, at)
        value = _skip(text, _skip(text, end) + 1)
        if _string(View(text), at).text == name:
            found = value
        at = _skip(text, _end(text, value))
        if text[at] != ",":
            break
        at = _skip(text, at + 1)
    return found


def _element(text: str, at: int, index: int) -> int | None:
    at = _skip(text, at + 1)
    for _ in range(index):
        at = _skip(text, _end(text, at))
        if text[at] != ",":
            return None
        at = _skip(text, at + 1)
    return None if text[at] == "]" else at


def _string(view: View, at: int) -> View:
    """Unescape the JSON string that starts at `at`."""
    inside = view.part(at + 1, _end(view.text, at) - 1)
    if "\\" not in inside.text:
        return inside
    pieces: list[tuple[str, int, int]] = []
    for match in _ESCAPE.finditer(inside.text):
        code, plain = match.groups()
        text = chr(int(code, 16)) if code else _PLAIN.get(plain, plain) if plain else match.group()
        pieces.append((text, *match.span()))
    return _joined(inside, _surrogates(pieces))


def _surrogates(pieces: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    joined: list[tuple[str, int, int]] = []
    for text, start, end in pieces:
        if joined and len(text) == 1 and "\udc00" <= text <= "\udfff" and "\ud800" <= joined[-1][0] <= "\udbff":
            high = joined.pop()
            pair = (high[0] + text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            joined.append((pair, high[1], end))
        else:
            joined.append((text, start, end))
    return joined


def _percent(view: View) -> View:
    """Undo URL-encoding."""
    pieces: list[tuple[str, int, int]] = []
    for match in _PERCENT.finditer(view.text):
        text, start = match.group(), match.start()
        if text == "+":
            pieces.append((" ", start, start + 1))
        elif text[0] == "%" and len(text) > 1:
            pieces.extend(_bytes(bytes.fromhex(text.replace("%", "")), start))
        else:
            pieces.append((text, *match.span()))
    return _joined(view, pieces)


def _bytes(data: bytes, start: int) -> list[tuple[str, int, int]]:
    """Split UTF-8 bytes, each written in three characters, into its characters."""
    starts = [index for index, byte in enumerate(data) if byte & 0xC0 != 0x80] + [len(data)]
    return [(data[a:b].decode(errors="replace"), start + 3 * a, start + 3 * b) for a, b in pairwise(starts)]


def _joined(view: View, pieces: list[tuple[str, int, int]]) -> View:
    origin: list[int] = []
    around = view.origin if view.origin is not None else list(range(len(view.text) + 1))
    for text, start, end in pieces:
        if len(text) == end - start:
            origin.extend(around[start:end])
        else:
            origin.extend([around[start]] * len(text))
    origin.append(around[len(view.text)])
    return View("".join(text for text, _, _ in pieces), origin)
