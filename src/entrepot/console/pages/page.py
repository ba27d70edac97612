"""The guard in front of every page: who is asking, in which language."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import ui

from entrepot.console.language import use
from entrepot.console.ports import Services
from entrepot.console.session import person_of, view_of
from entrepot.console.shell import Visit

Draw = Callable[[Visit, Request], None]


def guarded(services: Services, path: str, draw: Draw, *, needs: str = "") -> None:
    """Register ``draw`` at ``path`` for people who are logged in; others are led to the log-in page.

    Parameters
    ----------
    services : Services
        Answers who is there.
    path : str
        The page's path, with FastAPI's ``{parameters}``.
    draw : callable
        Builds the page for a visit.
    needs : str
        The capability that opens it; empty for everybody. Others are sent to the start page.
    """

    def page(request: Request) -> Response | None:
        person = person_of(request, services)
        if person is None:
            here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/login?next={quote(here, safe='')}", 303)
        if needs and not person.can(needs):
            return RedirectResponse("/" if person.can("read") else "/rounds", 303)
        language, theme = view_of(request, person.language or services.settings.language)
        use(language)
        draw(Visit(person, language, theme, services.time_zone), request)
        return None

    ui.page(path)(page)
