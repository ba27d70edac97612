"""The price problem's shape: kinds of orders, the lanes they may be sent on, the stock that is priced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Profile(NamedTuple):
    """A kind of order: what a region asks for together, ``((sku, pieces), ...)``."""

    region: str
    basket: tuple[tuple[str, int], ...]


class Lane(NamedTuple):
    """What a node's parcels to a region cost, as a line.

    Parameters
    ----------
    node, region : str
        From, and to.
    parcel, kilogram, piece : float
        So much for each.
    """

    node: str
    region: str
    parcel: float
    kilogram: float
    piece: float = 0.0


@dataclass(frozen=True, slots=True)
class Network:
    """What does not change between two solutions.

    Parameters
    ----------
    profiles : tuple of Profile
        Kinds of orders.
    lanes : tuple of Lane
        Which nodes may serve a region, and at what cost.
    kilograms : mapping of sku to float
        Weight of a piece; 0 where it is not given.
    cells : tuple of (node, sku)
        Stock that is priced. A node without cells has stock without limit: the way to not serve an order from stock.
    losses : mapping of sku to float
        Cost of a piece that such a node sends, beside the lane's.
    kept : tuple of (int, int)
        Numbers of cells: what the first does not send is there for the second, its own later time.
    """

    profiles: tuple[Profile, ...]
    lanes: tuple[Lane, ...]
    kilograms: Mapping[str, float]
    cells: tuple[tuple[str, str], ...]
    losses: Mapping[str, float] = field(default_factory=dict)
    kept: tuple[tuple[int, int], ...] = ()
