"""Networks: studies of where warehouses should stand, and one study with its map, costs and reasons."""

from __future__ import annotations

from fastapi import Request

from entrepot.console.elements import widget
from entrepot.console.language import _
from entrepot.console.pages.page import guarded
from entrepot.console.ports import Services
from entrepot.console.shell import Visit, shell


def register(services: Services) -> None:
    """Serve ``/network`` and ``/network/{id}``."""
    guarded(services, "/network", _draw_all)
    guarded(services, "/network/{study}", _draw_one)


def _draw_all(visit: Visit, request: Request) -> None:
    with shell(visit, _("Network"), "network", widgets=["networks"]):
        widget("networks", may_act=visit.may("network"))


def _draw_one(visit: Visit, request: Request) -> None:
    study = request.path_params["study"]
    with shell(visit, study, "network", widgets=["network", "network_map"], crumb=(_("Network"), "/network")):
        widget("network", id=study, may_act=visit.may("network"))
