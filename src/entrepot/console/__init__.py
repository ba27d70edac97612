"""The web console: pages in Python, data fetched by the browser from ``/api/v1``. See README.md."""

from entrepot.console.attach import attach
from entrepot.console.ports import DatabaseServices, Services

__all__ = ["DatabaseServices", "Services", "attach"]
