"""Promises: are they kept, month by month and lane by lane, and which ones are at risk now."""

from __future__ import annotations

from fastapi import Request

from entrepot.console.elements import widget
from entrepot.console.language import _
from entrepot.console.pages.page import guarded
from entrepot.console.ports import Services
from entrepot.console.shell import Visit, shell


def register(services: Services) -> None:
    """Serve ``/promises``."""
    guarded(services, "/promises", _draw)


def _draw(visit: Visit, request: Request) -> None:
    with shell(visit, _("Promises"), "promises", widgets=["promises"]):
        widget("promises", may_run=visit.may("jobs"))
