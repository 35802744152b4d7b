"""Tokens are good for one call: who has seen which (RFC 7519 `jti`; SMART App Launch 2.2).

A service of several processes needs a memory they share, which `adapter.store` is. The one here
serves a single process and forgets when that ends: for tests and for trying out.
"""

from __future__ import annotations

from datetime import datetime
from threading import Lock
from typing import Protocol


class Replays(Protocol):
    """Remembers the tokens that were used."""

    def first_time(self, issuer: str, jti: str, until: datetime) -> bool:
        """Whether this is the first token of this issuer with this id.

        Remembered, at least until then, before the answer is given; of any number of callers at
        once exactly one is told True. What cannot be remembered raises.
        """


class OneProcessReplays:
    """A memory of one process."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, str]] = set()
        self._lock = Lock()

    def first_time(self, issuer: str, jti: str, until: datetime) -> bool:
        """Whether it is; nothing is ever forgotten."""
        del until
        with self._lock:
            before = len(self._seen)
            self._seen.add((issuer, jti))
            return len(self._seen) > before
