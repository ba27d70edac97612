"""What the console needs from the rest of the house."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from entrepot.infra.auth import Principal, authenticate, resume_session
from entrepot.infra.settings import Settings

if TYPE_CHECKING:
    from entrepot.infra.database import Database


class Services(Protocol):
    """What `attach` takes: who may come in, and the settings of the screen."""

    @property
    def settings(self) -> Settings:
        """Return the deployment's settings."""
        ...

    @property
    def time_zone(self) -> str:
        """Return the retailer's time zone, an IANA name; screens show times in it."""
        ...

    def authenticate(self, name: str, password: str, address: str) -> Principal:
        """Return who it is, or raise `entrepot.kernel.errors.Refused`."""
        ...

    def resume(self, name: str, epoch: int) -> Principal | None:
        """Return the user of an open session; None when the session is over."""
        ...


@dataclass(frozen=True, slots=True)
class DatabaseServices:
    """The services of a running application: users and sessions in its database."""

    database: Database
    settings: Settings
    time_zone: str = "Asia/Shanghai"

    def authenticate(self, name: str, password: str, address: str) -> Principal:
        """Return who it is, or raise `entrepot.kernel.errors.Refused`."""
        return authenticate(self.database, name, password, address)

    def resume(self, name: str, epoch: int) -> Principal | None:
        """Return the user of an open session; None when the session is over."""
        with self.database.read() as connection:
            return resume_session(connection, name, epoch)
