"""What holds tell the log; others read it at their own pace."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, cast

from entrepot.infra.log import Event
from entrepot.stock.hold import Change, HoldRow

CREATED: Final = "hold.created"
"""Holds were made; key: the id of the first; payload: all of them, as `holds_of` returns them."""

KINDS: Final = {
    "create": CREATED,
    "confirm": "hold.confirmed",
    "move": "hold.moved",
    "post": "hold.posted",
    "void": "hold.voided",
    "expire": "hold.expired",
    "displace": "hold.displaced",
}
"""Kind of event by what was done; key: the hold's id. A later time of expiry is no news."""

_MOST_IN_ONE: Final = 16
"""Holds in one event: its row costs as much as a hold's own, and beyond 2 kB it would be compressed."""


def created(holds: Iterable[Sequence[HoldRow]]) -> list[Event]:
    """Announce new holds, each by its rows; they share events."""
    return _shared(
        [
            _about(rows[0], [{"line": row.line, "sku": row.sku, "node": row.node, "held": row.held} for row in rows])
            for rows in holds
        ]
    )


def told(changes: Iterable[Change]) -> list[Event]:
    """Announce changes: for each hold and act, what each cell of it gained or lost; new holds share events."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for before, row, act, _ in changes:
        if act not in KINDS:
            continue
        gained = row.held if before is None else row.held - before.held
        line = {"line": row.line, "sku": row.sku, "node": row.node, "held": gained}
        one = found.get((act, row.id))
        if one is None:
            found[act, row.id] = _about(row, [line])
        else:
            one["lines"].append(line)
    made = [one for (act, _), one in found.items() if act == "create"]
    changed = [Event(KINDS[act], id, one) for (act, id), one in found.items() if act != "create"]
    return _shared(made) + changed


def holds_of(event: Event) -> Sequence[dict[str, Any]]:
    """Return the holds that an event is about: each with ``kind``, ``channel``, ``doc`` and ``lines``.

    An event is about one, which is its payload, or, of new holds, about several. Logs that were written before new
    holds shared events have one in each.
    """
    return cast("Sequence[dict[str, Any]]", event.payload.get("holds", [event.payload]))


def _about(row: HoldRow, lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {"id": row.id, "kind": row.kind, "channel": row.channel, "doc": row.doc, "lines": lines}


def _shared(made: Sequence[dict[str, Any]]) -> list[Event]:
    slices = [made[start : start + _MOST_IN_ONE] for start in range(0, len(made), _MOST_IN_ONE)]
    return [Event(CREATED, some[0]["id"], {"holds": some}) for some in slices]
