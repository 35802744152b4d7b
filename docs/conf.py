"""The documentation site: `make docs` builds it from the pages here into `build/site`.

The pages are Markdown as any forge shows it; only the tables of contents are Sphinx's. The pages at
the root of the project are shown below `project/`, and links to them lead there.
"""

from __future__ import annotations

import posixpath
import re
from typing import Any

project = "ECM adapter"
author = "The ECM adapter project"
copyright = author  # noqa: A001 - Sphinx's name for it
extensions = ["myst_parser"]
root_doc = "index"
# They are the same tables of contents, for readers of the files.
exclude_patterns = ["README.md", "adr/README.md"]

myst_heading_anchors = 3
#: Samples of JSON leave out what does not matter (`…`).
suppress_warnings = ["misc.highlighting_failure"]

html_theme = "furo"
html_title = "ECM adapter"
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False

_ROOT_PAGES = {
    "README.md": "project/readme.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "CHANGELOG.md": "project/changelog.md",
    "ARCHITECTURE.md": "project/architecture.md",
    "docs/README.md": "index.md",
    "docs/adr/README.md": "adr/index.md",
}
_LINK = re.compile(r"\[([^\]]*)\]\((?!\w+:|#)([^)\s#]+)(#[^)\s]*)?\)")


def setup(app: Any) -> None:
    """Have links between the root pages and this folder lead to where they are on the site."""
    app.connect("source-read", _of_page)
    app.connect("include-read", _of_root_page)


def _of_page(_: Any, name: str, text: list[str]) -> None:
    text[0] = _led(text[0], name, posixpath.dirname(f"docs/{name}"))


def _of_root_page(_: Any, __: Any, parent: str, text: list[str]) -> None:
    # MyST tells the last part of the name only.
    text[0] = _led(text[0], f"project/{parent}", "")


def _led(text: str, name: str, folder: str) -> str:
    """A page with its links rewritten.

    Args:
        text: of the page.
        name: of the page on the site, without its ending.
        folder: what its links are relative to, from the root of the project.
    """
    here = posixpath.dirname(name) or "."

    def lead(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, link[2]))
        page = _ROOT_PAGES.get(target, target.removeprefix("docs/"))
        if page == target:
            return link[1]  # A file of the project that is no page of the site.
        return f"[{link[1]}]({posixpath.relpath(page, here)}{link[3] or ''})"

    return _LINK.sub(lead, text)
