"""The fold gives one state for a set of messages, however they are ordered, repeated or grouped."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from entrepot.kernel.facts import Fact
from entrepot.orders.fold import OrderState, absorb, from_json, live_lines, merge, to_json

ORDER = "taobao:shop:1"
_names = st.sampled_from(["paid", "city", "payment_status", "buyer_name"])
_values = st.one_of(
    st.text(max_size=3), st.integers(0, 3), st.none(), st.booleans(), st.just({"state": "masked", "value": "张*"})
)
_fields = st.dictionaries(_names, _values, max_size=4)


@st.composite
def _facts(draw: st.DrawFn) -> Fact:
    version = draw(st.integers(0, 3))
    if draw(st.booleans()):
        fields = draw(_fields)
        if draw(st.booleans()):
            fields = {**fields, "line_ids": draw(st.lists(st.sampled_from("abc"), unique=True))}
        return Fact("order", ORDER, None, version, fields)
    kind = draw(st.sampled_from(["order_line", "payment", "shipment"]))
    return Fact(kind, f"{ORDER}/{draw(st.sampled_from('abc'))}", ORDER, version, draw(_fields))


_messages = st.lists(
    st.tuples(st.lists(_facts(), min_size=1, max_size=4), st.sampled_from(["aa", "bb", "cc", "dd"])),
    min_size=1,
    max_size=5,
    unique_by=lambda message: message[1],
)


def _fold(messages: list[tuple[list[Fact], str]]) -> bytes:
    state = OrderState()
    for facts, message_id in messages:
        absorb(state, facts, message_id)
    return to_json(state)


@given(_messages, st.data())
def test_any_permutation_and_repetition_of_messages_gives_the_same_state(
    messages: list[tuple[list[Fact], str]], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(messages), max_size=3))
    shuffled = data.draw(st.permutations(messages + again))
    assert _fold(shuffled) == _fold(messages)


@given(_messages, st.data())
def test_the_sequence_of_records_inside_a_message_does_not_matter(
    messages: list[tuple[list[Fact], str]], data: st.DataObject
) -> None:
    turned = [(data.draw(st.permutations(facts)), message_id) for facts, message_id in messages]
    assert _fold(turned) == _fold(messages)


@given(_messages, st.integers(0, 5))
def test_states_folded_apart_and_merged_equal_one_fold(messages: list[tuple[list[Fact], str]], cut: int) -> None:
    left, right = OrderState(), OrderState()
    for facts, message_id in messages[:cut]:
        absorb(left, facts, message_id)
    for facts, message_id in messages[cut:]:
        absorb(right, facts, message_id)
    assert to_json(merge(left, right)) == to_json(merge(right, left)) == _fold(messages)


@given(_messages)
def test_a_state_reads_back_as_it_was_written(messages: list[tuple[list[Fact], str]]) -> None:
    written = _fold(messages)
    assert to_json(from_json(written)) == written


def test_what_was_erased_stays_erased_whatever_is_said_later() -> None:
    erased = Fact("order", ORDER, None, 1, {"buyer_name": {"state": "erased", "value": ""}})
    later = Fact("order", ORDER, None, 9, {"buyer_name": {"state": "clear", "value": "张三"}})
    for messages in ([([erased], "aa"), ([later], "bb")], [([later], "bb"), ([erased], "aa")]):
        state = from_json(_fold(messages))
        assert state.value("buyer_name") == {"state": "erased", "value": ""}


def test_a_line_left_out_of_a_newer_list_is_gone_and_a_newer_line_is_not() -> None:
    state = OrderState()
    absorb(state, [Fact("order_line", f"{ORDER}/{line}", ORDER, 1, {"qty": 1}) for line in "ab"], "aa")
    absorb(state, [Fact("order", ORDER, None, 2, {"line_ids": ["b"]})], "bb")
    absorb(state, [Fact("order_line", f"{ORDER}/c", ORDER, 3, {"qty": 1})], "cc")
    assert sorted(live_lines(state)) == ["b", "c"]
