"""What the figures of the control tower mean."""

from __future__ import annotations

from entrepot.console.explanations.explanation import Explanation
from entrepot.console.language import _
from entrepot.console.words import kpis


def tower_explanations() -> dict[str, Explanation]:
    """Return the explanations of the tower's figures by key."""
    name = kpis()
    return {
        "orders_24h": Explanation(
            name["orders_24h"],
            _("Orders of every channel placed in the last 24 hours. Test orders are left out; cancelled ones stay in."),
            _("count(orders) where placed_at ≥ now − 24 h"),
            "/orders",
        ),
        "revenue_24h": Explanation(
            name["revenue_24h"],
            _(
                "What buyers paid on orders placed in the last 24 hours, before refunds, in the retailer's main "
                "currency."
            ),
            _("sum(paid) where placed_at ≥ now − 24 h"),
            "/orders?payment=paid",
        ),
        "units_24h": Explanation(
            name["units_24h"],
            _("Pieces on the lines of orders placed in the last 24 hours."),
            _("sum(line quantity) where placed_at ≥ now − 24 h"),
            "/orders",
        ),
        "open_orders": Explanation(
            name["open_orders"],
            _("Orders paid and not yet wholly shipped, cancelled or completed."),
            _("count(orders) where fulfilment is open, in progress or part shipped"),
            "/orders?fulfilment=open,in_progress,part_shipped",
        ),
        "on_time_rate": Explanation(
            name["on_time_rate"],
            _(
                "Share of the last 7 days' deliveries that came by the date the channel promised, else by ours, else "
                "within 7 days of despatch."
            ),
            _("delivered by the promise ÷ delivered"),
            "/orders?exception=late_delivery",
        ),
        "shipped_24h_rate": Explanation(
            name["shipped_24h_rate"],
            _(
                "Share of paid orders to be sent that left the warehouse within 24 hours of payment, over the last 7 "
                "days; sales over the counter are none."
            ),
            _("shipped within 24 h of paid_at ÷ paid and to be sent"),
            "/orders?exception=late_to_ship",
        ),
        "fill_rate": Explanation(
            name["fill_rate"],
            _("Share of demand met from stock on the shelf, over the last 7 days."),
            _("units shipped from stock ÷ units ordered"),
            "/orders",
        ),
        "cover_days": Explanation(
            name["cover_days"],
            _("How long today's usable stock lasts at the pace of the last 28 days, over all nodes."),
            _("usable on hand ÷ mean daily sales"),
            "/stock?sort=cover_days",
        ),
        "stockouts": Explanation(
            name["stockouts"],
            _("Cells of SKU × node with demand in the last 28 days and nothing usable on hand now."),
            _("count(cells) where usable on hand ≤ 0 and daily sales > 0"),
            "/stock?status=out",
        ),
        "quarantine_open": Explanation(
            name["quarantine_open"],
            _(
                "Messages, records or fields set aside because they could not be understood. Nothing is lost: replay "
                "brings them back."
            ),
            _("count(entries) not resolved"),
            "/quarantine",
        ),
        "intake_p95_ms": Explanation(
            name["intake_p95_ms"],
            _("Time from the arrival of a message until its facts are durable; 95 of 100 messages are faster."),
            _("95th percentile of (committed − received) over the last hour"),
            "/channels",
        ),
        "messages_24h": Explanation(
            name["messages_24h"],
            _("Messages taken in during the last 24 hours; a message sent twice counts once."),
            _("count(messages) where received_at ≥ now − 24 h"),
            "/channels",
        ),
        "orders_per_hour": Explanation(
            _("Orders by channel, per hour"),
            _(
                "Orders of the last 72 hours by the hour they were placed and the channel they came from. The last "
                "hour is not over yet."
            ),
            _("count(orders) by hour of placed_at and channel"),
            "/orders",
        ),
        "cover_map": Explanation(
            _("Stock cover by node"),
            _(
                "Each place is drawn by the days its usable stock lasts at its own pace of sales. Lines are transfers "
                "of the last 7 days and on the way; the thicker, the more units."
            ),
            _("usable on hand ÷ mean daily sales of 28 days, at the node"),
            "/stock?sort=cover_days",
        ),
        "hub_lag": Explanation(
            _("Hub lag"),
            _(
                "Each reader of the log works at its own position. Behind = events written and not yet read; lag = "
                "age of the oldest of them."
            ),
            _("last sequence of the log − the reader's position"),
            "/channels",
        ),
        "exceptions": Explanation(
            _("Exceptions"),
            _(
                "What is wrong now, worst first. Each line opens the list it counts; a line goes away when its list "
                "is empty."
            ),
            _("count by kind, only kinds above zero"),
            "/quarantine",
        ),
    }
