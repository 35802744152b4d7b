"""Who calls: the token of each call is verified before anything else is read of it.

CDS Hooks 2.0, "Trusting CDS Clients", and its best practices: an issuer that is registered, a key
of that client's own set, a recommended algorithm, the very endpoint as audience, a short life, one
use. Whatever is wrong, the caller gets the same `NotTrusted`; the log has the rule's name.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from adapter.security.assertions import client_of_assertion, with_issue_time
from adapter.security.checks import Token, bearer, claims_faults, header_faults, taken_apart
from adapter.security.client import Client
from adapter.security.clients import Clients
from adapter.security.key_sets import KeySets
from adapter.security.keys import Key
from adapter.security.rules import Rule
from cds_hooks.errors import NotTrusted

_Found = TypeVar("_Found")

_LOG = logging.getLogger(__name__)


class Replays(Protocol):
    """Remembers the tokens that were used, for every process of the service."""

    def first_time(self, issuer: str, jti: str, until: datetime) -> bool:
        """Whether this is the first token of this issuer with this id.

        Remembered, at least until then, before the answer is given; of any number of callers at
        once exactly one is told True. What cannot be remembered raises.
        """


class Verifier:
    """Tells which client a token is of.

    Args:
        clients: those that may call.
        keys: their keys.
        replays: which tokens were used.
        public_base: address of this service as clients see it, without a slash at the end; behind
            a proxy that is not the address it listens on. Never read off a request.
        now: the clock.
    """

    def __init__(
        self,
        clients: Clients,
        keys: KeySets,
        replays: Replays,
        public_base: str,
        now: Callable[[], datetime],
    ) -> None:
        self._clients = clients
        self._keys = keys
        self._replays = replays
        self._public_base = public_base.rstrip("/")
        self._now = now

    def verify(self, authorization: str | None, path: str) -> Client:
        """The client that sent this `Authorization` header to this path.

        Raises:
            NotTrusted: it is nobody's, whatever the reason.
        """
        client: Client | None = None
        try:
            token = _unless_refused(taken_apart(_unless_refused(bearer(authorization))))
            client = _unless_refused(client_of(token, self._clients))
            self._check(token, client, path)
        except _Refused as refused:
            name = client.id if client else "unknown"
            _LOG.warning("a call was not trusted: %s (client %s)", refused.rule.kind, name)
            raise NotTrusted from None
        return client

    def verify_assertion(self, assertion: str, path: str) -> Client:
        """The client that signed this assertion for this path.

        Raises:
            NotTrusted: it is nobody's, whatever the reason; an `AssertionRefused` knows whose it
                claims to be.
        """
        client: Client | None = None
        try:
            token = _unless_refused(taken_apart(assertion))
            client = _unless_refused(client_of_assertion(token, self._clients))
            self._check(with_issue_time(token, self._now().timestamp()), client, path)
        except _Refused as refused:
            name = client.id if client else "unknown"
            _LOG.warning("an assertion was refused: %s (client %s)", refused.rule.kind, name)
            raise AssertionRefused(client, refused.rule) from None
        return client

    def _check(self, token: Token, client: Client, path: str) -> None:
        """Raise for the first rule the token breaks; remember it where there is none."""
        for rule in header_faults(token.header, client):
            raise _Refused(rule)
        key = _unless_refused(self._keys.find(client, token.header["kid"]))
        for rule in signature_faults(token, key):
            raise _Refused(rule)
        audiences = (self._public_base + path, *client.audiences)
        for rule in claims_faults(token.claims, client, audiences, self._now().timestamp()):
            raise _Refused(rule)
        last = datetime.fromtimestamp(token.claims["exp"], UTC)
        until = last + timedelta(seconds=client.leeway_seconds + 1)
        if not self._replays.first_time(token.claims["iss"], token.claims["jti"], until):
            raise _Refused(Rule.REPLAYED)


def client_of(token: Token, clients: Clients) -> Client | Rule:
    """The one client the token can be of, by claims that are not verified yet."""
    issuer = token.claims.get("iss")
    if not isinstance(issuer, str):
        return Rule.ISSUER
    return clients.of_token(issuer, token.claims.get("tenant"), token.claims.get("sub"))


def signature_faults(token: Token, key: Key) -> tuple[Rule, ...]:
    """The rules the signature breaks; `alg` must be one of `ALGORITHMS`."""
    algorithm = token.header["alg"]
    if algorithm not in key.algorithms:
        return (Rule.UNFIT_KEY,)
    if not key.signed(algorithm, token.signed, token.signature):
        return (Rule.SIGNATURE,)
    return ()


class AssertionRefused(NotTrusted):
    """A client assertion was refused."""

    def __init__(self, client: Client | None, rule: Rule) -> None:
        super().__init__()
        #: The client it claims to be of; None: of none that is registered.
        self.client = client
        self.rule = rule


class _Refused(Exception):
    def __init__(self, rule: Rule) -> None:
        super().__init__(rule.kind)
        self.rule = rule


def _unless_refused(found: _Found | Rule) -> _Found:
    if isinstance(found, Rule):
        raise _Refused(found)
    return found
