"""What is broken stays as small as it can, and the rest flows."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from entrepot.hub.adapter import Adapter, RawMessage, Topic
from entrepot.hub.converters import ShopContext, currency, ident, iso_time, pieces, yuan
from entrepot.hub.documents import Json
from entrepot.hub.mapping import Field, Table
from entrepot.hub.translate import Translation, content_digest, translate

RECEIVED = datetime(2026, 11, 2, tzinfo=UTC)
LINE = Table(
    "order_line", id="no", scope="parent", at="lines[]",
    fields=(Field("qty", "qty", pieces, required=True), Field("line_total", "sum", yuan)),
)  # fmt: skip
ORDER = Table(
    "order", id="id", at="orders[]", version=("changed", "made"), version_by=iso_time, currency="money",
    fields=(
        Field("native_id", "id", ident), Field("placed_at", "made", iso_time), Field("goods", "goods", yuan),
        Field("total", "total", yuan), Field("freight", "freight", yuan), Field("currency", "money", currency),
    ),
    parts=(LINE,),
)  # fmt: skip
SCAN = Table(
    "tracking_event", id=("nu",), digest=("at", "text"), scope="global", at="scans[]", fields=(Field("text", "text"),)
)
PAYMENT = Table(
    "payment", id=("pay", "no"), joined="-", scope="parent", parent=("order", "tid"), at="payments[]",
    fields=(Field("amount", "sum", yuan),),
)  # fmt: skip
ADAPTER = Adapter(
    "test", "Test", "", "channel", 1,
    (Topic("orders", ("orders",), (ORDER,)), Topic("scans", ("scans",), (SCAN,)),
     Topic("payments", ("payments",), (PAYMENT,)), Topic("ping", ("ping",), note="A ping.")),
)  # fmt: skip
GOOD = {"id": 5, "made": "2026-11-01T00:00:00Z", "goods": "3.00", "lines": [{"no": 1, "qty": 2, "sum": "3.00"}]}


def said(document: Json | bytes, topic: str = "") -> Translation:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return translate(ADAPTER, RawMessage("test", "s", topic, body, RECEIVED), ShopContext("test", "s"))


def order(**changes: Json) -> Translation:
    return said({"orders": [{**GOOD, **changes}]})


def brief(translation: Translation) -> list[tuple[str, str, str, str]]:
    return [(f.rule, f.severity, f.scope, f.pointer) for f in translation.findings]


def test_an_order_comes_before_its_parts_and_gives_them_its_name_and_version() -> None:
    head, line = order().facts
    assert (head.id, head.parent, line.id, line.parent) == ("test:s:5", None, "test:s:5/1", "test:s:5")
    assert head.version == line.version == 1793491200_000_000
    assert (line.fields, order().findings) == ({"qty": 2, "line_total": 300}, [])


def test_the_first_time_that_is_there_is_the_version() -> None:
    assert order(changed="2026-11-01T00:00:01Z").facts[0].version == 1793491201_000_000
    assert order(made=None, changed=None).facts[0].version == 0


def test_a_bad_field_leaves_out_that_field() -> None:
    translation = order(goods="three")
    assert "goods" not in translation.facts[0].fields
    assert len(translation.facts) == 2
    assert brief(translation) == [("field.goods", "quarantine", "field", "/orders/0/goods")]
    finding = translation.findings[0]
    assert finding.message == "order.goods cannot be read: three is not an amount in whole CNY."
    assert (finding.record, finding.field, finding.observed, finding.expected) == (
        "test:s:5", "goods", "three", "an amount in whole CNY",
    )  # fmt: skip
    assert finding.mend


def test_a_bad_line_keeps_out_its_order_and_not_the_next() -> None:
    broken = {**GOOD, "id": 6, "lines": [{"no": 1, "qty": 1}, {"no": 2, "qty": -1}]}
    translation = said({"orders": [broken, GOOD]})
    assert [fact.id for fact in translation.facts] == ["test:s:5", "test:s:5/1"]
    assert brief(translation) == [("field.qty", "quarantine", "record", "/orders/0/lines/1/qty")]


def test_a_record_without_its_id_or_order_is_kept_out() -> None:
    for native in (None, "", 0, [], True):
        assert brief(order(id=native)) == [("required.id", "quarantine", "record", "/orders/0/id")]
    assert brief(said({"payments": [{"pay": 1, "no": 2, "sum": "1"}]})) == [
        ("required.order", "quarantine", "record", "/payments/0")
    ]


def test_a_part_may_come_without_its_order_and_join_its_id() -> None:
    (fact,) = said({"payments": [{"pay": 1, "no": 2, "sum": "1", "tid": 77}]}).facts
    assert (fact.id, fact.parent) == ("test:s:77/1-2", "test:s:77")


def test_the_same_content_has_the_same_id_wherever_it_is_sent() -> None:
    left = said({"scans": [{"nu": "SF1", "at": "1", "text": " x "}]}).facts[0]
    right = said({"scans": [{"nu": "SF2"}, {"nu": "SF1", "at": 1, "text": "x"}]}).facts[1]
    assert left.id == right.id
    assert left.id.startswith("SF1|")
    assert content_digest(["a", None, " "]) == content_digest("a") != content_digest(["a", "b"])


def test_amounts_are_in_the_currency_the_record_names_its_parts_too() -> None:
    head, line = order(money="JPY", goods="300", lines=[{"no": 1, "qty": 1, "sum": "300"}]).facts
    assert (head.fields["goods"], head.fields["currency"], line.fields["line_total"]) == (300, "JPY", 300)


def test_what_cannot_be_decoded_or_recognised_is_told_with_its_start() -> None:
    (broken,) = said(b'{"orders": ').findings
    assert (broken.rule, broken.scope, broken.observed) == ("decode.json", "message", '{"orders":')
    (stranger,) = said({"zebra": 1}).findings
    assert (stranger.rule, stranger.severity) == ("message.unrecognised", "quarantine")
    assert "orders, scans, payments, ping" in stranger.mend


def test_a_message_without_a_record_says_so() -> None:
    assert brief(said({"ping": 1})) == [("message.empty", "info", "message", "")]
    assert said({"ping": 1}).findings[0].message == "A ping."
    empty = said({"orders": []})
    assert (empty.topic, empty.is_quarantined) == ("orders", False)
    assert brief(empty) == [("message.empty", "info", "message", "")]


# Quality: it flags and keeps nothing out


def test_an_order_of_tomorrow_is_flagged() -> None:
    late = (RECEIVED + timedelta(days=2)).isoformat()
    assert brief(order(made=late)) == [("timely.placed_at", "flag", "record", "/orders/0")]
    assert brief(order(made=(RECEIVED + timedelta(hours=12)).isoformat())) == []
    assert len(order(made=late).facts) == 2


def test_an_order_without_lines_is_flagged_unless_it_only_moves_a_status() -> None:
    assert brief(order(lines=[])) == [("complete.lines", "flag", "record", "/orders/0")]
    assert brief(order(lines=[], goods=None)) == []


def test_sums_that_do_not_add_up_are_flagged_beyond_a_rounding_a_line() -> None:
    assert brief(order(goods="3.01")) == []
    translation = order(goods="3.05")
    assert brief(translation) == [("arithmetic.goods", "flag", "record", "/orders/0")]
    assert (translation.findings[0].observed, translation.findings[0].expected) == ("300", "305")


def test_goods_freight_and_total_are_compared() -> None:
    assert brief(order(total="11.00", freight="8.00")) == []
    assert brief(order(total="10.00", freight="8.00")) == [("arithmetic.total", "flag", "record", "/orders/0")]
