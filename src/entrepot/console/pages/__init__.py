"""One file a page. `register` puts them all on NiceGUI's router."""

from entrepot.console.pages import (
    audit,
    availability,
    carriers,
    channels,
    desk,
    dispatch,
    fulfilments,
    jobs,
    login,
    message,
    missing,
    networks,
    orders,
    promises,
    quarantine,
    settings,
    stock,
    tower,
    writeback,
)
from entrepot.console.ports import Services


def register(services: Services) -> None:
    """Put every page of the console on the router."""
    operate = (tower, desk, orders, fulfilments, stock, availability, promises, carriers, dispatch, quarantine)
    platform = (channels, message, writeback, jobs, audit, settings)
    for page in (login, *operate, networks, *platform, missing):
        page.register(services)
