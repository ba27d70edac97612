from __future__ import annotations

import csv
import json
import re
from importlib.resources import files
from pathlib import Path

from entrepot.console import assets, language
from entrepot.console.explanations import explanations
from entrepot.console.words import vocabulary
from entrepot.delivery.places import province_key
from entrepot.delivery.tariff import SURCHARGES
from entrepot.flows import order_news, order_to_delivery, sourcing_batch
from entrepot.hub.channels import ADAPTERS
from entrepot.infra.jobs.service import SCHEDULE
from entrepot.kernel import canonical
from entrepot.orders import pieces
from entrepot.orders.attention import EXCEPTIONS
from entrepot.orders.lifecycle import desk
from entrepot.orders.pieces import Piece
from entrepot.orders.promise.promise import LEVELS
from entrepot.orders.sourcing import rules
from entrepot.orders.sourcing.cost import CostParts
from entrepot.orders.sourcing.decision import BINDING
from entrepot.stock import hold
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


def test_whoever_starts_jobs_and_moves_orders_without_being_a_person_has_a_word():
    known = set(vocabulary()["actor"])
    assert {order_news.READER, order_news.SWEEP, order_to_delivery.JOB, sourcing_batch.JOB, SCHEDULE} <= known
    sources = Path(order_news.__file__).parents[1].rglob("*.py")
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    assert set(re.findall(r'\b(?:actor|by)(?:: str)? ?= ?"([^"]+)"', text)) <= known


def test_every_province_of_china_has_a_word_by_the_name_rate_cards_share():
    text = files("entrepot.flows").joinpath("gazetteer.csv").read_text("utf-8")
    known = {province_key(row["province"]) for row in csv.DictReader(text.splitlines()) if row["country"] == "CN"}
    assert known == set(vocabulary()["province"])


def test_explanations_link_to_pages_of_the_console():
    assert all(one["facts"].startswith("/") for one in explanations().values())
    json.dumps(explanations())


def test_every_code_of_an_orders_life_has_a_word():
    words = vocabulary()
    states = [Piece("1", 1, "A", 1, state) for state in pieces.STATES]
    for family, codes in {
        "piece": pieces.STATES,
        "command": pieces.COMMANDS,
        "refusal": (*pieces.REASONS, *hold.REASONS),
        "phase": {pieces.status([one, other]) for one in states for other in states},
        "desk": desk.ALL_REASONS,
        "desk_mend": desk.ALL_REASONS,
        "held": hold.KINDS,
        "hold_state": hold.STATES,
        "cost": CostParts._fields,
        "binding": BINDING,
        "left_out": rules.REASONS,
        "level": LEVELS,
        "price_part": ("freight", "minimum", *SURCHARGES),
    }.items():
        assert set(codes) <= set(words[family]), family


def test_every_why_is_explained_and_every_explanation_asked_for():
    sources = [*assets.FOLDER.rglob("*.js"), *(assets.FOLDER.parent / "pages").glob("*.py")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    asked = set(re.findall(r'(?:data-why": |explain\(|whyValue\(|explained\([^"]*"[^"]*"\), |\bwhy=)"(\w+)"', text))
    known = set(explanations())
    assert asked - known == set()
    assert {key for key in known - set(vocabulary()["kpi"]) if f'"{key}"' not in text} == set()
