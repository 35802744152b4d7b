"""Pages in a browser: the first page, the evaluation of a chart, a board of 10,000 referrals.

`python -m benchmarks.workbench` prints this part alone. Times are what somebody waits: from the
input to what is painted because of it, HTTP and the service included. Each stands beside the
plainest page that sends the same bytes and puts the same HTML in place, in turns in one run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from itertools import cycle, islice
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

from msgspec import Struct
from playwright.sync_api import Browser, Page

from adapter import clock
from adapter.store.database import Database
from adapter.store.resources import ResourceStore
from benchmarks import servers
from benchmarks.calls import bodies
from benchmarks.cds_hooks import on_processor
from benchmarks.many_referrals import seed_referrals
from benchmarks.painting import chromium, opened, painted, window
from tests.peers.environments import Unavailable

REFERRALS = 10_000
ROUNDS = 11
_WARM = 2

#: Goals in bytes and milliseconds.
FIRST_BYTES, FIRST_MILLISECONDS = 150_000, 300
EVALUATE_MILLISECONDS, BOARD_MILLISECONDS = 100, 200

_CHANGED = "dispatchEvent(new Event('change', {bubbles: true}))"
_INPUT = "dispatchEvent(new Event('input', {bubbles: true}))"

#: What is done to the question, one after another.
_EVALUATE = {
    "slider moved": "const day = document.getElementById('day');"
    f" day.value = String(Number(day.value) - 20); day.{_INPUT}",
    "answer given": "const every = [...document.querySelectorAll(\"#result [name^='answer.']\")];"
    " const one = every.find((o) => o.name === every[0].name && !o.checked);"
    f" one.checked = true; one.{_CHANGED}",
    "plan changed": "const plan = document.getElementById('plan');"
    f" plan.selectedIndex = (plan.selectedIndex + 1) % plan.length; plan.{_CHANGED}",
}

#: What is done to the board as it is opened, each time anew.
_BOARD = {
    "queue": "document.getElementById('queue-new').click()",
    "text": f"const text = document.getElementById('text'); text.value = 'garcia'; text.{_INPUT}",
    "population": "const one = document.getElementById('population');"
    f" one.value = 'smi-sud-adult'; one.{_INPUT}",
    "latest change first": "const sort = document.getElementById('sort');"
    f" sort.value = 'changed'; sort.{_INPUT}",
    "scrolled on": "window.scrollTo(0, document.body.scrollHeight)",
}
_PLAN = "/referrals/?as=plan"

#: Does it once, and tells the milliseconds.
_Do = Callable[[], float]


class _Pair(Struct):
    """One thing that is done here and on the plain page."""

    ours: _Do
    plain: _Do
    here: list[float] = []
    there: list[float] = []


def main() -> None:
    """Measures and prints."""
    before = os.getloadavg()
    try:
        with ExitStack() as stack:
            running = stack.enter_context(chromium())
            _all(running, Path(stack.enter_context(TemporaryDirectory(prefix="ecm-bench-"))), stack)
    except Unavailable as reason:
        print(f"\nWithout pages in a browser: {reason}")
        return
    after, processors = os.getloadavg(), os.cpu_count() or 1
    print(f"  load average {before[0]:.1f} before, {after[0]:.1f} after; {processors} processors")
    if before[0] > 1:
        print("  the machine was busy with something else: compare the ratios, not the times")


def _all(running: Browser, folder: Path, stack: ExitStack) -> None:
    (fragments := folder / "fragments").mkdir()
    store = f"sqlite:///{folder / 'board.sqlite'}"
    database = Database(store)
    seed_referrals(ResourceStore(database), REFERRALS, now=int(clock.now().timestamp() * 1000))
    database.close()
    ours = stack.enter_context(servers.sandbox(folder / "ours", store))
    plain = stack.enter_context(servers.plain_pages(folder / "plain", fragments))
    stack.enter_context(on_processor(1))
    here, there = ours.url, plain.url
    print(
        f"\nPages in Chromium; {ROUNDS} interleaved rounds, milliseconds from the input to what is "
        "painted;\nthe service on one processor, the browser on whichever is free; a goal is for "
        "the median"
    )
    _first_page(running, here.removesuffix("/workbench"), there.removesuffix("/page"))
    for size in ("100 KB", "1 MB"):
        chart = folder / f"{size}.json"
        chart.write_bytes(bodies()[size])
        with window(running) as page, window(running) as beside:
            pairs = _evaluation(page, beside, (here, there), chart, fragments)
            _in_turns(pairs)
        _print(f"Evaluation of {size}", pairs, EVALUATE_MILLISECONDS)
    with window(running) as page, window(running) as beside:
        pairs = _board(page, beside, (here, there), fragments)
        _in_turns(pairs)
    _print(f"Board of {REFERRALS:,} referrals", pairs, BOARD_MILLISECONDS)


def _first_page(running: Browser, here: str, there: str) -> None:
    sizes: list[tuple[Any, Any]] = []

    def first(url: str) -> _Do:
        def load() -> float:
            with window(running) as page:
                found = opened(page, url + "/")
                if url == here:
                    sizes.append((found, opened(page, url + "/workbench/evaluate/")))
                return found.milliseconds

        return load

    pair = _Pair(first(here), first(there))
    _in_turns({"opened": pair})
    _print("First page, nothing in the cache, beside an empty one", {"opened": pair}, 0)
    found, second = sizes[-1]
    told = _verdict(found.bytes, FIRST_BYTES)
    print(f"  {found.bytes / 1000:.1f} KB in {found.requests} requests (goal < 150 KB: {told})")
    told = _verdict(median(pair.here), FIRST_MILLISECONDS)
    print(f"  interactive after {median(pair.here):.0f} ms (goal < {FIRST_MILLISECONDS}: {told})")
    print(
        f"  the evaluation page after it: {second.requests} requests, {second.bytes / 1000:.1f} KB"
    )


def _evaluation(
    page: Page, beside: Page, urls: tuple[str, str], chart: Path, fragments: Path
) -> dict[str, _Pair]:
    """Everything one does to a question; the parts of pages it gives are kept on the way."""
    page.goto(urls[0] + "/evaluate/")
    page.set_input_files("#chart", str(chart))
    page.wait_for_selector("#result #answer")
    beside.goto(urls[1])
    hold = "(text) => { window.chart = new File([text], 'chart.json'); }"
    beside.evaluate(hold, chart.read_text(encoding="utf-8"))
    pairs = {}
    for number, (name, act) in enumerate(_EVALUATE.items()):
        painted(page, act, "#result")
        file = f"{chart.stem}-{number}"
        (fragments / file).write_text(page.inner_html("#result"), encoding="utf-8")
        pairs[name] = _Pair(
            lambda act=act: painted(page, act, "#result"),  # type: ignore[misc]
            lambda file=file: painted(beside, f"send('{file}', window.chart)", "#place"),  # type: ignore[misc]
        )
    return pairs


def _board(page: Page, beside: Page, urls: tuple[str, str], fragments: Path) -> dict[str, _Pair]:
    """Everything one does to the board."""
    here, there = urls[0] + _PLAN, urls[1]
    static = there.removesuffix("/page") + "/fragments/open"

    def done(act: str) -> float:
        page.goto(here)
        # Fetching more rows when the end comes near is set up by then.
        page.wait_for_function("document.documentElement.classList.contains('scripted')")
        return painted(page, act, "#board")

    def done_beside(file: str) -> float:
        beside.goto(there)
        return painted(beside, f"send('{file}')", "#place")

    answer = page.goto(here)
    assert answer is not None
    (fragments / "open").write_bytes(answer.body())
    pairs = {
        "opened": _Pair(
            lambda: opened(page, here).milliseconds, lambda: opened(beside, static).milliseconds
        )
    }
    for number, (name, act) in enumerate(_BOARD.items()):
        done(act)
        # Scrolling adds to what is there; its yardstick puts in place the rows there were.
        file = "open" if "scroll" in act else f"board-{number}"
        if file != "open":
            (fragments / file).write_text(page.inner_html("#board"), encoding="utf-8")
        pairs[name] = _Pair(
            lambda act=act: done(act),  # type: ignore[misc]
            lambda file=file: done_beside(file),  # type: ignore[misc]
        )
    return pairs


def _in_turns(pairs: Mapping[str, _Pair]) -> None:
    """Here and there, and what is done first, change from round to round."""
    for number in range(-_WARM, ROUNDS):
        for name in islice(cycle(pairs), number % len(pairs), number % len(pairs) + len(pairs)):
            pair = pairs[name]
            ways = [(pair.ours, pair.here), (pair.plain, pair.there)]
            for do, found in ways if number % 2 else reversed(ways):
                took = do()
                if number >= 0:
                    found.append(took)


def _print(title: str, pairs: Mapping[str, _Pair], goal: float) -> None:
    print(f"\n{title}\n  {'':22}{'ms':>6}{'p95':>6}{'plain':>7}{'p95':>6}  ratio")
    for name, pair in pairs.items():
        here, there = median(pair.here), median(pair.there)
        ratio = median(one / other for one, other in zip(pair.here, pair.there, strict=True))
        told = f" (goal < {goal}: {_verdict(here, goal)})" if goal else ""
        print(
            f"  {name:22}{here:6.0f}{quantiles(pair.here, n=20)[18]:6.0f}"
            f"{there:7.0f}{quantiles(pair.there, n=20)[18]:6.0f}  {ratio:.1f} ×{told}"
        )


def _verdict(found: float, goal: float) -> str:
    return "reached" if found < goal else "missed"


if __name__ == "__main__":
    main()
