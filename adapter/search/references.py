"""Where a reference leads: type and id on this server, or a URL elsewhere."""

from __future__ import annotations

import re

from adapter.search.texts import kept

_LOCAL = re.compile(r"([A-Z][A-Za-z]{1,60})/([A-Za-z0-9\-.]{1,64})(?:/_history/[^/]*)?")
_AT_THE_END = re.compile(r"/([A-Z][A-Za-z]{1,60})/[A-Za-z0-9\-.]{1,64}\Z")
ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")


def target(text: str, bases: tuple[str, ...] = ()) -> tuple[str, str, str]:
    """Type, id and URL of what a reference names.

    Args:
        text: `Patient/1`, `Patient/1/_history/2`, an absolute URL, `urn:uuid:…` or a canonical.
        bases: URLs of this server, without a slash at the end; what begins so is local.

    Returns:
        Type and id of what is here; URL, and the type if it tells, of what is elsewhere. A
        contained resource (`#p1`) has none of them. No version.
    """
    match = _LOCAL.fullmatch(text)
    if match is None and bases and ":" in text:
        for base in bases:
            if text.startswith(f"{base}/"):
                match = _LOCAL.fullmatch(text, len(base) + 1)
                break
    if match is not None:
        return match[1], match[2], ""
    if text.startswith("#"):
        return "", "", ""
    url = text.partition("/_history/")[0]
    named = _AT_THE_END.search(url[-130:]) if url.startswith("http") else None
    return named[1] if named else "", "", kept(url)
