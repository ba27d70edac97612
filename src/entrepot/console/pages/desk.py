"""The order desk: orders that need a person, worst first; act on many at once after a dry run."""

from __future__ import annotations

from fastapi import Request

from entrepot.console.elements import widget
from entrepot.console.language import _
from entrepot.console.pages.page import guarded
from entrepot.console.ports import Services
from entrepot.console.shell import Visit, shell


def register(services: Services) -> None:
    """Serve ``/desk``."""
    guarded(services, "/desk", _draw)


def _draw(visit: Visit, request: Request) -> None:
    with shell(visit, _("Order desk"), "desk", widgets=["desk"]):
        widget("desk", classes="fill", may_act=visit.may("fulfil"))
