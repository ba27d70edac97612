"""Nobody gets in by a route that forgot to ask; every role gets what is its, and no more."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts

from entrepot.api import Services, create_api
from entrepot.api.access import PUBLIC_MARK, Requires
from entrepot.infra.auth import ROLES, SYSTEM, change_role, create_user, issue_token, revoke_token
from tests.contract.api.conftest import SESSION, Client, trade

ORDER = "/api/v1/orders/taobao:flagship:41171612630246574"

# (method, path, body) -> the capability it asks for; None: everybody known
CALLS: dict[tuple[str, str], tuple[object, str | None]] = {
    ("GET", "/api/v1/me"): (None, None),
    ("GET", "/api/v1/tokens"): (None, None),
    ("GET", "/api/v1/openapi.json"): (None, None),
    ("GET", "/api/v1/docs"): (None, None),
    ("GET", "/api/v1/channels"): (None, "read"),
    ("GET", "/api/v1/channels/taobao/flagship/observations"): (None, "read"),
    ("GET", "/api/v1/messages"): (None, "read"),
    ("GET", "/api/v1/messages/00"): (None, "read"),
    ("GET", "/api/v1/orders"): (None, "read"),
    ("GET", "/api/v1/orders.csv"): (None, "read"),
    ("GET", ORDER): (None, "read"),
    ("GET", f"{ORDER}/explain?field=paid"): (None, "read"),
    ("GET", "/api/v1/stock/levels"): (None, "read"),
    ("GET", "/api/v1/stock/levels.csv"): (None, "read"),
    ("GET", "/api/v1/stock/cells/A-1/N-1"): (None, "read"),
    ("GET", "/api/v1/stock/as-of"): (None, "read"),
    ("GET", "/api/v1/stock/nodes"): (None, "read"),
    ("GET", "/api/v1/stock/flows"): (None, "read"),
    ("GET", "/api/v1/quarantine"): (None, "read"),
    ("GET", "/api/v1/quarantine/groups"): (None, "read"),
    ("GET", "/api/v1/quarantine/1"): (None, "read"),
    ("GET", "/api/v1/jobs"): (None, "read"),
    ("GET", "/api/v1/jobs/1"): (None, "read"),
    ("GET", "/api/v1/tower"): (None, "read"),
    ("GET", "/api/v1/lag"): (None, "read"),
    ("GET", "/api/v1/search?q=4117"): (None, "read"),
    ("GET", "/api/v1/audit"): (None, "audit_read"),
    ("GET", "/api/v1/users"): (None, "manage_users"),
    ("POST", "/api/v1/users"): ({"name": "x", "password": "long enough, is it", "role": "viewer"}, "manage_users"),
    ("POST", "/api/v1/users/x"): ({"active": False}, "manage_users"),
    ("GET", "/api/v1/holds"): (None, "read"),
    ("GET", "/api/v1/holds/x"): (None, "read"),
    ("GET", "/api/v1/quotas"): (None, "read"),
    ("POST", "/api/v1/holds"): ({"id": "x", "kind": "order", "lines": [{"sku": "A-1", "qty": 1}]}, "reserve"),
    ("POST", "/api/v1/holds:bulk"): ({"holds": []}, "reserve"),
    ("POST", "/api/v1/holds/x:void"): (None, "reserve"),
    ("POST", "/api/v1/holds/x:post"): (None, "reserve"),
    ("POST", "/api/v1/holds/x:extend"): ({"ttl_seconds": 60}, "reserve"),
    ("POST", "/api/v1/holds/x:confirm"): (None, "reserve"),
    ("POST", "/api/v1/holds/x:move"): (
        {"placements": [{"line": "1", "sku": "A-1", "node": "N", "qty": 1}]},
        "reserve",
    ),
    ("PUT", "/api/v1/quotas"): ({"quotas": []}, "plan"),
    ("PUT", "/api/v1/limits"): ({"sku": "A-1", "node": "N", "safety": 1}, "plan"),
    ("POST", "/api/v1/messages:bulk"): ({"messages": []}, "intake"),
    ("POST", "/api/v1/quarantine/replay"): ({"ids": [1]}, "operate"),
    ("POST", "/api/v1/quarantine/dismiss"): ({"ids": [1], "why": "x"}, "operate"),
    ("POST", "/api/v1/quarantine/1/fix"): ({"body": "{}"}, "operate"),
    ("POST", "/api/v1/jobs/1/cancel"): (None, "jobs"),
    ("GET", "/api/v1/availability"): (None, "read"),
    ("GET", "/api/v1/availability/A-1"): (None, "read"),
    ("GET", "/api/v1/channel-policies"): (None, "read"),
    ("PUT", "/api/v1/channel-policies/taobao/flagship"): ({}, "manage_channels"),
    ("GET", "/api/v1/supply"): (None, "read"),
    ("POST", "/api/v1/supply:import?name=x.csv"): (None, "stock_write"),
    ("GET", "/api/v1/writeback"): (None, "read"),
    ("GET", "/api/v1/writeback/summary"): (None, "read"),
    ("POST", "/api/v1/writeback:retry"): ({"channel": "taobao"}, "operate"),
    ("GET", "/api/v1/carriers"): (None, "read"),
    ("GET", "/api/v1/carriers/lanes"): (None, "read"),
    ("GET", "/api/v1/carriers/SF"): (None, "read"),
    ("POST", "/api/v1/carriers:import?name=rates.csv"): (None, "manage_carriers"),
    ("POST", "/api/v1/carriers:quote"): ({}, "read"),
    ("POST", "/api/v1/carriers:pack"): ({}, "read"),
    ("POST", "/api/v1/carriers/parcels"): ({}, "fulfil"),
    ("GET", "/api/v1/carriers/parcels/p/1"): (None, "read"),
    ("POST", "/api/v1/carriers/parcels/p/1:cancel"): (None, "fulfil"),
    ("POST", "/api/v1/carriers/parcels/p/1:label"): ({}, "fulfil"),
    ("GET", "/api/v1/dispatch/fleets"): (None, "read"),
    ("PUT", "/api/v1/dispatch/fleets/N-1"): ({}, "dispatch"),
    ("GET", "/api/v1/dispatch/open"): (None, "read"),
    ("GET", "/api/v1/dispatch/days"): (None, "read"),
    ("POST", "/api/v1/dispatch/days"): ({"node": "N-1", "day": "2026-11-27"}, "dispatch"),
    ("GET", "/api/v1/dispatch/days/1"): (None, "read"),
    ("GET", "/api/v1/dispatch/days/1/stops/1/why"): (None, "read"),
    ("GET", "/api/v1/dispatch/days/1/waves"): (None, "read"),
    ("POST", "/api/v1/dispatch/days/1/stops/1:agree"): ({"windows": [], "reason": "a test"}, "dispatch"),
    ("POST", "/api/v1/dispatch/days/1:search"): ({}, "dispatch"),
    ("GET", "/api/v1/network/template"): (None, "read"),
    ("GET", "/api/v1/network/studies/1/plan"): (None, "read"),
    ("POST", "/api/v1/network/studies:upload?name=x"): (None, "network"),
    ("POST", "/api/v1/network/studies/1/versions?name=x"): (None, "network"),
    ("POST", "/api/v1/dispatch/days/1:move"): ({"stop": 1, "version": 1}, "dispatch"),
    ("POST", "/api/v1/dispatch/days/1:lock"): ({"stops": [1], "locked": True, "version": 1}, "dispatch"),
    ("POST", "/api/v1/dispatch/days/1:state"): ({"state": "released", "version": 1}, "dispatch"),
    ("POST", "/api/v1/dispatch/days/1/vehicles/VAN:assign"): ({}, "dispatch"),
    ("GET", "/api/v1/rounds"): (None, "drive"),
    ("GET", "/api/v1/rounds/1/VAN"): (None, "drive"),
    ("POST", "/api/v1/rounds/1/VAN:depart"): (None, "drive"),
    ("POST", "/api/v1/rounds/1/VAN:return"): (None, "drive"),
    ("POST", "/api/v1/rounds/1/VAN/stops/1:report"): ({"status": "arrived"}, "drive"),
}


def asks(dependant: Any) -> Iterator[Requires]:
    """Every Requires among a route's dependencies."""
    for one in dependant.dependencies:
        if isinstance(one.call, Requires):
            yield one.call
        yield from asks(one)


