"""Codes and what people call them, one vocabulary for pages and scripts, in the language of the request."""

from __future__ import annotations

from entrepot.console.dispatch_words import dispatch_words
from entrepot.console.job_words import actors, job_names, job_results, job_statuses, steps
from entrepot.console.language import _
from entrepot.console.order_words import order_vocabulary
from entrepot.console.place_words import provinces
from entrepot.console.role_words import roles


def vocabulary() -> dict[str, dict[str, str]]:
    """Return labels by family and code."""
    return order_vocabulary() | {
        "payment": payment_statuses(),
        "fulfilment": fulfilment_statuses(),
        "aftersale": aftersale_statuses(),
        "hold": hold_statuses(),
        "tracking": tracking_codes(),
        "stock": stock_statuses(),
        "job": job_statuses(),
        "job_name": job_names(),
        "job_result": job_results(),
        "actor": actors(),
        "step": steps(),
        "outcome": outcomes(),
        "channel": channels(),
        "exception": exceptions(),
        "kpi": kpis(),
        "reason": quarantine_reasons(),
        "movement": movement_reasons(),
        "state": stock_states(),
        "node": node_kinds(),
        "transport": transports(),
        "role": roles(),
        **dispatch_words(),
        "field": fields(),
        "kind": record_kinds(),
        "signature": signatures(),
        "moment": moments(),
        "loss": losses(),
        "way": ways(),
        "carrier": carriers(),
        "province": provinces(),
    }


def payment_statuses() -> dict[str, str]:
    """Return the payment axis of an order."""
    return {
        "unpaid": _("Unpaid"),
        "authorised": _("Authorised"),
        "part_paid": _("Part paid"),
        "paid": _("Paid"),
        "part_refunded": _("Part refunded"),
        "refunded": _("Refunded"),
        "voided": _("Voided"),
    }


def fulfilment_statuses() -> dict[str, str]:
    """Return the fulfilment axis of an order."""
    return {
        "open": _("Open"),
        "in_progress": _("In progress"),
        "part_shipped": _("Part shipped"),
        "shipped": _("Shipped"),
        "delivered": _("Delivered"),
        "completed": _("Completed"),
        "cancelled": _("Cancelled"),
    }


def aftersale_statuses() -> dict[str, str]:
    """Return the after-sale axis of an order."""
    return {
        "none": _("None"),
        "asked": _("Asked"),
        "returning": _("Returning"),
        "part_refunded": _("Part refunded"),
        "refunded": _("Refunded"),
        "refused": _("Refused"),
        "closed": _("Closed"),
    }


def hold_statuses() -> dict[str, str]:
    """Return why an order may be held."""
    return {
        "none": _("None"),
        "risk": _("Held: risk"),
        "address": _("Held: address"),
        "payment": _("Held: payment"),
        "manual": _("Held by hand"),
    }


def tracking_codes() -> dict[str, str]:
    """Return what a carrier reports."""
    return {
        "created": _("Label made"),
        "picked_up": _("Picked up"),
        "in_transit": _("In transit"),
        "arrived": _("Arrived at hub"),
        "customs": _("Customs"),
        "out_for_delivery": _("Out for delivery"),
        "ready_for_pickup": _("Ready for pick-up"),
        "attempt_failed": _("Attempt failed"),
        "exception": _("Exception"),
        "returning": _("Returning"),
        "returned": _("Returned"),
        "refused": _("Refused"),
        "cancelled": _("Cancelled"),
        "delivered": _("Delivered"),
    }


def stock_statuses() -> dict[str, str]:
    """Return what a stock level is against its need."""
    return {"out": _("Out of stock"), "low": _("Low"), "ok": _("OK"), "excess": _("Excess")}


def outcomes() -> dict[str, str]:
    """Return what became of a message."""
    return {"translated": _("Translated"), "quarantined": _("Quarantined"), "ignored": _("Ignored")}


def channels() -> dict[str, str]:
    """Return the names of the channels and carriers we speak with."""
    return {
        "taobao": _("Taobao / Tmall"),
        "douyin": _("Douyin"),
        "youzan": _("Youzan"),
        "shopify": _("Shopify"),
        "odoo_pos": _("Odoo POS"),
        "square": _("Square till"),
        "kuaidi100": _("Kuaidi100"),
        "sf": _("SF Express"),
        "olist": _("Olist"),
        "own": _("Own orders"),
        "files": _("Files"),
    }


