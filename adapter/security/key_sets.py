"""The keys of every client: registered ones, and those fetched from its `jwks_url`.

A fetched set is kept as long as its `Cache-Control` says, within a minute and an hour, and read
again at most once a minute when a token names a key it does not hold, as after a rotation. So
nobody makes this service send requests by sending tokens. While a URL does not answer, the last
good set is used for a day. Each process keeps its own.

The URL is the registered one. It is called with `fhir_client.guarded`: the address is checked, no
redirect is followed, time and size are bounded.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock

from msgspec import Struct

from adapter.fhir_client.guarded import guarded_session
from adapter.security.client import Client
from adapter.security.keys import Key, KeySet, NoKeySet, key_set, read_key_set
from adapter.security.rules import Rule

_LOG = logging.getLogger(__name__)

#: Seconds one fetch may take, and bytes it may bring.
FETCH_SECONDS, MOST_BYTES = 3.0, 256 * 1024
#: How long a set is kept, whatever its server says.
SHORTEST_SECONDS, LONGEST_SECONDS = 60.0, 3600.0
#: Seconds between two fetches for one client; fewer as long as it has no keys at all.
BETWEEN_SECONDS, BETWEEN_FIRST_SECONDS = 60.0, 10.0
#: A set this old is not used any more: its keys may have been withdrawn.
STALE_SECONDS = 24 * 3600.0

_MAX_AGE = re.compile(r"(?:^|,)\s*max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)
_NOT_KEPT = re.compile(r"(?:^|,)\s*(?:no-store|no-cache)\b", re.IGNORECASE)


class KeySets:
    """Keys by client and `kid`; many threads may ask at once."""

    def __init__(
        self,
        clients: Iterable[Client],
        seconds: Callable[[], float] = time.monotonic,
        *,
        ca_file: Path | None = None,
    ) -> None:
        self._seconds = seconds
        self._registered = {one.id: key_set(one.jwks) for one in clients if one.jwks is not None}
        self._fetched: dict[str, _Fetched] = {}
        self._sessions = {
            private: guarded_session(
                allow_private=private, pool=4, at_most=MOST_BYTES, ca_file=ca_file
            )
            for private in (False, True)
        }

    def find(self, client: Client, kid: str) -> Key | Rule:
        """The client's key with this id, fetched where needed."""
        if (registered := self._registered.get(client.id)) is not None:
            return registered.find(kid)
        fetched = self._fetched.setdefault(client.id, _Fetched())
        found, is_fresh = self._look(fetched, kid)
        # While another thread fetches, the old key will do.
        if isinstance(found, Key) and (is_fresh or fetched.lock.locked()):
            return found
        with fetched.lock:
            between = BETWEEN_FIRST_SECONDS if found is Rule.NO_KEYS else BETWEEN_SECONDS
            if self._seconds() >= fetched.tried + between:
                self._fetch(client, fetched)
            return self._look(fetched, kid)[0]

    def close(self) -> None:
        """Close the connections."""
        for session in self._sessions.values():
            session.close()

    def _look(self, fetched: _Fetched, kid: str) -> tuple[Key | Rule, bool]:
        """What the set at hand says, and whether it needs no fetch yet."""
        held, now = fetched.held, self._seconds()
        if held is None or now > held.at + STALE_SECONDS:
            return Rule.NO_KEYS, False
        return held.keys.find(kid), now < held.at + held.kept_seconds

    def _fetch(self, client: Client, fetched: _Fetched) -> None:
        """Fetch the set; where that fails the old one stays."""
        fetched.tried = self._seconds()
        session = self._sessions[client.allow_private_addresses]
        try:
            # What `requests` raises is an OSError.
            with session.get(
                client.jwks_url, headers={"Accept": "application/json"}, timeout=FETCH_SECONDS
            ) as answer:
                if answer.status_code != 200:
                    raise NoKeySet(f"status {answer.status_code}")
                keys = read_key_set(answer.content)
                kept = _kept_seconds(answer.headers.get("Cache-Control", ""))
        except (OSError, ValueError) as fault:
            # The message of a network fault holds the URL; its kind says enough.
            kind = str(fault) if isinstance(fault, NoKeySet) else type(fault).__name__
            _LOG.warning("the key set of client %s could not be had: %s", client.id, kind)
            return
        for unusable in keys.faults:
            _LOG.warning("the key set of client %s, %s", client.id, unusable)
        fetched.held = _Held(keys=keys, at=self._seconds(), kept_seconds=kept)


class _Held(Struct, frozen=True, kw_only=True):
    """A set that came."""

    keys: KeySet
    #: When, and for how long it may be used without asking again.
    at: float
    kept_seconds: float


class _Fetched:
    """What one process knows of one client's key set. Its lock is held while it is fetched."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.held: _Held | None = None
        self.tried = float("-inf")


def _kept_seconds(cache_control: str) -> float:
    """How long a set may be used without asking again; five minutes where nothing is said."""
    if _NOT_KEPT.search(cache_control):
        return SHORTEST_SECONDS
    stated = _MAX_AGE.search(cache_control)
    seconds = float(stated[1]) if stated else 300.0
    return min(max(seconds, SHORTEST_SECONDS), LONGEST_SECONDS)
