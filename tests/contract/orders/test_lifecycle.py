"""Orders in pieces on the database: append-only, once each, one at a time, and undone in the books."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from entrepot.flows.followers import catch_up
from entrepot.flows.order_stock import OrderStock
from entrepot.infra.database import Database, retry_conflicts
from entrepot.kernel.errors import NotFound
from entrepot.orders.lifecycle import About, desk
from entrepot.orders.lifecycle.desk import DeskQuery
from entrepot.orders.pieces import (
    BOOKINGS,
    Added,
    Book,
    Command,
    Effect,
    Hold,
    Place,
    Post,
    Spot,
    Take,
    Void,
    legal_commands,
)
from tests.scenario.order_house import ORDER, House, open_house


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Iterator[House]:
    house = open_house(database, tmp_path)
    yield house
    house.check_books()


@pytest.fixture
def sourced(house: House) -> House:
    """An order of three units held at the warehouse, two more there, two in a store."""
    house.stock(DC=5, S1=2)
    house.trade(qty=3)
    house.settle()
    assert house.pieces() == {"sourced@DC": 3}
    return house


def test_what_was_done_is_never_edited(sourced: House) -> None:
    for what in ("UPDATE orders.piece_event SET actor = ''", "DELETE FROM orders.piece_event"):
        with (
            pytest.raises(psycopg.errors.RestrictViolation, match="append-only"),
            sourced.platform.db.transaction() as conn,
        ):
            conn.execute(what.encode())


def test_an_unknown_order_is_not_entered(house: House) -> None:
    with pytest.raises(NotFound), house.platform.db.transaction() as conn:
        house.platform.lifecycle.lock(conn, "taobao:shop:0")


def test_many_at_once_each_get_their_turn_and_one_id_counts_once(sourced: House) -> None:
    """Eight threads: each tries to cancel one unit under its own id, and all repeat one id of another cancellation."""
    db, lifecycle = sourced.platform.db, sourced.platform.lifecycle
    line = sourced.order().pieces[0].line
    refused: list[str] = []
    gate = threading.Barrier(4)

    def cancel(name: str) -> None:
        def once() -> None:
            with db.transaction() as conn:
                command = Command(name, "cancel", takes=(Take(line, 1),))
                outcome = lifecycle.act(conn, lifecycle.lock(conn, ORDER), command)
                if outcome.refusal is not None:
                    refused.append(outcome.refusal.reason)

        retry_conflicts(once)

    def work(number: int) -> None:
        gate.wait()
        cancel("same")
        cancel(f"own-{number}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sourced.pieces() == {"cancelled@DC": 3}
    assert len(refused) == 2  # three units: one for the shared id, two of the four own ones
    with db.read() as conn:
        rows = conn.execute("SELECT count(*) FROM orders.piece_event WHERE command_id = 'same'").fetchone()
    assert rows == (1,)


def test_a_refused_command_leaves_nothing_behind(sourced: House) -> None:
    before = sourced.order()
    piece = before.pieces[0].id
    outcome = sourced.do("source", spots=(Spot(piece, "S1", 3),))
    assert outcome.refusal is not None
    assert outcome.refusal.reason == "short"
    assert sourced.order() == before
    assert sourced.cell("DC")["allocated"] == 3


EFFECTS: dict[str, Effect] = {
    "hold": Hold("new", "7", "A-1", 2, "DC", ()),
    "place": Place("h", "7", "A-1", (("DC", 1), ("S1", 1))),
    "void": Void("h", "7", "DC", 2),
    "post": Post("h", "7", "DC", 2),
    **{what: Book(what, "7#1", "A-1", 1, "DC") for what in BOOKINGS},
}
UNDONE: dict[str, Effect] = {
    "hold": Void("new", "7", "DC", 2),
    "place": Place("h", "7", "A-1", (("DC", 2),)),
    "void": Hold("again", "7", "A-1", 2, "DC", ()),
    "post": Hold("again", "7", "A-1", 2, "DC", ()),
}
"""Besides the reversal of the movements it booked."""


class Books:
    """The books of a house, and effects on them outside any order."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.stock = OrderStock(house.platform.reservations, house.platform.book)

    def do(self, label: str, effect: Effect) -> None:
        about = About("outside", "taobao", label, "clerk", self.house.clock.at)
        with self.house.platform.db.transaction() as conn:
            outcome = self.stock.do(conn, [effect], about)
        assert outcome.refusal is None, outcome.refusal

    def reverse(self, ids: set[str]) -> None:
        with self.house.platform.db.transaction() as conn:
            for id in sorted(ids):
                assert self.house.platform.book.reverse(conn, id, "clerk").refusal is None

    def read(self) -> tuple[list[tuple[object, ...]], set[str]]:
        with self.house.platform.db.read() as conn:
            levels = conn.execute(
                "SELECT node, on_hand, quality_hold, damaged, allocated FROM stock.level ORDER BY node"
            ).fetchall()
            return levels, {row[0] for row in conn.execute("SELECT id FROM stock.movement")}