def exceptions() -> dict[str, str]:
    """Return the exceptions the control tower counts and orders carry."""
    return {
        "quarantine": _("Messages in quarantine"),
        "lagging_reader": _("Readers behind the log"),
        "late_to_ship": _("Paid, not shipped in time"),
        "tracking_exception": _("Parcels in trouble"),
        "stockout": _("Out of stock, SKU × node"),
        "late_delivery": _("Parcels late"),
        "silent_channel": _("Channels gone silent"),
        "failed_job": _("Failed jobs"),
        "quarantined": _("Orders with parts in quarantine"),
        "unmatched_sku": _("Lines without a known SKU"),
        "hold": _("Orders held"),
        "unpaid_long": _("Long unpaid"),
        "low_stock": _("Low stock, SKU × node"),
        "drift": _("New fields in channel messages"),
    }


def kpis() -> dict[str, str]:
    """Return the names of key figures."""
    return {
        "orders_24h": _("Orders, 24 h"),
        "revenue_24h": _("Paid, 24 h"),
        "units_24h": _("Units sold, 24 h"),
        "open_orders": _("Open orders"),
        "on_time_rate": _("Delivered on time"),
        "shipped_24h_rate": _("Shipped within 24 h"),
        "fill_rate": _("Fill rate"),
        "cover_days": _("Stock cover"),
        "stockouts": _("Out of stock"),
        "quarantine_open": _("In quarantine"),
        "intake_p95_ms": _("Intake lag, p95"),
        "messages_24h": _("Messages, 24 h"),
    }


def quarantine_reasons() -> dict[str, str]:
    """Return why a message, a record or a field is set aside: by rule, or by the rule's first word."""
    return {
        "message.unrecognised": _("Unknown kind of message"),
        "message.empty": _("Nothing in it for us"),
        "decode": _("Not readable"),
        "required": _("A required field is missing"),
        "field": _("A value cannot be converted"),
        "complete": _("Incomplete"),
        "arithmetic": _("Sums that do not add up"),
        "timely": _("Dates that cannot be"),
        "valid": _("Value out of bounds"),
        "unique": _("Not unique"),
        "referential": _("Refers to nothing we know"),
        "fold": _("Cannot be stored as it is"),
        "stock": _("Stock document refused"),
        "files": _("File or row not readable"),
    }


def movement_reasons() -> dict[str, str]:
    """Return why stock moves."""
    return {
        "receipt": _("Receipt"),
        "sale": _("Sale"),
        "return": _("Return"),
        "transfer_out": _("Transfer out"),
        "transfer_in": _("Transfer in"),
        "count": _("Count"),
        "adjustment": _("Adjustment"),
        "damage": _("Damage"),
        "scrap": _("Scrap"),
        "quality_hold": _("Quality hold"),
        "release": _("Release"),
        "reversal": _("Reversal"),
    }


def stock_states() -> dict[str, str]:
    """Return the states stock can be in at a node."""
    return {
        "on_hand": _("On hand"),
        "quality_hold": _("Quality hold"),
        "damaged": _("Damaged"),
        "in_transit": _("In transit"),
        "on_order": _("On order"),
    }


def node_kinds() -> dict[str, str]:
    """Return the kinds of places, and the places beyond the book."""
    return {
        "rdc": _("Regional centre"),
        "fdc": _("Front warehouse"),
        "warehouse": _("Warehouse"),
        "store": _("Store"),
        "supplier": _("Supplier"),
        "customer": _("Customer"),
        "scrap": _("Scrap"),
        "difference": _("Difference"),
    }


def ways() -> dict[str, str]:
    """Return how an order reaches its buyer."""
    return {
        "ship": _("Shipped to the buyer"),
        "store": _("Sold in the store"),
        "pickup": _("Picked up in the store"),
        "virtual": _("Nothing to ship"),
    }


