"""Every command in the how-to pages does what the page says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.contract.pages_run import Command, File, run, steps

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"
PAGES = tuple(
    page
    for page in sorted(HOW_TO.glob("*.md"))
    if any(isinstance(step, Command) for step in steps(page.read_text(encoding="utf-8")))
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_commands_of_a_page_do_what_it_says(page: Path, tmp_path: Path):
    """From the first to the last, in an empty folder, with nothing but what the page gives."""
    for tool in ("curl", "node"):
        if f"$ {tool} " in page.read_text(encoding="utf-8") and shutil.which(tool) is None:
            pytest.skip(f"this page needs {tool}, which is not installed")
    assert run(page, tmp_path) == []


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
