"""What a sourcing decision knows: the order, the nodes, their stock and its prices. Frozen, checked when built."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from entrepot.kernel.errors import InputError


class Item(NamedTuple):
    """One order line to source.

    Parameters
    ----------
    line, sku : str
        The order line and what it asks for.
    qty : int
        Pieces, > 0.
    weight_g, volume_mm3 : int
        Of one piece.
    is_hazmat : bool
        Whether it travels as dangerous goods.
    """

    line: str
    sku: str
    qty: int
    weight_g: int = 0
    volume_mm3: int = 0
    is_hazmat: bool = False


class Cell(NamedTuple):
    """Stock of a SKU at a node, as the decision may use it.

    Parameters
    ----------
    node, sku : str
        Where, and of what.
    free : int
        Pieces the order may take; below zero where a node promised more than it has.
    price : int
        What one piece is worth here to later orders, in minor units: the dual of the price problem.
    credit : int
        Markdown that selling one piece from here saves, in minor units.
    """

    node: str
    sku: str
    free: int
    price: int = 0
    credit: int = 0


class Destination(NamedTuple):
    """Where the order goes; ``region`` is what demand and lanes are told apart by.

    ``postal`` is as much of the postal code as rate cards tell apart, and no more: facts are kept with their decision.
    """

    region: str
    country: str = ""
    province: str = ""
    city: str = ""
    latitude: float | None = None
    longitude: float | None = None
    postal: str = ""


class Parcel(NamedTuple):
    """What one node would send."""

    pieces: int
    weight_g: int
    volume_mm3: int
    is_hazmat: bool = False


class RateQuote(NamedTuple):
    """What a carrier's service asks for a parcel.

    Parameters
    ----------
    carrier, service : str
        Who, and how.
    cost : int
        Minor units, volumetric weight and surcharges included.
    leaves_at, arrives_at : datetime or None
        Next departure that still can be made, cut-off and calendar respected, and the arrival; None is not known.
    """

    carrier: str
    service: str
    cost: int
    leaves_at: datetime | None = None
    arrives_at: datetime | None = None


class Open(NamedTuple):
    """A parcel of the order that a node is making ready already; more can still go into it."""

    node: str
    parcel: Parcel


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """A node as the decision sees it.

    Parameters
    ----------
    id : str
        The node.
    is_active : bool
        Whether it works at all.
    channels : tuple of str or None
        Channels it serves; None is every one.
    takes_hazmat : bool
        Whether it may handle dangerous goods.
    capacity : int or None
        Pieces it can work off in a day; None is no limit.
    load : int
        Pieces already given to it.
    handling_per_parcel, handling_per_piece : int
        Minor units.
    acceptance : float
        Chance in (0, 1] that it takes what it is asked; 1 for a node that may not refuse.
    """

    id: str
    is_active: bool = True
    channels: tuple[str, ...] | None = None
    takes_hazmat: bool = True
    capacity: int | None = None
    load: int = 0
    handling_per_parcel: int = 0
    handling_per_piece: int = 0
    acceptance: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.acceptance <= 1:
            raise InputError(
                "sourcing.acceptance",
                f"The acceptance of {self.id} is {self.acceptance}, which is no chance above 0.",
                "Give a number in (0, 1].",
            )

    @property
    def capacity_left(self) -> int | None:
        """Pieces it can still take; None is no limit."""
        return None if self.capacity is None else max(0, self.capacity - self.load)


@dataclass(frozen=True, slots=True)
class Policy:
    """What the retailer weighs beside the carrier's bill; amounts in minor units.

    Parameters
    ----------
    split_penalty : int
        For each parcel beyond the first.
    load_cost : int
        For a piece at a node that is full; grows with the square of its load.
    refusal_cost : int
        Of one refusal: the time lost and the work of asking again.
    lost_cost : int
        Of an order that nobody else could serve after a refusal.
    most_candidates : int
        Candidates kept with the decision.
    """

    split_penalty: int = 0
    load_cost: int = 0
    refusal_cost: int = 0
    lost_cost: int = 0
    most_candidates: int = 12

    def __post_init__(self) -> None:
        if min(self.split_penalty, self.load_cost, self.refusal_cost, self.lost_cost) < 0 or self.most_candidates < 1:
            raise InputError("sourcing.policy", f"{self} has an amount below zero.", "Use amounts of zero or more.")


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything one decision rests on, apart from the carriers' answers.

    Parameters
    ----------
    order : str
        The order.
    at : datetime
        When it is decided; aware.
    items : tuple of Item
        Lines to source, at least one.
    destination : Destination
        Where they go.
    nodes : tuple of NodeFacts
        In the sequence of preference between equals.
    stock : tuple of Cell
        Cells of the SKUs asked for; a missing cell is empty.
    policy : Policy
        The weights.
    channel : str or None
        Where it was sold.
    open : tuple of Open
        Parcels of the order that are being made ready: what joins one pays only the difference.
    leave_by, promised_at : datetime or None
        Latest departure and latest arrival the promise allows.
    barred : tuple of str
        Nodes that refused this order.
    waived : str
        Why the promise is not asked for any more; empty while it is.
    position : tuple of int
        Position of the log the facts were read at: ``(xid, seq)``.
    price_run : int or None
        Which solution of the price problem the prices are of.
    """

    order: str
    at: datetime
    items: tuple[Item, ...]
    destination: Destination
    nodes: tuple[NodeFacts, ...]
    stock: tuple[Cell, ...]
    policy: Policy = Policy()
    channel: str | None = None
    open: tuple[Open, ...] = ()
    leave_by: datetime | None = None
    promised_at: datetime | None = None
    barred: tuple[str, ...] = ()
    waived: str = ""
    position: tuple[int, int] = (0, 0)
    price_run: int | None = None

    def __post_init__(self) -> None:
        if not self.items or any(item.qty <= 0 for item in self.items):
            raise InputError(
                "sourcing.items",
                f"Order {self.order} has no line, or a line without pieces.",
                "Source lines of at least one piece.",
            )
