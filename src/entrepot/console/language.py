"""The language of the request at hand, and the words in it."""

from __future__ import annotations

import gettext
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Final

DOMAIN: Final = "entrepot"
PROBLEMS: Final = "problems"
"""The domain of what errors say, with ``{1}``, ``{2}`` ... where their facts stand."""
FOLDER: Final = Path(__file__).parent / "locale"
LANGUAGES: Final = {"zh_CN": "中文", "en": "English"}
"""Languages of the console, each by its own name; the first is the default."""
BY_SHORT_NAME: Final = {"zh": "zh_CN", "en": "en"}
"""Our language by its name in the settings and on a user."""
HTML_NAMES: Final = {"zh_CN": "zh-CN", "en": "en"}

_current: ContextVar[str] = ContextVar("entrepot_console_language", default="zh_CN")


def use(language: str) -> None:
    """Speak ``language`` for the rest of this request; an unknown one leaves things as they are."""
    if language in LANGUAGES:
        _current.set(language)


def current() -> str:
    """Return the language of this request."""
    return _current.get()


def _(message: str) -> str:
    """Return ``message`` in the language of this request."""
    return catalogue(current()).gettext(message)


@cache
def catalogue(language: str) -> gettext.GNUTranslations | gettext.NullTranslations:
    """Return the compiled catalogue of ``language``; one that is missing answers in English."""
    return gettext.translation(DOMAIN, FOLDER, [language], fallback=True)


def messages(language: str, domain: str = DOMAIN) -> dict[str, str]:
    """Return every message of ``language`` by its English text, for the browser."""
    path = FOLDER / language / "LC_MESSAGES" / f"{domain}.mo"
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        entries = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    return {text: said for text, said in entries.items() if text and isinstance(text, str)}
