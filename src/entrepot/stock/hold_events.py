"""What holds tell the log; others read it at their own pace."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from entrepot.infra.log import Event
from entrepot.stock.hold import Change

KINDS: Final = {
    "create": "hold.created",
    "confirm": "hold.confirmed",
    "move": "hold.moved",
    "post": "hold.posted",
    "void": "hold.voided",
    "expire": "hold.expired",
    "displace": "hold.displaced",
}
"""Kind of event by what was done; key: the hold's id. A later time of expiry is no news."""


def told(changes: Iterable[Change]) -> list[Event]:
    """Announce changes: one event for each hold and act, with what each cell of it gained or lost."""
    lines: dict[tuple[str, str], list[object]] = {}
    events = []
    for before, row, act, _ in changes:
        if act not in KINDS:
            continue
        if (act, row.id) not in lines:
            lines[act, row.id] = listed = list[object]()
            payload: dict[str, object] = {"kind": row.kind, "channel": row.channel, "doc": row.doc, "lines": listed}
            events.append(Event(KINDS[act], row.id, payload))
        gained = row.held - (before.held if before is not None else 0)
        lines[act, row.id].append({"line": row.line, "sku": row.sku, "node": row.node, "held": gained})
    return events
