"""What the retailer settles about sourcing: weights, horizons, and what is special about a node."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.kernel.errors import InputError
from entrepot.kernel.money import check_currency
from entrepot.orders.sourcing.facts import Policy


@dataclass(frozen=True, slots=True)
class Terms:
    """The retailer's weights; amounts in minor units of ``currency``.

    Parameters
    ----------
    currency : str
        In which costs are compared; carriers' quotes in another are left out.
    split_penalty, load_cost, refusal_cost, lost_cost : int
        See `Policy`.
    margin_percent : int
        Of a SKU's price: what is lost with a piece that cannot be sent to those who will still ask for it.
    markdown_percent, markdown_after_days : int
        Of a SKU's price: what selling a piece saves where the stock outlasts so many days of its sales.
    ship_within_hours : int or None
        From the order to the latest departure; None asks for none.
    horizon_days : int
        Until the next supply, over which stock is priced.
    history_days : int
        Orders of so many days say what will be asked for.
    """

    currency: str = "CNY"
    split_penalty: int = 300
    load_cost: int = 200
    refusal_cost: int = 150
    lost_cost: int = 2_000
    margin_percent: int = 40
    markdown_percent: int = 5
    markdown_after_days: int = 180
    ship_within_hours: int | None = None
    horizon_days: int = 14
    history_days: int = 28

    def __post_init__(self) -> None:
        check_currency(self.currency)
        self.policy()  # refuses amounts below zero
        percents = (self.margin_percent, self.markdown_percent)
        days = (self.horizon_days, self.history_days, self.markdown_after_days, self.ship_within_hours or 1)
        if not all(0 <= one <= 100 for one in percents) or min(days) < 1:
            raise InputError(
                "sourcing.terms", "A percentage is not 0 to 100, or a time is below 1.", "Mend it and set it again."
            )

    def policy(self) -> Policy:
        """Return the weights a decision takes."""
        return Policy(self.split_penalty, self.load_cost, self.refusal_cost, self.lost_cost)


@dataclass(frozen=True, slots=True)
class NodeTerms:
    """What is special about a node; see `NodeFacts`."""

    node: str
    capacity: int | None = None
    handling_per_parcel: int = 0
    handling_per_piece: int = 0
    channels: tuple[str, ...] | None = None
    takes_hazmat: bool = True

    def __post_init__(self) -> None:
        if min(self.capacity or 0, self.handling_per_parcel, self.handling_per_piece) < 0:
            raise InputError(
                "sourcing.node", f"An amount of {self.node[:80]!r} is below zero.", "Use amounts of zero or more."
            )
