"""What has gone wrong with Kuaidi100's pushes, each trap by name."""

import json
from urllib.parse import urlencode

import pytest

from entrepot.hub.tracking import code_of_sentence
from tests.golden.hub.golden import kinds, of_kind, one, read, rules

NODE = {"time": "2026-03-01 07:30:00", "ftime": "2026-03-01 07:30:00", "context": "快件离开【甲】,已发往【乙】"}


def push(*nodes, **envelope):
    return {
        "status": "polling",
        "message": "",
        "lastResult": {"nu": "YT1", "com": "yuantong", "state": "0", "data": list(nodes)},
        **envelope,
    }


def plain(*nodes, **envelope):
    return read("kuaidi100", json.dumps(push(*nodes, **envelope)).encode())


def test_the_push_is_json_in_a_form_field():
    body = urlencode({"sign": "X", "param": json.dumps(push(NODE), ensure_ascii=False)}).encode()
    assert read("kuaidi100", body).facts == plain(NODE).facts


def test_nodes_are_dated_in_china():
    assert one(plain(NODE), "tracking_event")["at"] == "2026-02-28T23:30:00Z"


def test_pushes_that_overlap_give_the_same_events():
    later = {**NODE, "time": "2026-03-01 09:00:00", "ftime": "2026-03-01 09:00:00", "context": "到达【乙】"}
    first, second = plain(NODE), plain(later, NODE, status="shutdown")
    assert first.facts[0] in second.facts
    assert len({fact.id for fact in second.facts}) == 2


def test_the_sequence_of_the_nodes_proves_nothing():
    nodes = [{**NODE, "time": time, "ftime": time} for time in ("2026-03-01 09:00:00", "2026-03-02 09:00:00")]
    assert {f.id: f for f in plain(*nodes).facts} == {f.id: f for f in plain(*reversed(nodes)).facts}


def test_the_service_corrects_the_carrier():
    read_ = plain(NODE, autoCheck="1", comOld="yuantong", comNew="ems")
    assert one(read_, "tracking_event")["carrier"] == "ems"
    assert one(plain(NODE, autoCheck="0", comNew="ems"), "tracking_event")["carrier"] == "yuantong"
    assert of_kind(read_, "tracking_event")[0].id == plain(NODE).facts[0].id


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("1001", "arrived"),
        ("501", "ready_for_pickup"),
        ("304", "delivered"),
        ("14", "refused"),
        ("4", "returned"),
        ("401", "cancelled"),
    ],
)
def test_the_nodes_own_code_goes_before_its_words(code, meaning):
    assert one(plain({**NODE, "statusCode": code}), "tracking_event")["code"] == meaning


def test_an_unknown_code_keeps_out_the_code_only():
    read_ = plain({**NODE, "statusCode": "987"})
    assert rules(read_) == {"field.code"}
    assert one(read_, "tracking_event")["raw_code"] == "987"


@pytest.mark.parametrize(
    ("sentence", "meaning"),
    [
        ("正在派送途中,请您准备签收(派件人:张三)", "out_for_delivery"),
        ("已签收,签收人是前台签收", "delivered"),
        ("快件已由菜鸟驿站代收，请及时取件", "ready_for_pickup"),
        ("您的快件已存放至【丰巢柜】", "ready_for_pickup"),
        ("客户拒收，快件退回", "refused"),
        ("快件退回中", "returning"),
        ("退件已签收", "returned"),
        ("派送不成功：收件人不在，将再次派送", "attempt_failed"),
        ("美快国际物流美国北加州仓 已揽收", "picked_up"),
        ("快件离开【甲】,正发往【乙】", "in_transit"),
        ("快件到达【乙】", "arrived"),
        ("清关中", "customs"),
        ("天气晴", None),
    ],
)
def test_words_are_read_with_care(sentence, meaning):
    assert code_of_sentence(sentence) == meaning


def test_arrival_and_departure_in_one_second_are_told_apart():
    left, arrived = NODE, {**NODE, "context": "快件到达【甲】"}
    events = sorted(plain(left, arrived).facts, key=lambda fact: fact.version)
    assert [event.fields["code"] for event in events] == ["arrived", "in_transit"]
    assert events[1].version - events[0].version < 1_000_000


def test_the_couriers_phone_is_masked():
    text = one(plain({**NODE, "context": "派件中(派件人:张三,电话:13800000068)"}), "tracking_event")["text"]
    assert text == "派件中(派件人:张三,电话:138****0068)"


def test_an_abort_asks_for_the_number_to_be_looked_at():
    read_ = plain(status="abort", message="3天查询无记录")
    assert one(read_, "fetch") == {"entity": "tracking", "native_id": "YT1", "reason": "3天查询无记录"}


def test_a_number_without_nodes_and_an_error_reply_are_understood():
    assert rules(plain()) == {"message.empty"}
    assert rules(read("kuaidi100", b'{"result":false,"returnCode":"500","message":"x"}')) == {"message.empty"}


def test_one_broken_node_does_not_drop_the_others():
    read_ = plain(NODE, {**NODE, "time": "soon", "ftime": "soon"})
    assert kinds(read_) == {"tracking_event": 1}
    assert [finding.scope for finding in read_.findings] == ["record"]
