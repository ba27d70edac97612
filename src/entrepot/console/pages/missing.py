"""What an address without a page answers. Registered last: it takes whatever is left."""

from __future__ import annotations

from fastapi import Request
from nicegui import ui

from entrepot.console.elements import tag
from entrepot.console.language import _
from entrepot.console.pages.page import guarded
from entrepot.console.ports import Services
from entrepot.console.shell import Visit, shell


def register(services: Services) -> None:
    """Serve every other path."""
    guarded(services, "/{rest:path}", _draw)


def _draw(visit: Visit, request: Request) -> None:
    ui.context.client.status_code = 404
    with shell(visit, _("No such page"), "", widgets=[]), tag("div", classes="empty"):
        tag("span", classes="empty-mark", aria_hidden="true")
        tag("p", _("There is no page at this address"), classes="empty-title")
        tag("p", _("It may be mistyped, or a link is out of date. Search for what you need, or start over."))
        tag("a", _("Control tower"), classes="button", href="/")
