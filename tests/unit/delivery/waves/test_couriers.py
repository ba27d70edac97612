"""Couriers: when a ride is where, whom it suits, what a day measures."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.delivery.waves.couriers.facts import Courier, Order, Place, Ride, ServiceDay, Terms, ride
from entrepot.delivery.waves.couriers.grubhub import read_grubhub
from entrepot.delivery.waves.couriers.policies import DISPATCHES, Moment, Nearest, Rolling
from entrepot.delivery.waves.couriers.simulate import measured, play
from entrepot.kernel.errors import InputError, InvariantBroken

TERMS = Terms(100.0, 4, 4, 40, 90, 10.0, 15.0)
SHOP = Place(0, 0)


def order(id_: str, x: float, placed: int, ready: int, counter: Place = SHOP) -> Order:
    return Order(id_, Place(x, 0), counter, placed, ready)


def test_half_of_a_service_time_comes_before_the_hand_over() -> None:
    who = Courier("c", Place(-250, 0), 0, 100)
    found = ride(TERMS, who, who.place, 10, (order("a", 300, 0, 12), order("b", 500, 0, 20)))
    assert (found.pickup, found.drops, found.free) == (20, (27.0, 33.0), 35.0)
    assert ride(TERMS, who, who.place, 30, (order("a", 300, 0, 12),)).pickup == 30 + 3 + 2


def test_nearest_sends_the_courier_who_picks_up_soonest() -> None:
    near, far = Courier("near", Place(100, 0), 0, 99), Courier("far", Place(900, 0), 0, 99)
    moment = Moment(0, 2, (order("a", 300, 0, 0),), ((far, far.place), (near, near.place)), TERMS)
    assert [one.courier.id for one in Nearest().send(moment)] == ["near"]


def test_rolling_bundles_where_couriers_are_few_and_waits_while_nothing_is_ready() -> None:
    who = Courier("c", SHOP, 0, 99)
    ready = Moment(10, 2, (order("a", 300, 0, 5), order("b", 400, 0, 6)), ((who, SHOP),), TERMS)
    (sent,) = Rolling().send(ready)
    assert [one.id for one in sent.orders] == ["a", "b"]
    early = Moment(10, 2, (order("a", 300, 0, 50),), ((who, SHOP),), TERMS)
    assert Rolling().send(early) == []


def test_nobody_is_sent_who_would_pick_up_after_going_off_duty() -> None:
    who = Courier("c", Place(900, 0), 0, 10)
    day = ServiceDay((order("a", 300, 0, 0),), (who,), TERMS)
    for dispatch in DISPATCHES.values():
        assert play(day, dispatch) == []
    assert measured(day, []).undelivered == 1


def test_a_day_is_measured() -> None:
    day = ServiceDay((order("a", 300, 0, 0), order("b", 4500, 1, 1)), (Courier("c", SHOP, 0, 60),), TERMS)
    found = measured(day, play(day, Nearest()))
    # a: picked up at 2, at the door from 7, handed over at 9, free at 11 (asked again at 12): b is met 15 later.
    assert (found.delivered, found.orders_per_hour, found.orders_per_ride, found.pay_per_order) == (2, 2.0, 1.0, 10.0)
    assert (found.click_to_door, found.over_target) == (pytest.approx((9 - 0 + 12 + 3 + 2 + 2 + 45 + 2 - 1) / 2), 0.5)


class Greedy:
    name = "sends what it does not have"

    def send(self, moment: Moment) -> list[Ride]:
        who, place = moment.idle[0]
        return [ride(moment.terms, who, place, moment.now, (order("unknown", 1, 0, 0),))]


def test_a_policy_that_sends_unknown_orders_is_a_bug() -> None:
    day = ServiceDay((order("a", 300, 0, 0),), (Courier("c", SHOP, 0, 60),), TERMS)
    with pytest.raises(InvariantBroken, match="cannot be sent with unknown"):
        play(day, Greedy())


orders = st.lists(
    st.tuples(st.integers(-900, 900), st.integers(0, 60), st.integers(0, 30), st.sampled_from([SHOP, Place(300, 300)])),
    max_size=10,
)


@pytest.mark.parametrize("name", DISPATCHES)
@settings(max_examples=30, derandomize=True)
@given(drawn=orders)
def test_no_order_is_brought_twice_or_picked_up_before_it_is_ready_or_known(
    name: str, drawn: list[tuple[int, int, int, Place]]
) -> None:
    made = tuple(order(f"o{k}", x, at, at + cooking, shop) for k, (x, at, cooking, shop) in enumerate(drawn))
    day = ServiceDay(made, (Courier("c", SHOP, 0, 80), Courier("d", Place(500, 0), 10, 90)), TERMS)
    rides = play(day, DISPATCHES[name])
    ids = [one.id for sent in rides for one in sent.orders]
    assert len(ids) == len(set(ids))
    free: dict[str, float] = {}
    for sent in rides:
        assert sent.pickup >= max(one.ready for one in sent.orders)
        assert sent.sent >= max(one.placed for one in sent.orders)
        assert sent.pickup <= sent.courier.off
        assert sent.sent >= free.get(sent.courier.id, sent.courier.on)
        free[sent.courier.id] = sent.free


def test_a_day_is_read_from_four_tables() -> None:
    texts = {
        "orders": "order\tx\ty\tplacement_time\trestaurant\tready_time\no1\t5\t6\t841\tr1\t853\n",
        "restaurants": "restaurant\tx\ty\nr1\t9\t4\n",
        "couriers": "courier\tx\ty\ton_time\toff_time\nc1\t1\t2\t0\t180\n",
        "instance_parameters": "speed\n320\t4\t4\t40\t90\t10\t15\n",
    }
    found = read_grubhub(texts, "a day")
    assert found.orders == (Order("o1", Place(5, 6), Place(9, 4), 841, 853),)
    assert found.couriers == (Courier("c1", Place(1, 2), 0, 180),)
    assert found.terms == Terms(320.0, 4, 4, 40, 90, 10.0, 15.0)
    with pytest.raises(InputError, match="Line 2 of couriers has 1 columns, not 5"):
        read_grubhub({**texts, "couriers": "courier\nc1\n"})
    with pytest.raises(InputError, match="There is no restaurant r1"):
        read_grubhub({**texts, "restaurants": "restaurant\tx\ty\n"})
