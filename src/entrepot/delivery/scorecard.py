"""How carriers do, lane by lane: on time, lost, damaged, transit time, cost; small samples leaned on larger ones. Pure.

On time: delivered not after the moment the order was promised for; where no promise is known, after the last moment of
the day that the carrier's own card promises. A parcel that is lost, or still under way after that moment, is late. One
that its receiver refused or sent back is not judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple, TypeAlias

from entrepot.delivery.places import province_key

ScoreKey: TypeAlias = tuple[str, str, str, str]
"""Carrier, node, country, province; ``*`` is all of them."""
State: TypeAlias = Literal["open", "delivered", "returned", "lost"]
ANYWHERE: Final = "*"
ENOUGH: Final = 30
"""Judged parcels from which a lane's own share is called sure."""
LEAN: Final = 20
"""Judged parcels that the next larger sample counts as (pseudo-observations of a beta prior)."""
LOST_AFTER: Final = timedelta(days=15)
"""Silence after which a parcel that never arrived counts as lost."""
USUAL_ON_TIME_PPM: Final = 900_000
USUAL_LOST_PPM: Final = 2_000
"""What is taken where nothing was ever seen, in millionths."""
_MILLION: Final = 1_000_000
_BACK: Final = frozenset({"returning", "returned", "refused"})


class Journey(NamedTuple):
    """A parcel's way, as far as it is known.

    Parameters
    ----------
    carrier, node : str
        Who carried it, and from where.
    country, province : str
        Where to.
    shipped_at : datetime
        Handed over.
    due_at : datetime or None
        Last moment of the promise; None: nothing was promised, it is not judged.
    is_promised : bool
        Whether `due_at` is the order's own promise, not the card's.
    delivered_at : datetime or None
        Delivered, and not sent back.
    state : str
        From `state_of`.
    had_trouble, was_damaged : bool
        Whether a scan told of an exception or a failed attempt; of damage.
    cost : int or None
        Minor units of the retailer's currency.
    """

    carrier: str
    node: str
    country: str
    province: str
    shipped_at: datetime
    due_at: datetime | None
    is_promised: bool
    delivered_at: datetime | None
    state: State
    had_trouble: bool
    was_damaged: bool
    cost: int | None


@dataclass(frozen=True, slots=True)
class Score:
    """What parcels of a lane did; ``*`` stands for all carriers, nodes or places.

    Parameters
    ----------
    parcels : int
        All.
    judged, on_time, late : int
        Those a promise was known for and that are delivered, lost or overdue; and of these.
    promised : int
        Judged by their order's own promise, the others by the card's.
    open, lost, returned, troubled, damaged : int
        Under way; lost; sent back; with an exception on the way; damaged.
    p50_hours, p90_hours : int or None
        From hand-over to delivery, of those delivered (nearest rank).
    cost : int
        Sum over the `costed` parcels whose cost is known.
    on_time_ppm, lost_ppm : int
        Shares in millionths, leaned on the next larger sample by `LEAN` parcels.
    """

    carrier: str
    node: str
    country: str
    province: str
    parcels: int
    judged: int
    on_time: int
    late: int
    promised: int
    open: int
    lost: int
    returned: int
    troubled: int
    damaged: int
    p50_hours: int | None
    p90_hours: int | None
    costed: int
    cost: int
    on_time_ppm: int
    lost_ppm: int

    @property
    def is_enough(self) -> bool:
        """Whether the lane's own sample is large enough to be called sure."""
        return self.judged >= ENOUGH

    @property
    def key(self) -> ScoreKey:
        """Carrier, node, country, province."""
        return self.carrier, self.node, self.country, self.province


class Reliability(NamedTuple):
    """What is expected of a carrier on a lane, in millionths, and the sample it comes from."""

    on_time_ppm: int = USUAL_ON_TIME_PPM
    lost_ppm: int = USUAL_LOST_PPM
    parcels: int = 0


def state_of(status: str, delivered_at: datetime | None, last_seen: datetime, now: datetime) -> State:
    """Tell a parcel's state from its tracking.

    Parameters
    ----------
    status : str
        Canonical tracking code.
    delivered_at : datetime or None
        When it was delivered for good.
    last_seen : datetime
        Its last scan, or its hand-over.
    now : datetime
        The present.
    """
    if status in _BACK:
        return "returned"
    if delivered_at is not None:
        return "delivered"
    return "lost" if now - last_seen > LOST_AFTER else "open"


