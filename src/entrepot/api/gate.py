"""The gate for programs: whoever comes while tokens are being looked up is looked up with the next ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entrepot.infra.auth import Principal, authenticate_tokens
from entrepot.infra.folding import Fold, awaited
from entrepot.kernel.errors import Refused

if TYPE_CHECKING:
    from entrepot.api.services import Services


class Gate:
    """Lets programs in by their tokens; waits for no thread of the pool, which calls in bulk may hold for seconds.

    Parameters
    ----------
    services : Services
        Where tokens are kept, and the time.

    Notes
    -----
    Nothing is remembered: a token that is revoked is refused from the next look on.
    """

    def __init__(self, services: Services) -> None:
        self._fold: Fold[str, Principal | None] = Fold(
            lambda secrets: authenticate_tokens(services.db, secrets, services.clock.now()), "tokens"
        )

    def start(self) -> None:
        """Begin to look up."""
        self._fold.start()

    def stop(self) -> None:
        """Look up those who wait, and end."""
        self._fold.stop()

    async def admit(self, secret: str) -> Principal:
        """Return whom a program acts for.

        Raises
        ------
        Refused
            ``auth.bad_token`` when its token is unknown, expired or revoked, or its user disabled.
        UpstreamError
            ``tokens.busy`` when too many wait, ``tokens.closed`` before the start and after the stop.
        """
        principal = await awaited(self._fold.submit(secret))
        if principal is None:
            raise Refused(
                "auth.bad_token",
                "The token is unknown, expired or revoked, or its user is disabled.",
                "Issue a new one in the console.",
            )
        return principal
