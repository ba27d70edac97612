from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.api.paging import decode_cursor, encode_cursor
from entrepot.kernel.errors import InputError


@given(st.datetimes().map(lambda at: at.replace(tzinfo=UTC)), st.text())
def test_a_cursor_brings_back_its_key(at: datetime, name: str) -> None:
    assert decode_cursor(encode_cursor("-placed_at", at, name), tuple[str, datetime | None, str]) == (
        "-placed_at",
        at,
        name,
    )


@given(st.text(max_size=60))
def test_what_is_no_cursor_is_refused_and_nothing_worse(text: str) -> None:
    with pytest.raises(InputError, match="is not a cursor"):
        decode_cursor(text, tuple[str, datetime | None, str])


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(InputError, match="Start from the first page"):
        decode_cursor(encode_cursor(7), tuple[str, str, str])


def test_no_cursor_is_the_first_page() -> None:
    assert decode_cursor(None, tuple[int]) is None