def score(journeys: Iterable[Journey], now: datetime) -> list[Score]:
    """Score every lane, every carrier over all its lanes, and all carriers together.

    Parameters
    ----------
    journeys : iterable of Journey
        Of the window that is looked at.
    now : datetime
        The present: what is under way beyond its promise is late.

    Returns
    -------
    list of Score
        By carrier, node, country, province; ``*`` first. A lane leans on its carrier, a carrier on all together, all
        together on `USUAL_ON_TIME_PPM`.
    """
    groups: dict[ScoreKey, list[Journey]] = {}
    for one in journeys:
        lane = (one.carrier, one.node, one.country, province_key(one.province))
        whole = (one.carrier, ANYWHERE, ANYWHERE, ANYWHERE)
        for key in (lane, whole, (ANYWHERE,) * 4):
            groups.setdefault(key, []).append(one)
    scores: dict[ScoreKey, Score] = {}
    # Wide before narrow, so that what a group leans on is there.
    for key in sorted(groups, key=lambda key: (-key.count(ANYWHERE), key)):
        scores[key] = _score(key, groups[key], reliability(scores, *key), now)
    return [scores[key] for key in sorted(scores)]


def reliability(scores: Mapping[ScoreKey, Score], carrier: str, node: str, country: str, province: str) -> Reliability:
    """Find what is expected of a carrier on a lane: from the lane, else from the carrier, else from all."""
    lane = (carrier, node, country, province_key(province))
    for key in (lane, (carrier, ANYWHERE, ANYWHERE, ANYWHERE), (ANYWHERE,) * 4):
        if (known := scores.get(key)) is not None:
            return Reliability(known.on_time_ppm, known.lost_ppm, known.judged)
    return Reliability()


def leaned(hits: int, of: int, prior_ppm: int) -> int:
    """Give a share in millionths, as if `LEAN` more had been seen with the share before.

    Examples
    --------
    >>> leaned(3, 3, 900_000), leaned(300, 300, 900_000), leaned(0, 0, 900_000)
    (913043, 993750, 900000)
    """
    return (hits * _MILLION + LEAN * prior_ppm) // (of + LEAN)


def nearest_rank(ordered: Sequence[int], percent: int) -> int | None:
    """Return the least value that at least a percentage of the values do not exceed; None of none."""
    return ordered[-(-len(ordered) * percent // 100) - 1] if ordered else None


def _score(key: ScoreKey, group: Sequence[Journey], prior: Reliability, now: datetime) -> Score:
    judged = [one for one in group if _is_judged(one, now)]
    on_time = sum(_is_on_time(one) for one in judged)
    lost = sum(one.state == "lost" for one in group)
    settled = sum(one.state != "open" for one in group)
    hours = sorted(
        int((one.delivered_at - one.shipped_at) / timedelta(hours=1))
        for one in group
        if one.delivered_at is not None and one.state == "delivered"
    )
    costs = [one.cost for one in group if one.cost is not None]
    return Score(
        *key,
        parcels=len(group),
        judged=len(judged),
        on_time=on_time,
        late=len(judged) - on_time,
        promised=sum(one.is_promised for one in judged),
        open=sum(one.state == "open" for one in group),
        lost=lost,
        returned=sum(one.state == "returned" for one in group),
        troubled=sum(one.had_trouble for one in group),
        damaged=sum(one.was_damaged for one in group),
        p50_hours=nearest_rank(hours, 50),
        p90_hours=nearest_rank(hours, 90),
        costed=len(costs),
        cost=sum(costs),
        on_time_ppm=leaned(on_time, len(judged), prior.on_time_ppm),
        lost_ppm=leaned(lost, settled, prior.lost_ppm),
    )


def _is_judged(one: Journey, now: datetime) -> bool:
    if one.due_at is None or one.state == "returned":
        return False
    return one.state != "open" or one.due_at < now


def _is_on_time(one: Journey) -> bool:
    return one.delivered_at is not None and one.due_at is not None and one.delivered_at <= one.due_at
