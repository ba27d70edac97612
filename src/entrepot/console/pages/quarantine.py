"""Quarantine: what could not be understood, by reason; mend and replay."""

from __future__ import annotations

from fastapi import Request

from entrepot.console.elements import widget
from entrepot.console.language import _
from entrepot.console.pages.page import guarded
from entrepot.console.ports import Services
from entrepot.console.shell import Visit, shell


def register(services: Services) -> None:
    """Serve ``/quarantine``."""
    guarded(services, "/quarantine", _draw)


def _draw(visit: Visit, request: Request) -> None:
    with shell(visit, _("Quarantine"), "quarantine", widgets=["quarantine"]):
        widget("quarantine", classes="fill", may_act=visit.may("operate"))
