"""Whatever a text holds, it shows as these words and does nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cds_hooks.cards.markdown import bold, bullets, escape, paragraphs, plain, reference

#: Renders raw HTML too, as a careless client would.
GFM = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "![pixel](https://evil.example/p.gif)",
    "<https://evil.example>",
    "https://evil.example/?q=1",
    "www.evil.example",
    "nurse@evil.example",
    "a\n\n# heading",
    "- item",
    "1. item",
    "12) item",
    "> quote",
    "| a | b |\n|---|---|",
    "```\ncode\n```",
    "`code`",
    "**bold** _it_ ~~gone~~",
    "---",
    "===",
    "&lt;b&gt; &#60;",
    "a\\*b",
    "[ref]: https://evil.example",
    "\u202egnp.exe",
    "nul\x00 bell\x07",
    "    indented",
    "\ud800 half",
)


def rendered(text: str) -> list[str]:
    """The kinds of block and inline nodes a client would make of it."""
    tokens = GFM.parse(text)
    return [node.type for token in tokens for node in (token, *(token.children or ()))]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str):
    """No tag, link, image, heading, list, table or code comes of it."""
    escaped = escape(text)
    assert set(rendered(f"Before {escaped} after")) <= {
        "paragraph_open",
        "paragraph_close",
        "inline",
        "text",
        "text_special",
    }
    assert set(rendered(escaped)) <= {
        "paragraph_open",
        "paragraph_close",
        "inline",
        "text",
        "text_special",
    }


@pytest.mark.parametrize(
    "text", ("https://evil.example", "HTTP://x.y", "www.evil.example", "a@b.c")
)
def test_nothing_a_client_would_link_by_itself_is_left(text: str):
    """GFM's autolinks need an unbroken `://`, `www.` or `@`."""
    escaped = escape(text)
    assert "://" not in escaped
    assert "www." not in escaped
    assert "b@" not in escaped.replace("a@", "b@")


@given(st.text(max_size=60))
def test_any_text_stays_one_paragraph_of_text(text: str):
    """Arbitrary characters, put in a bullet as cards do."""
    kinds = set(rendered(f"- x {escape(text)}"))
    assert kinds <= {
        "bullet_list_open",
        "bullet_list_close",
        "list_item_open",
        "list_item_close",
        "paragraph_open",
        "paragraph_close",
        "inline",
        "text",
        "text_special",
    }


def test_plain_words_are_left_alone():
    """Sections, numbers and hyphens read as they are."""
    text = "Five or more visits (section VI.A.4.c.1), 90-day test; O'Neill & Co."
    assert escape(text) == text.replace("&", "&amp;")


@pytest.mark.parametrize(
    "text", ("Encounter/<b>", "Encounter/a b", "javascript:x", "Patient/1/../2", "x", "Encounter/`")
)
def test_a_reference_without_fhirs_form_is_not_shown(text: str):
    """An id from the data is text from the data."""
    assert reference(text) == "a resource without a valid id"


def test_a_reference_is_code():
    """Code is never read as markup."""
    assert reference("Encounter/e-1.2") == "`Encounter/e-1.2`"


@given(st.text())
def test_plain_text_shows_the_words_that_were_escaped(text: str):
    """What Markdown shows and what is shown plainly are the same words."""
    shown = plain(escape(text))
    assert plain(bold(text)) == shown
    assert escape(shown) == escape(text)


@pytest.mark.parametrize("text", ("R&D <b>", "1) one", "1. one", "- one", "a\\*b", "a@b.example"))
def test_plain_text_has_no_escapes(text: str):
    """Every escape is taken back, also of bullets and numbers, entities and addresses."""
    assert plain(escape(text)) == text


def test_plain_text_keeps_paragraphs_and_bullets():
    """The shape of a card can be read without rendering."""
    text = paragraphs([bold("Title"), bullets(["one " + reference("Encounter/e1"), escape("* 2")])])
    assert plain(text) == "Title\n\n- one Encounter/e1\n- * 2"
