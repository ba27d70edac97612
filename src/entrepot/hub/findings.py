"""What a translation has to say besides its records."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

Severity: TypeAlias = Literal["info", "flag", "quarantine"]
Scope: TypeAlias = Literal["message", "record", "field"]


class Finding(msgspec.Struct, frozen=True):
    """One remark on a message: harmless, worth a look, or keeping a part of it out.

    Parameters
    ----------
    rule : str
        Stable name of the rule, dotted: ``decode.json``, ``field.status``, ``arithmetic.paid``.
    severity : str
        ``info``; ``flag``: the record flows; ``quarantine``: what `scope` names does not flow until mended.
    scope : str
        ``message``, ``record`` (and its parts), or ``field``.
    pointer : str
        JSON pointer into the decoded message.
    message : str
        What and why, for people.
    mend : str
        What to do about it.
    record : str
        Canonical id concerned, or empty.
    field : str
        Canonical field concerned, or empty.
    observed, expected : str
        Evidence, shortened.
    """

    rule: str
    severity: Severity
    scope: Scope
    pointer: str
    message: str
    mend: str = ""
    record: str = ""
    field: str = ""
    observed: str = ""
    expected: str = ""


def shown(value: object, limit: int = 80) -> str:
    """Write a value for a finding: on one line, at most `limit` characters."""
    text = " ".join(str(value).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
