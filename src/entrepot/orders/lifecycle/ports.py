"""What the life of orders asks of others; `entrepot.flows.order_stock` and `order_facts` answer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from psycopg import Connection

from entrepot.kernel.outcome import Outcome
from entrepot.orders.pieces import Effect
from entrepot.orders.pieces.told import Told


class About(NamedTuple):
    """What effects are about.

    Parameters
    ----------
    order, channel : str
        Whose they are.
    command : str
        Id of the command within the order; movements are named after it.
    actor : str
        Who.
    at : datetime
        When.
    """

    order: str
    channel: str
    command: str
    actor: str
    at: datetime


class Landed(NamedTuple):
    """Units of a new hold, and the node they are promised at."""

    hold: str
    node: str
    qty: int


class Stock(Protocol):
    """The holds and the stock book."""

    def do(self, conn: Connection, effects: Sequence[Effect], about: About) -> Outcome[list[Landed]]:
        """Do all effects, or none: a refusal leaves what was done before it to be rolled back by the caller."""
        ...

    def settle(self, conn: Connection, order: str) -> None:
        """Let holds of the order end whose goods left by movements that others reported."""
        ...


@dataclass(frozen=True, slots=True)
class Facts:
    """What others know of an order.

    Parameters
    ----------
    told : Told
        By channels, carriers and the stock book.
    channel, shop : str
        Who sold it.
    policy : str
        The shop's stock policy: ``confirmations``, ``sales`` or ``none``.
    destination : str
        Digest of the address.
    """

    told: Told
    channel: str
    shop: str
    policy: str
    destination: str


class Sources(Protocol):
    """Where facts come from."""

    def facts(self, conn: Connection, order_ids: Collection[str]) -> dict[str, Facts]:
        """Return the facts of orders; those that do not exist are left out."""
        ...

    def stores(self, conn: Connection, nodes: Collection[str]) -> set[str]:
        """Return which of the nodes are stores: people there must accept what is sent to them."""
        ...

    def unknown(self, conn: Connection, skus: Collection[str], nodes: Collection[str]) -> tuple[list[str], list[str]]:
        """Return which SKUs and which nodes neither the catalogue nor the stock book has ever heard of."""
        ...
