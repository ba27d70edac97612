"""What drivers of our own vehicles report, as a carrier would: the parcel in its order, and what happened to it."""

from __future__ import annotations

from typing import Final

from entrepot.hub.channels.own.codes import TRACKED
from entrepot.hub.converters import ShopContext, constant, ident, iso_time, listed
from entrepot.hub.documents import Json
from entrepot.hub.mapping import Field, Table
from entrepot.hub.tracking import seconds_with_code
from entrepot.kernel.facts import Value


def pairs(raw: Json, context: ShopContext) -> Value:
    """Read ``[line, units]`` pairs."""
    return [
        [str(pair[0]), pair[1]]
        for pair in (raw if isinstance(raw, list) else [])
        if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[1], int)
    ]


def _code(document: dict[str, Json]) -> str | None:
    code = document.get("code")
    return code if isinstance(code, str) else None


SHIPMENT: Final = Table(
    "shipment",
    id="parcel",
    scope="parent",
    fields=(
        Field("native_id", "parcel", ident),
        Field("tracking_no", "parcel", ident, required=True),
        Field("carrier", "carrier"),
        Field("status", "parcel", constant("shipped")),
        Field("from_node", "node", ident),
        Field("shipped_at", "shipped_at", iso_time),
        Field("lines", "lines", listed("lines", pairs)),
    ),
)
ORDER: Final = Table(
    "order", id="order", scope="global", version="at", version_by=iso_time, fields=(), parts=(SHIPMENT,)
)
"""The order is any channel's, by its whole id; nothing is said of it but its parcel."""

EVENT: Final = Table(
    "tracking_event",
    id="parcel",
    digest=("code", "at"),
    scope="global",
    version=".",
    version_by=seconds_with_code(iso_time, lambda document: document.get("at"), _code),
    fields=(
        Field("tracking_no", "parcel", ident, required=True),
        Field("carrier", "carrier"),
        Field("at", "at", iso_time, required=True),
        Field("code", "code", TRACKED, required=True),
        Field("raw_code", "reason"),
        Field("order_ref", "order", ident),
        Field("text", "note"),
    ),
)
