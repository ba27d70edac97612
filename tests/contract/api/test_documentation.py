"""The description: complete, and a page that asks nobody else for anything."""

from __future__ import annotations

import re

from fastapi.routing import iter_route_contexts

from entrepot.api import Services, create_api
from tests.contract.api.conftest import Client


def test_every_resource_is_described_with_its_errors(admin: Client, services: Services) -> None:
    document = admin.get("/api/v1/openapi.json").json()
    ours = {
        re.sub(r":path}", "}", route.path or "")
        for route in iter_route_contexts(create_api(services).routes)
        if (route.path or "").startswith("/api/v1/") and not (route.path or "").endswith(("/docs", "/openapi.json"))
    }
    assert ours <= {re.sub(r":path}", "}", path) for path in document["paths"]}
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["summary"], path
            assert operation["description"], path
            problem = operation["responses"]["default"]["content"]["application/problem+json"]
            assert problem["schema"] == {"$ref": "#/components/schemas/Problem"}


def test_every_reference_leads_somewhere(admin: Client) -> None:
    reply = admin.get("/api/v1/openapi.json")
    schemas = reply.json()["components"]["schemas"]
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', reply.text))
    assert names <= set(schemas)


def test_the_page_shows_every_path_and_contacts_no_other_host(admin: Client) -> None:
    page = admin.get("/api/v1/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for path in admin.get("/api/v1/openapi.json").json()["paths"]:
        assert path in page.text
    assert not re.search(r"https?://|<script|src=", page.text)


def test_the_short_address_leads_to_the_page(nobody: Client) -> None:
    reply = nobody.get("/api/docs")
    assert (reply.status_code, reply.headers["location"]) == (307, "/api/v1/docs")
