from __future__ import annotations

import json

from entrepot.console import language
from entrepot.console.explanations import explanations
from entrepot.console.words import vocabulary
from entrepot.hub.channels import ADAPTERS
from entrepot.kernel import canonical
from entrepot.orders.attention import EXCEPTIONS
from entrepot.stock.movement import OUTSIDE, REASONS, STATES


def test_every_status_of_the_canonical_table_has_a_word():
    words = vocabulary()
    for family, codes in {
        "payment": canonical.PAYMENT,
        "fulfilment": canonical.FULFILMENT,
        "aftersale": canonical.AFTERSALE,
        "hold": canonical.HOLD,
        "tracking": canonical.TRACKING,
        "kind": canonical.KINDS,
        "movement": REASONS,
        "state": STATES,
        "node": OUTSIDE,
        "exception": EXCEPTIONS,
        "channel": ADAPTERS,
    }.items():
        assert set(codes) <= set(words[family]), family


def test_words_follow_the_language():
    language.use("en")
    english = vocabulary()["fulfilment"]["shipped"]
    language.use("zh_CN")
    assert (english, vocabulary()["fulfilment"]["shipped"]) == ("Shipped", "已发货")


def test_an_unknown_language_changes_nothing():
    language.use("zh_CN")
    language.use("xx")
    assert language.current() == "zh_CN"


def test_every_key_figure_is_explained():
    assert set(vocabulary()["kpi"]) <= set(explanations())


def test_explanations_link_to_pages_of_the_console():
    assert all(one["facts"].startswith("/") for one in explanations().values())
    json.dumps(explanations())