def test_what_is_done_to_the_books_is_undone_in_them(database: Database, tmp_path: Path) -> None:
    house = open_house(database, tmp_path)
    house.stock(DC=40, S1=2)
    books = Books(house)
    books.do("first", EFFECTS["set_aside"])
    books.do("second", EFFECTS["spoil"])
    for name, effect in EFFECTS.items():
        books.do(f"{name}: before", Hold(f"{name}: h", "7", "A-1", 2, "DC", ()))
        before, known = books.read()
        books.do(name, named(effect, name))
        after, all_ids = books.read()
        assert after != before, name
        books.reverse(all_ids - known)
        if name in UNDONE:
            books.do(f"{name}: undo", named(UNDONE[name], name))
        assert books.read()[0] == before, name
    assert house.platform.book.audit() == []
    assert house.platform.reservations.audit() == []


def named(effect: Effect, name: str) -> Effect:
    """The effect on holds of its own, so that each is tried apart."""
    return effect if isinstance(effect, Book) else effect._replace(hold=f"{name}: {effect.hold}")


@pytest.mark.parametrize("seed", [1, 2])
def test_a_random_life_leaves_books_and_pieces_in_step(house: House, seed: int) -> None:
    """Forty commands drawn at random, with supply and time in between; the fixture audits."""
    rng = random.Random(seed)
    house.stock(DC=3, S1=2, S2=2)
    house.trade(qty=4)
    house.settle()
    done: set[str] = set()
    for _ in range(40):
        chance = rng.random()
        if chance < 0.15:
            house.later(minutes=rng.choice([10, 31]))
        elif chance < 0.3:
            house.stock(**{rng.choice(["DC", "S1", "S2"]): rng.randint(1, 2)})
            house.settle()
        order = house.order()
        open_pieces = [piece for piece in order.pieces if legal_commands(order, piece)]
        if not open_pieces or chance > 0.85:
            house.must("add", adds=(Added("9", "A-1", rng.randint(1, 3)),))
            continue
        piece = rng.choice(open_pieces)
        name = rng.choice(
            [name for name in legal_commands(order, piece) if name not in ("match", "source")] or ["free"]
        )
        more = {"adds": (Added("9", "A-1", 1),)} if name == "exchange" else {}
        node = rng.choice(["DC", "S1", "S2"]) if name in ("claim", "receive") else None
        if house.do(name, Take(piece.id, rng.randint(1, piece.qty)), node=node, **more).refusal is None:
            done.add(name)
    assert len(done) > 8, done


def test_the_desk_sorts_by_deadline_then_money_and_pages(house: House) -> None:
    for number in range(4):
        house.trade(qty=1 + number, tid=41171612630246574 + 2 * number)
    house.settle()
    with house.platform.db.read() as conn:
        rows = desk.rows(conn, DeskQuery("backordered"), house.clock.at, 10)
        paged = desk.rows(conn, DeskQuery("backordered"), house.clock.at, 2)
        paged += desk.rows(conn, DeskQuery("backordered"), house.clock.at, 2, desk.position_of(paged[-1]))
        one = desk.rows(conn, DeskQuery(q=rows[0].native_id), house.clock.at, 10)
        none = desk.rows(conn, DeskQuery(channel="shopify"), house.clock.at, 10)
    assert [row.money for row in rows] == sorted((row.money for row in rows), reverse=True)
    assert (paged, one, none) == (rows, rows[:1], [])
    assert {row.pieces[0].partition("#")[2] for row in rows} == {"1"}


def test_what_is_likely_to_be_late_is_on_the_desk(sourced: House) -> None:
    with sourced.platform.db.transaction() as conn:
        conn.execute(
            "INSERT INTO orders.promise_risk (order_id, promised, late_chance, likely, is_shipped, lane, channel, "
            "looked_at) VALUES (%s, '2026-11-05', 0.8, '2026-11-07', false, 'x', 'taobao', %s)",
            (ORDER, sourced.clock.at),
        )
        rows = desk.rows(conn, DeskQuery("late_risk"), sourced.clock.at, 10)
    assert [(row.order_id, row.due.day) for row in rows] == [(ORDER, 5)]


def test_supply_serves_those_who_wait_longest_and_wakes_no_more_than_it_can_serve(house: House) -> None:
    for number in range(4):
        house.trade(qty=2, tid=41171612630246574 + 2 * number)
        house.settle()
        house.clock.at += timedelta(minutes=1)
    house.stock(DC=5)
    catch_up([*house.platform.followers(), house.news])
    assert [order for order, supply in house.waiting if supply] == [
        ORDER, "taobao:shop:41171612630246576", "taobao:shop:41171612630246578"
    ]  # fmt: skip
    house.settle()
    assert house.cell("DC")["allocated"] == 4
    assert house.pieces("taobao:shop:41171612630246580") == {"backordered": 2}
