"""Addresses below ours that are none: a problem, not the console's page."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter, Request
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from entrepot.api.access import public

router = APIRouter(include_in_schema=False)

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@router.api_route("/api/{rest:path}", methods=_METHODS)
@router.api_route("/hub/{rest:path}", methods=_METHODS)
@public
def get_nothing(request: Request) -> None:
    """Say that there is nothing here, or that it wants another method."""
    allowed = sorted(set(_allowed(request)))
    if allowed:
        raise HTTPException(405, headers={"Allow": ", ".join(allowed)})
    raise HTTPException(404)


def _allowed(request: Request) -> Iterator[str]:
    for route in iter_route_contexts(request.app.routes):
        endpoint = getattr(route, "endpoint", None)
        if route.path and endpoint is not get_nothing and compile_path(route.path)[0].match(request.url.path):
            yield from route.methods or ()
