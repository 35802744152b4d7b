"""A browser whose pages are timed from what a person does to what is painted because of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct
from playwright.sync_api import Browser, Page, sync_playwright

from tests.peers.environments import browser

_QUIET = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
_SIZE = {"width": 1280, "height": 860}
_TIMEOUT_MILLISECONDS = 20_000

#: Runs what a person does (`ACT`), and tells the milliseconds until the first change in the place
#: has been painted: the frame after it has begun, and what was queued behind that frame runs. The
#: act is in the text, as pages of ours let no text become a script.
_PAINTED = """(where) => new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error("nothing was painted")), 20_000);
  const place = document.querySelector(where);
  const seen = new MutationObserver(() => {
    seen.disconnect();
    requestAnimationFrame(() => {
      const behind = new MessageChannel();
      behind.port1.onmessage = () => resolve(performance.now() - began);
      behind.port2.postMessage(0);
    });
  });
  seen.observe(place, {childList: true, subtree: true});
  const began = performance.now();
  ACT;
})"""

_LOADED = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const files = performance.getEntriesByType("resource");
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  return {
    milliseconds: Math.max(page.domContentLoadedEventEnd, paint ? paint.startTime : 0),
    bytes: [page, ...files].reduce((sum, one) => sum + one.transferSize, 0),
    requests: files.filter((one) => one.transferSize > 0).length + 1,
  };
}"""


class Loaded(Struct, frozen=True, kw_only=True):
    """A page that was opened."""

    #: From asking for it until it was painted and its scripts, which are modules, had run.
    milliseconds: float
    #: Over the wire with headers: the page and what it loaded.
    bytes: int
    #: That were sent to the server.
    requests: int


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium, without a window. Raises `Unavailable`."""
    program = browser()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=list(_QUIET))
        try:
            yield running
        finally:
            running.close()


@contextmanager
def window(running: Browser) -> Iterator[Page]:
    """A page of a window that has nothing in its cache."""
    context = running.new_context(viewport=_SIZE, reduced_motion="reduce")  # type: ignore[arg-type]
    context.set_default_timeout(_TIMEOUT_MILLISECONDS)
    try:
        yield context.new_page()
    finally:
        context.close()


def opened(page: Page, url: str) -> Loaded:
    """Open an address, and tell what that took."""
    page.goto(url, wait_until="load")
    page.wait_for_function("performance.getEntriesByType('navigation')[0].loadEventEnd > 0")
    found = page.evaluate(_LOADED)
    return Loaded(**found)


def painted(page: Page, act: str, place: str) -> float:
    """Do something on a page, and tell the milliseconds until its effect is painted.

    Args:
        page: as it is.
        act: JavaScript.
        place: a selector of the element in which something will change.
    """
    return float(page.evaluate(_PAINTED.replace("ACT", act), place))
