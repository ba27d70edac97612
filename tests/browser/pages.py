"""Ways through the console's pages."""

from __future__ import annotations

import re
from typing import Any


def settled(page: Any) -> Any:
    """Wait until every widget of the page has drawn and nothing loads."""
    page.wait_for_selector("[data-filled]", state="attached")
    page.wait_for_function("!document.querySelector('[data-filled=loading], .skeleton')")
    return page


def go(page: Any, path: str) -> Any:
    """Open another page of the same console."""
    page.goto(re.sub(r"^(https?://[^/]+).*", r"\1", page.url) + path)
    return settled(page)
