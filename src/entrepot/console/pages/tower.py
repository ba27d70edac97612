"""Control tower: what is wrong now, then how the day runs."""

from __future__ import annotations

from fastapi import Request

from entrepot.console.elements import panel, widget
from entrepot.console.language import _
from entrepot.console.pages.page import guarded
from entrepot.console.ports import Services
from entrepot.console.shell import Visit, shell


def register(services: Services) -> None:
    """Serve ``/``."""
    guarded(services, "/", _draw, needs="read")


def _draw(visit: Visit, request: Request) -> None:
    with shell(
        visit, _("Control tower"), "tower", widgets=["exceptions", "kpis", "orders_chart", "cover_map", "readers"]
    ):
        panel(_("Exceptions"), "exceptions", why="exceptions", classes="tower-exceptions")
        widget("kpis", classes="tower-kpis")
        panel(_("Orders by channel, per hour"), "orders_chart", why="orders_per_hour", classes="tower-orders")
        panel(_("Stock cover by node"), "cover_map", why="cover_map", classes="tower-map")
        panel(_("Hub lag"), "readers", why="hub_lag", classes="tower-lag")
