"""A client that calls the API in memory, callers of every role, and a shop's messages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from typing import Any

import httpx
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from entrepot.api import Services, create_api, give_services
from entrepot.app import Platform
from entrepot.hub.shops import Shop
from entrepot.infra.auth import CAPABILITIES, ROLES, SYSTEM, create_user, issue_token
from entrepot.web import api_services

SESSION = "x-test-session"


class FakeSession:
    """Stands for the console's session middleware: the session is a header."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            given = dict(scope["headers"]).get(SESSION.encode())
            scope["session"] = json.loads(given) if given else {}
        await self._app(scope, receive, send)


class Client:
    """Calls an application and waits for its answer."""

    def __init__(self, app: FastAPI, portal: BlockingPortal, headers: dict[str, str] | None = None) -> None:
        self._app = app
        self._portal = portal
        self._headers = headers or {}

    def acting(self, **headers: str) -> Client:
        return Client(self._app, self._portal, self._headers | headers)

    def request(self, method: str, url: str, **more: Any) -> httpx.Response:
        return self._portal.call(partial(self._request, method, url, **more))

    async def _request(self, method: str, url: str, **more: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
        more["headers"] = self._headers | more.pop("headers", {})
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            return await http.request(method, url, **more)

    def get(self, url: str, **more: Any) -> httpx.Response:
        return self.request("GET", url, **more)

    def post(self, url: str, **more: Any) -> httpx.Response:
        return self.request("POST", url, **more)

    def walk(self, url: str, **params: Any) -> list[dict[str, Any]]:
        """Follow a list to its end."""
        items: list[dict[str, Any]] = []
        cursor = None
        while True:
            reply = self.get(url, params=params | ({"cursor": cursor} if cursor else {}))
            assert reply.status_code == 200, reply.text
            items += reply.json()["items"]
            cursor = reply.json()["next"]
            if cursor is None:
                return items


@pytest.fixture
def services(platform: Platform) -> Services:
    with platform.db.transaction() as conn:
        platform.shops.register(conn, Shop("taobao", "flagship", "旗舰店"))
        platform.shops.register(conn, Shop("shopify", "us", "US", currency="USD", secrets={"webhook_secret": "s3cret"}))
        platform.shops.register(conn, Shop("kuaidi100", "main", "快递100"))
        platform.shops.register(conn, Shop("douyin", "closed", "关", is_active=False))
    settings = platform.settings.model_copy(update={"body_limit_mb": 1})
    return replace(api_services(platform), settings=settings)


@pytest.fixture(scope="session")
def applications() -> list[FastAPI]:
    """Where the application of all tests is kept: making its routes takes longer than most of them."""
    return []


@pytest.fixture
def nobody(services: Services, applications: list[FastAPI]) -> Iterator[Client]:
    """A caller who says nothing of who they are."""
    if not applications:
        applications.append(create_api(services))
        applications[0].add_middleware(FakeSession)
    (app,) = applications
    give_services(app, services)
    with start_blocking_portal() as portal:
        lifespan: AbstractContextManager[Any] = portal.wrap_async_context_manager(app.router.lifespan_context(app))
        with lifespan:
            yield Client(app, portal)


@pytest.fixture
def as_role(services: Services, nobody: Client) -> Callable[[str], Client]:
    """Callers by role, each with a token of all the role may do."""

    def acting(role: str) -> Client:
        with services.db.transaction() as conn:
            create_user(conn, f"{role}-1", "correct horse battery", role, by=SYSTEM)
            scopes = sorted(ROLES[role] & CAPABILITIES.keys())
            token = issue_token(conn, f"{role}-1", "test", scopes, by=SYSTEM)
        return nobody.acting(authorization=f"Bearer {token.secret}")

    return acting


@pytest.fixture
def admin(as_role: Callable[[str], Client]) -> Client:
    return as_role("admin")


@pytest.fixture
def viewer(as_role: Callable[[str], Client]) -> Client:
    return as_role("viewer")


def trade(tid: int, minute: int = 0, **fields: object) -> bytes:
    """A Taobao trade; keyword arguments replace or add fields."""
    line = {"oid": tid + 1, "num": 2, "price": "14.75", "total_fee": "29.50", "outer_sku_id": "A-1", "title": "茶"}
    body: dict[str, object] = {
        "tid": tid,
        "status": "WAIT_SELLER_SEND_GOODS",
        "created": "2026-11-02 10:00:00",
        "pay_time": "2026-11-02 10:00:30",
        "modified": f"2026-11-02 10:{minute:02}:00",
        "payment": "29.50",
        "total_fee": "29.50",
        "post_fee": "0.00",
        "receiver_name": "张小明",
        "receiver_mobile": "13800138000",
        "receiver_city": "杭州市",
        "orders": {"order": [line]},
        **fields,
    }
    return json.dumps({"trade_fullinfo_get_response": {"trade": body}}, ensure_ascii=False).encode()
