"""Quotas: what is kept for a channel, at a node or everywhere, and for how long."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from entrepot.stock import EVERYWHERE, Part, Protection
from tests.contract.stock.house import HOUR, NOON, House, order, verdict


def test_what_a_channel_draws_is_given_back_when_it_is_released(house: House) -> None:
    with house.db.transaction() as conn:
        house.door.protect_in(conn, [Protection("A", "N1", "web", 8, NOON)])
    assert house.hold(order("w", 5, channel="web"), order("j", 3, channel="jd")) == ["held", "protected"]
    assert house.door.quotas().items[0].drawn == 5
    assert _protected(house) == 3
    with house.db.transaction() as conn:
        house.door.void_in(conn, ["w"], lines=[Part("1", 2)])
        house.door.post_in(conn, ["w"])
    assert house.door.quotas().items[0].drawn == 3
    assert _protected(house) == 5
    assert house.hold(order("j", 3, channel="jd")) == ["protected"]


def test_a_quota_counts_what_its_channel_drew_before_it_was_written(house: House) -> None:
    house.hold(order("w", 5, channel="web"))
    with house.db.transaction() as conn:
        house.door.protect_in(conn, [Protection("A", "N1", "web", 8, NOON - HOUR)])
    assert house.door.quotas("A", "web").items[0].drawn == 5
    assert house.hold(order("j", 3, channel="jd"), order("k", 2, channel="jd")) == ["protected", "held"]


def test_a_period_begins_and_ends_by_itself(house: House) -> None:
    with house.db.transaction() as conn:
        house.door.protect_in(conn, [Protection("A", "N1", "web", 9, NOON + HOUR, NOON + 2 * HOUR)])
    assert house.hold(order("j1", 2)) == ["held"]
    house.at = NOON + HOUR
    house.door.expire_due(house.at)
    assert (_protected(house), house.hold(order("j2", 2))) == (9, ["protected"])
    house.at = NOON + 2 * HOUR
    house.door.expire_due(house.at)
    assert (_protected(house), house.hold(order("j3", 2))) == (0, ["held"])


def test_a_quota_over_all_nodes_holds_wherever_a_hold_is_placed(house: House) -> None:
    with house.db.transaction() as conn:
        house.door.protect_in(conn, [Protection("A", EVERYWHERE, "web", 12, NOON)])
    assert house.hold(order("j1", 3), order("j2", 2, "N2"), order("j3", 1, None)) == ["protected", "held", "protected"]
    house.receive(1, node="N3")
    assert house.hold(order("j4", 1, "N1")) == ["held"]
    assert house.hold(order("w", 12, None, channel="web")) == ["held"]


def test_a_quota_over_all_nodes_holds_against_holds_at_different_nodes_at_once(house: House) -> None:
    with house.db.transaction() as conn:
        house.door.protect_in(conn, [Protection("A", EVERYWHERE, "web", 11, NOON)])
    doors = [house.another_door() for _ in range(4)]

    def take(number: int) -> str:
        request = order(f"r{number}", 1, "N1" if number % 2 else "N2", channel="jd")
        return verdict(doors[number % 4].hold([request])[0])

    with ThreadPoolExecutor(4) as pool:
        verdicts = list(pool.map(take, range(24)))
    assert (verdicts.count("held"), verdicts.count("protected")) == (3, 21)
    for door in doors:
        door.stop()


def _protected(house: House) -> int:
    with house.db.read() as conn:
        row = conn.execute("SELECT protected FROM stock.level WHERE sku = 'A' AND node = 'N1'").fetchone()
    assert row is not None
    return int(row[0])
