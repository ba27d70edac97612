"""The console's own scripts and styles, at an address that changes with their content: kept for ever, never stale."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from entrepot.console import language
from entrepot.console.sentences import sentences
from entrepot.console.words import vocabulary

FOLDER: Final = Path(__file__).parent / "static"
FOR_EVER: Final = "public, max-age=31536000, immutable"


class ForeverFiles(StaticFiles):
    """Static files that browsers may keep: their address holds a digest of the content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with the file, to be kept."""
        response = await super().get_response(path, scope)
        if response.status_code < 400:
            response.headers["Cache-Control"] = FOR_EVER
        return response


@cache
def root() -> str:
    """Return where the assets are served: ``/console-static/<digest>``."""
    digest = hashlib.sha256()
    files = [*FOLDER.rglob("*"), *language.FOLDER.rglob("*.mo"), *Path(__file__).parent.glob("*words.py")]
    for file in sorted(file for file in files if file.is_file()):
        digest.update(file.read_bytes())
    return f"/console-static/{digest.hexdigest()[:12]}"


def asset_routes(map_outline: Path | None) -> APIRouter:
    """Return the routes of generated assets: the messages of a language and the map's outline."""
    router = APIRouter(include_in_schema=False)

    @router.get(f"{root()}/messages/{{name}}.js")
    def messages(name: str) -> Response:
        if name not in language.LANGUAGES:
            raise HTTPException(404)
        return Response(_messages_module(name), media_type="text/javascript", headers={"Cache-Control": FOR_EVER})

    @router.get(f"{root()}/outline.geojson")
    def outline() -> Response:
        path = map_outline or FOLDER / "land.json"
        return FileResponse(path, media_type="application/geo+json", headers={"Cache-Control": "public, max-age=86400"})

    return router


@cache
def _messages_module(name: str) -> str:
    language.use(name)
    body = {
        "messages": language.messages(name),
        "problems": language.messages(name, language.PROBLEMS),
        "words": vocabulary() | sentences(),
    }
    return f"export default {json.dumps(body, ensure_ascii=False, separators=(',', ':'))};\n"
