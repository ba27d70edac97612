"""Array literals: what the server reads is what was written."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import msgspec
import psycopg
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.infra.arrays import columns, literal, printable


def test_columns_of_no_rows_are_empty_arrays() -> None:
    assert columns([], 2) == ["{}", "{}"]
    assert columns([("a", 1), ("b", None)], 2) == ['{"a","b"}', "{1,null}"]


def test_the_server_reads_what_was_written(postgres_url: str) -> None:
    texts = st.lists(st.none() | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])))

    with psycopg.connect(postgres_url) as conn:

        @given(texts)
        @settings(max_examples=60)
        def read_back(values: list[str | None]) -> None:
            assert conn.execute("SELECT %s::text[]", (literal(values),)).fetchone() == (values,)

        read_back()
        moments = [datetime(2026, 3, 1, 12, 0, 0, 123456, UTC), None]
        found = conn.execute("SELECT %s::timestamptz[]", (literal(moments),)).fetchone()
        assert found == (moments,)
        assert conn.execute("SELECT %s::bool[]", (literal([True, False, None]),)).fetchone() == ([True, False, None],)


@given(st.lists(st.dictionaries(st.text(), st.text() | st.integers())))
def test_json_is_written_alike_without_looking_through_it(payloads: list[dict[str, object]]) -> None:
    texts = [msgspec.json.encode(payload).decode() for payload in payloads]
    assert _unquoted(printable(texts)) == texts


def _unquoted(written: str) -> list[str]:
    """Read a literal of texts as the server does: a backslash stands for what follows it."""
    return [
        re.sub(r"\\(.)", r"\1", one, flags=re.DOTALL) for one in re.findall(r'"((?:[^"\\]|\\.)*)"', written, re.DOTALL)
    ]
