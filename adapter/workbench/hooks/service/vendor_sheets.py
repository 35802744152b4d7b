"""A vendor's sheet as a page shows it: the same Markdown, below the page's own headings."""

from __future__ import annotations

from functools import cache

from markdown_it import MarkdownIt
from msgspec import Struct

from adapter.cds_client.vendor_sheets import Vendor, vendor_sheet

#: In the order they are shown.
TITLES: dict[Vendor, str] = {
    "epic": "Epic",
    "oracle": "Oracle Health (Cerner)",
    "athena": "athenahealth",
}

#: How far below the page's headings those of a sheet stand: its title is an `h3`.
_DEEPER = 2


class Sheet(Struct, frozen=True, kw_only=True):
    """One sheet."""

    vendor: Vendor
    title: str
    markdown: str
    #: The same as HTML, which holds nothing but what the renderer made.
    html: str


@cache
def _renderer() -> MarkdownIt:
    """Without HTML of its own; links are shown as text, nothing is loaded."""
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image", "autolink"])


def sheet(vendor: Vendor, base: str, canonical_base: str) -> Sheet:
    """The sheet of a vendor for the service at `base`."""
    markdown = vendor_sheet(vendor, base, canonical_base=canonical_base)
    tokens = _renderer().parse(markdown)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{int(token.tag[1]) + _DEEPER}"
        elif token.type == "fence":
            token.attrSet("tabindex", "0")
    html = _renderer().renderer.render(tokens, _renderer().options, {})
    return Sheet(vendor=vendor, title=TITLES[vendor], markdown=markdown, html=html)
