"""GitHub-flavoured Markdown for `card.detail`: paragraphs, bold and bullets, nothing else.

Clients differ: some show no tables, some show raw HTML as it stands (security: GFM allows it). So
every text is escaped here, whoever wrote it, and a resource is named only where its reference has
FHIR's form. No text copied from a chart reaches a card at all.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape as escape_html

#: Characters that begin or close something in GFM, wherever they stand.
_INLINE = re.compile(r"([\\`*_\[\]~|])")
#: What makes a block at the start of a line.
_BLOCK = re.compile(r"^(\s*)([-+#=]|\d{1,9}[.)])")
#: What GFM's autolinks begin with; a word joiner inside keeps the text readable and unlinked.
_AUTOLINK = re.compile(r"(?i)((?:https?|ftp):)(//)|\b(www)(\.)|(\S)(@)")
_REFERENCE = re.compile(r"[A-Z][A-Za-z]{1,63}/[A-Za-z0-9\-.]{1,64}")
_UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+"
)
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_WORD_JOINER = "\u2060"
#: An escaped character, which stays, or a mark of bold and code, which goes.
_MARK = re.compile(r"\\([\\`*_\[\]~|\-+#=.)])|\*\*|`")


@lru_cache(maxsize=4096)  # Texts of policies, the same for every member.
def escape(text: str) -> str:
    """The text as GFM that shows exactly these words on one line: no markup, link or HTML."""
    line = _UNSEEN.sub(" ", text).strip()
    line = _AUTOLINK.sub(lambda match: _WORD_JOINER.join(filter(None, match.groups())), line)
    line = _INLINE.sub(r"\\\1", line)
    line = escape_html(line, quote=False)
    return _BLOCK.sub(lambda match: f"{match[1]}{_escape_marker(match[2])}", line)


def _escape_marker(marker: str) -> str:
    return f"{marker[:-1]}\\{marker[-1]}"


def reference(text: str) -> str:
    """A resource's reference as code, or words for one that has no valid form."""
    if _REFERENCE.fullmatch(text):
        return f"`{text}`"
    return "a resource without a valid id"


def bold(text: str) -> str:
    """Escaped text in bold."""
    return f"**{escape(text)}**"


def bullets(lines: list[str]) -> str:
    """Lines that are Markdown already, as one list."""
    return "\n".join(f"- {line}" for line in lines)


def paragraphs(blocks: list[str]) -> str:
    """Blocks that are Markdown already, one below the other; empty ones are left out."""
    return "\n\n".join(block for block in blocks if block)


def plain(markdown: str) -> str:
    """Markdown that was made here as the words it shows, for clients that do not render it.

    Exact for what the functions above make, and for nothing else: emphasis, code marks and escapes
    go, bullets and paragraphs stay.
    """
    text = _MARK.sub(lambda match: match[1] or "", markdown).replace(_WORD_JOINER, "")
    for char, entity in reversed(_HTML.items()):
        text = text.replace(entity, char)
    return text
