"""Client assertions: how a client proves itself at the token endpoint, apart from its signature.

SMART App Launch 2.2, "Authenticating to the token endpoint": a JWT whose `iss` and `sub` are both
the client's id, for the token endpoint alone, good for at most five minutes and once. A client is
known here by the `id` or the `issuer` it is registered with; a hook's token, which has another
`aud`, is no assertion and the other way round.
"""

from __future__ import annotations

from typing import Any

import msgspec

from adapter.security.checks import Token
from adapter.security.client import Client
from adapter.security.clients import Clients
from adapter.security.rules import Rule

ALGORITHMS = ("RS384", "ES384")

#: Where assertions are taken, below the base of the service.
ENDPOINT = "/auth/token"

_LONGEST_SECONDS = 300


def client_of_assertion(token: Token, clients: Clients) -> Client | Rule:
    """The client an assertion can be of, as it is to be judged, by claims not verified yet."""
    issuer = token.claims.get("iss")
    if not isinstance(issuer, str):
        return Rule.ISSUER
    subject = token.claims.get("sub")
    if subject != issuer:
        return Rule.CLIENT_ID
    client = clients.find(issuer)
    if client is None:
        # Several clients of one issuer differ by `sub`, which is the issuer here.
        found = clients.of_token(issuer, token.claims.get("tenant"), None)
        if isinstance(found, Rule):
            return found
        client = found
    return judged(client, issuer) if client.organization else Rule.NO_PART


def judged(client: Client, id: str) -> Client:
    """The client by the rules for assertions, which are stricter than those for hook calls."""
    return msgspec.structs.replace(
        client,
        algorithms=tuple(one for one in client.algorithms if one in ALGORITHMS),
        audiences=(),
        subject=id,
        max_token_seconds=min(client.max_token_seconds, _LONGEST_SECONDS),
    )


def with_issue_time(token: Token, at: float) -> Token:
    """The assertion as if made now, where it does not say when: SMART does not ask for `iat`."""
    claims: dict[str, Any] = {"iat": at, **token.claims}
    return msgspec.structs.replace(token, claims=claims)
