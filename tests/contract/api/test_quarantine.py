"""The quarantine worked off over the API: seen, tried, mended, dismissed, and every act on record."""

from __future__ import annotations

from tests.contract.api.conftest import Client, trade

HOOK = "/hub/taobao/flagship/trade"
BROKEN = trade(41171612630246574)[:-3]


def acts(admin: Client) -> list[str]:
    return [one["action"] for one in admin.walk("/api/v1/audit", action="quarantine")]


def test_a_message_is_mended_after_a_trial_and_its_order_appears(nobody: Client, admin: Client) -> None:
    nobody.post(HOOK, content=BROKEN)
    entry = admin.get("/api/v1/quarantine", params={"open": "1"}).json()["items"][0]
    assert entry["reason"] == "decode.json"
    assert entry["mend"]
    fix = f"/api/v1/quarantine/{entry['id']}/fix"
    worse = admin.post(fix, json={"body": "{", "dry_run": True}).json()
    assert (worse["resolved"], worse["findings"][0]["code"]) == (False, "decode.json")
    good = {"body": trade(41171612630246574).decode()}
    assert admin.post(fix, json=good | {"dry_run": True}).json() == {"resolved": True, "records": 2, "findings": []}
    assert acts(admin) == []
    assert admin.get("/api/v1/orders").json()["items"] == []
    assert admin.post(fix, json=good).json()["resolved"]
    assert len(admin.get("/api/v1/orders").json()["items"]) == 1
    closed = admin.get(f"/api/v1/quarantine/{entry['id']}").json()
    assert closed["resolved_at"] is not None
    again = admin.post(fix, json=good)
    assert (again.status_code, again.json()["code"]) == (409, "quarantine.closed")
    assert acts(admin) == ["quarantine.fix"]


def test_a_replay_counts_first_and_then_tries(nobody: Client, admin: Client) -> None:
    for number in range(3):
        nobody.post(HOOK, content=b"{broken %d" % number)
    choice = {"reason": "decode.json", "channel": "taobao"}
    trial = admin.post("/api/v1/quarantine/replay", json=choice | {"dry_run": True}).json()
    assert trial == {"matched": 3, "replayed": 3, "resolved": 0, "still": 3}
    assert acts(admin) == []
    assert admin.post("/api/v1/quarantine/replay", json=choice).json()["still"] == 3
    assert {one["replays"] for one in admin.walk("/api/v1/quarantine")} == {1}
    assert acts(admin) == ["quarantine.replay"]
    assert admin.post("/api/v1/quarantine/replay", json={"topic": "none"}).json()["matched"] == 0


def test_a_group_is_dismissed_with_a_reason(nobody: Client, admin: Client) -> None:
    for number in range(3):
        nobody.post(HOOK, content=b"{broken %d" % number)
    group = admin.get("/api/v1/quarantine/groups").json()["items"][0]
    assert (group["reason"], group["channel"], group["count"]) == ("decode.json", "taobao", 3)
    choice = {"reason": group["reason"], "topic": group["topic"], "why": "a test of the sender"}
    trial = admin.post("/api/v1/quarantine/dismiss", json=choice | {"dry_run": True}).json()
    assert trial == {"matched": 3, "dismissed": 0}
    assert admin.post("/api/v1/quarantine/dismiss", json=choice).json() == {"matched": 3, "dismissed": 3}
    assert admin.get("/api/v1/quarantine/groups").json()["items"] == []
    entry = admin.get(f"/api/v1/quarantine/{group['sample']}").json()
    assert entry["resolution"] == "dismissed: a test of the sender"
    assert entry["resolved_by"].startswith("admin-1")
    assert admin.post("/api/v1/quarantine/dismiss", json=choice).json() == {"matched": 0, "dismissed": 0}
    detail = admin.walk("/api/v1/audit", action="quarantine.dismiss")[-1]["detail"]
    assert (detail["entries"], detail["why"]) == (3, "a test of the sender")


def test_an_entry_states_its_facts_for_other_languages(nobody: Client, admin: Client, viewer: Client) -> None:
    nobody.post(HOOK, content=trade(41171612630246574, status="NO_SUCH_STATUS"))
    entry = next(iter(admin.walk("/api/v1/quarantine")))
    assert entry["reason"] == f"field.{entry['field']}"
    assert (entry["observed"], entry["expected"][:7]) == ("NO_SUCH_STATUS", "one of ")
    assert next(iter(viewer.walk("/api/v1/quarantine")))["observed"] == "***"


def test_a_viewer_sees_reasons_and_no_quotes(nobody: Client, viewer: Client) -> None:
    nobody.post(HOOK, content=b'{"receiver_mobile": "13800138000",')
    for url in ("/api/v1/quarantine", "/api/v1/quarantine/groups"):
        assert "13800138000" not in viewer.get(url).text
        assert viewer.get(url).json()["items"][0]["reason"] == "decode.json"
