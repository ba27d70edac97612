"""What the figures of availability, holds and the write-back mean."""

from __future__ import annotations

from entrepot.console.explanations.explanation import Explanation
from entrepot.console.language import _


def stock_explanations() -> dict[str, Explanation]:
    """Return the explanations by key."""
    return {
        "atp_now": Explanation(
            _("Available to promise, now"),
            _(
                "Pieces a channel may sell this moment: what is usable on the shelf less every hold, the safety stock "
                "and what is kept back for other channels."
            ),
            _("usable on hand − allocated − reserved − safety + backorder cap − protected for others"),
            "/availability",
        ),
        "atp_usable": Explanation(
            _("Usable on hand"),
            _("Pieces on the shelf that can be sold: damaged stock and stock under a quality hold are left out."),
            _("sum of movements into the account (node, on hand)"),
            "/stock",
        ),
        "atp_allocated": Explanation(
            _("Allocated"),
            _("Firm holds: pieces that belong to an order line or a transfer until they are shipped or let go."),
            _("sum of open holds of orders and transfers"),
            "/availability",
        ),
        "atp_reserved": Explanation(
            _("Reserved"),
            _("Soft holds of carts and quotes. They expire by themselves and then free their pieces."),
            _("sum of open holds of carts"),
            "/availability",
        ),
        "atp_protected": Explanation(
            _("Protected"),
            _("Pieces a channel is promised for its own buyers. Other channels do not see them."),
            _("sum over channels of quota − used quota, never below zero"),
            "/availability",
        ),
        "atp_safety": Explanation(
            _("Safety stock"),
            _("Pieces kept back against counting errors and damage; no channel sees them."),
            _("set by SKU and node"),
            "/stock",
        ),
        "atp_curve": Explanation(
            _("Available by date"),
            _(
                "Supply that can be promised by each day: what is free now plus what is due, less what is promised "
                "already. A receipt counts on the day it comes with that chance: 9 of 10 times the line of p90 is kept."
            ),
            _("free now + dues up to the day − backorders pegged, at the p10, p50 and p90 of each due date"),
            "/availability",
        ),
        "atp_pegs": Explanation(
            _("Pegged backorders"),
            _("Each backordered piece waits for one named receipt; when that comes late, the promise moves with it."),
            _("backorders by order of promise, served by receipts by order of due date"),
            "/desk",
        ),
        "atp_position": Explanation(
            _("Log position"),
            _("The last event of the log these figures reflect. Channels are told the same position with each level."),
            _("sequence number of the last event folded in"),
            "/channels",
        ),
        "writeback": Explanation(
            _("Write-back"),
            _(
                "What each channel should show, one wish a listing. A newer wish replaces an older one that was not "
                "sent; a channel that has the level already counts as told."
            ),
            _("count of wishes by state"),
            "/writeback",
        ),
    }
