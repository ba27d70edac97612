"""Every rule of the sources has a sentence, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from entrepot.console import language
from entrepot.console.sentences import sentences

SOURCES = Path(__file__).resolve().parents[3] / "src/entrepot"
RULE = re.compile(
    r'"((?:decode|message|fold|arithmetic|complete|timely)\.[a-z_]+)"|"(stock\.(?:conflict|count_difference))"'
)
VALUE = re.compile(r'BadValue\([^"\n]*?, "([^"]+)"\)')
EVENTS = {"message.quarantined"}
OF_ONE_CHANNEL = {"a node", "a transaction kind and status known of Shopify"}


def written(pattern: re.Pattern[str]) -> set[str]:
    """Return what a pattern finds in the hub and the flows."""
    texts = [path.read_text(encoding="utf-8") for part in ("hub", "flows") for path in (SOURCES / part).rglob("*.py")]
    return {next(filter(None, found.groups())) for text in texts for found in pattern.finditer(text)}


def test_every_rule_has_a_sentence():
    known = sentences()["finding"]
    assert written(RULE) - EVENTS <= set(known)
    assert {"required", "field", "stock", "files", "decode"} <= set(known)


def test_what_a_value_should_be_has_words():
    assert written(VALUE) - OF_ONE_CHANNEL <= set(sentences()["expected"])


@pytest.mark.parametrize("family", ["finding", "mend"])
def test_sentences_use_only_what_a_finding_states(family):
    names = set(re.findall(r"\{(\w+)\}", " ".join(sentences()[family].values())))
    assert names <= {"field", "observed", "expected", "detail"}


def test_sentences_follow_the_language():
    language.use("en")
    english = sentences()["finding"]["complete.lines"]
    language.use("zh_CN")
    assert (english, sentences()["finding"]["complete.lines"]) == ("The order has no line.", "订单没有明细。")
