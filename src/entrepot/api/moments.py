"""Times as callers write them: an instant with its offset, or a day of the retailer's calendar. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from entrepot.kernel.errors import InputError
from entrepot.kernel.period import FIRST_YEAR, LAST_YEAR, is_in_reach


def moment(name: str, text: str | None, zone: str, *, is_end: bool = False) -> datetime | None:
    """Read a day or an instant.

    Parameters
    ----------
    name : str
        The parameter, for the error.
    text : str or None
        ``2026-11-22``, or ISO-8601 with an offset or Z; without one it is the retailer's time.
    zone : str
        The retailer's, an IANA name.
    is_end : bool
        A day then means its end: the window is half-open.

    Returns
    -------
    datetime or None
        In UTC.

    Raises
    ------
    InputError
        ``api.bad_time``.
    """
    if text is None or not text.strip():
        return None
    text = text.strip().replace(" ", "+") if "T" in text else text.strip()
    try:
        if len(text) == 10:
            at = datetime.combine(date.fromisoformat(text), time(), ZoneInfo(zone))
            at += timedelta(days=1) if is_end else timedelta(0)
        else:
            at = datetime.fromisoformat(text)
            at = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))
        if is_in_reach(at):
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise InputError(
        "api.bad_time",
        f"{name}={text[:40]!r} is no time between {FIRST_YEAR} and {LAST_YEAR}.",
        "Write a day as 2026-11-22, or an instant as 2026-11-22T08:00:00Z.",
        parameter=name,
    )


def words(text: str | None) -> tuple[str, ...]:
    """Split a filter of several values at its commas."""
    return tuple(dict.fromkeys(word for part in (text or "").split(",") if (word := part.strip())))


def one_of(name: str, text: str | None, known: tuple[str, ...]) -> tuple[str, ...]:
    """Split a filter of several values, each from a closed list.

    Raises
    ------
    InputError
        ``api.unknown_value``.
    """
    chosen = words(text)
    wrong = [word for word in chosen if word not in known]
    if wrong:
        raise InputError(
            "api.unknown_value",
            f"{name} has no value {wrong[0][:40]!r}.",
            f"Use one or more of {', '.join(known)}, separated by commas.",
            parameter=name,
        )
    return chosen
