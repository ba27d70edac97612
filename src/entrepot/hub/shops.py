"""The shops registered with the hub: whose messages are taken, in which currency and zone, with which secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import msgspec
from psycopg import Connection

from entrepot.hub.channels import adapter_of
from entrepot.hub.converters import ShopContext
from entrepot.kernel.errors import InputError, NotFound
from entrepot.kernel.money import check_currency

STOCK_POLICIES = ("confirmations", "sales", "none")
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class Cipher(Protocol):
    """Encrypts what must not lie in the database in the clear."""

    def encrypt(self, data: bytes) -> bytes:
        """Encrypt."""
        ...

    def decrypt(self, data: bytes) -> bytes:
        """Decrypt."""
        ...


@dataclass(frozen=True, slots=True)
class Shop:
    """A retailer's presence on a channel.

    Parameters
    ----------
    channel, shop : str
        Its name in addresses: lower-case letters, digits, ``-`` and ``_``.
    name, name_en : str
        For people.
    currency, zone : str
        Of messages that do not say.
    stock_policy : str
        What moves our stock: ``confirmations`` of the warehouse that ships; the ``sales`` themselves (a till hands
        goods over at once); ``none`` (a marketplace whose sellers keep their own).
    default_node : str, optional
        Where its goods leave from when a message does not say (a till's store).
    secrets : dict
        Names the signature rule asks for; empty where messages are not signed.
    is_active : bool
        Whether messages are taken.
    settings : dict
        Where and how it is written to: ``write_url``, and what its channel's ``write.py`` asks for; no secrets.
    """

    channel: str
    shop: str
    name: str
    name_en: str = ""
    currency: str = "CNY"
    zone: str = "Asia/Shanghai"
    stock_policy: str = "confirmations"
    default_node: str | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    is_active: bool = True
    settings: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        adapter_of(self.channel)
        check_currency(self.currency)
        if self.stock_policy not in STOCK_POLICIES:
            raise InputError("hub.stock_policy", f"{self.stock_policy!r} is no stock policy.", f"Use {STOCK_POLICIES}.")
        if not self.shop or not self.shop.replace("-", "").replace("_", "").isalnum() or not self.shop.isascii():
            raise InputError("hub.shop_name", f"{self.shop!r} is no shop name.", "Use letters, digits, - and _.")
        if self.settings.get("write_url"):
            check_write_url(self.settings["write_url"])

    @property
    def context(self) -> ShopContext:
        """What converters may know of it."""
        return ShopContext(self.channel, self.shop, self.currency, self.zone)


_COLUMNS = "channel, shop, name, name_en, currency, zone, stock_policy, default_node, secrets, is_active, settings"


def known_shops(conn: Connection) -> dict[tuple[str, str], Shop]:
    """Return every registered shop by (channel, shop) without its secrets: who only reads messages needs none."""
    columns = _COLUMNS.replace("secrets", "NULL")
    rows = conn.execute(f"SELECT {columns} FROM hub.shop ORDER BY channel, shop").fetchall()
    return {(row[0], row[1]): _shop(row, {}) for row in rows}


class Shops:
    """Reads and writes registrations.

    Parameters
    ----------
    cipher : Cipher
        For the secrets.
    """

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    def register(self, conn: Connection, shop: Shop) -> None:
        """Register a shop, or change its registration; secrets and settings that are not given stay."""
        secrets = self._cipher.encrypt(msgspec.json.encode(dict(shop.secrets))) if shop.secrets else None
        conn.execute(
            f"INSERT INTO hub.shop ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) "
            "ON CONFLICT (channel, shop) DO UPDATE SET name = excluded.name, name_en = excluded.name_en, "
            "currency = excluded.currency, zone = excluded.zone, stock_policy = excluded.stock_policy, "
            "default_node = excluded.default_node, "
            "secrets = coalesce(excluded.secrets, shop.secrets), is_active = excluded.is_active, "
            "settings = shop.settings || excluded.settings",
            (
                shop.channel, shop.shop, shop.name, shop.name_en, shop.currency, shop.zone, shop.stock_policy,
                shop.default_node, secrets, shop.is_active, msgspec.json.encode(dict(shop.settings)).decode(),
            ),
        )  # fmt: skip

    def all(self, conn: Connection) -> dict[tuple[str, str], Shop]:
        """Return every registered shop by (channel, shop)."""
        rows = conn.execute(f"SELECT {_COLUMNS} FROM hub.shop ORDER BY channel, shop").fetchall()
        return {(row[0], row[1]): self._opened(row) for row in rows}

    def get(self, conn: Connection, channel: str, shop: str) -> Shop:
        """Return a shop.

        Raises
        ------
        InputError
            ``hub.unknown_channel``.
        NotFound
            ``hub.unknown_shop``.
        """
        adapter_of(channel)
        row = conn.execute(
            f"SELECT {_COLUMNS} FROM hub.shop WHERE channel = %s AND shop = %s", (channel, shop)
        ).fetchone()
        if row is None:
            raise NotFound(
                "hub.unknown_shop",
                f"No shop {shop!r} is registered on {channel}.",
                "Register it: entrepot shop add.",
                channel=channel,
                shop=shop,
            )
        return self._opened(row)

    def _opened(self, row: tuple[Any, ...]) -> Shop:
        secrets = row[8]
        if secrets is None:
            return _shop(row, {})
        return _shop(row, msgspec.json.decode(self._cipher.decrypt(bytes(secrets)), type=dict[str, str]))


def _shop(row: tuple[Any, ...], secrets: dict[str, str]) -> Shop:
    channel, shop, name, name_en, currency, zone, stock_policy, default_node, _, is_active, settings = row
    return Shop(channel, shop, name, name_en, currency, zone, stock_policy, default_node, secrets, is_active, settings)


def check_write_url(url: str) -> str:
    """Return an address that may be written to, without a slash at its end.

    Raises
    ------
    InputError
        ``hub.write_url`` unless it is https, or http to this machine; or with a user, query or fragment in it.
    """
    parts = urlsplit(url)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not is_safe or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise InputError(
            "hub.write_url",
            f"{url[:200]!r} is no address to write to.",
            "Give https://host/path without user, query or fragment; http only to this machine.",
        )
    return url.rstrip("/")
