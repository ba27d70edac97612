from __future__ import annotations

from dataclasses import dataclass, field

import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.middleware.sessions import SessionMiddleware

from entrepot.console.session import VIEW_COOKIE, person_of, session_routes, view_of
from entrepot.infra.auth import Principal
from entrepot.infra.settings import Settings
from entrepot.kernel.errors import Refused

pytestmark = pytest.mark.anyio

HEADERS = {"X-Requested-With": "entrepot"}


@dataclass
class StubServices:
    settings: Settings = field(default_factory=Settings)
    time_zone: str = "Asia/Shanghai"
    refusal: Refused | None = None
    epoch: int = 1

    def authenticate(self, name, password, address):
        if self.refusal is not None or password != "right":
            raise self.refusal or Refused("auth.wrong_password", "wrong")
        return Principal(name, "operator", user_id=1, epoch=self.epoch)

    def resume(self, name, epoch):
        return Principal(name, "operator", user_id=1, epoch=epoch) if epoch == self.epoch else None


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def services():
    return StubServices()


@pytest.fixture
def client(services):
    app = FastAPI()
    app.add_middleware(SessionMiddleware, secret_key="secret", session_cookie="entrepot_session", same_site="lax")
    app.include_router(session_routes(services))

    @app.get("/who")
    def who(request: Request) -> dict[str, object]:
        person = person_of(request, services)
        return {"name": person.name if person else None, "view": view_of(request, "zh"), "session": request.session}

    # A cookie jar of its own, and no server: requests go straight into the application.
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://console")


async def log_in(client, headers=HEADERS, **more):
    return await client.post("/login", json={"name": "li.na", "password": "right", **more}, headers=headers)


async def test_log_in_opens_a_session_and_says_where_to_go(client):
    assert (await log_in(client, next="/orders?q=1")).json() == {"next": "/orders?q=1"}
    assert (await client.get("/who")).json()["name"] == "li.na"


async def test_the_cookie_is_http_only_and_lax(client):
    cookie = (await log_in(client)).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


async def test_log_in_never_leads_to_another_site(client):
    assert (await log_in(client, next="//elsewhere.example/")).json() == {"next": "/"}


async def test_a_wrong_password_is_a_problem_with_a_way_out(client):
    reply = await log_in(client, password="wrong")
    assert (reply.status_code, reply.headers["content-type"]) == (401, "application/problem+json")
    assert reply.json()["code"] == "auth.wrong_password"
    assert reply.json()["mend"]
    assert (await client.get("/who")).json()["name"] is None


async def test_too_many_attempts_are_told_apart(client, services):
    services.refusal = Refused("auth.too_many_attempts", "slow down")
    assert (await log_in(client)).status_code == 429


async def test_a_form_of_a_foreign_page_cannot_log_in(client):
    assert (await log_in(client, headers={})).status_code == 403
    assert (await client.get("/who")).json()["name"] is None


async def test_a_log_in_keeps_nothing_of_the_session_before(client):
    (await log_in(client))
    (await log_in(client))
    assert set((await client.get("/who")).json()["session"]) == {"user", "epoch"}


async def test_log_out_needs_our_own_page_too(client):
    (await log_in(client))
    await client.post("/logout")
    assert (await client.get("/who")).json()["name"] == "li.na"
    await client.post("/logout", headers=HEADERS)
    assert (await client.get("/who")).json()["name"] is None


async def test_a_session_ends_when_the_epoch_moves(client, services):
    (await log_in(client))
    services.epoch = 2
    assert (await client.get("/who")).json()["name"] is None


@pytest.mark.parametrize(
    ("cookie", "view"),
    [
        ("en.dark", ["en", "dark"]),
        ("zh_CN.light", ["zh_CN", "light"]),
        ("xx.dark", ["zh_CN", "dark"]),
        ("en.<script>", ["en", "auto"]),
        ("", ["zh_CN", "auto"]),
    ],
)
async def test_language_and_theme_come_from_a_cookie_that_is_checked(client, cookie, view):
    client.cookies.set(VIEW_COOKIE, cookie)
    assert (await client.get("/who")).json()["view"] == view