def carriers() -> dict[str, str]:
    """Return the names of carriers, by the codes of Kuaidi100."""
    return {
        "shunfeng": _("SF Express"),
        "sf": _("SF Express"),
        "zhongtong": _("ZTO"),
        "yuantong": _("YTO"),
        "yunda": _("Yunda"),
        "shentong": _("STO"),
        "jtexpress": _("J&T"),
    }


def moments() -> dict[str, str]:
    """Return what a timeline tells."""
    return {
        "placed": _("Order placed"),
        "paid": _("Order paid"),
        "shipped": _("Shipped"),
        "delivered": _("Delivered"),
        "completed": _("Completed"),
        "cancelled": _("Cancelled"),
        "payment": _("Payment"),
        "refund_asked": _("Refund asked"),
        "refunded": _("Refunded"),
        "despatched": _("Parcel despatched"),
        "handed_over": _("Parcel delivered"),
        "tracking": _("Tracking event"),
        "message": _("Message"),
    }


def losses() -> dict[str, str]:
    """Return why a value was not taken."""
    return {
        "older": _("an older version"),
        "same age, lower hash": _("the same version; the other message's digest is higher"),
        "same message": _("said again in the same message"),
    }


def transports() -> dict[str, str]:
    """Return how a message came in."""
    return {"webhook": _("Webhook"), "poll": _("Poll"), "file": _("File"), "bulk": _("Bulk")}


def signatures() -> dict[str, str]:
    """Return what the check of a signature gave."""
    return {
        "valid": _("Valid"),
        "none": _("Not checked"),
        "missing": _("Not signed"),
        "invalid": _("Does not match"),
    }


def record_kinds() -> dict[str, str]:
    """Return the canonical kinds."""
    return {
        "order": _("Order"),
        "order_line": _("Order line"),
        "payment": _("Payment"),
        "refund": _("Refund"),
        "shipment": _("Shipment"),
        "tracking_event": _("Tracking event"),
        "product": _("Product"),
        "listing": _("Listing"),
        "location": _("Location"),
        "stock_fact": _("Stock fact"),
        "movement": _("Movement"),
        "fetch": _("Fetch"),
        "message": _("Message"),
        "sku": _("SKU"),
        "parcel": _("Parcel"),
        "node": _("Node"),
    }


def fields() -> dict[str, str]:
    """Return the names of order fields shown on its page."""
    return {
        "native_id": _("Number at the channel"),
        "placed_at": _("Placed"),
        "paid_at": _("Paid at"),
        "shipped_at": _("Shipped at"),
        "delivered_at": _("Delivered at"),
        "completed_at": _("Completed at"),
        "cancelled_at": _("Cancelled at"),
        "promised_at": _("Promised"),
        "updated_at": _("Changed"),
        "channel_updated_at": _("Changed at the channel"),
        "goods": _("Goods"),
        "freight": _("Freight"),
        "tax": _("Tax"),
        "discount_seller": _("Seller's discount"),
        "discount_platform": _("Channel's discount"),
        "adjust": _("Adjusted by hand"),
        "total": _("Total"),
        "paid": _("Paid amount"),
        "province": _("Province"),
        "city": _("City"),
        "district": _("District"),
        "store": _("Store"),
        "buyer_name": _("Buyer"),
        "buyer_phone": _("Phone"),
        "address": _("Address"),
        "buyer_note": _("Buyer's note"),
        "seller_note": _("Seller's note"),
        "fulfil_mode": _("Way of fulfilment"),
        "order": _("Order"),
        "qty": _("Quantity"),
        "unit_price": _("Unit price"),
        "line_total": _("Line total"),
        "discount": _("Discount"),
        "amount": _("Amount"),
        "currency": _("Currency"),
        "status": _("Status"),
        "title": _("Product"),
        "reason": _("Reason"),
        "tracking_no": _("Parcel number"),
        "carrier": _("Carrier"),
        "exception": _("Exception"),
        "hold": _("Hold"),
        "shop": _("Shop"),
        "node": _("Node"),
        "sku": _("SKU"),
        "updated_since": _("Changed since"),
        "payment_status": _("Payment"),
        "fulfilment_status": _("Fulfilment"),
        "aftersale_status": _("After-sale"),
        "hold_status": _("Hold"),
    }
