"""One file while it is read: the expected shape of each item, and the faults found so far.

Every method returns a value of its type even where the item is wrong, after noting the fault, so
that one pass finds all faults of a file. `None` for an item means that it is absent; whoever asked
for it has noted that already, if it had to be there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date

from eligibility.errors import PolicyError
from eligibility.load.reader import Item
from eligibility.load.vocabulary import Vocabulary
from eligibility.model import Document

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"[0-9]{1,9}")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def is_number(item: Item) -> bool:
    """Whether the item is a whole number written without quotes."""
    return (
        item.plain and isinstance(item.content, str) and _NUMBER.fullmatch(item.content) is not None
    )


class Reading:
    """What is known while one file is read."""

    def __init__(
        self,
        file: str,
        documents: Mapping[str, Document],
        vocabulary: Vocabulary | None = None,
    ) -> None:
        self.file = file
        #: The texts that may be cited, by key.
        self.documents = documents
        self.vocabulary = vocabulary
        self.faults: list[PolicyError] = []
        #: Key of the document a bare `section` belongs to.
        self.document: str | None = None

    def fault(self, where: Item | int, fault: str, remedy: str) -> None:
        """Note a fault: what was found and why it matters, then what to do."""
        line = where if isinstance(where, int) else where.line
        self.faults.append(PolicyError(file=self.file, line=line, fault=fault, remedy=remedy))

    def fields(
        self,
        item: Item | None,
        what: str,
        required: Iterable[str],
        optional: Iterable[str] = (),
    ) -> dict[str, Item]:
        """The entries of a mapping by key; unknown keys are left out, missing ones noted."""
        if item is None:
            return {}
        if not isinstance(item.content, dict):
            self.wrong_type(item, what, "keys with values", "write `key: value` lines")
            return {}
        required = tuple(required)
        known = (*required, *optional)
        for key, value in item.content.items():
            if key not in known:
                self.fault(
                    value,
                    f"unknown key {key!r} in {what}; nothing reads it, what it says would be lost",
                    self._instead(key, known),
                )
        for key in required:
            if key not in item.content:
                self.fault(
                    item,
                    f"{what} has no {key!r}; without it the file cannot be understood",
                    f"add `{key}:`",
                )
        return {key: value for key, value in item.content.items() if key in known}

    def text(self, item: Item | None, what: str) -> str:
        """A text of at least one character."""
        if item is None:
            return ""
        if isinstance(item.content, str) and item.content.strip() and not self._is_null(item):
            return item.content.strip()
        self.wrong_type(item, what, "a text", "write it, in quotes if need be")
        return ""

    def optional_text(self, item: Item | None, what: str) -> str | None:
        """A text, or None where it is absent."""
        return None if item is None else self.text(item, what)

    def identifier(self, item: Item | None, what: str) -> str:
        """Lower-case words joined by hyphens."""
        text = self.text(item, what)
        if item is not None and text and not _ID.fullmatch(text):
            self.wrong_type(item, what, "an id", "write lower-case words joined by hyphens")
        return text

    def word(self, item: Item | None, what: str, allowed: Collection[str]) -> str:
        """One of a closed list of words."""
        text = self.text(item, what)
        if item is not None and text and text not in allowed:
            self.fault(
                item,
                f"unknown {what} {text!r}; nothing would know what to do with it",
                self._instead(text, tuple(allowed)),
            )
        return text

    def items(self, item: Item | None, what: str) -> tuple[Item, ...]:
        """The items of a list, perhaps none."""
        if item is None:
            return ()
        if isinstance(item.content, tuple):
            return item.content
        self.wrong_type(item, what, "a list", "write `[…]` or lines that begin with `-`")
        return ()

    def texts(self, item: Item | None, what: str) -> tuple[str, ...]:
        """A list of texts, perhaps empty."""
        return tuple(self.text(each, what) for each in self.items(item, what))

    def flag(self, item: Item | None, what: str) -> bool:
        """`true` or `false`; False where absent."""
        if item is None:
            return False
        if item.plain and item.content in ("true", "false"):
            return item.content == "true"
        self.wrong_type(item, what, "true or false", "write `true` or `false`")
        return False

    def number(self, item: Item | None, what: str) -> int:
        """A whole number, zero or more."""
        if item is None:
            return 0
        if is_number(item):
            return int(str(item.content))
        self.wrong_type(item, what, "a whole number", "write digits without quotes")
        return 0

    def day(self, item: Item | None, what: str) -> date:
        """A day, written `2024-01-31`."""
        return self._day(item, what) or date.min

    def last_day(self, item: Item | None, what: str) -> date | None:
        """A day, or None for `open`."""
        return None if item is None or item.content == "open" else self._day(item, what)

    def _day(self, item: Item | None, what: str) -> date | None:
        if item is None:
            return None
        if isinstance(item.content, str) and _DAY.fullmatch(item.content):
            try:
                return date.fromisoformat(item.content)
            except ValueError:
                pass
        self.wrong_type(item, what, "a date", "write a day that exists as YYYY-MM-DD")
        return None

    def wrong_type(self, item: Item, what: str, expected: str, remedy: str) -> None:
        """Note that `item` is not what is expected in its place."""
        content = item.content
        if isinstance(content, str):
            found = "nothing" if self._is_null(item) else repr(content)
        else:
            found = "a list" if isinstance(content, tuple) else "keys with values"
        self.fault(item, f"{what} is {found}, not {expected}; it cannot be read", remedy)

    def _is_null(self, item: Item) -> bool:
        return item.plain and item.content in ("", "~", "null")

    def _instead(self, word: str, known: tuple[str, ...]) -> str:
        # Only a faulty file pays for loading it.
        from difflib import get_close_matches

        close = get_close_matches(word, known, n=1)
        if close:
            return f"did you mean {close[0]!r}? Otherwise remove it"
        return f"use one of: {', '.join(known)}" if known else "remove it"
