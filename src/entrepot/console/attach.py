"""Put the console on a FastAPI application."""

from __future__ import annotations

import logging

from fastapi import FastAPI
from nicegui import ui
from nicegui.elements import aggrid, echart, leaflet  # noqa: F401 - importing them puts their modules in the import map
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.sessions import SessionMiddleware

from entrepot.console import assets
from entrepot.console.pages import register
from entrepot.console.ports import Services
from entrepot.console.security import SecurityHeaders
from entrepot.console.session import SESSION_COOKIE, session_routes

SESSION_SECONDS = 12 * 3600


def attach(app: FastAPI, services: Services, *, secret: str) -> None:
    """Serve the console from ``app``; call it last, the console answers every path left over.

    Parameters
    ----------
    app : FastAPI
        Has the API routes already. It is given the session middleware, so that they read the console's session.
    services : Services
        Who may log in, and the settings of the screen.
    secret : str
        Signs the session cookie; the same for all processes and restarts.
    """
    app.add_middleware(
        SessionMiddleware,
        secret_key=secret,
        session_cookie=SESSION_COOKIE,
        max_age=SESSION_SECONDS,
        same_site="lax",
        https_only=services.settings.https_only,
    )
    app.add_middleware(SecurityHeaders)
    app.include_router(session_routes(services))
    app.include_router(assets.asset_routes(services.settings.map_outline))
    files = GZipMiddleware(assets.ForeverFiles(directory=assets.FOLDER), minimum_size=1000)
    app.mount(assets.root(), files, name="console-static")
    register(services)
    logging.getLogger("nicegui").setLevel(logging.ERROR)
    ui.run_with(
        app,
        title="Entrepot",
        favicon=_FAVICON,
        storage_secret=secret,
        tailwind=False,
        show_welcome_message=False,
        binding_refresh_interval=None,
        reconnect_timeout=10.0,
    )


_FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="5" fill="#0d6e63"/>'
    '<path d="M5 9.5 12 5l7 4.5v9H5z" fill="none" stroke="#fff" stroke-width="1.8" stroke-linejoin="round"/>'
    '<path d="M8.5 13h7M8.5 16h7" stroke="#fff" stroke-width="1.8"/></svg>'
)
