"""A console in a process of its own, and a real Chromium to look at it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
START_SECONDS = 240


@dataclass(frozen=True)
class Console:
    """Where the console is, and how to enter it."""

    address: str
    name: str
    password: str


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium; without one the tests are skipped."""
    found = os.environ.get("ENTREPOT_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.skip("no Chromium here: install the package chromium, or set ENTREPOT_CHROMIUM to its path")
    return found


@pytest.fixture(scope="package")
def console(
    chromium: str, fresh_database_url: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Console]:
    """A running console with a small demo history."""
    data_dir = tmp_path_factory.mktemp("console")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "ENTREPOT_DATABASE_URL": fresh_database_url(), "PYTHONWARNINGS": "ignore"}
    script = Path(__file__).parent / "server.py"
    log = data_dir / "server.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, script, str(port), str(data_dir)], env=environment, stdout=out, stderr=out
        )
    try:
        _await(f"http://127.0.0.1:{port}/login", process, log)
        password = (data_dir / "admin-password").read_text().strip()
        yield Console(f"http://127.0.0.1:{port}", "admin", password)
    finally:
        process.terminate()
        process.wait(20)


def _await(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            pytest.fail(f"the console ended by itself:\n{log.read_text()[-3000:]}")
        try:
            if httpx.get(address).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)  # another process starts; there is nothing to wait on but its port
    pytest.fail(f"the console did not answer in {START_SECONDS} s:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Any]:
    """A headless Chromium."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="package")
def session(console: Console) -> list[dict[str, str]]:
    """Cookies of somebody who is logged in; tests that log out enter by the form."""
    with httpx.Client(base_url=console.address, headers={"X-Requested-With": "entrepot"}) as client:
        client.post("/login", json={"name": console.name, "password": console.password}).raise_for_status()
        return [{"name": one.name, "value": one.value or "", "url": console.address} for one in client.cookies.jar]


@pytest.fixture
def open_page(browser: Any, console: Console, session: list[dict[str, str]]) -> Iterator[Callable[..., Any]]:
    """Open a page that is logged in; at the end: no other host was asked, no script failed, nothing answered 500."""
    with _pages(browser, console, session) as make:
        yield make


@pytest.fixture(scope="module")
def open_kept_page(browser: Any, console: Console, session: list[dict[str, str]]) -> Iterator[Callable[..., Any]]:
    """Open a page that several tests walk on; the same is asserted after the last of them."""
    with _pages(browser, console, session) as make:
        yield make


@contextmanager
def _pages(browser: Any, console: Console, session: list[dict[str, str]]) -> Iterator[Callable[..., Any]]:
    contexts = []
    faults: list[str] = []

    def watch(page: Any) -> None:
        page.on("pageerror", lambda error: faults.append(f"script: {error}"))
        page.on("request", lambda request: _same_host(request.url, console.address, faults))
        page.on("response", lambda reply: faults.append(f"{reply.status} {reply.url}") if reply.status >= 500 else None)

    def make(
        path: str = "/", *, log_in: bool = True, language: str = "en", theme: str = "light", width: int = 1280
    ) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 844}, has_touch=width < 500)
        contexts.append(context)
        context.add_cookies([{"name": "entrepot_view", "value": f"{language}.{theme}", "url": console.address}])
        if log_in:
            context.add_cookies(session)
        context.set_default_timeout(15_000)
        page = context.new_page()
        watch(page)
        page.goto(f"{console.address}{path}")
        return page

    yield make
    for context in contexts:
        context.close()
    assert faults == []


def _same_host(address: str, own: str, faults: list[str]) -> None:
    if not address.startswith((own, "data:", "blob:")):
        faults.append(f"another host was asked: {address}")
