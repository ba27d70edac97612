"""The registered shops as intake looks them up: in memory, a few seconds old at most."""

from __future__ import annotations

from typing import Final

from entrepot.api.remembered import Remembered
from entrepot.api.services import Services
from entrepot.hub.channels import adapter_of
from entrepot.hub.shops import Shop
from entrepot.kernel.errors import NotFound, Refused

SECONDS: Final = 3.0


class Registry:
    """Finds the shop a message is for.

    Parameters
    ----------
    services : Services
        Whose registrations.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._shops = Remembered(self._load, SECONDS)

    def admit(self, channel: str, shop: str) -> Shop:
        """Return a shop whose messages are taken.

        Raises
        ------
        InputError
            ``hub.unknown_channel``.
        NotFound
            ``hub.unknown_shop``.
        Refused
            ``hub.shop_inactive``.
        """
        adapter_of(channel)
        found = self._shops.get().get((channel, shop))
        if found is None:
            raise NotFound(
                "hub.unknown_shop",
                f"No shop {shop[:80]!r} is registered on {channel}.",
                "Register it first: entrepot shop add.",
                channel=channel,
                shop=shop[:80],
            )
        if not found.is_active:
            raise Refused(
                "hub.shop_inactive",
                f"Shop {shop!r} on {channel} is switched off; its messages are not taken.",
                "Switch it on again, or take the address out of the channel's settings.",
                channel=channel,
                shop=shop,
            )
        return found

    def _load(self) -> dict[tuple[str, str], Shop]:
        with self._services.db.read() as conn:
            return self._services.shops.all(conn)
