"""Routers of what lies under ``/api/v1``."""

from __future__ import annotations

from fastapi import APIRouter


def resource_router(tag: str, prefix: str = "") -> APIRouter:
    """Return a router for resources.

    Parameters
    ----------
    tag : str
        Chapter of the documentation.
    prefix : str
        Of all its paths, below ``/api/v1``.

    Returns
    -------
    APIRouter
        Its routes know their whole path, so that the application can list them without including it.
    """
    return APIRouter(prefix=f"/api/v1{prefix}", tags=[tag])
