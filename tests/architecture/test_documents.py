"""The documents say what is so: links lead somewhere, named files and commands exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture import conformance
from tests.architecture.sources import ROOT

DOCUMENTS = tuple(
    sorted({*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").rglob("*.md")})
)
NAMES = tuple(str(document.relative_to(ROOT)) for document in DOCUMENTS)
DECISIONS = tuple(sorted((ROOT / "docs" / "adr").glob("[0-9]*.md")))


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    """A reader who follows a link arrives."""
    text = document.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if "://" not in target and not target.startswith("mailto:"):
            assert (document.parent / target).exists(), target


def test_pictures_are_described_used_and_small() -> None:
    """Whoever cannot see one reads what it shows; a clone stays small."""
    shown = [
        (words, (document.parent / target).resolve())
        for document in DOCUMENTS
        for words, target in re.findall(
            r"!\[([^\]]*)\]\(([^)\s]+)\)", document.read_text(encoding="utf-8")
        )
    ]
    assert [target for words, target in shown if len(words) < 20] == []
    kept = set((ROOT / "docs" / "images").iterdir())
    assert kept == {target for _, target in shown if target.parent.name == "images"}
    assert len(kept) <= 10
    assert [image for image in kept if image.stat().st_size > 60 * 1024] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
def test_commands_in_documents_are_targets_of_make(document: Path) -> None:
    """`make something` in a document is a target."""
    targets = set(
        re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    named = re.findall(r"(?:^|`)make (\w+)", document.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(named) <= targets


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_is_listed_and_has_its_parts(decision: Path) -> None:
    """Every decision is in the index and says its status, context, decision and consequences."""
    text = decision.read_text(encoding="utf-8")
    index = (ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    assert f"]({decision.name})" in index
    assert text.startswith(f"# {int(decision.name[:4])}. ")
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## Context",
        "## Decision",
        "## Consequences",
    ]
    assert re.search(r"^Status: (accepted|superseded by \d{4})", text, re.MULTILINE)
    assert len(text.splitlines()) <= 60, "a decision fits a page"


def test_the_page_of_held_rules_is_up_to_date() -> None:
    """docs/conformance.md is what `make docs` writes."""
    assert conformance.PAGE.read_text(encoding="utf-8") == conformance.page(), "run `make docs`"


def test_what_the_package_holds_of_the_rules_is_up_to_date() -> None:
    """The page of the workbench shows what docs/conformance.md says."""
    assert conformance.DATA.read_bytes() == conformance.data(), "run `make docs`"


def test_the_site_of_the_documents_is_whole_and_loads_nothing_from_elsewhere(
    tmp_path: Path,
) -> None:
    """Every page is in a table of contents, links lead somewhere, no network is needed."""
    site = tmp_path / "site"
    built = subprocess.run(
        (sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "docs", site),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (built.returncode, built.stderr) == (0, "")
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=.https?:", text), page
