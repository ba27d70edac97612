"""A parcel's journey: planned when it leaves, told stop by stop, mostly in time."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from entrepot.simulator.emit import carriers
from entrepot.simulator.orders import Parcel, Stop
from entrepot.simulator.places import City, distance_km
from entrepot.simulator.retailer import Carrier
from entrepot.simulator.world import HOUR, World

DELAYED_SHARE: Final = 0.09
LOST_SHARE: Final = 0.004
REFUSED_SHARE: Final = 0.006
QUERIED_SHARE: Final = 0.03

_GIVE_UP_HOURS: Final = 9 * 24
_TROUBLES: Final = (
    "因天气原因，运输车辆延误",
    "快件积压，正在加快处理",
    "分拣错误，已重新安排发运",
    "道路管制，车辆绕行",
)


def promised_hours(distance: float, *, abroad: bool) -> int:
    """Give the hours within which the retailer promises delivery, from the moment of shipping."""
    if abroad:
        return 16 * 24
    return next((hours for limit, hours in ((700, 60), (1500, 84), (2500, 120)) if distance < limit), 168)


def choose_carrier(parcels: tuple[Carrier, ...], city: City, rng: Random) -> Carrier:
    """Pick a carrier for a parcel to a city."""
    if city.country != "CN":
        return parcels[-1] if rng.random() < 0.8 else parcels[0]
    return rng.choices(parcels, [carrier.share for carrier in parcels])[0]


def tracking_number(carrier: Carrier, number: int) -> str:
    """Make a number in the carrier's form; neighbours do not look alike."""
    digits = (number * 7_368_787 + 4_440_000_000_001) % 10**carrier.digits
    return f"{carrier.prefix}{digits:0{carrier.digits}d}" + ("CN" if carrier.code == "YANWEN" else "")


@dataclass(slots=True)
class Journeys:
    """Starts parcels and tells of them."""

    world: World

    def start(self, parcel: Parcel) -> None:
        """Plan a journey and note when its carrier will speak."""
        world = self.world
        city = parcel.order.customer.city
        abroad = city.country != "CN"
        distance = distance_km(parcel.node.city, city)
        parcel.promised = parcel.shipped + int(promised_hours(distance, abroad=abroad) * HOUR * world.stretch)
        parcel.outcome = world.rng.choices(
            ("lost", "refused", "signed"), (LOST_SHARE, REFUSED_SHARE, 1 - LOST_SHARE - REFUSED_SHARE)
        )[0]
        plan = (
            _abroad(parcel, world.rng)
            if abroad
            else _domestic(parcel, distance, world.rng, in_real_time=world.stretch == 1.0)
        )
        parcel.stops = [
            Stop(parcel.shipped + max(1, int(hours * HOUR * world.stretch)), kind, place.name, text, place.code)
            for hours, kind, place, text, _ in plan
        ]
        for index, (*_, speaks) in enumerate(plan):
            if speaks:
                world.agenda.note(parcel.stops[index].at, "track", parcel, index)
        if parcel.outcome == "lost":
            world.later(_GIVE_UP_HOURS, "lost", parcel)

    def track(self, parcel: Parcel, index: int) -> None:
        """Tell the stops since the last telling; the world then learns of the end of the journey."""
        world = self.world
        if parcel.stops[index].at != world.now:
            _move(parcel, index, world.now)
        shops = {shop.channel: shop for shop in world.retailer.shops if shop.kind == "carrier"}
        world.send(lambda: [carriers.tell(parcel, index, shops, world.now)])
        parcel.told = index + 1
        kind = parcel.stops[index].kind
        if kind in ("signed", "receipt"):
            parcel.delivered = parcel.stops[index].at
            world.later(0.01, "delivered", parcel)
            if parcel.carrier.code == "SF" and world.rng.random() < QUERIED_SHARE:
                world.later(2, "query", parcel, index)
        elif kind == "returned":
            world.later(0.5, "came_back", parcel)

    def query(self, parcel: Parcel, index: int) -> None:
        """Ask SF Express for the whole route once more."""
        world = self.world
        world.send(lambda: [carriers.sf_routes(parcel, index, world.retailer.shop("sf"), world.now)])


@dataclass(frozen=True, slots=True)
class _Place:
    name: str
    code: str


_Plan = list[tuple[float, str, _Place, str, bool]]


