"""Commands and facts on orders in pieces: load, decide, let the books act, save, tell the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from psycopg import Connection, Rollback

from entrepot.infra import log
from entrepot.kernel.clock import Clock
from entrepot.kernel.errors import InvariantBroken, NotFound
from entrepot.kernel.outcome import Outcome, Refusal
from entrepot.orders.lifecycle import store
from entrepot.orders.lifecycle.ports import About, Facts, Landed, Sources, Stock
from entrepot.orders.lifecycle.store import Fulfilment, Life
from entrepot.orders.pieces import Added, Applied, Change, Command, Hold, Order, Piece, Spot, Take, apply, spread
from entrepot.orders.pieces.choice import GIVES_NODE, GROWS, refuse
from entrepot.orders.pieces.told import catch_up, informed, next_command, over_issued
from entrepot.orders.pieces.transitions import BY_COMMAND, NOTHING

_MOST_FACTS = 1_000


@dataclass(frozen=True, slots=True)
class Pace:
    """How long the steps of an order may take.

    Parameters
    ----------
    release_after : timedelta
        A sourced order waits so long for a better plan, or for an order it can travel with.
    accept_within : timedelta
        A store's time to accept; then the order goes elsewhere.
    ship_within : timedelta
        From release to despatch.
    collect_within : timedelta
        From release until a customer's order counts as not collected.
    """

    release_after: timedelta = timedelta(minutes=10)
    accept_within: timedelta = timedelta(minutes=30)
    ship_within: timedelta = timedelta(hours=24)
    collect_within: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Edit:
    """Other quantities than were asked for.

    Parameters
    ----------
    id : str
        Made by the caller; its commands are named after it.
    more : sequence of Added
        Units in addition, of lines the order has or of new ones.
    less : sequence of Take
        Units fewer.
    actor, reason : str
        Who, and why.
    expected_version : int or None
        Refused as stale when the order has another.
    """

    id: str
    more: Sequence[Added] = ()
    less: Sequence[Take] = ()
    actor: str = "system"
    reason: str = ""
    expected_version: int | None = None

    @property
    def names(self) -> tuple[str, str]:
        """The ids of the commands it may consist of."""
        return f"{self.id}:cancel", f"{self.id}:add"

    def commands(self) -> list[Command]:
        """Return its commands; first what becomes free, for the same units may be asked for on another line."""
        cancel, add = self.names
        found: list[Command] = []
        if self.less:
            found.append(Command(cancel, "cancel", takes=tuple(self.less), actor=self.actor, reason=self.reason))
        if self.more:
            found.append(Command(add, "add", adds=tuple(self.more), actor=self.actor, reason=self.reason))
        return [replace(one, expected_version=self.expected_version) for one in found[:1]] + found[1:]

    def hold(self, piece: str) -> Command:
        """Return the command that holds stock for a piece it added."""
        takes = (Take(piece),)
        return Command(f"{self.id}:hold:{piece}", "reserve", takes=takes, actor=self.actor, reason=self.reason)


@dataclass(frozen=True, slots=True)
class Standing:
    """An order as it stands.

    Parameters
    ----------
    life : Life
        What is kept of it besides its pieces.
    order : Order
        Its pieces.
    facts : Facts
        What others know of it.
    is_kept : bool
        Whether it is kept in pieces; else the pieces are what the facts say they are.
    """

    life: Life
    order: Order
    facts: Facts
    is_kept: bool = True


class Lifecycle:
    """The life of orders.

    Parameters
    ----------
    stock : Stock
        Holds and the stock book.
    sources : Sources
        Facts of channels, carriers and the stock book.
    clock : Clock
        The time.
    pace : Pace
        Deadlines.
    """

    def __init__(self, stock: Stock, sources: Sources, clock: Clock, pace: Pace | None = None) -> None:
        self._stock = stock
        self._sources = sources
        self._clock = clock
        self.pace = pace or Pace()

    def lock(self, conn: Connection, order_id: str) -> Standing:
        """Load an order to change it, and begin to keep it in pieces where it is not yet.

        Raises
        ------
        NotFound
            ``orders.unknown``.
        """
        found = store.lock(conn, order_id)
        if found is None:
            if not self._sources.facts(conn, [order_id]):
                raise NotFound(
                    "orders.unknown",
                    f"There is no order {order_id[:200]!r}.",
                    "Ids are channel:shop:number; look for the number with /api/v1/search?q=.",
                    id=order_id[:200],
                )
            store.enter(conn, order_id, self._clock.now())
            found = store.lock(conn, order_id)
        assert found is not None
        self._stock.settle(conn, order_id)
        # Read under the lock: what was told while it was waited for counts.
        facts = self._sources.facts(conn, [order_id])[order_id]
        life, order = found
        if life.destination != facts.destination:
            store.note(conn, order_id, destination=facts.destination)
            life = life._replace(destination=facts.destination)
        return Standing(life, informed(order, facts.told), facts)

    def look(self, conn: Connection, order_ids: Sequence[str]) -> dict[str, Standing]:
        """Read orders with their facts; one that is not kept in pieces is shown as facts say it stands."""
        facts = self._sources.facts(conn, order_ids)
        kept = store.read(conn, order_ids)
        found: dict[str, Standing] = {}
        for order_id, one in facts.items():
            if order_id in kept:
                life, order = kept[order_id]
                found[order_id] = Standing(life, informed(order, one.told), one)
            else:
                order = replace(catch_up(one.told, Order(order_id))[0], version=0)
                found[order_id] = Standing(Life(0, "", "", 0, None, None), order, one, is_kept=False)
        return found

    def follow(self, conn: Connection, standing: Standing) -> Standing:
        """Do what facts ask for, until the pieces agree with them."""
        for _ in range(_MOST_FACTS):
            command = next_command(standing.facts.told, standing.order)
            if command is None:
                return self._settled(conn, standing)
            outcome = self.act(conn, standing, command)
            if outcome.value is None:
                raise InvariantBroken(
                    "orders.facts", f"A fact was refused: {outcome.refusal}.", order=standing.order.id
                )
            standing = replace(standing, order=outcome.value.order)
        raise InvariantBroken("orders.facts", "Facts and pieces never agree.", order=standing.order.id)

    def ask(
        self, conn: Connection, standing: Standing, command: Command, parcel: Mapping[str, str] | None = None
    ) -> Outcome[Applied]:
        """Do what a person or a program asks: as `act`, where the codes it names are known.

        Refusals: ``unknown_sku``, ``unknown_node``, ``other_sku``, ``order_cancelled``, then those of `act`.
        """
        if command.id not in standing.order.seen and (refusal := self._misnamed(conn, standing, command)) is not None:
            return Outcome(refusal=refusal)
        return self.act(conn, standing, command, parcel)

    def act(
        self, conn: Connection, standing: Standing, command: Command, parcel: Mapping[str, str] | None = None
    ) -> Outcome[Applied]:
        """Do one command: all of it, or nothing.

        Parameters
        ----------
        conn : Connection
            The transaction in which the order was locked.
        standing : Standing
            From `lock`.
        command : Command
            What is asked.
        parcel : mapping, optional
            ``carrier``, ``tracking_no`` of what is shipped.

        Returns
        -------
        Outcome of Applied
            Refusals of the machine (`entrepot.orders.pieces.REASONS`), then those of the holds and the stock book.
        """
        outcome = apply(command, standing.order)
        if outcome.value is None or outcome.value.is_replay:
            return outcome
        applied, at = outcome.value, self._clock.now()
        with conn.transaction() as savepoint:
            about = About(standing.order.id, standing.facts.channel, f"v{applied.order.version}", command.actor, at)
            done = self._stock.do(conn, applied.effects, about)
            if done.value is None:
                outcome = Outcome(refusal=done.refusal)
                raise Rollback(savepoint)
            order = spread(applied.order, _spots(applied, done.value))
            applied = replace(applied, order=order, changes=_with_nodes(order, applied.changes))
            store.save(conn, standing.order, order, command, applied.changes, at)
            self._open_work(conn, standing, applied, at)
            if parcel:
                store.add_parcel(conn, [piece.work for piece in _of(applied) if piece.work], parcel)
            log.append(conn, _events(standing.order, command, applied, parcel))
            return Outcome(applied)
        return outcome

    def edit(self, conn: Connection, standing: Standing, wanted: Edit) -> Outcome[Applied]:
        """Change quantities: what is more is held at once, what is less is cancelled; all of it, or nothing.

        Returns
        -------
        Outcome of Applied
            The order after it, and all that changed. Refusals: ``id_reused``, ``nothing_to_edit``, ``stale``, then
            those of `ask`.
        """
        order, commands = standing.order, wanted.commands()
        known = {name: order.seen[name] for name in wanted.names if name in order.seen}
        if known and known == {command.id: command.digest for command in commands}:
            return Outcome(Applied(order, is_replay=True))
        if known:
            return Outcome(refusal=refuse("id_reused", f"{wanted.id!r} was another edit before. Use a new id.", order))
        if not commands:
            message = "Nothing is to change. Name lines to add to, or to take from."
            return Outcome(refusal=refuse("nothing_to_edit", message, order))
        refusal: Refusal | None = None
        changes: list[Change] = []
        with conn.transaction() as savepoint:
            while commands:
                outcome = self.ask(conn, standing, commands.pop(0))
                if outcome.value is None:
                    refusal = outcome.refusal
                    raise Rollback(savepoint)
                standing = replace(standing, order=outcome.value.order)
                changes += outcome.value.changes
                commands += [wanted.hold(change.piece) for change in outcome.value.changes if change.source == NOTHING]
        return Outcome(Applied(standing.order, (), tuple(changes))) if refusal is None else Outcome(refusal=refusal)

    def _misnamed(self, conn: Connection, standing: Standing, command: Command) -> Refusal | None:
        """Return what is wrong with the names in a command: a unit of an unknown SKU would wait for ever."""
        order, adds = standing.order, command.adds if command.name in GROWS else ()
        skus = {one.sku for one in adds if one.sku is not None} | ({command.sku} if command.sku is not None else set())
        nodes = {spot.node for spot in command.spots}
        if command.node is not None and command.name in GIVES_NODE:
            nodes.add(command.node)
        no_skus, no_nodes = self._sources.unknown(conn, skus, nodes)
        if no_skus:
            message = f"There is no SKU {', '.join(no_skus)}. Check the code, or load the catalogue first."
            return refuse("unknown_sku", message, order, skus=no_skus)
        if no_nodes:
            message = f"There is no node {', '.join(no_nodes)}. Check the code in the list of nodes."
            return refuse("unknown_node", message, order, nodes=no_nodes)
        for one in adds:
            of_line = {piece.sku for piece in order.pieces if piece.line == one.line and piece.sku is not None}
            if of_line and one.sku not in of_line:
                of = ", ".join(sorted(filter(None, of_line)))
                message = f"Line {one.line} is of {of}, not of {one.sku}. Name a new line for {one.sku}."
                return refuse("other_sku", message, order, line=one.line)
        if adds and standing.facts.told.is_cancelled:
            message = "The order was cancelled where it was placed: what is added would be cancelled, too. "
            return refuse("order_cancelled", message + "Place a new order.", order)
        return None

    def _settled(self, conn: Connection, standing: Standing) -> Standing:
        beyond = over_issued(standing.facts.told, standing.order)
        if beyond != standing.life.over_issued:
            store.note(conn, standing.order.id, over_issued=beyond)
        return replace(standing, life=standing.life._replace(over_issued=beyond))

    def _open_work(self, conn: Connection, standing: Standing, applied: Applied, at: datetime) -> None:
        known = {piece.work for piece in standing.order.pieces}
        works = {piece.work: piece.node for piece in applied.order.pieces if piece.work and piece.work not in known}
        if not works:
            return
        stores = self._sources.stores(conn, {node for node in works.values() if node})
        is_collected = standing.order.mode == "pickup"
        store.open_fulfilments(
            conn,
            [
                Fulfilment(
                    work,
                    standing.order.id,
                    node or "",
                    standing.order.mode,
                    at,
                    at + self.pace.accept_within if node in stores else None,
                    at + self.pace.ship_within,
                    at + self.pace.collect_within if is_collected else None,
                )
                for work, node in works.items()
            ],
        )


def _spots(applied: Applied, landed: Sequence[Landed]) -> list[Spot]:
    pieces = {piece.hold: piece.id for piece in applied.order.pieces if piece.hold is not None}
    made = {effect.hold for effect in applied.effects if isinstance(effect, Hold)}
    return [Spot(pieces[one.hold], one.node, one.qty) for one in landed if one.hold in made]


def _of(applied: Applied) -> list[Piece]:
    moved = {change.piece for change in applied.changes}
    return [piece for piece in applied.order.pieces if piece.id in moved]


def _events(before: Order, command: Command, applied: Applied, parcel: Mapping[str, str] | None) -> list[log.Event]:
    more = {"parcel": dict(parcel)} if parcel else {}
    return [
        log.Event(
            BY_COMMAND[command.name, change.source].event,
            before.id,
            {
                "command": command.name,
                "version": applied.order.version,
                "actor": command.actor,
                **change._asdict(),
                **more,
            },
        )
        for change in applied.changes
        if (command.name, change.source) in BY_COMMAND
    ]


def _with_nodes(order: Order, changes: Sequence[Change]) -> tuple[Change, ...]:
    nodes = {piece.id: piece.node for piece in order.pieces}
    return tuple(change._replace(node=change.node or nodes.get(change.piece)) for change in changes)
