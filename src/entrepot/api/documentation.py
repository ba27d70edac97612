"""The API's description: OpenAPI, and a page that renders it without a script and without another host."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from entrepot import __version__
from entrepot.api import bulk, hold_bodies
from entrepot.api.access import Known, public

router = APIRouter(include_in_schema=False)

_ABOUT: Final = """Everything the console shows, and more. Send `Authorization: Bearer ent_...` with a token from the
console. Lists answer `{"items": [...], "next": cursor or null}`; pass `next` on as `cursor`. Answers carry an `ETag`;
send it back as `If-None-Match`. Errors are problems (RFC 9457) with `code`, `detail`, `mend` and an `id` to quote.
Times are ISO-8601 in UTC; money is whole minor units beside its `currency`; ids are text."""

_PROBLEM: Final = {
    "type": "object",
    "title": "Problem",
    "required": ["type", "title", "status", "detail", "code", "mend", "instance", "id"],
    "properties": {
        **{name: {"type": "string"} for name in ("type", "title", "detail", "code", "mend", "instance", "id")},
        "status": {"type": "integer"},
        "fields": {"type": "object"},
    },
}

_STYLE: Final = """
:root{color-scheme:light dark;--ink:#1c2422;--soft:#5c6a66;--line:#d9e0dd;--back:#fbfcfb;--accent:#0d6e63}
@media(prefers-color-scheme:dark){:root{--ink:#e2e8e6;--soft:#93a19c;--line:#2c3633;--back:#141a18;--accent:#4fb8a8}}
body{font:14px/1.5 system-ui,"PingFang SC","Noto Sans CJK SC",sans-serif;color:var(--ink);background:var(--back);
margin:0 auto;max-width:1000px;padding:24px 16px}
h1{font-size:20px}h2{font-size:16px;margin-top:32px;text-transform:capitalize}
code,pre{font:12px/1.45 ui-monospace,monospace}
details{border-bottom:1px solid var(--line);padding:6px 0}summary{cursor:pointer;display:flex;gap:12px;flex-wrap:wrap}
b{color:var(--accent);min-width:52px}i{color:var(--soft);font-style:normal}table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:3px 12px 3px 0;border-bottom:1px solid var(--line);vertical-align:top}
pre{overflow:auto;background:color-mix(in srgb,var(--line) 35%,transparent);padding:8px}
"""


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document, made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title="Entrepot API", version=__version__, description=_ABOUT, routes=app.routes, summary="One stock book"
        )
        components = document.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        schemas |= {"Problem": _PROBLEM, **bulk.SCHEMAS, **hold_bodies.SCHEMAS}
        components["securitySchemes"] = {
            "token": {"type": "http", "scheme": "bearer"},
            "session": {"type": "apiKey", "in": "cookie", "name": "entrepot_session"},
        }
        document["security"] = [{"token": []}, {"session": []}]
        for operation in _operations(document):
            _describe_errors(operation)
        app.openapi_schema = document
    return app.openapi_schema


def _operations(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in document["paths"].values() for operation in path.values()]


def _describe_errors(operation: dict[str, Any]) -> None:
    operation["responses"].pop("422", None)
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    operation["responses"]["default"] = {"description": "What, why, and how to mend", "content": content}
    if {"health"} & set(operation.get("tags", [])) or operation.get("summary") == "Deliver a message":
        operation["security"] = []


@router.get("/api/v1/openapi.json")
def get_openapi_document(request: Request, caller: Known) -> JSONResponse:
    """Return the OpenAPI document."""
    return JSONResponse(describe(request.app))


@router.get("/api/v1/docs")
def get_docs(request: Request, caller: Known) -> HTMLResponse:
    """Show the OpenAPI document as a page."""
    return HTMLResponse(page(describe(request.app)))


@router.get("/api/docs")
@public
def get_docs_moved() -> RedirectResponse:
    """Lead to the page."""
    return RedirectResponse("/api/v1/docs")


def page(document: Mapping[str, Any]) -> str:
    """Render an OpenAPI document as one page of HTML.

    Parameters
    ----------
    document : mapping
        OpenAPI 3.1.

    Returns
    -------
    str
        No script, no picture, no address of another host.
    """
    groups: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            tag = (operation.get("tags") or ["other"])[0]
            groups.setdefault(tag, []).append(_operation(method, path, operation))
    sections = "".join(f"<h2>{escape(tag)}</h2>{''.join(rows)}" for tag, rows in sorted(groups.items()))
    schemas = "".join(
        f'<details id="{escape(name)}"><summary><b>{escape(name)}</b><i>{escape(_first(schema))}</i></summary>'
        f"{_members(schema)}</details>"
        for name, schema in sorted(document["components"]["schemas"].items())
    )
    info = document["info"]
    about = escape(info["description"]).replace("`", "")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(info["title"])}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1><p>{about}</p>"
        f'<p><a href="/api/v1/openapi.json">openapi.json</a></p>{sections}<h2>schemas</h2>{schemas}</body></html>'
    )


def _first(schema: Mapping[str, Any]) -> str:
    return str(schema.get("description", "")).strip().split("\n")[0]


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    parameters = "".join(
        f"<tr><td><code>{escape(one['name'])}</code></td><td>{escape(one['in'])}"
        f"{', required' if one.get('required') else ''}</td><td>{_type(one.get('schema', {}))}</td>"
        f"<td>{escape(one.get('description') or one.get('schema', {}).get('description', ''))}</td></tr>"
        for one in operation.get("parameters", [])
    )
    table = f"<table>{parameters}</table>" if parameters else ""
    body = _content("takes", operation.get("requestBody", {}))
    replies = "".join(_content(status, reply) for status, reply in operation["responses"].items())
    return (
        f"<details><summary><b>{method.upper()}</b><code>{escape(path)}</code>"
        f"<i>{escape(operation.get('summary', ''))}</i></summary>"
        f"<p>{escape(operation.get('description', ''))}</p>{table}{body}{replies}</details>"
    )


def _content(label: str, holder: Mapping[str, Any]) -> str:
    types = holder.get("content", {})
    listed = ", ".join(f"{escape(name)} {_type(one.get('schema', {}))}" for name, one in types.items())
    return f"<p><b>{escape(label)}</b> {listed}</p>" if listed else ""


def _members(schema: Mapping[str, Any]) -> str:
    required = set(schema.get("required", []))
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code>{'' if name in required else ' ?'}</td><td>{_type(one)}</td>"
        f"<td>{escape(one.get('description', ''))}</td></tr>"
        for name, one in schema.get("properties", {}).items()
    )
    return f"<table>{rows}</table>"


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        name = escape(schema["$ref"].rsplit("/", 1)[1])
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema:
        return escape(", ".join(map(str, schema["enum"])))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return escape(" ".join(str(schema[name]) for name in ("type", "format") if name in schema))
