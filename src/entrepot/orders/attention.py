"""What is wrong with an order: one SQL predicate per exception, over ``orders.orders o``.

The list, its filter and the control tower read this one table, so that a count and its list always agree.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

SHIP_WITHIN: Final = timedelta(hours=48)
"""From payment to despatch where the channel promised nothing: what most channels ask of a shop."""

PAY_WITHIN: Final = timedelta(hours=24)
"""An order longer unpaid holds a buyer's wish, not a sale."""

DELIVER_WITHIN: Final = timedelta(days=7)
"""From despatch to delivery where neither the channel nor we promised anything."""

TROUBLED_PARCELS: Final = ("exception", "attempt_failed", "returning", "refused")
"""Parcel states somebody should look at."""

_OPEN: Final = "o.fulfilment_status IN ('open', 'in_progress', 'part_shipped')"

# Some channels never say when it left, or "delivered"; a parcel's despatch and the carrier's word for each are as good.
_SHIPPED: Final = "coalesce(o.shipped_at, (SELECT min(s.shipped_at) FROM orders.shipment s WHERE s.order_id = o.id))"
# What the buyer was told first, to the end of that day; the dates that replaced it do not make it kept.
_PROMISED: Final = (
    "(SELECT (r.promised + 1)::timestamp AT TIME ZONE %(zone)s FROM orders.promise r "
    "WHERE r.order_id = o.id AND r.no = 1)"
)
_UNDELIVERED: Final = (
    "NOT coalesce((SELECT bool_and(p.delivered_at IS NOT NULL) FROM orders.shipment s "
    "LEFT JOIN orders.parcel p ON p.tracking_no = s.tracking_no WHERE s.order_id = o.id), false)"
)

EXCEPTIONS: Final[dict[str, str]] = {
    "late_to_ship": f"{_OPEN} AND o.payment_status IN ('paid', 'part_refunded') AND coalesce(o.promised_at < %(now)s, "
    "coalesce(o.paid_at, o.placed_at) < %(ship_by)s)",
    "unpaid_long": "o.payment_status IN ('unpaid', 'part_paid') AND o.fulfilment_status = 'open' "
    "AND o.placed_at < %(pay_by)s",
    "late_delivery": "o.fulfilment_status IN ('shipped', 'part_shipped') AND o.delivered_at IS NULL "
    "AND o.aftersale_status IS DISTINCT FROM 'refunded' "
    f"AND coalesce(o.promised_at < %(now)s, {_PROMISED} <= %(now)s, {_SHIPPED} < %(deliver_by)s) "
    f"AND {_UNDELIVERED}",
    "tracking_exception": "o.fulfilment_status IN ('in_progress', 'part_shipped', 'shipped') AND EXISTS ("
    "SELECT FROM orders.shipment s JOIN orders.parcel p ON p.tracking_no = s.tracking_no "
    "WHERE s.order_id = o.id AND p.status = ANY (%(troubled)s))",
    "hold": "o.hold_status <> 'none'",
    "unmatched_sku": "o.channel || ':' || o.shop = ANY (%(stocked_shops)s::text[]) AND EXISTS ("
    "SELECT FROM orders.line l WHERE l.order_id = o.id AND l.sku IS NULL)",
    "quarantined": "o.id = ANY (%(quarantined)s::text[])",
}
"""Worst first. ``quarantined`` and ``unmatched_sku`` need what other contexts know: see `exception_values`."""


def exception_values(
    now: datetime, zone: str, quarantined: list[str] | None = None, stocked_shops: list[str] | None = None
) -> dict[str, object]:
    """Give the predicates their parameters.

    Parameters
    ----------
    now : datetime
        Aware.
    zone : str
        In which our own promised dates are days, as an IANA name.
    quarantined : list of str
        Orders of which a part is kept in quarantine.
    stocked_shops : list of str
        ``channel:shop`` whose sales move our stock.
    """
    return {
        "now": now,
        "zone": zone,
        "ship_by": now - SHIP_WITHIN,
        "pay_by": now - PAY_WITHIN,
        "deliver_by": now - DELIVER_WITHIN,
        "troubled": list(TROUBLED_PARCELS),
        "quarantined": quarantined or [],
        "stocked_shops": stocked_shops or [],
    }


def exception_list() -> str:
    """Return the SQL of an order's exceptions as a text array, worst first."""
    cases = ", ".join(f"CASE WHEN {test} THEN '{name}' END" for name, test in EXCEPTIONS.items())
    return f"array_remove(ARRAY[{cases}], NULL)"
