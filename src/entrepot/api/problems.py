"""Errors as RFC 9457 problems: what, why, how to mend, and the id to quote.

Every error of the house has a stable code; its HTTP status is chosen here and nowhere else.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from entrepot.kernel.errors import (
    Conflict,
    EntrepotError,
    InputError,
    InvariantBroken,
    NotFound,
    Refused,
    UpstreamError,
)

_logger = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"

STATUS_OF_KIND: Final[tuple[tuple[type[EntrepotError], int], ...]] = (
    (InputError, 422),
    (Refused, 401),
    (Conflict, 409),
    (NotFound, 404),
    (UpstreamError, 503),
    (InvariantBroken, 500),
)
STATUS_OF_CODE: Final = {
    "api.malformed": 400,
    "api.bad_cursor": 400,
    "stock.cursor": 400,
    "jobs.bad_cursor": 400,
    "auth.not_allowed": 403,
    "auth.forged": 403,
    "auth.too_many_attempts": 429,
    "api.too_large": 413,
    "api.encoded": 415,
    "hub.shop_inactive": 403,
    "hub.unknown_channel": 404,
    "secrets.wrong_key": 503,
}
"""Codes whose status is not that of their kind."""

_MENDS: Final = {
    404: "See /api/v1/docs for the addresses there are.",
    405: "See /api/v1/docs for the methods of this address.",
    413: "Send less at once, or raise ENTREPOT_BODY_LIMIT_MB.",
}
_CODES: Final = {413: "api.too_large", 400: "api.malformed"}


def status_of(error: EntrepotError) -> int:
    """Return the HTTP status of an error."""
    if (status := STATUS_OF_CODE.get(error.code)) is not None:
        return status
    return next((status for kind, status in STATUS_OF_KIND if isinstance(error, kind)), 500)


def request_id_of(request: Request) -> str:
    """Return the id of a request; people quote it."""
    return str(request.scope.get("entrepot.request_id", ""))


def problem(
    request_id: str,
    status: int,
    code: str,
    detail: str,
    mend: str = "",
    fields: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Write a problem.

    Parameters
    ----------
    request_id : str
        Goes out as ``instance`` (a URN) and ``id``.
    status : int
        HTTP status.
    code : str
        Stable, dotted.
    detail, mend : str
        What happened and why; what to do.
    fields : mapping, optional
        The facts, as JSON values.
    headers : mapping, optional
        Further headers.
    """
    body: dict[str, object] = {
        "type": f"urn:entrepot:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "mend": mend,
        "instance": f"urn:entrepot:request:{request_id}",
        "id": request_id,
    }
    if fields:
        body["fields"] = dict(fields)
    return JSONResponse(body, status, dict(headers or {}), MEDIA_TYPE)


def answer(request: Request, error: EntrepotError) -> Response:
    """Write an error of the house as a problem."""
    status = status_of(error)
    if status >= 500:
        _logger.error("request %s: %s: %s", request_id_of(request), error.code, error, exc_info=error)
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(seconds := error.fields.get("retry_after_seconds"), int):
        headers["Retry-After"] = str(seconds)
    fields = {name: _plain(value) for name, value in error.fields.items()}
    return problem(request_id_of(request), status, error.code, error.message, error.mend, fields, headers)


def install(app: FastAPI) -> None:
    """Let an application answer every error with a problem."""
    app.add_exception_handler(EntrepotError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(psycopg.Error, _on_database)


def _on_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, EntrepotError):
        raise error
    return answer(request, error)


def _on_validation(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    faults = {_place(fault["loc"]): str(fault["msg"]).removeprefix("Value error, ") for fault in error.errors()}
    is_malformed = any(fault["type"] == "json_invalid" for fault in error.errors())
    listed = "; ".join(f"{name}: {why}" for name, why in faults.items())
    return problem(
        request_id_of(request),
        400 if is_malformed else 422,
        "api.malformed" if is_malformed else "api.invalid",
        f"The request cannot be read: {listed}.",
        "Correct what is named; /api/v1/docs describes every parameter.",
        {"faults": faults},
    )


def _place(loc: tuple[object, ...]) -> str:
    return ".".join(str(part)[:80] for part in loc)


def _on_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    status = error.status_code
    phrase = HTTPStatus(status).phrase
    detail = str(error.detail)
    if detail == phrase:
        detail = f"{request.method} {request.url.path[:200]}: {phrase.lower()}."
    code = _CODES.get(status, "api." + phrase.lower().replace(" ", "_").replace("-", "_"))
    return problem(request_id_of(request), status, code, detail, _MENDS.get(status, ""), headers=error.headers)


def _on_database(request: Request, error: Exception) -> Response:
    # The database's words name tables and values: they go to the log, not to the caller.
    if isinstance(error, psycopg.DataError):
        return problem(
            request_id_of(request),
            422,
            "api.unstorable",
            "A value of the request cannot be stored or compared: a NUL character, or a number or time out of range.",
            "Send text without NUL, whole numbers within 64 bits, and times between 1970 and 2200.",
        )
    _logger.error("request %s: database: %s", request_id_of(request), error, exc_info=error)
    if isinstance(error, psycopg.OperationalError):
        why = "The database did not answer in time, or is restarting."
        return problem(
            request_id_of(request), 503, "database.unavailable", why, "Retry in a few seconds.",
            headers={"Retry-After": "5"},
        )  # fmt: skip
    return internal(request_id_of(request))


def internal(request_id: str) -> Response:
    """Write the problem of an error nobody foresaw; the log has it under the same id."""
    return problem(
        request_id,
        500,
        "api.internal",
        "Something went wrong inside Entrepot; the request did not go through.",
        f"Retry; if it lasts, quote {request_id} to whoever runs this server: the log has the cause under it.",
    )


def _plain(value: object) -> object:
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, Mapping):
        return {str(name): _plain(member) for name, member in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(member) for member in value]
    return str(value)
