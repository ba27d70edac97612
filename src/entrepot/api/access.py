"""Who may call what: by token or by the console's session, with which capability; and a note in the audit trail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, TypeVar

from fastapi import Depends, Request
from psycopg import Connection
from starlette.concurrency import run_in_threadpool

from entrepot.api.gate import Gate
from entrepot.api.problems import request_id_of
from entrepot.api.services import Services, services_of
from entrepot.infra.auth import Principal, record_audit, require, resume_session
from entrepot.kernel.errors import Refused

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

WRITE_HEADER: Final = ("x-requested-with", "entrepot")
"""What a foreign page cannot send without our consent: the guard against forged writes by session."""

_SAFE: Final = ("GET", "HEAD", "OPTIONS")
PUBLIC_MARK: Final = "entrepot_public"


class Requires:
    """Dependency that gives a route its caller, or refuses.

    Parameters
    ----------
    capability : str or None
        What the caller must hold; None lets in everybody who is known.
    """

    def __init__(self, capability: str | None) -> None:
        self.capability = capability

    async def __call__(self, request: Request) -> Principal:
        """Return the caller.

        Raises
        ------
        Refused
            ``auth.no_credentials``, ``auth.bad_token``, ``auth.session_over``, ``auth.forged`` or
            ``auth.not_allowed``.
        """
        principal = await _principal(request)
        if self.capability is not None:
            require(principal, self.capability)
        return principal


Known = Annotated[Principal, Depends(Requires(None))]
Reader = Annotated[Principal, Depends(Requires("read"))]
Operator = Annotated[Principal, Depends(Requires("operate"))]
Reserver = Annotated[Principal, Depends(Requires("reserve"))]
Planner = Annotated[Principal, Depends(Requires("plan"))]
NetworkPlanner = Annotated[Principal, Depends(Requires("network"))]
Fulfiller = Annotated[Principal, Depends(Requires("fulfil"))]
CarrierKeeper = Annotated[Principal, Depends(Requires("manage_carriers"))]
Dispatcher = Annotated[Principal, Depends(Requires("dispatch"))]
Driver = Annotated[Principal, Depends(Requires("drive"))]
Sender = Annotated[Principal, Depends(Requires("intake"))]
JobKeeper = Annotated[Principal, Depends(Requires("jobs"))]
Auditor = Annotated[Principal, Depends(Requires("audit_read"))]
UserKeeper = Annotated[Principal, Depends(Requires("manage_users"))]


def public(endpoint: Endpoint) -> Endpoint:
    """Mark a route as open to everybody; a test refuses routes with neither this mark nor a `Requires`."""
    setattr(endpoint, PUBLIC_MARK, True)
    return endpoint


def may_read_personal(principal: Principal) -> bool:
    """Return whether personal data is shown to the caller in clear."""
    return principal.can("read_personal")


def address_of(request: Request) -> str:
    """Return the caller's network address."""
    return request.client.host if request.client else ""


def note(
    conn: Connection,
    request: Request,
    principal: Principal,
    action: str,
    object: str = "",
    detail: Mapping[str, object] | None = None,
) -> None:
    """Write what the caller does into the audit trail, in the transaction that does it."""
    record_audit(conn, principal, action, object, detail, ip=address_of(request), request_id=request_id_of(request))


async def _principal(request: Request) -> Principal:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme:
        if scheme.lower() != "bearer":
            raise Refused(
                "auth.no_credentials",
                f"Authorization by {scheme[:20]!r} is not understood.",
                "Send 'Authorization: Bearer ent_...' with a token from the console.",
            )
        gate: Gate = request.app.state.gate
        return await gate.admit(secret.strip())
    return await run_in_threadpool(_of_session, request, services_of(request))


def _of_session(request: Request, services: Services) -> Principal:
    session: Mapping[str, object] = request.scope.get("session", {})
    name, epoch = session.get("user"), session.get("epoch")
    if not isinstance(name, str) or not isinstance(epoch, int):
        raise Refused(
            "auth.no_credentials",
            "The request does not say who makes it.",
            "Log in to the console, or send 'Authorization: Bearer ent_...' with a token from it.",
        )
    with services.db.read() as conn:
        principal = resume_session(conn, name, epoch)
    if principal is None:
        raise Refused("auth.session_over", "The session is over: the account was changed.", "Log in again.")
    header, value = WRITE_HEADER
    if request.method not in _SAFE and request.headers.get(header) != value:
        raise Refused(
            "auth.forged",
            "The write did not come from the console's own pages.",
            f"Send the header '{header}: {value}', or use a token.",
        )
    return principal
