"""Log in, log out, and what a request says about who is there and how they like to read.

The signed session cookie holds the user's name and session epoch (keys ``user``, ``epoch``); the API reads the same
cookie. Language and theme are a plain cookie, ``entrepot_view`` = ``language.theme``, so that they outlive the session.
"""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from entrepot.console.language import BY_SHORT_NAME, LANGUAGES, _, use
from entrepot.console.ports import Services
from entrepot.console.security import local_path
from entrepot.infra.auth import Principal
from entrepot.kernel.errors import EntrepotError, Refused

SESSION_COOKIE: Final = "entrepot_session"
VIEW_COOKIE: Final = "entrepot_view"
THEMES: Final = ("auto", "light", "dark")
WRITE_HEADER: Final = ("x-requested-with", "entrepot")
"""A header a foreign page cannot send without our consent (CORS): the guard against forged writes."""


class Credentials(BaseModel):
    """What a person types on the log-in page."""

    name: str = Field(max_length=200)
    password: str = Field(max_length=1000)
    next: str = Field(default="/", max_length=2000)


def view_of(request: Request, default_language: str) -> tuple[str, str]:
    """Return (language, theme) of a request, from its cookie or the defaults."""
    language, _dot, theme = request.cookies.get(VIEW_COOKIE, "").partition(".")
    if language not in LANGUAGES:
        language = BY_SHORT_NAME.get(default_language, "zh_CN")
    return language, theme if theme in THEMES else "auto"


def person_of(request: Request, services: Services) -> Principal | None:
    """Return who is logged in, asking again whether they still may."""
    name, epoch = request.session.get("user"), request.session.get("epoch")
    return services.resume(name, epoch) if isinstance(name, str) and isinstance(epoch, int) else None


def session_routes(services: Services) -> APIRouter:
    """Return the routes that open and close a session."""
    router = APIRouter(include_in_schema=False)

    @router.post("/login")
    def log_in(request: Request, credentials: Credentials) -> Response:
        use(view_of(request, services.settings.language)[0])
        name, value = WRITE_HEADER
        if request.headers.get(name) != value:
            return _problem(
                403,
                "session.forged",
                _("The log-in did not come from this console."),
                _("Open the log-in page and try again."),
            )
        try:
            person = services.authenticate(credentials.name, credentials.password, _address(request))
        except Refused as refusal:
            return _refused(refusal)
        request.session.clear()  # a new session: nothing a stranger put in the old one survives
        request.session["user"] = person.name
        request.session["epoch"] = person.epoch
        return JSONResponse({"next": local_path(credentials.next)})

    @router.post("/logout")
    def log_out(request: Request) -> Response:
        name, value = WRITE_HEADER
        if request.headers.get(name) == value:
            request.session.clear()
        return JSONResponse({"next": "/login"})

    return router


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _refused(refusal: EntrepotError) -> Response:
    if refusal.code == "auth.too_many_attempts":
        return _problem(
            429,
            refusal.code,
            _("Too many attempts. Log-in is closed for a while."),
            _("Wait some minutes, then try again."),
        )
    return _problem(
        401,
        refusal.code,
        _("Name or password is not right."),
        _("Check both. An administrator can set a new password."),
    )


def _problem(status: int, code: str, detail: str, mend: str) -> Response:
    body = {"type": "about:blank", "title": detail, "status": status, "detail": detail, "code": code, "mend": mend}
    return JSONResponse(body, status, media_type="application/problem+json")
