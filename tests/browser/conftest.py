"""A live service and a browser in front of it.

Every page that a test opens is watched: an error in the console, a script that failed, a request to
another host, or an answer of 500 and more fails the test when it ends. Pictures are kept in
`build/screenshots` (`ECM_TEST_SCREENSHOTS` names another folder); CI keeps them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.contract.conftest import Service, start_service, stop
from tests.missing import without
from tests.peers.environments import PAGES, Unavailable
from tests.peers.environments import browser as chromium

Scheme = Literal["light", "dark"]
Size = Literal["phone", "desktop"]

SIZES: dict[Size, Any] = {
    "phone": {"width": 360, "height": 780},
    "desktop": {"width": 1280, "height": 860},
}

#: Chromium asks its maker for nothing.
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

#: Rules of axe whose breach is a defect; it calls them serious or critical.
_GRAVE = ("serious", "critical")


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """The sandbox: no registered clients, a store of its own; no error in its log in the end."""
    running = start_service()
    yield running
    logged = running.logged()
    stop(running)
    assert [line for line in logged if line["level"] == "error"] == []


@pytest.fixture(scope="session")
def base(service: Service) -> str:
    """The URL of the service, without a slash at the end."""
    return f"http://127.0.0.1:{service.port}"


@pytest.fixture(scope="session")
def chromium_running() -> Iterator[Browser]:
    """Chromium, without a window."""
    try:
        program = chromium()
    except Unavailable as reason:
        without(f"no browser: {reason}")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=list(_QUIET))
        yield running
        running.close()


class Watched:
    """What went wrong on the pages of a test."""

    def __init__(self, base: str) -> None:
        self.faults: list[str] = []
        self._host = urlsplit(base).netloc
        #: Statuses that a test means to see: a browser reports any from 400 on in its console.
        self.expected: set[int] = set()

    def watch(self, context: BrowserContext) -> None:
        """Watch every page of a context."""
        context.on("weberror", lambda error: self.faults.append(f"script failed: {error.error}"))
        context.on("console", self._console)
        context.on("request", self._request)
        context.on("response", self._response)

    def _console(self, message: Any) -> None:
        meant = any(f"status of {status}" in message.text for status in self.expected)
        if message.type in ("error", "warning") and not meant:
            self.faults.append(f"console {message.type}: {message.text}")

    def _request(self, asked: Any) -> None:
        parts = urlsplit(asked.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self._host:
            self.faults.append(f"a request left the host: {asked.url}")

    def _response(self, answer: Any) -> None:
        if answer.status >= 500 and answer.status not in self.expected:
            self.faults.append(f"{answer.status}: {answer.url}")


@pytest.fixture
def watched(base: str) -> Iterator[Watched]:
    """What went wrong so far; `watched.expected.add(422)` where a test means to see an error."""
    watching = Watched(base)
    yield watching
    assert watching.faults == []


Open = Callable[..., Page]


@pytest.fixture
def open_page(chromium_running: Browser, base: str, watched: Watched) -> Iterator[Open]:
    """`open_page("/workbench/hooks/", scheme="dark", size="phone")`: a page of its own window."""
    contexts: list[BrowserContext] = []

    def opened(path: str = "/", *, scheme: Scheme = "light", size: Size = "desktop") -> Page:
        context = chromium_running.new_context(
            base_url=base,
            color_scheme=scheme,
            viewport=SIZES[size],
            has_touch=size == "phone",
            permissions=["clipboard-read", "clipboard-write"],
            reduced_motion="reduce",
        )
        context.set_default_timeout(10_000)
        watched.watch(context)
        contexts.append(context)
        page = context.new_page()
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def axe_script() -> str:
    """axe-core, as it is put into a page."""
    if not PAGES.is_made():
        without("axe-core is not installed; `make peers` installs it")
    return (PAGES.folder / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def assert_accessible(axe_script: str) -> Callable[[Page], None]:
    """Fails where axe-core finds something serious on the page as it is now."""

    def check(page: Page) -> None:
        if not page.evaluate("'axe' in window"):
            # By the debugger, as the page's own policy lets no script in that is not ours.
            page.evaluate(axe_script)
        found = page.evaluate(
            "() => axe.run(document, {resultTypes: ['violations']}).then((one) => one.violations)"
        )
        grave = [
            f"{one['id']} ({one['impact']}): {one['help']}: "
            + "; ".join(node["html"][:160] for node in one["nodes"][:4])
            for one in found
            if one["impact"] in _GRAVE
        ]
        assert grave == [], f"{page.url}: {grave}"

    return check


@pytest.fixture
def picture() -> Callable[..., None]:
    """Keeps a picture of the page as it is now: `picture(page, "evaluate-desktop-light")`.

    `clip` cuts out a part of it: x, y, width, height in CSS pixels, from the top of the page.
    """
    named = os.environ.get("ECM_TEST_SCREENSHOTS")  # noqa: TID251 - no setting of ours
    folder = Path(named) if named else Path(__file__).parents[2] / "build/screenshots"
    folder.mkdir(parents=True, exist_ok=True)

    def keep(page: Page, name: str, clip: Any = None) -> None:
        page.screenshot(path=folder / f"{name}.png", full_page=True, clip=clip)

    return keep


@pytest.fixture
def assert_usable(
    assert_accessible: Callable[[Page], None], picture: Callable[..., None]
) -> Callable[[Page, str], None]:
    """Fails where somebody could not use the page as it is now: `assert_usable(page, "evaluate")`.

    On a phone and on a desktop, light and dark: nothing serious by axe, and no sideways scrolling.
    A picture of each is kept. The page is left as wide as a desktop, and light.
    """

    def check(page: Page, name: str) -> None:
        for size in ("phone", "desktop"):
            page.set_viewport_size(SIZES[size])
            for scheme in ("dark", "light"):
                page.emulate_media(color_scheme=scheme)
                picture(page, f"{name}-{size}-{scheme}")
                assert_accessible(page)
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, f"{page.url}: {wide} pixels too wide on a {size}"

    return check
