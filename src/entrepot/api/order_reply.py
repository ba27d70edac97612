"""One order as the API tells it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict

from entrepot.api.personal import shown
from entrepot.kernel.canonical import KINDS
from entrepot.kernel.facts import Value
from entrepot.orders.detail import OrderDetail
from entrepot.orders.fold import Fields
from entrepot.orders.projection import told
from entrepot.orders.timeline import Moment, timeline
from entrepot.stock import DocumentRow

_OWN: Final = {"updated_at": "channel_updated_at", "lines": "line_count"}
"""Names the API uses for something else."""


class Part(BaseModel):
    """A part of an order: its id, and its canonical fields."""

    model_config = ConfigDict(extra="allow")

    id: str


class MovementReply(BaseModel):
    """A movement of stock that an order caused."""

    seq: int
    id: str
    valid_at: datetime
    recorded_at: datetime
    reason: str
    sku: str
    qty: int
    from_node: str
    from_state: str
    to_node: str
    to_state: str
    line: str | None
    channel: str | None
    source_id: str | None
    actor: str | None
    reverses: str | None


class OrderReply(BaseModel):
    """An order: the columns of the list, every other canonical field that is known, and its parts."""

    model_config = ConfigDict(extra="allow")

    id: str
    channel: str
    shop: str
    native_id: str
    exceptions: list[str]
    line_count: int
    lines: list[Part]
    payments: list[Part]
    refunds: list[Part]
    shipments: list[Part]
    timeline: list[Moment]
    movements: list[MovementReply]


def order_reply(
    order: OrderDetail, movements: list[DocumentRow], in_clear: bool, names: Mapping[str, tuple[str, str]]
) -> OrderReply:
    """Put an order together.

    Parameters
    ----------
    order : OrderDetail
        From the order book.
    movements : list of DocumentRow
        From the stock book.
    in_clear : bool
        Whether the caller may read personal data.
    names : mapping of str to (str, str)
        The catalogue's names of SKUs, in Chinese and in English.
    """
    header: dict[str, object] = {
        _OWN.get(name, name): shown("order", name, told(order.state.fields, name), in_clear) for name in KINDS["order"]
    }
    columns = {("line_count" if name == "lines" else name): value for name, value in asdict(order.summary).items()}
    return OrderReply.model_validate(
        {
            **header,
            **columns,
            "lines": [
                _line(order, part, fields, in_clear, names) for part, fields in order.parts("order_line").items()
            ],
            "payments": [_part("payment", *item, in_clear) for item in order.parts("payment").items()],
            "refunds": [_part("refund", *item, in_clear) for item in order.parts("refund").items()],
            "shipments": [_shipment(order, *item, in_clear) for item in order.parts("shipment").items()],
            "timeline": timeline(order),
            "movements": [movement._asdict() for movement in movements],
        }
    )


def _part(kind: str, part: str, fields: Fields, in_clear: bool) -> dict[str, object]:
    said: dict[str, object] = {name: shown(kind, name, told(fields, name), in_clear) for name in KINDS[kind]}
    return {**said, "id": part}


def _line(
    order: OrderDetail, part: str, fields: Fields, in_clear: bool, names: Mapping[str, tuple[str, str]]
) -> dict[str, object]:
    sku = order.skus.get(part)
    name, name_en = names.get(sku or "", ("", ""))
    return {**_part("order_line", part, fields, in_clear), "sku": sku, "name": name, "name_en": name_en}


def _shipment(order: OrderDetail, part: str, fields: Fields, in_clear: bool) -> dict[str, object]:
    number: Value = told(fields, "tracking_no")
    parcel = order.parcels.get(str(number))
    return {
        **_part("shipment", part, fields, in_clear),
        "parcel_status": parcel.status if parcel else None,
        "parcel_place": parcel.place if parcel else None,
        "parcel_carrier": parcel.carrier if parcel else None,
        "tracking": [asdict(scan) for scan in order.tracking if scan.tracking_no == number],
    }
