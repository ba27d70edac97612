"""What callers send and get about holds, one or thousands at once; read by msgspec."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal

import msgspec

from entrepot.kernel.errors import Conflict, EntrepotError, InputError, NotFound
from entrepot.kernel.outcome import Outcome, Refusal
from entrepot.stock import Held, HoldLine, HoldRequest

MOST_HOLDS: Final = 5_000
LONGEST_SECONDS: Final = 366 * 86_400

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_Qty = Annotated[int, msgspec.Meta(ge=1, le=10**12)]
_Seconds = Annotated[int, msgspec.Meta(ge=1, le=LONGEST_SECONDS)]
_Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class LineBody(msgspec.Struct, forbid_unknown_fields=True):
    """Pieces of a SKU; without a ``node`` the engine chooses. ``line`` is its place in the list, from 1, by default."""

    sku: _Name
    qty: _Qty
    line: _Name | None = None
    node: _Name | None = None


class HoldBody(msgspec.Struct, forbid_unknown_fields=True):
    """A hold that is asked for: all of its lines, or nothing.

    The same ``id`` with the same content is the same hold, however often it is sent. A cart needs ``expires_at`` or
    ``ttl_seconds``.
    """

    id: _Name
    kind: Literal["cart", "order", "transfer", "quota"]
    lines: Annotated[list[LineBody], msgspec.Meta(min_length=1, max_length=1_000)]
    channel: _Name | None = None
    doc: _Name | None = None
    expires_at: _Instant | None = None
    ttl_seconds: _Seconds | None = None
    is_displaceable: bool = False
    may_displace: bool = False
    may_backorder: bool = False
    nodes: Annotated[list[_Name], msgspec.Meta(min_length=1, max_length=1_000)] | None = None
    to_node: _Name | None = None

    def request(self, actor: str, now: datetime) -> HoldRequest:
        """Return it as the engine takes it."""
        return HoldRequest(
            self.id,
            self.kind,
            tuple(
                HoldLine(one.line or str(place), one.sku, one.qty, one.node)
                for place, one in enumerate(self.lines, start=1)
            ),
            self.channel,
            self.doc,
            expiry(self.expires_at, self.ttl_seconds, now),
            self.is_displaceable,
            self.may_displace,
            self.may_backorder,
            None if self.nodes is None else tuple(self.nodes),
            self.to_node,
            actor,
        )


class HoldsBody(msgspec.Struct, forbid_unknown_fields=True):
    """Holds, each decided by itself."""

    holds: Annotated[list[HoldBody], msgspec.Meta(min_length=1, max_length=MOST_HOLDS)]


class UnreadHoldsBody(msgspec.Struct, forbid_unknown_fields=True):
    """The same, of which some cannot be read."""

    holds: Annotated[list[msgspec.Raw], msgspec.Meta(min_length=1, max_length=MOST_HOLDS)]


class PlacementReply(msgspec.Struct):
    """Where a line, or a part of it, is held; ``backordered`` of its pieces were not there."""

    line: str
    sku: str
    node: str
    qty: int
    backordered: int


class HeldReply(msgspec.Struct):
    """A hold as it stands; ``seq`` grows with every change of it."""

    id: str
    kind: str
    state: str
    placements: list[PlacementReply]
    seq: int


class HoldsItem(msgspec.Struct, omit_defaults=True):
    """What became of one: ``state`` is that of the hold, or ``refused``, with the reason and the figures behind it."""

    id: str
    state: str
    placements: list[PlacementReply] = []
    seq: int = 0
    reason: str = ""
    message: str = ""
    facts: dict[str, Any] = {}


class HoldsReply(msgspec.Struct):
    """Items in the order of the holds, and how many there are of each state."""

    items: list[HoldsItem]
    counts: dict[str, int]


_REFERENCES, SCHEMAS = msgspec.json.schema_components(
    [HoldBody, HoldsBody, HeldReply, HoldsReply], ref_template="#/components/schemas/{name}"
)
"""Published by hand: FastAPI describes only what pydantic reads."""

HOLD, HOLDS, HELD, HOLDS_REPLY = _REFERENCES


def described(reply: dict[str, object], body: dict[str, object] | None = None) -> dict[str, object]:
    """Return what a route adds to its description."""
    more: dict[str, object] = {
        "responses": {"200": {"description": "As it stands now", "content": {"application/json": {"schema": reply}}}}
    }
    if body is not None:
        more["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return more


def expiry(at: datetime | None, seconds: int | None, now: datetime) -> datetime | None:
    """Return a time of expiry, however it was given."""
    if at is not None and seconds is not None:
        raise InputError("stock.hold", "expires_at and ttl_seconds are both given.", "Send one of them.")
    return at if seconds is None else now + timedelta(seconds=seconds)


def held_reply(held: Held) -> HeldReply:
    """Write a hold."""
    return HeldReply(held.id, held.kind, held.state, _placed(held), held.seq)


def held_or_raise(outcome: Outcome[Held]) -> HeldReply:
    """Return a hold, or raise its refusal as an error of the API."""
    refusal, held = outcome.refusal, outcome.value
    if refusal is not None or held is None:
        raise _error(refusal or Refusal("unknown", "There is no such hold."))
    return held_reply(held)


def holds_item(id: str, outcome: Outcome[Held] | EntrepotError) -> HoldsItem:
    """Write what became of one of many."""
    if isinstance(outcome, EntrepotError):
        return HoldsItem(id, "refused", reason="invalid", message=str(outcome))
    refusal, held = outcome.refusal, outcome.value
    if refusal is not None or held is None:
        refusal = refusal or Refusal("unknown", "There is no such hold.")
        return HoldsItem(id, "refused", reason=refusal.reason, message=refusal.message, facts=refusal.facts)
    return HoldsItem(held.id, held.state, _placed(held), held.seq)


def _placed(held: Held) -> list[PlacementReply]:
    return [PlacementReply(*one) for one in held.placements]


def _error(refusal: Refusal) -> EntrepotError:
    what, _, mend = refusal.message.rpartition(". ")  # the last sentence says how to mend
    kind = NotFound if refusal.reason == "unknown" else Conflict
    return kind(f"hold.{refusal.reason}", f"{what}.", mend, **refusal.facts)
