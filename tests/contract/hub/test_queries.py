"""What the hub answers: channels and their flow, messages, schema drift and the quarantine."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from entrepot.hub.adapter import RawMessage
from entrepot.hub.findings import Finding
from entrepot.hub.quarantine import QuarantineQuery, count, entries, entry, groups, records_kept_out, resolve
from entrepot.hub.queries import (
    MessageQuery,
    as_id_prefix,
    channels,
    find_messages,
    findings_of,
    intake_p95_ms,
    messages,
    observations,
    stocked_shops,
    stored_message,
    stored_messages,
)
from entrepot.hub.shops import Shop, Shops
from entrepot.hub.store import Kept, Observations, keep_findings, keep_messages, keep_observations
from entrepot.infra.database import Database
from entrepot.kernel.errors import NotFound

NOW = datetime.now(UTC)


class Plain:
    """Keeps secrets as they are; these are none."""

    def encrypt(self, data: bytes) -> bytes:
        return data

    def decrypt(self, data: bytes) -> bytes:
        return data


def kept(number: int, *findings: Finding, hours: float = 0, shop: str = "a", records: int = 1) -> Kept:
    at, body = NOW - timedelta(hours=hours), f"body {number}".encode()
    raw = RawMessage("taobao", shop, "trade", body, at, {"x": "y"}, "webhook", f"d{number}", "valid")
    return Kept(raw.identity(), raw, "trade", 1, records, list(findings))


def broken(rule: str, record: str = "") -> Finding:
    return Finding(rule, "quarantine", "record", f"/{rule}", f"{rule} is wrong.", "Mend it.", record)


@pytest.fixture
def hub(database: Database) -> Database:
    shops = Shops(Plain())
    with database.transaction() as conn:
        shops.register(conn, Shop("taobao", "a", "甲", secrets={"app_secret": "s"}))
        shops.register(conn, Shop("taobao", "b", "乙", stock_policy="none", is_active=False))
        store = [
            kept(1, hours=0.1),
            kept(2, Finding("arithmetic.paid", "flag", "record", "", "Sums differ."), hours=1),
            kept(3, broken("field.status", "taobao:a:7/1"), hours=2),
            kept(4, broken("field.status", "taobao:a:8"), broken("required.id"), hours=3),
            kept(5, hours=30, records=0),
            kept(6, hours=100, shop="b"),
        ]
        keep_messages(conn, store)
        keep_findings(conn, store)
    return database


def test_a_channel_shows_its_flow(hub: Database) -> None:
    with hub.read() as conn:
        first, second = channels(conn, NOW)
    assert (first.shop, first.active, first.signed, first.messages, first.messages_24h) == ("a", True, True, 5, 4)
    assert (first.rate_per_min, first.findings, first.quarantined, first.drift) == (0.1, 4, 3, 0)
    assert first.last_message_at == NOW - timedelta(hours=0.1)
    assert (second.shop, second.active, second.signed) == ("b", False, False)
    assert (second.messages, second.messages_24h) == (1, 0)


def test_shops_that_move_no_stock_are_left_out(hub: Database) -> None:
    with hub.read() as conn:
        assert stocked_shops(conn) == ["taobao:a"]


def test_drift_is_a_path_nobody_reads_that_came_after_the_topic_was_known(hub: Database) -> None:
    def see(path: str, days: float) -> None:
        seen = Observations()
        seen.seen["taobao", "a", "trade"] = (Counter({(path, "text"): 2}), b"")
        with hub.transaction() as conn:
            keep_observations(conn, seen, {("taobao", "a"): frozenset(), ("taobao", "trade"): frozenset({"tid"})},
                              NOW - timedelta(days=days))  # fmt: skip

    see("tid", 20)
    see("old_and_unread", 19.5)
    see("new_and_unread", 1)
    see("new_and_unread", 0.5)
    with hub.read() as conn:
        assert channels(conn, NOW)[0].drift == 1
        seen = observations(conn, "taobao", "a", 10)
        assert [(row.path, row.known, row.count) for row in seen] == [
            ("new_and_unread", False, 4), ("old_and_unread", False, 2), ("tid", True, 2),
        ]  # fmt: skip
        assert [row.path for row in observations(conn, "taobao", "a", 10, known=True)] == ["tid"]
        after = (seen[0].topic, seen[0].path, seen[0].type)
        assert observations(conn, "taobao", "a", 10, after=after) == seen[1:]
        assert observations(conn, "taobao", "a", 10, topic="other") == []


def test_messages_come_newest_first_and_are_filtered(hub: Database) -> None:
    with hub.read() as conn:

        def found(**wanted: object) -> list[str]:
            return [row.delivery_id for row in messages(conn, MessageQuery(**wanted), 10)]  # type: ignore[arg-type]

        assert found() == ["d1", "d2", "d3", "d4", "d5", "d6"]
        assert found(outcome=("quarantined",)) == ["d3", "d4"]
        assert found(outcome=("ignored", "translated"), shop="a") == ["d1", "d2", "d5"]
        assert found(received_from=NOW - timedelta(hours=2.5), received_to=NOW - timedelta(hours=0.5)) == ["d2", "d3"]
        assert found(q=kept(4).id.hex()) == found(q=kept(4).id.hex()[:8]) == found(q="d4") == ["d4"]
        assert found(topic="other") == found(signature="none") == found(q="zz") == []


def test_a_message_is_read_with_its_bytes_and_findings(hub: Database) -> None:
    one = kept(4, hours=3)
    with hub.read() as conn:
        stored = stored_message(conn, one.id.hex())
        assert stored.message == one.message
        assert (stored.row.size, stored.row.outcome, stored.adapter_version) == (6, "quarantined", 1)
        assert [finding.rule for finding in findings_of(conn, one.id.hex())] == ["field.status", "required.id"]
        assert [row.id for row in find_messages(conn, one.id[:4], 5)] == [one.id.hex()]
        assert [row.row.delivery_id for row in stored_messages(conn, [kept(2).id.hex(), kept(1).id.hex(), "00"])] == [
            "d1", "d2",
        ]  # fmt: skip
        for nothing in ("", "00", "zz", "ab" * 32, "ab" * 40):
            with pytest.raises(NotFound, match="64 hex digits"):
                stored_message(conn, nothing)


def test_an_erased_message_is_shown_without_its_bytes(hub: Database) -> None:
    with hub.transaction() as conn:
        conn.execute("UPDATE hub.raw SET body = NULL, erased_at = now() WHERE id = %s", (kept(1).id,))
    with hub.read() as conn:
        stored = stored_message(conn, kept(1).id.hex())
    assert (stored.message, stored.row.size) == (None, 0)
    assert stored.erased_at is not None


@pytest.mark.parametrize("text", ["", "ab", "abcd", "abcde", "xyzxyz", "ab cd ef", "١٢٣٤٥٦", "a" * 66])
def test_what_is_no_start_of_an_id_is_none(text: str) -> None:
    assert as_id_prefix(text) is None


def test_the_quarantine_is_grouped_and_worked_off(hub: Database) -> None:
    with hub.read() as conn:
        assert [(group.reason, group.channel, group.count) for group in groups(conn)] == [
            ("field.status", "taobao", 2), ("required.id", "taobao", 1),
        ]  # fmt: skip
        assert records_kept_out(conn) == ["taobao:a:7", "taobao:a:8"]
        assert records_kept_out(conn, ["taobao:a:8", "taobao:a:9"]) == ["taobao:a:8"]
        newest = entries(conn, QuarantineQuery(open=True), 1)[0]
        assert [row.id for row in entries(conn, QuarantineQuery(), 10, before=newest.id)] == sorted(
            (row.id for row in entries(conn, QuarantineQuery(), 10) if row.id != newest.id), reverse=True
        )
    with hub.transaction() as conn:
        closed = resolve(conn, QuarantineQuery(reason="field.status"), "dismissed: old", "ann")
    with hub.read() as conn:
        assert len(closed) == 2
        assert (count(conn, QuarantineQuery(open=True)), count(conn, QuarantineQuery(open=False))) == (1, 2)
        done = entry(conn, closed[0])
        assert (done.resolution, done.resolved_by) == ("dismissed: old", "ann")
        assert records_kept_out(conn) == []
        with pytest.raises(NotFound):
            entry(conn, 10**30)
    with hub.transaction() as conn:
        assert resolve(conn, QuarantineQuery(ids=tuple(closed)), "dismissed: again", "bob") == []


def test_the_intakes_pace_is_a_percentile_of_its_batches(database: Database) -> None:
    with database.transaction() as conn:
        assert intake_p95_ms(conn, NOW - timedelta(hours=1)) is None
        for milliseconds in range(1, 101):
            conn.execute("INSERT INTO hub.latency (messages, milliseconds) VALUES (1, %s)", (milliseconds,))
        assert intake_p95_ms(conn, NOW - timedelta(hours=1)) == 95