def _move(parcel: Parcel, index: int, now: int) -> None:
    # The live feed runs faster than the plan was made for: stops not yet told move with it.
    first = parcel.told
    gap = parcel.stops[index].at - now
    for place in range(first, index + 1):
        stop = parcel.stops[place]
        parcel.stops[place] = Stop(min(now, stop.at - gap), stop.kind, stop.place, stop.text, stop.area_code)


def _domestic(parcel: Parcel, distance: float, rng: Random, *, in_real_time: bool) -> _Plan:
    origin, city = parcel.node.city, parcel.order.customer.city
    near, hub = _place(origin, "营业部"), _place(origin, "集散中心")
    far, station = _place(city, "集散中心"), _place(city, f"{parcel.order.customer.district}营业点")
    total = (14.0 + distance / 42.0 + rng.uniform(0, 10)) * (0.8 if parcel.carrier.code == "SF" else 1.0)
    plan: _Plan = [
        (rng.uniform(0.5, 2.5), "picked_up", near, f"{parcel.carrier.name_zh} 已收取快件", True),
        (total * 0.25, "departed", hub, f"快件在【{hub.name}】装车，已发往【{far.name}】", False),
    ]
    if rng.random() < DELAYED_SHARE:
        plan.append((total * 0.5, "problem", hub, rng.choice(_TROUBLES), True))
        total += rng.uniform(40, 120)
    total = _awake(total, parcel.shipped) if in_real_time else total
    plan.append((total * 0.72, "arrived", far, f"快件到达【{far.name}】", True))
    if parcel.outcome == "lost":
        return plan
    courier = rng.choice("王李张刘陈杨赵黄")
    plan += [
        (total * 0.8, "departed", far, f"快件在【{far.name}】装车，已发往【{station.name}】", False),
        (total * 0.9, "arrived", station, f"快件到达【{station.name}】", False),
        (
            total * 0.94,
            "out",
            station,
            f"正在派送途中，请您准备签收（派件人：{courier}师傅，电话：138000{rng.randrange(10**5):05d}）",
            True,
        ),
    ]
    if parcel.outcome == "refused":
        return [
            *plan,
            (total, "refused", station, "收件人拒收", True),
            (total + 6, "returning", station, "快件退回中", True),
            (total * 2, "returned", near, "退件已签收", True),
        ]
    if rng.random() < 0.04:
        plan.append((total, "failed", station, "派送不成功：收件人不在，将再次派送", True))
        total += rng.uniform(4, 20)
    has_receipt = parcel.carrier.code == "SF" and rng.random() < 0.6
    plan.append((total, "signed", station, "已签收，感谢使用，期待再次为您服务", not has_receipt))
    if has_receipt:
        plan.append((total + 0.02, "receipt", station, "在官网“运单资料&签收图”，可查看签收人信息", True))
    return plan


def _awake(hours: float, shipped: int) -> float:
    """Put a delivery off to the next time between nine in the morning and nine in the evening."""
    clock = ((shipped / HOUR + 8) + hours) % 24
    if 9 <= clock < 21:
        return hours
    return hours + (9 - clock) % 24 + (shipped + int(hours)) % 180 / 60


def _abroad(parcel: Parcel, rng: Random) -> _Plan:
    near, port = _place(parcel.node.city, "营业部"), _Place("深圳国际处理中心", "440300")
    city = parcel.order.customer.city
    there, border = _Place(f"{city.name_en}, {city.country}", ""), _Place(f"{city.country} Customs", "")
    days = rng.uniform(6, 13) + (rng.uniform(5, 12) if rng.random() < DELAYED_SHARE else 0.0)
    total = days * 24
    plan: _Plan = [
        (rng.uniform(1, 6), "picked_up", near, f"{parcel.carrier.name_zh} 已揽收", True),
        (total * 0.2, "departed", port, "离开处理中心，发往目的国", True),
        (total * 0.6, "customs", border, "Held by customs for clearance", True),
    ]
    if parcel.outcome == "lost":
        return plan
    return [
        *plan,
        (total * 0.85, "arrived", there, "Arrived at local facility", False),
        (total * 0.95, "out", there, "Out for delivery", True),
        (total, "signed", there, "Delivered", True),
    ]


def _place(city: City, what: str) -> _Place:
    return _Place(city.name_zh.removesuffix("市") + what, city.code)
