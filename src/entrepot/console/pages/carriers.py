"""Carriers: their cards and zones, what a parcel costs, how they keep their word; rate cards come in as files."""

from __future__ import annotations

from fastapi import Request

from entrepot.console.elements import widget
from entrepot.console.language import _
from entrepot.console.pages.page import guarded
from entrepot.console.ports import Services
from entrepot.console.shell import Visit, shell


def register(services: Services) -> None:
    """Serve ``/carriers`` and ``/carriers/{id}``."""
    guarded(services, "/carriers", _draw_all)
    guarded(services, "/carriers/{carrier_id}", _draw_one)


def _draw_all(visit: Visit, request: Request) -> None:
    with shell(visit, _("Carriers"), "carriers", widgets=["carriers"]):
        widget("carriers", may_act=visit.may("manage_carriers"))


def _draw_one(visit: Visit, request: Request) -> None:
    carrier = request.path_params["carrier_id"]
    with shell(visit, carrier, "carriers", widgets=["carrier"], crumb=(_("Carriers"), "/carriers")):
        widget("carrier", id=carrier)
