"""``entrepot serve``: the console, the API and the webhooks."""

from __future__ import annotations

import socket
from typing import Annotated

import typer

from entrepot.cli.screen import errors, progress
from entrepot.infra.auth import ensure_first_admin
from entrepot.infra.settings import load_settings
from entrepot.kernel.errors import InputError
from entrepot.simulator.demo import Demo


def serve(
    demo: Annotated[bool, typer.Option(help="Create the demo retailer first, if it is not there.")] = False,
) -> None:
    """Serve the console, the API and the webhooks until stopped with Ctrl-C."""
    import uvicorn  # late, as the next: other commands do without the web

    from entrepot.app import open_platform
    from entrepot.web import create_app

    settings = load_settings()
    errors.print("Starting the database ...")
    with open_platform(settings, beside=False) as platform:
        admin = ensure_first_admin(platform.db, settings.data_dir)
        if demo:
            stream_demo(platform.demo, settings.demo_rate)
        application = create_app(platform)
        address = f"http://{settings.host}:{settings.port}"
        config = uvicorn.Config(
            application,
            host=settings.host,
            port=settings.port,
            log_level=settings.log_level.lower(),
            access_log=False,
            timeout_graceful_shutdown=3,
        )
        server = uvicorn.Server(config)
        if _is_taken(settings.host, settings.port):
            raise InputError(
                "serve.port_taken",
                f"Another program listens on {settings.host}:{settings.port}.",
                "Stop it, or set ENTREPOT_PORT.",
            )
        errors.print(f"\n[bold]Entrepot[/bold] is at [bold]{address}[/bold]  (API: {address}/api/v1/docs)")
        if admin is not None:
            errors.print(f"Log in as [bold]{admin.name}[/bold] with the password [bold]{admin.password}[/bold]\n")
        server.run()


def _is_taken(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


def stream_demo(demo: Demo, rate: int) -> None:
    """Stream the demo's history unless it is there already."""
    state = demo.state()
    if state is not None and state.is_complete:
        return
    with progress("Streaming the demo retailer's 90 days", None) as done:
        demo.load(done, rate=rate)
