"""Of a parcel's event that is told twice the newest telling counts, and a mapping that grew is heard."""

from __future__ import annotations

import pytest

from entrepot.app import Platform
from entrepot.kernel.facts import Fact
from entrepot.orders.store import fold_parcels

AT = "2026-11-01T08:00:00Z"
OLD, NEW = b"\x01" * 32, b"\x02" * 32


def _event(version: int, code: str | None = "in_transit", text: str = "left", raw: str = "30") -> Fact:
    fields = {"tracking_no": "SF1", "carrier": "shunfeng", "at": AT, "text": text, "raw_code": raw}
    return Fact("tracking_event", "SF1|a", None, version, fields | ({"code": code} if code else {}))


def _rows(platform: Platform) -> list[tuple[object, ...]]:
    with platform.db.read() as conn:
        return conn.execute(
            "SELECT e.code, e.note, e.raw_code, e.version, p.status FROM orders.tracking_event e JOIN orders.parcel p "
            "USING (tracking_no)"
        ).fetchall()


@pytest.mark.parametrize("batches", [[[0, 1]], [[1, 0]], [[0], [1]], [[1], [0]], [[1, 0], [0, 1]]])
def test_the_newest_telling_counts_whole(platform: Platform, batches: list[list[int]]) -> None:
    told = [(_event(1, "arrived", "came", "31"), NEW), (_event(2, "delivered", "handed over", "80"), OLD)]
    for batch in batches:
        with platform.db.transaction() as conn:
            fold_parcels(conn, [told[index] for index in batch])
    assert _rows(platform) == [("delivered", "handed over", "80", 2, "delivered")]


def test_an_event_whose_code_is_understood_later_moves_the_parcel(platform: Platform) -> None:
    with platform.db.transaction() as conn:
        assert fold_parcels(conn, [(_event(1, None), OLD)]) == ["SF1"]
    assert _rows(platform)[0][-1] == "unknown"
    with platform.db.transaction() as conn:
        assert fold_parcels(conn, [(_event(1, "delivered"), OLD)]) == ["SF1"]
    assert _rows(platform)[0][-1] == "delivered"
