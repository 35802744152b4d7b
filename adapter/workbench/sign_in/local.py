"""Signing in with a password of this service: is it right, and how often was it tried.

An account that is not there is answered like one that is, in the same time; both are locked after
the same number of attempts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct

from adapter.clock import MEMBER_ZONE
from adapter.store.attempts import Attempts
from adapter.store.transactions import milliseconds
from adapter.workbench.sign_in.passwords import NOBODYS, Busy, matches, unfit
from adapter.workbench.sign_in.signed_in import SignedIn, called

_LOG = logging.getLogger(__name__)

#: After so many attempts without success nobody signs in for a while; the time counts from the
#: last attempt that was looked at.
_MOST_OF_ACCOUNT, _MOST_OF_ADDRESS, _MOST_LEAVING = 5, 25, 100
_WHILE = 15 * 60_000

_WRONG = "Name or password is not right. Passwords tell capital and small letters apart."


class Refused(Struct, frozen=True, kw_only=True):
    """Why somebody is not signed in, in words for them."""

    says: str
    status: int
    #: When to come back; 0: at once.
    seconds: int = 0


class LocalSignIn:
    """Signs people in by account and password.

    Args:
        people: who may.
        attempts: counts who tries.
        now: the clock.
    """

    def __init__(self, people: SignedIn, attempts: Attempts, now: Callable[[], datetime]) -> None:
        self._people, self._attempts, self._now = people, attempts, now

    def sign_in(self, name: str, password: str, address: str) -> Refused | None:
        """Sign somebody in.

        Args:
            name: as it was typed.
            password: the same.
            address: where it comes from.

        Returns:
            None: they are signed in.

        Raises:
            NotStored: the database failed; they are not.
        """
        name = name.strip().lower()[:100]
        place, of_account = f"address:{address}", f"account:{name}"
        refused = self._counted(place, _MOST_OF_ADDRESS) or self._counted(
            of_account, _MOST_OF_ACCOUNT
        )
        account = self._people.registry.known.accounts.get(name)
        user = name if account else ""
        if refused is not None:
            _LOG.warning("sign-in: too many attempts")
            self._people.note(
                "sign-in", "refused", account, user, f"too many attempts, from {address}"
            )
            return refused
        try:
            is_right = matches(account.password_hash if account else NOBODYS, password)
        except Busy:
            self._attempts.take_back(place)
            self._attempts.take_back(of_account)
            _LOG.warning("sign-in: too many at once")
            return Refused(
                says="Too many people sign in at this moment. Try again.", status=503, seconds=5
            )
        # A hash that was made elsewhere may be of a password that everybody knows.
        if account is None or not is_right or unfit(password, name):
            _LOG.warning("sign-in: name or password was wrong")
            self._people.note("sign-in", "refused", account, user, f"password, from {address}")
            return Refused(says=_WRONG, status=403)
        self._attempts.clear(of_account)
        self._attempts.take_back(place)
        self._people.sign_in(
            of_account, user=name, name=called(account), how=f"password, from {address}"
        )
        return None

    def too_many_leave(self, address: str) -> Refused | None:
        """Count somebody who goes to the identity provider; None: not too many did."""
        return self._counted(f"leaving:{address}", _MOST_LEAVING)

    def _counted(self, what: str, most: int) -> Refused | None:
        now = self._now()
        until = self._attempts.count(what, milliseconds(now), most=most, milliseconds=_WHILE)
        if until is None:
            return None
        seconds = max(1, (until - milliseconds(now)) // 1000)
        back = (now + timedelta(seconds=seconds + 60)).astimezone(MEMBER_ZONE)
        minutes = -(-seconds // 60)
        return Refused(
            says="There were too many attempts to sign in. Come back at "
            f"{back:%H:%M} (California time), in {minutes} minute{'' if minutes == 1 else 's'}.",
            status=429,
            seconds=seconds,
        )
