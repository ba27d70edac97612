"""A fault of an adapter's own code loses no message and stops no other."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from entrepot.app import Platform
from entrepot.hub.adapter import RawMessage
from entrepot.hub.channels import adapter_of
from entrepot.hub.converters import ShopContext
from entrepot.hub.documents import Json
from entrepot.hub.shops import Shop
from entrepot.kernel.facts import Value

AT = datetime(2026, 11, 2, tzinfo=UTC)


def _scan(number: str) -> RawMessage:
    node = {"time": "2026-11-01 10:00:00", "context": "已揽收", "statusCode": "1"}
    push = {"status": "polling", "lastResult": {"nu": number, "com": "yuantong", "data": [node]}}
    return RawMessage("kuaidi100", "shop", "", json.dumps(push).encode(), AT)


@pytest.mark.parametrize("fault", [TypeError, KeyError, AttributeError, ZeroDivisionError, RecursionError])
def test_a_message_an_adapter_stumbles_over_is_kept_and_quarantined(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
) -> None:
    (field,) = [
        field
        for table in adapter_of("kuaidi100").compiled["push"]
        for field in table.fields
        if field.target == "tracking_no"
    ][:1]
    convert = field.convert

    def stumble(raw: Json, context: ShopContext) -> Value:
        if raw == "BAD":
            raise fault("oops")
        return convert(raw, context)

    monkeypatch.setattr(field, "convert", stumble)
    with platform.db.transaction() as conn:
        platform.shops.register(conn, Shop("kuaidi100", "shop", "快递"))
    receipts = platform.intake.accept([_scan("A"), _scan("BAD"), _scan("B")])
    assert [receipt.status for receipt in receipts] == ["accepted", "quarantined", "accepted"]
    with platform.db.read() as conn:
        assert conn.execute("SELECT reason FROM hub.quarantine").fetchall() == [("fold.refused",)]
        assert conn.execute("SELECT tracking_no FROM orders.parcel ORDER BY 1").fetchall() == [("A",), ("B",)]
    monkeypatch.undo()
    assert platform.replay.replay("me", channel="kuaidi100").resolved == 1
