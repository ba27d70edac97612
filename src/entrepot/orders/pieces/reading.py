"""From an order's folded state to what is said of its lines, in units. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Final

from entrepot.kernel.facts import Value
from entrepot.orders.fold import Fields, OrderState, live_lines
from entrepot.orders.pieces.told import Told, ToldLine
from entrepot.orders.projection import told as value_of

PAID: Final = frozenset({"authorised", "part_paid", "paid", "part_refunded", "refunded"})
GONE: Final = frozenset({"shipped", "delivered", "completed"})
ARRIVED: Final = frozenset({"delivered", "completed"})
TURNED: Final = frozenset({"returning", "returned", "refused"})
_ADDRESS: Final = ("country", "province", "city", "district", "street", "postal", "address")
_NO_RETURN: Final = frozenset({"refused", "closed", "cancelled"})

Units = dict[str, int]


def told_of(
    state: OrderState,
    skus: Mapping[str, str | None],
    parcels: Mapping[str, str],
    issued: Mapping[tuple[str, str], int],
    back: Mapping[tuple[str, str, str], int],
    held: Mapping[tuple[str, str], int] | None = None,
    *,
    is_ours: bool = False,
) -> Told:
    """Read what is said of an order.

    Parameters
    ----------
    state : OrderState
        Folded from all messages.
    skus : mapping of str to str or None
        Our SKU by line.
    parcels : mapping of str to str
        A parcel's status by its number.
    issued, back, held : mapping
        What the stock book says left and came back, and what is still promised; see `Told`.
    is_ours : bool
        Whether the order's status is written from its pieces: then it says nothing of where they are.
    """
    lines = live_lines(state)
    qty = {line: _count(fields, "qty") for line, fields in lines.items()}
    status = value_of(state.fields, "fulfilment_status")
    shipped = qty if status in GONE and not is_ours else _shipped(state, lines, qty)
    arrived = qty if status in ARRIVED and not is_ours else _by_parcels(state, qty, parcels, frozenset({"delivered"}))
    turned, asked = _by_parcels(state, qty, parcels, TURNED), _asked_back(state, qty)
    payment = value_of(state.fields, "payment_status")
    mode, store = value_of(state.fields, "fulfil_mode"), value_of(state.fields, "store")
    return Told(
        lines=tuple(
            ToldLine(
                line,
                skus.get(line),
                qty[line],
                _cancelled(fields, qty[line], shipped.get(line, 0)),
                shipped.get(line, 0),
                arrived.get(line, 0),
                turned.get(line, 0),
                asked.get(line, 0),
            )
            for line, fields in sorted(lines.items())
            if qty[line] > 0
        ),
        is_cancelled=status == "cancelled" or (payment == "voided" and status not in GONE),
        is_paid=payment in PAID,
        is_held=value_of(state.fields, "hold_status") not in (None, "none"),
        mode=mode if isinstance(mode, str) else "ship",
        store=store if isinstance(store, str) else None,
        held=held,
        issued=issued,
        back=back,
    )


def destination_of(state: OrderState) -> str:
    """Return a digest of where an order goes, so that a changed address is noticed without keeping it twice."""
    said = repr([value_of(state.fields, name) for name in _ADDRESS])
    return blake2b(said.encode(), digest_size=12).hexdigest()


def _cancelled(fields: Fields, qty: int, shipped: int) -> int:
    """Return the units taken back before they left; a line refunded whole before anything of it left is all of them."""
    if value_of(fields, "refund_status") == "refunded" and not shipped:
        return qty
    return min(qty, _count(fields, "qty_cancelled"))


def _shipped(state: OrderState, lines: Mapping[str, Fields], qty: Units) -> Units:
    by_parcel = _sum(_lines_of(fields, qty) for fields in _shipments(state) if _has_left(fields))
    return {line: min(qty[line], max(_count(lines[line], "qty_shipped"), by_parcel.get(line, 0))) for line in qty}


def _has_left(fields: Fields) -> bool:
    return value_of(fields, "status") not in ("open", "cancelled")


def _by_parcels(state: OrderState, qty: Units, parcels: Mapping[str, str], wanted: frozenset[str]) -> Units:
    found = []
    for fields in _shipments(state):
        number = value_of(fields, "tracking_no")
        is_told = "delivered" in wanted and value_of(fields, "delivered_at") is not None
        if is_told or (isinstance(number, str) and parcels.get(number) in wanted):
            found.append(_lines_of(fields, qty))
    return {line: min(qty[line], units) for line, units in _sum(iter(found)).items()}


def _asked_back(state: OrderState, qty: Units) -> Units:
    refunds = state.parts.get("refund", {}).values()
    asked = [
        _lines_of(fields, qty)
        for fields in refunds
        if value_of(fields, "kind") == "return" and value_of(fields, "status") not in _NO_RETURN
    ]
    return {line: min(qty[line], units) for line, units in _sum(iter(asked)).items()}


def _shipments(state: OrderState) -> list[Fields]:
    return list(state.parts.get("shipment", {}).values())


def _lines_of(fields: Fields, qty: Units) -> Units:
    """Read the lines of a shipment or refund; one that names none is about the whole order."""
    listed = value_of(fields, "lines")
    if isinstance(listed, list) and listed:
        return _sum(_listed(entry, qty) for entry in listed)
    line = value_of(fields, "line")
    if isinstance(line, str) and line in qty:
        return {line: _count(fields, "qty") or qty[line]}
    return dict(qty)


def _listed(entry: Value, qty: Units) -> Units:
    line, units = (
        (entry[0], entry[1] if len(entry) > 1 else None) if isinstance(entry, list) and entry else (entry, None)
    )
    if not isinstance(line, str) or line not in qty:
        return {}
    return {line: units if isinstance(units, int) else qty[line]}


def _sum(parts: Iterator[Units]) -> Units:
    total: Units = {}
    for part in parts:
        for line, units in part.items():
            total[line] = total.get(line, 0) + units
    return total


def _count(fields: Fields, name: str) -> int:
    value = value_of(fields, name)
    return value if isinstance(value, int) and value > 0 else 0
