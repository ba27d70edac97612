"""Decoding: from bytes to a document, before any mapping. Pure.

Numbers with a decimal point become `Decimal` (money must not pass through binary floats); whole numbers of any
length stay whole. What a channel wraps (URL-encoding, JSON inside a string) is unwrapped by `unwrap`.
"""

from __future__ import annotations

import re
from binascii import a2b_qp
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final, TypeAlias
from urllib.parse import unquote_plus

import msgspec

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | Decimal | bool | None"

_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_DEEPEST = 60


class Undecodable(ValueError):
    """Bytes that are not what the channel sends; ``args`` are (rule, what, mend)."""


def text_of(body: bytes, headers: Mapping[str, str]) -> str:
    """Read the bytes as text: a byte order mark, the charset of the content type, else UTF-8."""
    charset = re.search(r"charset=[\"']?([\w.:-]+)", headers.get("content-type", ""), re.I)
    name = charset.group(1) if charset else "utf-8"
    try:
        return body.decode("utf-8-sig" if name.lower() in {"utf-8", "utf8"} else name)
    except (UnicodeDecodeError, LookupError):
        raise Undecodable(
            "decode.encoding",
            f"The body is not {name} text.",
            "Name the charset in Content-Type, or send UTF-8.",
        ) from None


def json_of(body: bytes | str) -> Json:
    """Read JSON.

    Raises
    ------
    Undecodable
        With the place of the fault.
    """
    data = body.encode() if isinstance(body, str) else body
    try:
        document: Json = _decode(data)
    except UnicodeDecodeError:
        raise Undecodable(
            "decode.encoding",
            "The body is not UTF-8 text.",
            "Name the charset in Content-Type, or send UTF-8.",
        ) from None
    except (ValueError, RecursionError, ArithmeticError) as fault:
        raise Undecodable(
            "decode.json", f"The body is not JSON: {fault}.", "Send the message again, or mend its text and replay."
        ) from None
    if _depth(data) > _DEEPEST:
        raise Undecodable("decode.depth", f"The JSON is nested deeper than {_DEEPEST}.", "Send a flatter message.")
    return document


def _depth(data: bytes) -> int:
    # An upper bound is enough to let ordinary messages pass without a walk.
    if data.count(b"{") + data.count(b"[") <= _DEEPEST:
        return 0
    depth = deepest = 0
    for character in re.sub(rb'"(?:[^"\\]|\\.)*"', b"", data):
        if character in b"{[":
            depth += 1
            deepest = max(deepest, depth)
        elif character in b"}]":
            depth -= 1
    return deepest


def json_document(body: bytes, headers: Mapping[str, str]) -> Json:
    """Decode a plain JSON body."""
    if body[:1] in b"{[" and "charset" not in headers.get("content-type", ""):
        return json_of(body)
    return json_of(text_of(body, headers))


def form_document(body: bytes, headers: Mapping[str, str]) -> Json:
    """Decode an ``application/x-www-form-urlencoded`` body to a dictionary of texts."""
    pairs = [pair.partition("=") for pair in text_of(body, headers).split("&") if pair]
    if not pairs:
        raise Undecodable("decode.form", "The body is not a form.", "Send name=value pairs.")
    return {form_text(name): form_text(value) for name, _, value in pairs}


_LONE_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


def form_text(text: str) -> str:
    """Undo the URL-encoding of a form's name or value, as `urllib.parse.unquote_plus` does and four times as fast.

    Quoted-printable is the same encoding with ``=`` for ``%``, and the standard library decodes it in C.
    """
    if not text.isascii() or _LONE_PERCENT.search(text):
        return unquote_plus(text)
    spaced = text.replace("+", " ").replace("=", "%3D").replace("%", "=")
    return a2b_qp(spaced).decode(errors="replace")


def unwrap(document: Json, name: str, decode: Callable[[str], str] = str) -> Json:
    """Replace the text member `name` of an object by the JSON inside it; anything else stays as it is.

    Parameters
    ----------
    document : Json
        The object that has the member.
    name : str
        The member.
    decode : callable
        Applied to the text first (for example `form_text`).
    """
    if isinstance(document, dict) and isinstance(inner := document.get(name), str) and inner.strip():
        return {**document, name: json_of(decode(inner))}
    return document
