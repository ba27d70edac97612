from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from entrepot.simulator.faults import BROKEN_SHARE, DUPLICATE_SHARE, LATE_SHARE, LONGEST_DELAY, Fates
from entrepot.simulator.signing import sign_again

from .conftest import Past


def test_faults_are_rare_and_of_every_sort(past: Past) -> None:
    fates = Fates(past.retailer, seed=9)
    sorts: Counter[str] = Counter()
    for message in past.messages:
        sent = fates.befall(message)
        if sent == [message]:
            continue
        broken = sent[0].body != message.body
        sorts["broken" if broken else "twice" if len(sent) == 2 else "late"] += 1
    share = len(past.messages)
    assert 0.3 * BROKEN_SHARE < sorts["broken"] / share < 2 * BROKEN_SHARE
    assert 0.5 * DUPLICATE_SHARE < sorts["twice"] / share < 1.5 * DUPLICATE_SHARE
    assert 0.5 * LATE_SHARE < sorts["late"] / share < 1.5 * LATE_SHARE


def test_equal_messages_meet_equal_fates(past: Past) -> None:
    fates = Fates(past.retailer, seed=9)
    assert [fates.befall(m) for m in past.messages[:500]] == [fates.befall(m) for m in past.messages[:500]]


def test_nothing_is_later_than_the_longest_delay(past: Past) -> None:
    fates = Fates(past.retailer, seed=9)
    for message in past.messages:
        assert all(timedelta() <= sent.at - message.at < LONGEST_DELAY for sent in fates.befall(message))


def test_what_everything_rests_on_arrives_whole(past: Past) -> None:
    fates = Fates(past.retailer, seed=9)
    assert all(fates.befall(message) == [message] for message in past.messages[:46])


def test_a_broken_webhook_is_signed_as_it_stands(past: Past) -> None:
    message = past.of("shopify")[0]
    spoilt = sign_again(replace(message, body=message.body[:100]), past.retailer.shop("shopify"))
    assert spoilt.headers["x-shopify-hmac-sha256"] != message.headers["x-shopify-hmac-sha256"]
