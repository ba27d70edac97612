"""Users and tokens over the API."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from entrepot.api import Services
from entrepot.infra.auth import SYSTEM, create_user
from tests.contract.api.conftest import SESSION, Client

PASSWORD = "correct horse battery"


def test_a_user_is_added_changed_and_shut_out(admin: Client) -> None:
    new = {"name": "Ann", "password": PASSWORD, "role": "viewer", "display_name": "Ann 安"}
    made = admin.post("/api/v1/users", json=new)
    assert (made.status_code, made.json()["name"], made.json()["active"]) == (201, "ann", True)
    twice = admin.post("/api/v1/users", json=new)
    assert (twice.status_code, twice.json()["code"]) == (409, "auth.user_exists")
    changed = admin.post("/api/v1/users/ann", json={"role": "operator", "active": False}).json()
    assert (changed["role"], changed["active"]) == ("operator", False)
    assert admin.post("/api/v1/users/nobody", json={"active": True}).status_code == 404
    last = admin.post("/api/v1/users/admin-1", json={"active": False})
    assert (last.status_code, last.json()["code"]) == (409, "auth.last_admin")
    assert [one["action"] for one in admin.walk("/api/v1/audit", action="user")][:2] == [
        "user.disable", "user.change_role",
    ]  # fmt: skip


def test_a_change_is_made_whole_or_not_at_all(admin: Client) -> None:
    admin.post("/api/v1/users", json={"name": "ann", "password": PASSWORD, "role": "viewer"})
    reply = admin.post("/api/v1/users/ann", json={"role": "operator", "password": "short"})
    assert reply.status_code == 422
    assert [one["role"] for one in admin.get("/api/v1/users").json()["items"] if one["name"] == "ann"] == ["viewer"]


def test_a_token_is_issued_once_used_and_revoked(admin: Client, nobody: Client) -> None:
    issued = admin.post("/api/v1/tokens", json={"name": "till export", "scopes": ["read"]})
    assert issued.status_code == 201
    token = issued.json()
    assert token["token"].startswith("ent_")
    user = nobody.acting(authorization=f"Bearer {token['token']}")
    assert user.get("/api/v1/orders").status_code == 200
    assert token["token"] not in admin.get("/api/v1/tokens").text
    assert admin.request("DELETE", f"/api/v1/tokens/{token['id']}").status_code == 204
    assert user.get("/api/v1/orders").status_code == 401
    assert admin.request("DELETE", "/api/v1/tokens/999999").status_code == 404


def test_nobody_ends_or_issues_a_token_of_another(as_role: Callable[[str], Client]) -> None:
    admin, viewer = as_role("admin"), as_role("viewer")
    mine = admin.post("/api/v1/tokens", json={"name": "x", "scopes": ["read"]}).json()["id"]
    assert viewer.request("DELETE", f"/api/v1/tokens/{mine}").status_code == 404
    assert [one["owner"] for one in viewer.get("/api/v1/tokens").json()["items"]] == ["viewer-1"]
    other = viewer.post("/api/v1/tokens", json={"name": "x", "scopes": ["read"], "owner": "admin-1"})
    assert other.status_code == 403
    assert viewer.post("/api/v1/tokens", json={"name": "x", "scopes": ["operate"]}).status_code == 422


@pytest.fixture
def session(services: Services, nobody: Client) -> Client:
    with services.db.transaction() as conn:
        create_user(conn, "ann", PASSWORD, "operator", by=SYSTEM)
    return nobody.acting(**{SESSION: json.dumps({"user": "ann", "epoch": 0}), "x-requested-with": "entrepot"})


def test_one_changes_ones_own_password_knowing_the_old_one(session: Client, admin: Client) -> None:
    wrong = session.post("/api/v1/me/password", json={"old": "not this one", "new": "another horse battery"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "auth.wrong_password")
    right = session.post("/api/v1/me/password", json={"old": PASSWORD, "new": "another horse battery"})
    assert right.status_code == 204
    assert session.get("/api/v1/me").status_code == 401
    by_token = admin.post("/api/v1/me/password", json={"old": PASSWORD, "new": "another horse battery"})
    assert by_token.status_code == 403


def test_one_chooses_ones_language(session: Client) -> None:
    assert session.post("/api/v1/me/language", json={"language": "en"}).status_code == 204
    assert session.get("/api/v1/me").json()["language"] == "en"
    assert session.post("/api/v1/me/language", json={"language": "tlh"}).status_code == 422
