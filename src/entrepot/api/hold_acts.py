"""What is done to a hold: release, let leave, extend, confirm, move. One transaction each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import msgspec
from fastapi.responses import Response
from psycopg import Connection
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from entrepot.api.access import Reserver
from entrepot.api.hold_bodies import HELD, LONGEST_SECONDS, described, expiry, held_or_raise
from entrepot.api.resource import resource_router
from entrepot.api.services import Services, Wired
from entrepot.kernel.outcome import Outcome
from entrepot.stock import Held, Part, Placement

router = resource_router("holds")

_Name = Annotated[str, Field(min_length=1, max_length=200)]
_Qty = Annotated[int, Field(ge=1, le=10**12)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PartBody(_Strict):
    """A line of a hold, or some pieces of it, everywhere or at one node."""

    line: _Name
    qty: _Qty | None = None
    node: _Name | None = None


class PartsBody(_Strict):
    """Parts of a hold; none means all of it."""

    lines: Annotated[list[PartBody], Field(min_length=1, max_length=1_000)] | None = None

    def parts(self) -> list[Part] | None:
        """Return them as the engine takes them."""
        return None if self.lines is None else [Part(one.line, one.qty, one.node) for one in self.lines]


class ExpiryBody(_Strict):
    """When a hold ends by itself: at a time, or in so many seconds; neither where it need not."""

    expires_at: AwareDatetime | None = None
    ttl_seconds: Annotated[int, Field(ge=1, le=LONGEST_SECONDS)] | None = None


class PlacementBody(_Strict):
    """Pieces of a line at a node."""

    line: _Name
    sku: _Name
    node: _Name
    qty: _Qty


class MoveBody(_Strict):
    """Where lines go; lines that are not named stay."""

    placements: Annotated[list[PlacementBody], Field(min_length=1, max_length=1_000)]


@router.post("/holds/{id:path}:void", summary="Release a hold", openapi_extra=described(HELD))
def post_void(services: Wired, caller: Reserver, id: str, body: PartsBody | None = None) -> Response:
    """Release a hold, or parts of it; releasing what is released already is as good as once."""
    parts = None if body is None else body.parts()
    door = services.reservations
    return _act(services, lambda conn: door.void_in(conn, [id], lines=parts, actor=caller.name)[0])


@router.post("/holds/{id:path}:post", summary="Let goods leave", openapi_extra=described(HELD))
def post_post(services: Wired, caller: Reserver, id: str, body: PartsBody | None = None) -> Response:
    """Let the goods of a firm hold, or parts of it, leave: the movement is booked and the promise ends, in one."""
    parts = None if body is None else body.parts()
    door = services.reservations
    return _act(services, lambda conn: door.post_in(conn, [id], lines=parts, actor=caller.name)[0])


@router.post("/holds/{id:path}:extend", summary="Change when it expires", openapi_extra=described(HELD))
def post_extend(services: Wired, caller: Reserver, id: str, body: ExpiryBody) -> Response:
    """Give a hold another time of expiry; neither time nor seconds mean that it need not expire."""
    at = expiry(body.expires_at, body.ttl_seconds, services.clock.now())
    return _act(services, lambda conn: services.reservations.extend_in(conn, id, at, actor=caller.name))


@router.post("/holds/{id:path}:confirm", summary="Make a cart an order", openapi_extra=described(HELD))
def post_confirm(services: Wired, caller: Reserver, id: str) -> Response:
    """Make a soft hold firm: what was reserved is allocated, and does not expire."""
    return _act(services, lambda conn: services.reservations.confirm_in(conn, id, actor=caller.name))


@router.post("/holds/{id:path}:move", summary="Place it elsewhere", openapi_extra=described(HELD))
def post_move(services: Wired, caller: Reserver, id: str, body: MoveBody) -> Response:
    """Place lines of a hold at other nodes: all of it, or nothing moves."""
    placed = [Placement(one.line, one.sku, one.node, one.qty) for one in body.placements]
    return _act(services, lambda conn: services.reservations.move_in(conn, id, placed, caller.name))


def _act(services: Services, work: Callable[[Connection], Outcome[Held]]) -> Response:
    held = held_or_raise(services.reservations.in_transaction(work))
    return Response(msgspec.json.encode(held), media_type="application/json")
