"""The tree of errors; HTTP statuses and exit codes are chosen at the edge.

::

    EntrepotError
    ├── InputError       the caller mends the request
    ├── Refused          the caller may not do this (who they are, or how often)
    ├── Conflict         the state moved; load again and retry
    │   └── Declined     the state forbids it, and would again
    ├── NotFound         nothing by that name
    ├── UpstreamError    a vendor, the disk or the server failed; retry later
    └── InvariantBroken  our bug; stop
"""

from __future__ import annotations


class EntrepotError(Exception):
    """An error with a stable code, a sentence for people and the facts behind it.

    Parameters
    ----------
    code : str
        Stable, dotted, lower case: ``hub.unknown_channel``.
    message : str
        What happened and why.
    mend : str
        What the reader can do about it; may be empty.
    **fields : object
        The facts, for programs.
    """

    def __init__(self, code: str, message: str, mend: str = "", **fields: object) -> None:
        super().__init__(f"{message} {mend}".strip())
        self.code = code
        self.message = message
        self.mend = mend
        self.fields = fields


class InputError(EntrepotError):
    """The request is wrong; the caller mends it."""


class Refused(EntrepotError):
    """The caller is unknown, not allowed, or too fast."""


class Conflict(EntrepotError):
    """The state moved under the caller; load again and retry."""


class Declined(Conflict):
    """The state forbids what is asked; the same again meets the same answer."""


class NotFound(EntrepotError):
    """There is nothing by that name."""


class UpstreamError(EntrepotError):
    """Something outside failed (a vendor, the disk, the server); retry later."""


class InvariantBroken(EntrepotError):
    """A rule that must always hold does not; a bug of ours."""
