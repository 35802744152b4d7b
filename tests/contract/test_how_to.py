"""Every command in the tutorials and the how-to pages does what the page says."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from datetime import date
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.contract.calls import a_call
from tests.contract.conftest import Service
from tests.contract.pages_run import Command, File, run, steps
from tests.missing import without
from tests.peers.environments import Unavailable, browser

ROOT = Path(__file__).parents[2]
HOW_TO = ROOT / "docs" / "how-to"
TUTORIALS = ROOT / "docs" / "tutorials"
#: It changes the project itself, so it has a test of its own.
ADDS_A_PLAN = TUTORIALS / "add-a-plans-policy.md"
PAGES = tuple(
    page
    for page in sorted((*HOW_TO.glob("*.md"), *TUTORIALS.glob("*.md")))
    if page != ADDS_A_PLAN
    and any(isinstance(step, Command) for step in steps(page.read_text(encoding="utf-8")))
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.stem}")
def test_the_commands_of_a_page_do_what_it_says(page: Path, tmp_path: Path):
    """From the first to the last, in an empty folder, with nothing but what the page gives."""
    for tool in ("curl", "node"):
        if f"$ {tool} " in page.read_text(encoding="utf-8") and shutil.which(tool) is None:
            without(f"this page needs {tool}, which is not installed")
    wrong = run(page, tmp_path)
    assert not wrong, "\n\n".join(wrong)


def test_a_plan_is_added_as_the_tutorial_says(tmp_path: Path):
    """In a copy of the project, so that the reader's plan stays the reader's."""
    for package in ("adapter", "cds_hooks", "eligibility", "mappings", "profiles"):
        shutil.copytree(ROOT / package, tmp_path / package)
    wrong = run(ADDS_A_PLAN, tmp_path, PYTHONPATH=str(tmp_path))
    assert not wrong, "\n\n".join(wrong)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


def test_the_page_of_a_browser_client_shows_its_card(
    service: Service, template: dict[str, str], today: date, tmp_path: Path
):
    """Chromium opens the page as it stands there; its origin is not the service's."""
    try:
        chromium = browser()
    except Unavailable as reason:
        without(str(reason))
    page = (HOW_TO / "connect-a-browser-client.md").read_text(encoding="utf-8")
    for step in steps(page.replace("8080", str(service.port))):
        if isinstance(step, File):
            (tmp_path / step.name).write_text(step.content, encoding="utf-8")
    call = a_call("five-emergency-visits", today, template)
    (tmp_path / "call.json").write_text(json.dumps(call), encoding="utf-8")
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    files = partial(_Quiet, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), files) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        shown = subprocess.run(
            (chromium, *options, profile, "--virtual-time-budget=10000", "--dump-dom",
             f"http://localhost:{server.server_address[1]}/"),
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        server.shutdown()
        thread.join()
    assert (
        "<li>May qualify for Enhanced Care Management (ECM): criteria are met</li>" in shown.stdout
    )


def test_a_client_takes_twenty_lines():
    """The page that promises it keeps the promise."""
    page = (HOW_TO / "write-a-client.md").read_text(encoding="utf-8")
    (client,) = (s for s in steps(page) if isinstance(s, File) and s.name == "client.py")
    lines = [line for line in client.content.splitlines() if line.strip()]
    assert len(lines) <= 20


def test_a_page_that_is_wrong_is_found(tmp_path: Path):
    """Another output and an unannounced failure are both told."""
    page = tmp_path / "page.md"
    page.write_text("```console\n$ echo one\ntwo\n$ false\n$ echo a; echo b\na…\n```\n")
    wrong, failed = run(page, tmp_path)
    assert "printed:\none" in wrong
    assert "ended with 1" in failed
