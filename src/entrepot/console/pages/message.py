"""One raw message beside what was understood of it."""

from __future__ import annotations

from fastapi import Request

from entrepot.console.elements import widget
from entrepot.console.language import _
from entrepot.console.pages.page import guarded
from entrepot.console.ports import Services
from entrepot.console.shell import Visit, shell


def register(services: Services) -> None:
    """Serve ``/messages/{id}``."""
    guarded(services, "/messages/{message_id}", _draw)


def _draw(visit: Visit, request: Request) -> None:
    message_id = request.path_params["message_id"]
    with shell(
        visit, _("Message") + f" {message_id[:12]}", "channels", widgets=["message"], crumb=(_("Channels"), "/channels")
    ):
        widget(
            "message",
            id=message_id,
            field=request.query_params.get("field", ""),
            record=request.query_params.get("record", ""),
        )
