"""One simulated world from its first second on: history first, then, if wanted, a faster present."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random

from entrepot.simulator.agenda import Agenda, Outbox
from entrepot.simulator.demand import MESSAGES_PER_DAY, Demand
from entrepot.simulator.emit import files
from entrepot.simulator.faults import LONGEST_DELAY, Fates
from entrepot.simulator.life import Life
from entrepot.simulator.message import CHINA, NativeMessage, utc
from entrepot.simulator.parcels import Journeys
from entrepot.simulator.people import People
from entrepot.simulator.planner import PLANNED, Planner
from entrepot.simulator.retailer import DemoRetailer
from entrepot.simulator.supply import Supply
from entrepot.simulator.tills import Tills
from entrepot.simulator.warehouse import Sourcing, Stock
from entrepot.simulator.weather import Weather
from entrepot.simulator.world import DAY, World


class Simulation:
    """A world that moves on when asked, and hands out the messages sent meanwhile.

    Parameters
    ----------
    retailer : DemoRetailer
        Whose world it is.
    start : datetime
        When the history begins, aware; cut to the second.
    scale : float
        Orders relative to an ordinary run.
    seed : int
        All chance comes from it.
    write_from : datetime or None
        Leave out messages sent earlier (a past that was already handed out).
    faults : bool
        Whether messages may be duplicated, late or broken on their way.
    """

    def __init__(
        self,
        retailer: DemoRetailer,
        *,
        start: datetime,
        scale: float,
        seed: int,
        write_from: datetime | None = None,
        faults: bool = True,
    ) -> None:
        begin = int(start.timestamp())
        first_day = utc(begin).astimezone(CHINA).date()
        stock = Stock(retailer.nodes, len(retailer.skus))
        # A late message may straddle the border, so writing starts a little before it.
        write = begin if write_from is None else int((write_from - LONGEST_DELAY - timedelta(minutes=1)).timestamp())
        self._hand_out_from = write_from
        self._world = World(
            retailer=retailer,
            rng=Random(seed),
            agenda=Agenda(),
            outbox=Outbox(Fates(retailer, seed) if faults else None),
            stock=stock,
            sourcing=Sourcing(stock, retailer.centres, retailer.stores),
            people=People(seed),
            demand=Demand(retailer.skus, Weather(seed), scale),
            now=begin,
            first_day=first_day.toordinal(),
            write_from=write,
        )
        life = Life(self._world, Journeys(self._world))
        supply = Supply(self._world, self._world.demand.shares("RDC-E", first_day))
        self._planner = Planner(self._world, life, supply)
        self._tills = Tills(self._world)
        self._doing = _doing(self._planner, life, supply, self._tills)
        self._world.send(lambda: files.master_data(retailer, begin))
        supply.open()
        midnight = datetime.combine(first_day, datetime.min.time(), CHINA)
        self._planner.period(0, int(midnight.timestamp()))

    @property
    def stock(self) -> Stock:
        """The physical truth."""
        return self._world.stock

    def told(self) -> dict[tuple[str, str], int]:
        """Give the sound units by (node, SKU) as the messages tell them: losses not yet counted still lie there."""
        world = self._world
        told: dict[tuple[str, str], int] = {}
        for node in world.retailer.nodes:
            held = self._tills.untold(node)
            missing = world.stock.missing[node.number]
            for sku in world.retailer.skus:
                units = world.stock.on_hand[node.number][sku.number]
                told[node.code, sku.code] = units + missing.get(sku.number, 0) + held.get(sku.number, 0)
        return told

    def run_until(self, end: datetime) -> Iterator[NativeMessage]:
        """Let the world run and hand out, in time order, all that is sent before ``end``."""
        world = self._world
        for entry in world.agenda.before(int(end.timestamp())):
            if entry.at > world.now:
                yield from self._hand_out(utc(entry.at))
                world.now = entry.at
            self._doing[entry.kind](*entry.what)
        world.now = max(world.now, int(end.timestamp()))
        yield from self._hand_out(end)

    def go_live(self, rate_per_minute: float) -> None:
        """From now on run at about this many messages a minute: shorter days, faster parcels, no nights."""
        world, planner = self._world, self._planner
        pace = rate_per_minute * 24 * 60 / (MESSAGES_PER_DAY * max(world.demand.scale, 0.01))
        world.stretch = 1 / max(1.0, pace)
        planner.share = min(1.0, pace)
        planner.length = max(60, int(DAY * world.stretch))
        planner.even = True
        world.agenda.squeeze(world.now, world.stretch, PLANNED)
        for region, queue in world.queues.items():
            world.queues[region] = [
                (world.now + int((ready - world.now) * world.stretch), order) for ready, order in queue
            ]
        planner.period(world.day, world.now)

    def _hand_out(self, end: datetime) -> Iterator[NativeMessage]:
        border = self._hand_out_from
        for message in self._world.outbox.before(end):
            if border is None or message.at >= border:
                yield message


def _doing(planner: Planner, life: Life, supply: Supply, tills: Tills) -> dict[str, Callable[..., None]]:
    return {
        "period": planner.period,
        "morning": planner.morning,
        "evening": supply.check_in,
        "wave": planner.wave,
        "shrink": supply.shrink,
        "damage": supply.damage,
        "supplier": supply.supplier,
        "unload": supply.unload,
        "arrive": life.arrive,
        "pay": life.pay,
        "expire": life.expire,
        "cancel": life.cancel,
        "delivered": life.delivered,
        "finish": life.finish,
        "ask_return": life.ask_return,
        "agree": life.agree,
        "goods_back": life.goods_back,
        "refunded": life.refunded,
        "lost": life.lost,
        "came_back": life.came_back,
        "track": life.journeys.track,
        "query": life.journeys.query,
        "sell": tills.sell,
        "till_refund": tills.refund,
        "reconnect": tills.reconnect,
    }
