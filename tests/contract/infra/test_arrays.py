"""Array literals: what the server reads is what was written."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.infra.arrays import columns, literal


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