def test_every_route_asks_who_calls_or_is_marked_public(services: Services) -> None:
    app = create_api(services)
    open_routes = set()
    for route in iter_route_contexts(app.routes):
        endpoint = route.endpoint
        if getattr(endpoint, PUBLIC_MARK, False):
            open_routes.add(route.path)
            continue
        assert list(asks(route.dependant)), f"{route.path} asks nobody who they are"
    assert open_routes == {
        "/healthz", "/readyz", "/api/docs", "/hub/{channel}/{shop}", "/hub/{channel}/{shop}/{topic:path}",
        "/api/{rest:path}", "/hub/{rest:path}",
    }  # fmt: skip


def test_nobody_known_gets_nothing(nobody: Client) -> None:
    for (method, path), (body, _) in CALLS.items():
        reply = nobody.request(method, path, json=body)
        assert reply.status_code == 401, path
        assert reply.json()["code"] == "auth.no_credentials"
        assert reply.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("role", ROLES)
def test_every_role_gets_what_is_its_and_no_more(role: str, as_role: Callable[[str], Client]) -> None:
    client = as_role(role)
    for (method, path), (body, capability) in CALLS.items():
        reply = client.request(method, path, json=body)
        if capability is None or capability in ROLES[role]:
            assert reply.status_code not in {401, 403, 500}, (path, reply.text)
        else:
            assert (reply.status_code, reply.json()["code"]) == (403, "auth.not_allowed"), path


