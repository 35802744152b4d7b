"""Texts as they are indexed and as they are asked for; both ends use these and nothing else.

A text in an index is short, since PostgreSQL takes at most 2,704 bytes for all columns of one. It
holds neither NUL nor half of a surrogate pair, which PostgreSQL does not take at all: whatever is
found or not found is the same in both databases.
"""

from __future__ import annotations

import hashlib
import string
import unicodedata

#: Characters; at most four times as many bytes.
_LONGEST = 200
_PUNCTUATION = str.maketrans(
    "", "", "".join(c for c in string.punctuation if unicodedata.category(c)[0] == "P")
)


def kept(text: str) -> str:
    """The text as it is compared for equality: a long one by its beginning and its digest."""
    if len(text) <= _LONGEST and text.isascii() and "\0" not in text:
        return text
    text = without_unstorable(text)
    if len(text) <= _LONGEST:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:32]
    return f"{text[: _LONGEST - 33]}#{digest}"


def without_unstorable(text: str) -> str:
    """The text without characters that a database does not take."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


def is_storable(text: str) -> bool:
    """Whether a database takes it as it is."""
    return (text.isascii() and "\0" not in text) or without_unstorable(text) == text


def normalized(text: str) -> str:
    """The text without case, accents, punctuation and needless blanks; its first 200 characters.

    FHIR R4 search, string: "by default, a field matches a string query if the value of the field
    equals or starts with the supplied parameter value, after both have been normalized".
    """
    if text.isascii():
        plain = text.lower().translate(_PUNCTUATION)
    else:
        folded = unicodedata.normalize("NFKD", without_unstorable(text)).casefold()
        plain = "".join(
            c
            for c in unicodedata.normalize("NFKD", folded)
            if (category := unicodedata.category(c)) != "Mn" and category[0] != "P"
        )
    return " ".join(plain.replace("\0", "").split())[:_LONGEST]


def contact(text: str) -> str:
    """A telephone number by its digits, a mail address in lower case; otherwise as it is."""
    if "@" in text:
        return kept(text.strip().lower())
    if any(c.isalpha() for c in text):  # a web address
        return kept(text.strip())
    digits = "".join(c for c in text if c in "0123456789")
    return digits[:50] or kept(text)
