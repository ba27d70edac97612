"""Supply that is due: what is on its way to a node, and how long lanes take, learned from what was seen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final, NamedTuple

from entrepot.kernel.errors import InputError
from entrepot.kernel.period import FIRST_YEAR, LAST_YEAR, is_in_reach
from entrepot.kernel.quantity import LARGEST_QUANTITY

KINDS: Final = ("purchase", "transfer", "return")
COLUMNS: Final = ("id", "kind", "sku", "node", "qty", "received", "origin", "doc", "sent_at", "due_p10", "due_p50",
                  "due_p90", "due")  # fmt: skip
"""Columns of a supply file; ``due`` stands for all three quantiles."""

FEWEST_TRIPS: Final = 5
"""Fewer ended trips than this do not make a lane's own times; it then takes those of all lanes."""

_MOST_FAULTS: Final = 20


@dataclass(frozen=True, slots=True)
class SupplyLine:
    """One SKU on its way to one node.

    Parameters
    ----------
    id : str
        The sender's own; the same id again replaces the line when its version is not older.
    kind : {"purchase", "transfer", "return"}
        What it is.
    sku, node : str
        What comes where.
    qty, received : int
        In all, and of it already booked.
    version : int
        Of the sender, microseconds.
    origin : str
        Supplier or node it comes from.
    doc : str or None
        Receipts that name it are counted as received.
    sent_at : datetime or None
        When it left.
    due_p10, due_p50, due_p90 : datetime or None
        Here by then in one, five, nine cases of ten; none where nobody can say.
    """

    id: str
    kind: str
    sku: str
    node: str
    qty: int
    version: int
    received: int = 0
    origin: str = ""
    doc: str | None = None
    sent_at: datetime | None = None
    due_p10: datetime | None = None
    due_p50: datetime | None = None
    due_p90: datetime | None = None

    def __post_init__(self) -> None:
        faults = []
        if not (self.id and self.sku and self.node):
            faults.append("id, sku and node must be given")
        if self.kind not in KINDS:
            faults.append(f"kind {self.kind!r} is none of {', '.join(KINDS)}")
        if not (0 <= self.qty <= LARGEST_QUANTITY and 0 <= self.received <= LARGEST_QUANTITY):
            faults.append(f"qty and received are 0 to {LARGEST_QUANTITY}")
        dues = [due for due in (self.due_p10, self.due_p50, self.due_p90) if due is not None]
        if len(dues) not in (0, 3) or dues != sorted(dues):
            faults.append("due_p10, due_p50 and due_p90 come together and in this order")
        if not all(is_in_reach(at) for at in (*dues, self.sent_at) if at is not None):
            faults.append(f"a time is not between {FIRST_YEAR} and {LAST_YEAR}; leave it empty where it is not known")
        if faults:
            raise InputError(
                "stock.supply", f"Supply {self.id[:80]!r} cannot be read: {'; '.join(faults)}.", "Correct the line."
            )


class Trip(NamedTuple):
    """Hours a trip took, or has taken so far when it has not ended."""

    hours: float
    has_ended: bool


class LaneTimes(NamedTuple):
    """Hours from despatch to receipt, by quantile, and the ended trips behind them."""

    p10: float
    p50: float
    p90: float
    trips: int


def lane_times(trips: Iterable[Trip]) -> LaneTimes | None:
    """Estimate how long a lane takes, from ended trips and from those still under way.

    Parameters
    ----------
    trips : iterable of Trip
        Of one lane.

    Returns
    -------
    LaneTimes or None
        None with fewer than `FEWEST_TRIPS` ended ones.

    Notes
    -----
    Kaplan-Meier: a trip that has not ended says that it takes longer than it has taken, so that slow lanes are not
    mistaken for fast ones while their goods are still on the road. A quantile the estimate does not reach is the
    longest time seen. O(n log n).

    References
    ----------
    Kaplan, E. L. and Meier, P. (1958). Nonparametric estimation from incomplete observations. JASA 53, 457-481.

    Examples
    --------
    >>> lane_times([Trip(24, True)] * 9 + [Trip(40, True)])
    LaneTimes(p10=24, p50=24, p90=24, trips=10)
    >>> lane_times([Trip(24, True)] * 5 + [Trip(30, False)] * 5).p90
    30
    """
    seen = sorted(trips, key=lambda trip: (trip.hours, not trip.has_ended))
    ended = sum(trip.has_ended for trip in seen)
    if ended < FEWEST_TRIPS:
        return None
    under_way = 1.0
    reached: dict[float, float] = {}
    for place, trip in enumerate(seen):
        if trip.has_ended:
            under_way *= 1 - 1 / (len(seen) - place)
        for share in (0.1, 0.5, 0.9):
            if 1 - under_way >= share - 1e-9:
                reached.setdefault(share, trip.hours)
    longest = seen[-1].hours
    p10, p50, p90 = (reached.get(share, longest) for share in (0.1, 0.5, 0.9))
    return LaneTimes(p10, p50, p90, ended)


