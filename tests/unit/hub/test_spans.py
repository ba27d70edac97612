"""A pointer finds its bytes through every wrapping the channels use."""

from __future__ import annotations

import json
from urllib.parse import quote_plus

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.hub.spans import json_span

_documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


def _leaves(value: object, pointer: str = "") -> list[tuple[str, object]]:
    if isinstance(value, dict):
        steps = [(name.replace("~", "~0").replace("/", "~1"), member) for name, member in value.items()]
        return [leaf for name, member in steps for leaf in _leaves(member, f"{pointer}/{name}")]
    if isinstance(value, list):
        return [leaf for index, member in enumerate(value) for leaf in _leaves(member, f"{pointer}/{index}")]
    return [(pointer, value)]


@given(_documents, st.booleans(), st.sampled_from([None, 2]))
def test_every_leaf_is_found_where_it_stands(document: object, ascii_only: bool, indent: int | None) -> None:
    text = json.dumps(document, ensure_ascii=ascii_only, indent=indent)
    for pointer, value in _leaves(document):
        span = json_span(text, pointer)
        assert span is not None
        found = text[slice(*span)]
        assert json.loads(f'"{found}"' if isinstance(value, str) else found) == value


@pytest.mark.parametrize("wrap", [lambda text: text, quote_plus])
def test_json_in_a_string_is_entered(wrap: object) -> None:
    inner = json.dumps({"order": [{"city": "杭州市 & 北京"}]}, ensure_ascii=False)
    text = json.dumps({"msg": wrap(inner)})  # type: ignore[operator]
    start, end = json_span(text, "/msg/order/0/city") or (0, 0)
    quoted = text[start:end]
    assert quoted in {quote_plus("杭州市 & 北京"), json.dumps("杭州市 & 北京")[1:-1]}


def test_a_form_is_entered() -> None:
    text = "sign=AB&param=" + quote_plus('{"lastResult":{"nu":"773012345678"}}')
    start, end = json_span(text, "/param/lastResult/nu") or (0, 0)
    assert text[start:end] == "773012345678"
    assert json_span(text, "/sign") == (5, 7)


def test_what_is_not_there_is_not_found() -> None:
    assert json_span('{"a": [1]}', "/a/7") is None
    assert json_span('{"a": [1]}', "/b") is None
    assert json_span("{broken", "/a") is None


def test_a_surrogate_pair_is_one_character() -> None:
    text = msgspec.json.encode({"a": json.dumps({"b": "😀x"})}).decode()
    start, end = json_span(text, "/a/b") or (0, 0)
    assert text[start:end].endswith("x")
