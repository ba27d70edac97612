"""The dispatcher's desk: days of own vehicles; and the rounds as their drivers see them, also for print."""

from __future__ import annotations

from fastapi import Request

from entrepot.console.elements import widget
from entrepot.console.language import _
from entrepot.console.pages.page import guarded
from entrepot.console.ports import Services
from entrepot.console.shell import Visit, shell


def register(services: Services) -> None:
    """Serve ``/dispatch``, ``/dispatch/{id}``, ``/rounds`` and ``/rounds/{id}/{vehicle}``."""
    guarded(services, "/dispatch", _draw_all, needs="read")
    guarded(services, "/dispatch/{day_id}", _draw_one, needs="read")
    guarded(services, "/rounds", _draw_rounds, needs="drive")
    guarded(services, "/rounds/{day_id}/{vehicle}", _draw_round, needs="drive")


def _draw_all(visit: Visit, request: Request) -> None:
    with shell(visit, _("Own deliveries"), "dispatch", widgets=["dispatch"]):
        widget("dispatch", may_act=visit.may("dispatch"))


def _draw_one(visit: Visit, request: Request) -> None:
    day = request.path_params["day_id"]
    with shell(visit, f"#{day}", "dispatch", widgets=["dispatch_day"], crumb=(_("Own deliveries"), "/dispatch")):
        widget("dispatch_day", id=day, may_act=visit.may("dispatch"), may_drive=visit.may("drive"))


def _draw_rounds(visit: Visit, request: Request) -> None:
    with shell(visit, _("My rounds"), "rounds", widgets=["rounds"]):
        widget("rounds")


def _draw_round(visit: Visit, request: Request) -> None:
    day, vehicle = request.path_params["day_id"], request.path_params["vehicle"]
    with shell(visit, vehicle, "rounds", widgets=["rounds"], crumb=(_("My rounds"), "/rounds")):
        widget("rounds", id=day, vehicle=vehicle)
