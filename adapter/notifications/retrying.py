"""When to try again what could not be delivered, and when to give up.

An endpoint that does not answer is tried again for days, ever more seldom. How long to wait is
spread by a digest of subscription and attempt, so that all that wait for one endpoint do not come
back in the same moment, and a test comes out the same each time. Pure: time is an argument.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Literal

from msgspec import Struct

SECOND = 1000
HOUR = 3600 * SECOND
DAY = 24 * HOUR

FIRST_WAIT = 5 * SECOND
LONGEST_WAIT = HOUR
#: For how long it is tried.
HORIZON = 7 * DAY
#: The longest that a receiver may ask us to wait.
LONGEST_ASKED = DAY

#: Failures in a row after which an endpoint is left alone for a while, and for how long.
TRIPS_AFTER = 3
LEFT_ALONE = 10 * SECOND
LONGEST_LEFT_ALONE = 600 * SECOND

Kind = Literal["taken", "later", "refused", "gone"]


class Verdict(Struct, frozen=True, kw_only=True):
    """What became of one attempt."""

    #: `taken`; `later`: try again; `refused`: this notification never; `gone`: this endpoint never.
    kind: Kind
    #: What happened, without address, header or content of an answer.
    words: str = ""
    #: How long the receiver asks us to wait, in milliseconds; 0: it did not say.
    wait: int = 0
    #: How long it took, in milliseconds; of several in a row, the longest.
    took: int = 0


#: An endpoint that takes longer is slow.
SLOW = 2 * SECOND

#: Codes of an answer that say the request itself will never be taken.
_REFUSED = frozenset({400, 405, 406, 411, 412, 413, 414, 415, 416, 422, 431})
#: Those that say try again, though they are of the client's kind.
_LATER = frozenset({408, 409, 421, 423, 424, 425, 429})


def judged(status: int, retry_after: int = 0) -> Verdict:
    """What an HTTP status says.

    Args:
        status: of the answer.
        retry_after: its `Retry-After`, in milliseconds; 0: none.
    """
    words = f"the endpoint answered {status}"
    if 200 <= status < 300:
        return Verdict(kind="taken")
    if status in _LATER or status >= 500 or status < 200:
        return Verdict(kind="later", words=words, wait=min(retry_after, LONGEST_ASKED))
    if status in _REFUSED:
        return Verdict(kind="refused", words=words)
    if status < 400:
        return Verdict(kind="gone", words=f"{words}, a redirect, which is not followed")
    return Verdict(kind="gone", words=words)


def wait_ms(failures: int, key: str) -> int:
    """How long to wait after so many failures in a row: doubled each time, half of it by chance.

    Args:
        failures: 1 after the first.
        key: whose, so that several do not wait the same time.
    """
    whole = min(LONGEST_WAIT, FIRST_WAIT << min(failures - 1, 30))
    drawn = int.from_bytes(sha256(f"{key} {failures}".encode()).digest()[:4])
    return whole // 2 + drawn * (whole - whole // 2) // 2**32


def next_attempt(now: int, failures: int, key: str, verdict: Verdict) -> int:
    """The instant of the next attempt; what the receiver asked for counts, if it is longer."""
    return now + max(wait_ms(failures, key), verdict.wait)


def is_hopeless(now: int, failing_since: int) -> bool:
    """Whether it has been tried for long enough."""
    return bool(failing_since) and now - failing_since >= HORIZON


class _State(Struct):
    failures: int = 0
    #: Not before this instant.
    until: int = 0
    under_way: int = 0
    #: Whether the last attempt failed or was slow.
    suspect: bool = False


class Breakers:
    """Which endpoints may be tried now. For one thread, or under one lock.

    After some failures in a row an endpoint is left alone; then one attempt at a time finds out
    whether it is back. Endpoints that failed or were slow share half of the places, so that they
    can keep each other waiting but nobody else.

    Args:
        places: how many attempts may be under way in all.
        per_origin: how many to one endpoint.
    """

    def __init__(self, places: int, per_origin: int = 2) -> None:
        self._places = places
        self._per_origin = per_origin
        self._states: dict[str, _State] = {}

    def closed_to(self, now: int) -> tuple[str, ...]:
        """Origins that must not be tried now."""
        crowded = self._suspects_under_way() >= max(1, self._places // 2)
        return tuple(
            origin
            for origin, state in self._states.items()
            if state.until > now
            or state.under_way >= (1 if state.suspect else self._per_origin)
            or (crowded and state.suspect)
        )

    def may_try(self, origin: str, now: int) -> bool:
        """Whether this one may be."""
        return origin not in self.closed_to(now)

    def begin(self, origin: str) -> None:
        """An attempt begins."""
        self._states.setdefault(origin, _State()).under_way += 1

    def end(self, origin: str, verdict: Verdict, now: int) -> None:
        """An attempt ended so."""
        state = self._states.setdefault(origin, _State())
        state.under_way = max(0, state.under_way - 1)
        state.suspect = verdict.took > SLOW or verdict.kind == "later"
        if verdict.kind != "later":
            # It answered, whatever it said of the notification.
            state.failures, state.until = 0, 0
            if not state.suspect and not state.under_way:
                del self._states[origin]
            return
        state.failures += 1
        if state.failures >= TRIPS_AFTER:
            beyond = min(state.failures - TRIPS_AFTER, 16)
            state.until = now + min(LONGEST_LEFT_ALONE, LEFT_ALONE * 2**beyond)
        state.until = max(state.until, now + verdict.wait if verdict.wait else 0)

    def _suspects_under_way(self) -> int:
        return sum(state.under_way for state in self._states.values() if state.suspect)
