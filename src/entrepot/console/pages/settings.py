"""Settings: one's own language and password, API tokens; people, for administrators."""

from __future__ import annotations

from fastapi import Request

from entrepot.console.elements import panel
from entrepot.console.language import _
from entrepot.console.pages.page import guarded
from entrepot.console.ports import Services
from entrepot.console.shell import Visit, shell


def register(services: Services) -> None:
    """Serve ``/settings``."""
    guarded(services, "/settings", _draw)


def _draw(visit: Visit, request: Request) -> None:
    with shell(visit, _("Settings"), "settings", widgets=["view_settings", "password", "tokens", "people"]):
        panel(_("How you read"), "view_settings")
        panel(_("Password"), "password")
        panel(_("API tokens"), "tokens", classes="wide")
        if visit.may("manage_users"):
            panel(_("People"), "people", classes="wide")
