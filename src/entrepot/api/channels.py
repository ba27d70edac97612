"""Channels: are they alive, how fast, what is new in their messages."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from entrepot.api.access import Reader
from entrepot.api.paging import Page, Paged, decode_cursor, encode_cursor
from entrepot.api.resource import resource_router
from entrepot.api.services import Wired
from entrepot.hub.channels import adapter_of
from entrepot.hub.queries import ObservationRow, channels, observations
from entrepot.orders.figures import delays

router = resource_router("channels")


class ChannelReply(BaseModel):
    """A shop on a channel. Findings and drift (new fields no mapping reads) of seven days, rate of ten minutes."""

    channel: str
    shop: str
    name: str
    name_en: str
    title: Annotated[str, Field(description="the channel's name")]
    kind: Annotated[str, Field(description="channel, carrier or file")]
    currency: str
    zone: str
    active: bool
    signed: Annotated[bool, Field(description="whether secrets are stored, so that signatures are checked")]
    last_message_at: datetime | None
    messages: int
    messages_24h: int
    rate_per_min: float
    lag_ms: Annotated[int | None, Field(description="age of the channel's news when it reached our book, median")]
    findings: int
    quarantined: int
    drift: int


class ChannelFilter(Paged):
    """Filters of the list of channels."""

    q: Annotated[str | None, Field(max_length=100, description="part of channel, shop or name")] = None
    channel: Annotated[str | None, Field(max_length=100)] = None
    sort: Annotated[str | None, Field(max_length=40, description="taken and left: the list comes by name")] = None


class ObservationFilter(Paged):
    """Filters of a shop's schema observations."""

    topic: Annotated[str | None, Field(max_length=200)] = None
    known: Annotated[bool | None, Field(description="only paths that a mapping reads, or only those none reads")] = None


@router.get("/channels", summary="List channels")
def get_channels(services: Wired, caller: Reader, wanted: Annotated[ChannelFilter, Query()]) -> Page[ChannelReply]:
    """List the registered shops with the flow of their messages; a short list, one page."""
    now = services.clock.now()
    with services.db.read() as conn:
        rows = channels(conn, now)
        late = delays(conn, [(row.channel, row.shop) for row in rows], now)
    items = []
    for row in rows:
        adapter = adapter_of(row.channel)
        items.append(
            ChannelReply(
                **asdict(row), title=adapter.title, kind=adapter.kind, lag_ms=late.get((row.channel, row.shop))
            )
        )
    if wanted.channel:
        items = [item for item in items if item.channel == wanted.channel]
    if wanted.q:
        items = [item for item in items if wanted.q.casefold() in _words(item)]
    return Page(items=items, total=len(items))


def _words(item: ChannelReply) -> str:
    return " ".join((item.channel, item.shop, item.name, item.name_en, item.title)).casefold()


@router.get("/channels/{channel}/{shop}/observations", summary="List what a shop's messages look like")
def get_observations(
    services: Wired, caller: Reader, channel: str, shop: str, wanted: Annotated[ObservationFilter, Query()]
) -> Page[ObservationRow]:
    """List the paths a shop sends, with types and when they were first and last seen."""
    after = decode_cursor(wanted.cursor, tuple[str, str, str])
    with services.db.read() as conn:
        found = observations(conn, channel, shop, wanted.limit + 1, topic=wanted.topic, known=wanted.known, after=after)
    items = found[: wanted.limit]
    end = items[-1] if len(found) > wanted.limit else None
    return Page(items=items, next=encode_cursor(end.topic, end.path, end.type) if end else None)
