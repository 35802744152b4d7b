"""How pages are written: nothing inline, nothing unescaped, nothing kept by the browser, and small.

The policy of the pages (`adapter.workbench.guard`) would stop most of it; here it is found where it
stands.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from adapter.workbench.guard import HEADERS

WORKBENCH = Path(__file__).parents[2] / "adapter/workbench"
TEMPLATES = sorted((WORKBENCH / "templates").rglob("*.html"))
STATIC = sorted((WORKBENCH / "static").iterdir())

#: What a template shows as HTML: only what a renderer of ours made of Markdown.
_RENDERED = {
    "hooks/cards.html": "card.html",
    "hooks/service.html": "one.html",
}

#: How often a module says of text that it is HTML. A chart within `textarea` is escaped by hand, as
#: a template would make it twice as long.
_MARKED = {"evaluate/pages.py": 1}

#: Bytes of one file, as it is served. The first page has 150 KB for all it loads.
_MOST_BYTES = 24 * 1024

#: What would outlive the page, run text as a program, or send something elsewhere.
_SCRIPTS_MAY_NOT = {
    r"\b(localStorage|sessionStorage|indexedDB)\b": "keeps something in the browser",
    r"document\.cookie": "keeps something in the browser",
    r"\beval\(|new Function\(|setTimeout\(\s*[\"'`]": "runs text",
    r"document\.write": "writes HTML",
    r"\.outerHTML\s*=|insertAdjacentHTML": "writes HTML; put() of common.js does that",
    r"(https?:)?//[\w.-]+\.\w+/": "names another host",
}


def _name(file: Path) -> str:
    return str(file.relative_to(WORKBENCH))


@pytest.mark.parametrize("file", TEMPLATES, ids=_name)
def test_a_template_has_nothing_inline(file: Path):
    """No style, no handler, no script of its own, nothing from another host."""
    text = re.sub(r"\{#.*?#\}", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert re.findall(r"\sstyle\s*=|<style\b", text) == []
    assert re.findall(r"\son[a-z]+\s*=\s*[\"']", text) == []
    assert re.findall(r"javascript:", text, re.IGNORECASE) == []
    for script in re.findall(r"<script\b[^>]*>[^<]*", text):
        assert re.search(r"\bsrc=\"\{\{ url_for\('static'", script), script
        assert script.endswith(">"), script
    loaded = re.findall(
        r"<(?:script|link|img|iframe|source)\b[^>]*?(?:src|href)=\"([^\"]*)\"", text
    )
    for address in loaded:
        assert address.startswith(("{{ url_for('static'", "data:")), address


@pytest.mark.parametrize("file", TEMPLATES, ids=_name)
def test_only_rendered_markdown_is_not_escaped(file: Path):
    """No other `|safe`, no escaping switched off."""
    text = file.read_text(encoding="utf-8")
    unescaped = re.findall(r"([\w.]+)\s*\|\s*safe\b", text)
    wanted = _RENDERED.get(str(file.relative_to(WORKBENCH / "templates/workbench")))
    assert unescaped == ([wanted] if wanted else [])
    assert "autoescape" not in text
    assert len(re.findall(r"\|\s*safe\b", text)) == len(unescaped)


def test_no_module_marks_text_as_html():
    """`Markup` does what `|safe` does; where it stands, the text was escaped before."""
    found = {
        str(file.relative_to(WORKBENCH)): count
        for file in WORKBENCH.rglob("*.py")
        if (count := len(re.findall(r"\bMarkup\(", file.read_text(encoding="utf-8"))))
    }
    assert found == _MARKED


@pytest.mark.parametrize("file", [one for one in STATIC if one.suffix == ".js"], ids=_name)
def test_a_script_keeps_nothing_and_builds_no_html(file: Path):
    """HTML comes from the service, which escapes it."""
    text = "\n".join(
        line for line in file.read_text(encoding="utf-8").splitlines() if "//" not in line[:4]
    )
    for pattern, what in _SCRIPTS_MAY_NOT.items():
        assert re.findall(pattern, text) == [], what
    for value in re.findall(r"\.innerHTML\s*\+?=(?!=)\s*([^;]*);", text):
        assert re.fullmatch(r"html|await answer\.text\(\)", value), value


@pytest.mark.parametrize("file", [one for one in STATIC if one.suffix == ".css"], ids=_name)
def test_a_style_sheet_loads_nothing(file: Path):
    """No font, picture or further sheet."""
    assert re.findall(r"url\(|@import|expression\(", file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("file", STATIC, ids=_name)
def test_what_a_page_loads_is_small(file: Path):
    """No library and no build: a script or sheet that grows past this is two."""
    assert file.suffix in (".js", ".css")
    assert file.stat().st_size <= _MOST_BYTES


def test_the_policy_lets_in_nothing_inline():
    """What the tests above rely on."""
    policy = HEADERS["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "*" not in policy
    assert "http" not in policy
