"""The edge: ids, limits, the net, conditional answers; other people's paths are left alone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, StreamingResponse

from entrepot.api import problems
from entrepot.api.edge import Edge


def make_app() -> FastAPI:
    app = FastAPI()
    problems.install(app)
    app.add_middleware(Edge, body_limit=1000)

    @app.get("/api/fine")
    def fine() -> JSONResponse:
        return JSONResponse({"items": ["茶"] * 500})

    @app.get("/api/broken")
    def broken() -> None:
        raise RuntimeError("SELECT secret FROM table")

    @app.get("/api/stream")
    def stream() -> StreamingResponse:
        return StreamingResponse(iter(["a", "b"]), media_type="application/json")

    @app.post("/api/take")
    async def take(request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}

    @app.get("/page")
    def page() -> PlainTextResponse:
        return PlainTextResponse("x" * 5000)

    return app


def call(method: str, path: str, **more: Any) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(make_app(), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, **more)

    return asyncio.run(ask())


def test_what_nobody_caught_is_a_problem_that_tells_nothing_and_the_log_has_it_under_the_id(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        reply = call("GET", "/api/broken")
    assert reply.status_code == 500
    assert reply.headers["content-type"] == "application/problem+json"
    assert "SELECT" not in reply.text
    problem = reply.json()
    assert problem["code"] == "api.internal"
    assert problem["id"] == reply.headers["x-request-id"]
    assert any(problem["id"] in record.getMessage() for record in caplog.records)


def test_a_body_said_to_be_too_large_is_refused_before_it_is_read() -> None:
    reply = call("POST", "/api/take", content=b"x" * 1001)
    assert reply.status_code == 413
    assert "ENTREPOT_BODY_LIMIT_MB" in reply.json()["mend"]


def test_a_body_that_grows_too_large_on_the_way_is_refused() -> None:
    async def grow() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 100

    reply = call("POST", "/api/take", content=grow())
    assert reply.status_code == 413
    assert reply.json()["code"] == "api.too_large"


def test_a_body_of_the_largest_size_is_taken() -> None:
    assert call("POST", "/api/take", content=b"x" * 1000).json() == {"size": 1000}


def test_an_encoded_body_is_refused_rather_than_kept_as_noise() -> None:
    assert call("POST", "/api/take", content=b"x", headers={"content-encoding": "gzip"}).status_code == 415


def test_a_false_content_length_is_refused() -> None:
    assert call("POST", "/api/take", content=b"x", headers={"content-length": "-5"}).status_code == 400


def test_who_has_the_answer_already_is_told_so() -> None:
    first = call("GET", "/api/fine")
    tag = first.headers["etag"]
    assert tag.startswith('W/"')
    again = call("GET", "/api/fine", headers={"if-none-match": f'"other", {tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert call("GET", "/api/fine", headers={"if-none-match": '"other"'}).status_code == 200


def test_answers_are_zipped_and_not_shared_between_callers() -> None:
    reply = call("GET", "/api/fine")
    assert reply.headers["content-encoding"] == "gzip"
    assert {"Authorization", "Cookie", "Accept-Encoding"} <= set(reply.headers["vary"].split(", "))
    assert reply.headers["cache-control"] == "private, no-cache"


def test_a_stream_passes_untagged() -> None:
    reply = call("GET", "/api/stream")
    assert reply.text == "ab"
    assert "etag" not in reply.headers


def test_paths_of_others_are_left_alone() -> None:
    reply = call("GET", "/page")
    assert reply.text == "x" * 5000
    assert not {"x-request-id", "etag", "content-encoding"} & set(reply.headers)
