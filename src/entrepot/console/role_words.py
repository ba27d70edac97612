"""What roles of people are called."""

from __future__ import annotations

from entrepot.console.language import _


def roles() -> dict[str, str]:
    """Return what people may be."""
    return {
        "viewer": _("Viewer"),
        "operator": _("Operator"),
        "dispatcher": _("Dispatcher"),
        "driver": _("Driver"),
        "planner": _("Planner"),
        "finance": _("Finance"),
        "admin": _("Administrator"),
    }
