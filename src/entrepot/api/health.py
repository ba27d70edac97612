"""Is the process alive, and can it work? Open to everybody; tells nothing else."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from entrepot.api.access import public
from entrepot.api.services import Wired
from entrepot.kernel.errors import UpstreamError

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Is it alive?")
@public
def get_health() -> JSONResponse:
    """Answer; a process that does not is to be started again."""
    return JSONResponse({"status": "alive"})


@router.get("/readyz", summary="Is it ready?")
@public
def get_readiness(services: Wired) -> JSONResponse:
    """Answer when the database does and its schema is there; 503 otherwise."""
    with services.db.read() as conn:
        row = conn.execute("SELECT to_regclass('hub.raw') IS NOT NULL").fetchone()
    if row is None or not row[0]:
        raise UpstreamError("database.not_migrated", "The database has no schema yet.", "Wait for the migration.")
    return JSONResponse({"status": "ready"})
