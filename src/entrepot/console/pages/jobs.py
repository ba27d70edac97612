"""Jobs: what runs, how far, and what ran before."""

from __future__ import annotations

from fastapi import Request

from entrepot.console.elements import widget
from entrepot.console.language import _
from entrepot.console.pages.page import guarded
from entrepot.console.ports import Services
from entrepot.console.shell import Visit, shell


def register(services: Services) -> None:
    """Serve ``/jobs``."""
    guarded(services, "/jobs", _draw)


def _draw(visit: Visit, request: Request) -> None:
    with shell(visit, _("Jobs"), "jobs", widgets=["jobs"]):
        widget("jobs", may_act=visit.may("jobs"))
