"""What a vendor's ``write.py`` is: wishes in, requests out, replies judged; pure, so that every byte can be tested."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

import msgspec

Kind: TypeAlias = Literal["stock", "shipment"]
Outcome: TypeAlias = Literal["ok", "already", "throttled", "temporary", "stale", "locked_out", "permanent"]


class StockWish(msgspec.Struct, frozen=True, tag="stock"):
    """How many pieces a listing should show.

    Parameters
    ----------
    item_id, sku_native_id : str
        The channel's own names of the offer; the second is empty where the item has no variants.
    merchant_code, stock_item : str
        Our code there, and the channel's name of the stock behind the offer.
    qty : int
        >= 0.
    """

    item_id: str
    sku_native_id: str
    merchant_code: str
    stock_item: str
    qty: int


class ShipmentWish(msgspec.Struct, frozen=True, tag="shipment"):
    """That a parcel of an order has left.

    Parameters
    ----------
    order_id : str
        The channel's own number of the order.
    tracking_no, carrier, carrier_name : str
        The parcel's number; our code of the carrier, and its name.
    line_ids : tuple of str
        The channel's numbers of the lines in the parcel; empty: all of them.
    fulfilment_id : str
        The channel's own number of the work order it wants fulfilled, where it has such (Shopify).
    """

    order_id: str
    tracking_no: str
    carrier: str
    carrier_name: str = ""
    line_ids: tuple[str, ...] = ()
    fulfilment_id: str = ""


Wish: TypeAlias = StockWish | ShipmentWish


class Task(NamedTuple):
    """A wish on its way.

    Parameters
    ----------
    target : str
        What it is about: the listing or the parcel.
    wish : StockWish or ShipmentWish
        What should be.
    accepted : StockWish or ShipmentWish or None
        What the channel last accepted; None when that is not known for sure.
    wished_at : datetime
        When it became our wish.
    """

    target: str
    wish: Wish
    accepted: Wish | None
    wished_at: datetime


class Access(NamedTuple):
    """How a shop is reached: its settings and secrets by name."""

    channel: str
    shop: str
    settings: Mapping[str, str]
    secrets: Mapping[str, str]

    def carrier_code(self, wish: ShipmentWish) -> str:
        """Return the channel's code of a carrier: the setting ``carrier.<our code>``, else our own code."""
        return self.settings.get(f"carrier.{wish.carrier}", wish.carrier)


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request, ready to send; the address is the shop's ``write_url`` with the path behind it."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; header names in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """Read the body as a JSON object; empty when it is none."""
        try:
            return msgspec.json.decode(self.body, type=dict[str, object])
        except msgspec.DecodeError:
            return {}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reply means.

    Parameters
    ----------
    outcome : str
        ``ok``; ``already``: it was so before, which is as good; ``throttled``: later, and the others too;
        ``temporary``: again, a little later; ``stale``: the channel's value is not the one we took it to have: again,
        without comparing; ``locked_out``: the shop's credentials or rights are refused, so no wish of it is sent for a
        while; ``permanent``: this wish can never succeed as it is.
    reason : str
        Dotted, stable, for lists.
    message, mend : str
        For people.
    retry_after : float or None
        Seconds the channel asked to wait.
    """

    outcome: Outcome
    reason: str = ""
    message: str = ""
    mend: str = ""
    retry_after: float | None = None


class Rate(NamedTuple):
    """Calls a second, and how many at once after a rest."""

    per_second: float
    burst: int


@dataclass(frozen=True, slots=True)
class Writer:
    """A channel's way of being written to.

    Parameters
    ----------
    secrets, settings : tuple of str
        Names without which nothing can be sent.
    rates : mapping
        Kinds of wish it takes, and how fast each may be sent.
    batch : callable
        Put tasks together that go in one call.
    write : callable
        Make the request for one batch.
    judge : callable
        Read the reply to a request of a kind.
    refuse : callable
        A verdict on a wish that cannot be addressed at all; None when it can.
    """

    secrets: tuple[str, ...]
    settings: tuple[str, ...]
    rates: Mapping[str, Rate]
    batch: Callable[[Sequence[Task]], list[list[Task]]]
    write: Callable[[Sequence[Task], Access, datetime], Request]
    judge: Callable[[str, Reply], Verdict]
    refuse: Callable[[Wish], Verdict | None] = lambda wish: None

    def missing(self, access: Access) -> list[str]:
        """Return the names of what the shop lacks to be written to."""
        lacking = [f"secret {name}" for name in self.secrets if not access.secrets.get(name)]
        return lacking + [f"setting {name}" for name in ("write_url", *self.settings) if not access.settings.get(name)]


def one_by_one(tasks: Sequence[Task]) -> list[list[Task]]:
    """Batch nothing: a call for every task."""
    return [[task] for task in tasks]


def in_batches(tasks: Sequence[Task], most: int) -> list[list[Task]]:
    """Cut tasks into batches of at most so many."""
    return [list(tasks[at : at + most]) for at in range(0, len(tasks), most)]


def idempotency_key(*parts: object) -> str:
    """Return a UUID (RFC 9562, version 8) that the same content always gets, and no other does.

    Examples
    --------
    >>> idempotency_key("shop", 5)
    '4f618982-9f56-842b-a13e-c245ed9964c9'
    """
    digest = hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-8{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}"


def by_status(reply: Reply) -> Verdict:
    """Judge a reply by its HTTP status alone."""
    if 200 <= reply.status < 300:
        return Verdict("ok")
    message = f"The channel answered with HTTP {reply.status}: {_excerpt(reply)}"
    if reply.status == 429:
        return Verdict("throttled", "http.429", message, retry_after=retry_after(reply))
    if reply.status in (401, 403):
        return Verdict("locked_out", f"http.{reply.status}", message, "Renew the shop's credentials or its rights.")
    if reply.status in (408, 425) or reply.status >= 500:
        return Verdict("temporary", f"http.{reply.status}", message, retry_after=retry_after(reply))
    if 300 <= reply.status < 400:
        return Verdict(
            "permanent", "http.redirect", message, "Set write_url to the address it names; none is followed."
        )
    return Verdict("permanent", f"http.{reply.status}", message, "Correct the listing or the address, then retry.")


def unreadable(reply: Reply) -> Verdict:
    """Judge a good status whose body is not what the vendor documents: nobody knows what became of the wish."""
    return Verdict("temporary", "reply.unreadable", f"The reply is not the channel's own: {_excerpt(reply)}")


def retry_after(reply: Reply) -> float | None:
    """Read the header ``Retry-After`` in seconds; None when it is not there or a date."""
    text = reply.headers.get("retry-after", "").strip()
    return float(text) if text.isdigit() else None


def text_of(value: object) -> str:
    """Return a member of a JSON document as text."""
    return "" if value is None else str(value)


def object_of(value: object) -> dict[str, object]:
    """Return a member of a JSON document as an object; empty when it is none."""
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> list[object]:
    """Return a member of a JSON document as a list; empty when it is none."""
    return value if isinstance(value, list) else []


def _excerpt(reply: Reply) -> str:
    return reply.body[:200].decode(errors="replace")
