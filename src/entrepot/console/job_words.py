"""What jobs and their states are called."""

from __future__ import annotations

from entrepot.console.language import _


def job_statuses() -> dict[str, str]:
    """Return where a job is."""
    return {
        "queued": _("Queued"),
        "running": _("Running"),
        "done": _("Done"),
        "failed": _("Failed"),
        "cancelled": _("Cancelled"),
    }


def job_names() -> dict[str, str]:
    """Return what each registered job does."""
    return {
        "log partitions": _("Months of the log"),
        "stock snapshot": _("Stock snapshot"),
        "stock audit": _("Stock audit"),
        "carrier scorecards": _("Carrier scorecards"),
        "stock prices": _("Prices of stock"),
        "order to delivery": _("Order to delivery"),
        "orders due": _("Orders due"),
        "promise fit": _("Promise model"),
        "promise backtest": _("Promises on past orders"),
        "promise watch": _("Watch over promises"),
        "sourcing batch": _("Waiting orders sourced together"),
        "lane times": _("Times of transfer lanes"),
        "availability by date": _("Availability by date"),
        "network draw": _("Network drawn"),
        "network solve": _("Network solved"),
        "network what-if": _("Network: what if"),
        "delivery day": _("Delivery day searched"),
    }


def actors() -> dict[str, str]:
    """Return who asks for jobs and acts on orders without being a person."""
    return {
        "system": _("Platform"),
        "schedule": _("Schedule"),
        "command line": _("Command line"),
        "demo": _("Demo"),
        "order_to_delivery": _("News of the order"),
        "order to delivery": _("Order to delivery"),
        "orders due": _("Orders due"),
        "sourcing": _("Sourcing"),
        "sourcing batch": _("Waiting orders sourced together"),
        "facts": _("What was reported"),
    }


def job_results() -> dict[str, str]:
    """Return what the figures of jobs' results are; those without a word are for programs."""
    return {
        "order": _("Order"),
        "steps": _("Steps"),
        "study": _("Study"),
        "dispatch": _("Delivery day"),
        "gap": _("Proven gap"),
        "unserved": _("Unserved"),
        "orders": _("Orders"),
        "moved": _("Moved to another node"),
        "leave": _("Not collected"),
        "time_out": _("Timed out"),
        "deliveries": _("Delivered"),
        "late_share": _("Late"),
        "mean_days": _("Days promised"),
        "drifts": _("Differences"),
    }


def steps() -> dict[str, str]:
    """Return the steps of an order's way that a job takes."""
    return {
        "follow": _("followed the channel"),
        "hold": _("reserved"),
        "source": _("sourced"),
        "release": _("released"),
        "settle": _("settled"),
    }
