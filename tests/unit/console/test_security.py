from __future__ import annotations

import pytest

from entrepot.console.security import CONTENT_SECURITY_POLICY, HEADERS, SecurityHeaders, local_path


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/orders?status=shipped", "/orders?status=shipped"),
        ("/", "/"),
        ("", "/"),
        ("orders", "/"),
        ("//elsewhere.example", "/"),
        ("/\\elsewhere.example", "/"),
        ("https://elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/\n/elsewhere", "/"),
        ("/\t/elsewhere", "/"),
    ],
)
def test_log_in_leads_only_to_pages_of_this_site(path, kept):
    assert local_path(path) == kept


def test_the_policy_names_no_other_host():
    for rule in CONTENT_SECURITY_POLICY.split("; "):
        for source in rule.split()[1:]:
            assert source in {"'self'", "'none'", "'unsafe-inline'", "'unsafe-eval'", "data:", "blob:"}


@pytest.mark.anyio
async def test_headers_are_added_and_an_answers_own_are_kept():
    sent = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-frame-options", b"SAMEORIGIN")]})

    async def send(message):
        sent.append(dict(message["headers"]))

    await SecurityHeaders(app)({"type": "http"}, None, send)
    assert sent[0][b"x-frame-options"] == b"SAMEORIGIN"
    assert {name.lower().encode() for name in HEADERS} <= set(sent[0])


@pytest.fixture
def anyio_backend():
    return "asyncio"
