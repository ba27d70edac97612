"""The log-in page."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import ui

from entrepot.console.elements import tag, widget
from entrepot.console.language import _, use
from entrepot.console.ports import Services
from entrepot.console.security import local_path
from entrepot.console.session import person_of, view_of
from entrepot.console.shell import Visit, head


def register(services: Services) -> None:
    """Serve ``/login``."""

    def page(request: Request) -> Response | None:
        target = local_path(request.query_params.get("next", "/"))
        if person_of(request, services) is not None:
            return RedirectResponse(target, 303)
        language, theme = view_of(request, services.settings.language)
        use(language)
        head(Visit(None, language, theme, services.time_zone), _("Log in"), ["login"])
        _draw(target)
        return None

    ui.page("/login")(page)


def _draw(target: str) -> None:
    with tag("main", classes="login", id="main"):
        with tag("section", classes="login-card"):
            with tag("div", classes="brand"):
                tag("span", classes="brand-mark", aria_hidden="true")
                tag("span", _("Entrepot"), classes="brand-name")
            tag("h1", _("Log in"))
            widget("login", next=target)
        with tag("aside", classes="login-side", aria_hidden="true"):
            tag("p", _("One stock, one plan, one settlement"), classes="login-motto")
            tag("p", _("Every figure leads back to the bytes it came from."), classes="login-sub")
            widget("backdrop", classes="login-map")
