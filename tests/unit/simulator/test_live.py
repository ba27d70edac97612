from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from entrepot.simulator import LiveFeed, NativeMessage, build_retailer, history

START = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
RETAILER = build_retailer(3)


def _feed(rate: float = 20.0, resume_from: datetime | None = None) -> LiveFeed:
    return LiveFeed(RETAILER, seed=3, start=START, rate_per_minute=rate, days=5, scale=0.5, resume_from=resume_from)


def test_the_present_continues_open_orders_of_the_past_and_brings_new_ones() -> None:
    past = list(history(RETAILER, end=START, days=5, scale=0.5, seed=3))
    present = _feed().messages_until(START + timedelta(hours=3))
    before = {_parcel(m) for m in past if m.channel == "sf"}
    after = {_parcel(m) for m in present if m.channel == "sf"}
    assert before & after
    assert after - before
    assert not {m.body for m in past} & {m.body for m in present if m.channel == "odoo_pos"}


def test_times_lie_in_the_asked_span_in_order() -> None:
    present = _feed().messages_until(START + timedelta(hours=1))
    assert all(one.at <= other.at for one, other in pairwise(present))
    assert present[0].at >= START
    assert present[-1].at < START + timedelta(hours=1)


def test_the_pace_is_about_as_asked() -> None:
    messages = _feed(rate=20).messages_until(START + timedelta(hours=4))
    assert 0.6 * 20 * 240 < len(messages) < 1.5 * 20 * 240


def test_many_small_steps_give_what_one_large_step_gives() -> None:
    steps, feed = [], _feed()
    for minute in range(1, 61):
        steps += feed.messages_until(START + timedelta(minutes=minute))
    assert steps == _feed().messages_until(START + timedelta(hours=1))


def test_a_restart_leaves_no_gap_and_no_double() -> None:
    first = _feed()
    before = first.messages_until(START + timedelta(minutes=47, seconds=13))
    after = _feed(resume_from=first.position).messages_until(START + timedelta(hours=2))
    assert before + after == _feed().messages_until(START + timedelta(hours=2))


def test_a_pickled_feed_goes_on_alike() -> None:
    feed = _feed()
    feed.messages_until(START + timedelta(minutes=30))
    copy = pickle.loads(pickle.dumps(feed))
    later = START + timedelta(hours=1)
    assert copy.messages_until(later) == feed.messages_until(later)


def test_asking_twice_for_the_same_moment_gives_nothing_new() -> None:
    feed = _feed()
    feed.messages_until(START + timedelta(minutes=10))
    assert feed.messages_until(START + timedelta(minutes=10)) == []


def _parcel(message: NativeMessage) -> bytes:
    return message.body.partition(b'"mailno":"')[2].partition(b'"')[0]