def read_lines(rows: Iterable[Mapping[str, object]], version: int, zone: tzinfo) -> list[SupplyLine]:
    """Read the rows of a supply file; the first row is number 2, under the headings.

    Parameters
    ----------
    rows : iterable of mapping
        By column name; see `COLUMNS`. ``id``, ``sku``, ``node``, ``qty`` and a date are the usual ones.
    version : int
        Of the file, microseconds.
    zone : tzinfo
        Of dates and times that name none.

    Returns
    -------
    list of SupplyLine
        One a row.

    Raises
    ------
    InputError
        ``stock.supply_file``, naming every row and column that cannot be read.
    """
    lines, faults = [], []
    for number, row in enumerate(rows, 2):
        try:
            lines.append(_line(row, version, zone))
        except InputError as error:
            faults.append(f"row {number}: {error}")
    if faults:
        shown = " ".join(faults[:_MOST_FAULTS])
        more = f" And {len(faults) - _MOST_FAULTS} more." if len(faults) > _MOST_FAULTS else ""
        raise InputError(
            "stock.supply_file",
            f"{len(faults)} rows cannot be read. {shown}{more}",
            f"Columns are {', '.join(COLUMNS)}; dates are 2026-11-30 or with a time; nothing was taken.",
            rows=len(faults),
        )
    if not lines:
        raise InputError(
            "stock.supply_file", "The file holds no supply.", "Give one supply a row, under a row of column names."
        )
    return lines


def _line(row: Mapping[str, object], version: int, zone: tzinfo) -> SupplyLine:
    unknown = sorted(set(row) - set(COLUMNS))
    if unknown:
        raise InputError("stock.supply", f"there is no column {', '.join(unknown)}.", f"Use {', '.join(COLUMNS)}.")
    due = _instant(row, "due", zone)
    dues = [_instant(row, name, zone) or due for name in ("due_p10", "due_p50", "due_p90")]
    return SupplyLine(
        id=_text(row, "id"),
        kind=_text(row, "kind") or "purchase",
        sku=_text(row, "sku"),
        node=_text(row, "node"),
        qty=_pieces(row, "qty"),
        version=version,
        received=_pieces(row, "received") if _text(row, "received") else 0,
        origin=_text(row, "origin"),
        doc=_text(row, "doc") or None,
        sent_at=_instant(row, "sent_at", zone),
        due_p10=dues[0],
        due_p50=dues[1],
        due_p90=dues[2],
    )


def _text(row: Mapping[str, object], name: str) -> str:
    value = row.get(name)
    return "" if value is None else str(value).strip()


def _pieces(row: Mapping[str, object], name: str) -> int:
    text = _text(row, name)
    # Spreadsheets hand out whole numbers as 5.0.
    if not re.fullmatch(r"-?\d{1,18}(\.0*)?", text):
        raise InputError("stock.supply", f"{name} {text[:40]!r} is no whole number of pieces.", "Write digits.")
    return int(text.partition(".")[0])


def _instant(row: Mapping[str, object], name: str, zone: tzinfo) -> datetime | None:
    text = _text(row, name)
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InputError("stock.supply", f"{name} {text[:40]!r} is no date.", "Write 2026-01-31.") from None
    return at.replace(tzinfo=zone) if at.tzinfo is None else at


def due_after(sent_at: datetime, times: LaneTimes) -> tuple[datetime, datetime, datetime]:
    """Return when goods that left at a moment are here, by quantile."""
    p10, p50, p90 = (sent_at + timedelta(hours=hours) for hours in times[:3])
    return p10, p50, p90
