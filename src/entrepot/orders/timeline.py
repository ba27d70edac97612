"""The timeline of an order: every fact with its moment and the message it came from. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from entrepot.kernel.facts import Value
from entrepot.orders.detail import OrderDetail
from entrepot.orders.fold import Fields
from entrepot.orders.projection import told

MILESTONES: Final = {
    "placed_at": ("placed", "Placed"),
    "paid_at": ("paid", "Paid"),
    "shipped_at": ("shipped", "Shipped"),
    "delivered_at": ("delivered", "Delivered"),
    "completed_at": ("completed", "Completed"),
    "cancelled_at": ("cancelled", "Cancelled"),
}
_PART_MOMENTS: Final = {
    "payment": {"paid_at": ("payment", "Payment")},
    "refund": {"asked_at": ("refund_asked", "Refund asked"), "refunded_at": ("refunded", "Refunded")},
    "shipment": {
        "shipped_at": ("despatched", "Parcel despatched"),
        "delivered_at": ("handed_over", "Parcel delivered"),
    },
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of a timeline.

    Parameters
    ----------
    at : datetime
        When it happened, as its source says.
    kind : str
        ``placed``, ``paid``, ``tracking``, ``message`` ...; a screen may have its own words for it.
    title, detail : str
        In English.
    message_id : str
        Hex, or empty.
    source : str
        Channel or carrier that said so.
    """

    at: datetime
    kind: str
    title: str
    detail: str
    message_id: str
    source: str


def timeline(order: OrderDetail) -> list[Moment]:
    """Put together all that has a moment, oldest first; ties by kind, then by title and detail."""
    moments = [*_milestones(order), *_part_moments(order), *_scans(order), *_messages(order)]
    return sorted(moments, key=lambda moment: (moment.at, moment.kind, moment.title, moment.detail, moment.message_id))


def _milestones(order: OrderDetail) -> Iterator[Moment]:
    yield from _moments(order, order.state.fields, MILESTONES, "")


def _part_moments(order: OrderDetail) -> Iterator[Moment]:
    for kind, names in _PART_MOMENTS.items():
        for part, fields in order.parts(kind).items():
            yield from _moments(order, fields, names, _detail(kind, part, fields))


def _moments(order: OrderDetail, fields: Fields, names: dict[str, tuple[str, str]], detail: str) -> Iterator[Moment]:
    for name, (kind, title) in names.items():
        register = fields.get(name)
        at = None if register is None else _instant(register[0])
        if register is not None and at is not None:
            yield Moment(at, kind, title, detail, register[1][1], order.summary.channel)


def _detail(kind: str, part: str, fields: Fields) -> str:
    names = {
        "payment": ("method", "status"),
        "refund": ("kind", "status", "reason"),
        "shipment": ("carrier_name", "carrier", "tracking_no"),
    }[kind]
    said = [value for name in names if isinstance(value := told(fields, name), str) and value]
    return " ".join(dict.fromkeys(said)) or part


def _scans(order: OrderDetail) -> Iterator[Moment]:
    for scan in order.tracking:
        detail = " ".join(filter(None, (scan.tracking_no, scan.place, scan.text)))
        title = scan.code.replace("_", " ").capitalize()
        yield Moment(scan.at, "tracking", title, detail, scan.message_id, scan.carrier or "")


def _messages(order: OrderDetail) -> Iterator[Moment]:
    for source in order.sources:
        detail = source.kinds.replace(",", ", ")
        yield Moment(source.received_at, "message", source.topic, detail, source.message_id, order.summary.channel)


def _instant(value: Value) -> datetime | None:
    if not isinstance(value, str):
        return None
    at = datetime.fromisoformat(value)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
