"""Audit: every write, by whom and when."""

from __future__ import annotations

from fastapi import Request

from entrepot.console.language import _
from entrepot.console.pages.listing import column, listing, text_filter
from entrepot.console.pages.page import guarded
from entrepot.console.ports import Services
from entrepot.console.shell import Visit, shell


def register(services: Services) -> None:
    """Serve ``/audit`` for those who may read the trail."""
    guarded(services, "/audit", _draw, needs="audit_read")


def _draw(visit: Visit, request: Request) -> None:
    with shell(visit, _("Audit"), "audit", widgets=["list"]):
        listing(
            "audit",
            url="/audit",
            columns=[
                column("at", _("When"), "time", width=140, card="title"),
                column("who", _("Who"), "text", width=140, card="main"),
                column("action", _("Action"), "code", width=200, card="main"),
                column("target", _("On what"), "code", width=220, flex=1),
                column("detail", _("Detail"), "text", width=260, flex=1),
                column("address", _("From address"), "code", width=130),
            ],
            filters=[text_filter("who", _("Who")), text_filter("action", _("Action"))],
            empty={
                "title": _("Nothing written yet"),
                "text": _("Every log-in and every write is noted here, with who and when."),
                "command": "",
            },
        )
