"""One file a page. `register` puts them all on NiceGUI's router."""

from entrepot.console.pages import (
    audit,
    channels,
    jobs,
    login,
    message,
    missing,
    orders,
    quarantine,
    settings,
    stock,
    tower,
)
from entrepot.console.ports import Services


def register(services: Services) -> None:
    """Put every page of the console on the router."""
    for page in (login, tower, channels, message, orders, stock, quarantine, jobs, audit, settings, missing):
        page.register(services)
