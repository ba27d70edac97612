"""The words pages use to describe a list: its columns, its filters, what it says when it is empty."""

from __future__ import annotations

from typing import Any

from entrepot.console.elements import widget

Column = dict[str, Any]
Filter = dict[str, Any]


def column(field: str, label: str, kind: str = "text", **more: Any) -> Column:
    """Describe a column.

    Parameters
    ----------
    field : str
        Field of the API's items.
    label : str
        Head of the column, with the unit when there is one.
    kind : str
        How ``static/cells.js`` shows it: text, code, number, money, time, status, share, tags, word, bytes, duration.
    **more : Any
        ``family`` (of `words.vocabulary`), ``width``, ``flex``, ``sort`` (True when the API sorts by it), ``hide``,
        ``card`` (title, main, side: its place on a phone's card).
    """
    return {"field": field, "label": label, "kind": kind, **more}


def choice(name: str, label: str, options: dict[str, str]) -> Filter:
    """Describe a filter with a fixed set of values."""
    return {"name": name, "label": label, "kind": "choice", "options": list(options.items())}


def channel_choice(label: str) -> Filter:
    """Describe a filter whose values are the registered channels."""
    return {"name": "channel", "label": label, "kind": "channel"}


def text_filter(name: str, label: str) -> Filter:
    """Describe a filter one types."""
    return {"name": name, "label": label, "kind": "text"}


def date_filter(name: str, label: str) -> Filter:
    """Describe a day, in the retailer's time zone."""
    return {"name": name, "label": label, "kind": "date"}


def listing(
    name: str, *, url: str, columns: list[Column], filters: list[Filter], empty: dict[str, str], **more: Any
) -> None:
    """Add a list: filter bar, saved views, grid (cards on a phone), export.

    Parameters
    ----------
    name : str
        Key under which the browser keeps its saved views and columns.
    url : str
        API path of the items, below ``/api/v1``.
    columns : list of dict
        From `column`.
    filters : list of dict
        From `choice`, `text_filter`, `date_filter`, `channel_choice`.
    empty : dict
        ``title``, ``text`` and ``command`` shown when there is nothing at all.
    **more : Any
        ``link`` (path of a row, with ``{field}``), ``export`` (API path of the CSV), ``sort`` (what comes
        first until somebody sorts otherwise).
    """
    widget("list", classes="fill", name=name, url=url, columns=columns, filters=filters, empty=empty, **more)