def test_a_token_is_narrowed_to_its_scopes(services: Services, nobody: Client) -> None:
    with services.db.transaction() as conn:
        create_user(conn, "ann", "correct horse battery", "admin", by=SYSTEM)
        token = issue_token(conn, "ann", "till", ["intake"], by=SYSTEM)
    client = nobody.acting(authorization=f"Bearer {token.secret}")
    assert client.get("/api/v1/orders").status_code == 403
    assert client.post("/api/v1/messages:bulk", json={"messages": []}).status_code == 422
    wider = client.post("/api/v1/tokens", json={"name": "wider", "scopes": ["read"]})
    assert (wider.status_code, wider.json()["code"]) == (422, "auth.bad_scopes")


@pytest.mark.parametrize("credentials", ["Bearer ent_wrong", "Bearer", "Basic YTpi", "Bearer \x7f", "x"])
def test_credentials_that_are_none_are_refused_clearly(nobody: Client, credentials: str) -> None:
    reply = nobody.acting(authorization=credentials).get("/api/v1/me")
    assert reply.status_code == 401
    assert reply.json()["mend"]


@pytest.fixture
def session(services: Services, nobody: Client) -> Client:
    """A browser with the console's session."""
    with services.db.transaction() as conn:
        create_user(conn, "ann", "correct horse battery", "operator", by=SYSTEM)
    return nobody.acting(**{SESSION: json.dumps({"user": "ann", "epoch": 0})})


def test_a_session_reads_and_writes_only_with_the_consoles_header(session: Client) -> None:
    choice = {"ids": [1], "why": "a test"}
    assert session.get("/api/v1/me").json()["name"] == "ann"
    forged = session.post("/api/v1/quarantine/dismiss", json=choice)
    assert (forged.status_code, forged.json()["code"]) == (403, "auth.forged")
    real = session.acting(**{"x-requested-with": "entrepot"}).post("/api/v1/quarantine/dismiss", json=choice)
    assert real.status_code == 200


def test_a_session_is_over_when_the_account_was_changed(services: Services, session: Client) -> None:
    with services.db.transaction() as conn:
        change_role(conn, "ann", "viewer", by=SYSTEM)
    reply = session.get("/api/v1/me")
    assert (reply.status_code, reply.json()["code"]) == (401, "auth.session_over")


def test_personal_data_is_masked_for_who_may_not_read_it(nobody: Client, viewer: Client, admin: Client) -> None:
    taken = nobody.post("/hub/taobao/flagship/trade", content=trade(41171612630246574, receiver_mobile="13800138000"))
    path = f"/api/v1/messages/{taken.headers['x-entrepot-message']}"
    everywhere = (ORDER, f"{ORDER}/explain?field=buyer_phone", path, "/api/v1/orders.csv", "/api/v1/search?q=4117")
    for url in everywhere:
        assert "13800138000" not in viewer.get(url).text
        assert "张小明" not in viewer.get(url).text
    assert admin.get(ORDER).json()["buyer_phone"] == "13800138000"
    assert "13800138000" in admin.get(path).json()["text"]
    assert viewer.get(ORDER).json()["buyer_phone"] == "1********00"
    assert viewer.get(path).json()["is_masked"]


def test_health_is_open_and_tells_nothing(nobody: Client) -> None:
    assert nobody.get("/healthz").json() == {"status": "alive"}
    assert nobody.get("/readyz").json() == {"status": "ready"}


def test_an_address_that_is_none_is_a_problem_and_a_wrong_method_names_the_right_ones(nobody: Client) -> None:
    nothing = nobody.get("/api/v1/nothing")
    assert (nothing.status_code, nothing.json()["code"]) == (404, "api.not_found")
    wrong = nobody.request("DELETE", "/api/v1/orders")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, POST")
    assert nobody.get("/hub/taobao/flagship/trade").headers["allow"] == "POST"


def test_who_comes_together_is_told_apart(as_role: Callable[[str], Client], nobody: Client) -> None:
    callers = {role: as_role(role) for role in ("viewer", "operator", "admin")}
    stranger = nobody.acting(authorization="Bearer ent_made-up")
    crowd = [*callers.items(), ("nobody", stranger)] * 6
    with ThreadPoolExecutor(len(crowd)) as pool:
        replies = list(pool.map(lambda who: who[1].get("/api/v1/me"), crowd))
    for (role, _), reply in zip(crowd, replies, strict=True):
        if role == "nobody":
            assert (reply.status_code, reply.json()["code"]) == (401, "auth.bad_token")
        else:
            assert (reply.json()["role"], reply.json()["name"].split(" ")[0]) == (role, f"{role}-1")


def test_a_token_that_is_revoked_is_refused_at_once(services: Services, nobody: Client) -> None:
    with services.db.transaction() as conn:
        create_user(conn, "amy", "correct horse battery", "viewer", by=SYSTEM)
        token = issue_token(conn, "amy", "test", ["read"], by=SYSTEM)
    amy = nobody.acting(authorization=f"Bearer {token.secret}")
    assert amy.get("/api/v1/me").status_code == 200
    with services.db.transaction() as conn:
        revoke_token(conn, token.id, by=SYSTEM)
    assert amy.get("/api/v1/me").json()["code"] == "auth.bad_token"
