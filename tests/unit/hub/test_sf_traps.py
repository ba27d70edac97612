"""What has gone wrong with SF's routes, each trap by name."""

import json
from urllib.parse import urlencode

import pytest

from tests.golden.hub.golden import kinds, one, read, rules

NODE = {"acceptTime": "2026-03-01 07:30:00", "acceptAddress": "深圳市", "opCode": "30", "remark": "快件已装车"}


def push(*nodes):
    rows = [{"mailno": "SF1", "orderid": "SY1", "id": str(number), **node} for number, node in enumerate(nodes)]
    return read("sf", json.dumps({"Body": {"WaybillRoute": rows}}).encode())


def query(*nodes, **changes):
    data = {
        "success": True,
        "errorCode": "S0000",
        "msgData": {"routeResps": [{"mailNo": "SF1", "routes": list(nodes)}]},
    }
    return {"apiResultCode": "A1000", "apiErrorMsg": "", "apiResultData": json.dumps({**data, **changes})}


def test_the_reply_is_json_inside_a_string():
    assert one(read("sf", json.dumps(query(NODE)).encode()), "tracking_event")["tracking_no"] == "SF1"


def test_times_are_chinas():
    assert one(push(NODE), "tracking_event")["at"] == "2026-02-28T23:30:00Z"


def test_within_one_second_the_op_code_decides():
    arrived, left = {**NODE, "opCode": "31", "remark": "快件到达"}, NODE
    for nodes in ((arrived, left), (left, arrived)):
        events = sorted(push(*nodes).facts, key=lambda fact: fact.version)
        assert [event.fields["raw_code"] for event in events] == ["31", "30"]


def test_a_push_and_a_query_give_the_same_event():
    pushed, queried = push(NODE).facts[0], read("sf", json.dumps(query(NODE)).encode()).facts[0]
    assert (pushed.id, pushed.version) == (queried.id, queried.version)


def test_opcode_is_spelt_in_two_ways():
    other = {name: value for name, value in NODE.items() if name != "opCode"} | {"opcode": 30, "mailNo": "SF1"}
    read_ = read("sf", json.dumps({"head": {"code": "EX_CODE_OPENAPI_0200"}, "body": [other]}).encode())
    assert read_.facts[0].id == push(NODE).facts[0].id
    assert one(read_, "tracking_event")["code"] == "in_transit"


@pytest.mark.parametrize(
    ("code", "remark", "meaning"),
    [
        ("80", "已签收", "delivered"),
        ("80", "退件已签收", "returned"),
        ("99", "应客户要求,快件正在转寄中", "in_transit"),
        ("99", "快件退回中", "returning"),
        ("70", "由于客户不在 派件不成功", "attempt_failed"),
        ("70", "客户拒收，快件退回", "refused"),
        ("648", "快件已退回/转寄,新单号为: SF2", "returning"),
        ("125", "快递员派件至丰巢", "ready_for_pickup"),
        ("8000", "可查看签收人信息", "delivered"),
    ],
)
def test_the_op_code_and_where_it_is_ambiguous_the_remark(code, remark, meaning):
    assert one(push({**NODE, "opCode": code, "remark": remark}), "tracking_event")["code"] == meaning


def test_an_unknown_op_code_keeps_out_the_code_only():
    read_ = push({**NODE, "opCode": "98765"})
    assert rules(read_) == {"field.code"}
    assert one(read_, "tracking_event")["raw_code"] == "98765"


def test_a_node_without_time_is_kept_out_alone():
    read_ = push(NODE, {"remark": "x"})
    assert kinds(read_) == {"tracking_event": 1}
    assert rules(read_) == {"required.at"}


@pytest.mark.parametrize(
    "body",
    [
        query(success=False, errorCode="8016", errorMsg="重复下单", msgData=None),
        {"apiResultCode": "A1006", "apiErrorMsg": "数字签名无效", "apiResultData": None},
        {"apiResultCode": "A1000", "apiErrorMsg": "", "apiResultData": ""},
        {"return_code": "0000", "return_msg": "成功"},
        query(),
    ],
    ids=["done before", "refused", "empty", "acknowledged", "no node"],
)
def test_replies_without_a_route_are_understood(body):
    read_ = read("sf", json.dumps(body).encode())
    assert (kinds(read_), rules(read_)) == ({}, {"message.empty"})


def test_a_push_may_come_as_a_form():
    rows = {"Body": {"WaybillRoute": [{"mailno": "SF1", **NODE}]}}
    assert kinds(read("sf", urlencode({"content": json.dumps(rows)}).encode())) == {"tracking_event": 1}
