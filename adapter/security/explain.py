"""Why a token would be refused, for the engineer who connects a client.

The service itself says nothing but 401, so this judges the same token by the same rules where the
clients file is, and lists every rule it breaks. Nothing is sent anywhere. What is shown is about
the token's form; no claim is repeated, since `sub` or `iss` may stand for a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from msgspec import Struct

from adapter.security.assertions import ENDPOINT, client_of_assertion, with_issue_time
from adapter.security.checks import Token, bearer, claims_faults, header_faults, taken_apart
from adapter.security.client import Client
from adapter.security.clients import Clients
from adapter.security.keys import ALGORITHMS, KeySet, key_set
from adapter.security.rules import Rule
from adapter.security.tokens import client_of, signature_faults


class Explanation(Struct, frozen=True, kw_only=True):
    """What can be said of a token."""

    #: Id of the client it is judged as; empty: it is nobody's.
    client: str = ""
    #: Rules it breaks, in the order the service finds them; it stops at the first.
    broken: tuple[Rule, ...] = ()
    #: More on a broken rule, by the rule.
    details: dict[Rule, str] = {}
    #: What could not be judged here.
    open: tuple[str, ...] = ()


def explain(
    sent: str,
    clients: Clients,
    *,
    url: str,
    at: datetime,
    keys: KeySet | None = None,
    keys_asked: str = "add --jwks FILE",
) -> Explanation:
    """Judge a token.

    Args:
        sent: the token, with or without `Bearer` before it; a client assertion where the URL is
            that of the token endpoint.
        clients: who may call.
        url: the endpoint that was called, as the client knows it.
        at: when it was called.
        keys: the client's key set, where the registered one is at a URL.
        keys_asked: how to give that, for what is left open without it.
    """
    header = sent.strip()
    found = bearer(header if " " in header else f"Bearer {header}")
    token = found if isinstance(found, Rule) else taken_apart(found)
    if isinstance(token, Rule):
        return Explanation(broken=(token,))
    is_assertion = urlsplit(url).path.endswith(ENDPOINT)
    client = (client_of_assertion if is_assertion else client_of)(token, clients)
    if isinstance(client, Rule):
        return Explanation(broken=(client,))
    if is_assertion:
        token = with_issue_time(token, at.timestamp())
    open_questions = []
    if client.jwks is not None:
        keys = key_set(client.jwks)
    if keys is None:
        open_questions.append(
            "the signature: this client's keys are at its `jwks_url`; download them and "
            f"{keys_asked}"
        )
    open_questions.append("whether the token was used before: each is good for one call")
    broken = dict.fromkeys(_broken(token, client, keys, url, at))
    return Explanation(
        client=client.id,
        broken=tuple(broken),
        details={rule: told for rule in broken if (told := _detail(rule, token, url, at))},
        open=tuple(open_questions),
    )


def _broken(
    token: Token, client: Client, keys: KeySet | None, url: str, at: datetime
) -> Iterator[Rule]:
    yield from header_faults(token.header, client)
    kid, algorithm = token.header.get("kid"), token.header.get("alg")
    if keys is not None and isinstance(kid, str):
        key = keys.find(kid)
        if isinstance(key, Rule):
            yield key
        elif isinstance(algorithm, str) and algorithm in ALGORITHMS:
            yield from signature_faults(token, key)
    yield from claims_faults(token.claims, client, (url, *client.audiences), at.timestamp())


def _detail(rule: Rule, token: Token, url: str, at: datetime) -> str:
    """More than the rule says, without repeating a claim."""
    if rule is Rule.AUDIENCE:
        named = token.claims.get("aud")
        named = named if isinstance(named, list) else [named]
        differences = [_difference(one, url) for one in named if isinstance(one, str)]
        return differences[0] if differences else "it is missing, or not a text"
    expires, issued, called = token.claims.get("exp"), token.claims.get("iat"), at.timestamp()
    if rule is Rule.EXPIRED and expires is not None:
        return f"{called - expires:.0f} seconds before the time of the call"
    if rule is Rule.TOO_LONG_LIVED and expires is not None:
        return f"it ends {expires - called:.0f} seconds after the time of the call"
    if rule is Rule.ISSUED_LATER and issued is not None:
        return f"{issued - called:.0f} seconds after the time of the call"
    return ""


def _difference(named: str, url: str) -> str:
    """In which part an audience differs from the URL called."""
    try:
        one, other = urlsplit(named), urlsplit(url)
        parts = {
            "the scheme": (one.scheme, other.scheme),
            "the host": (one.hostname, other.hostname),
            "the port": (one.port, other.port),
        }
    except ValueError:
        return "it is no URL"
    differing = [part for part, (mine, theirs) in parts.items() if mine != theirs]
    if one.path.rstrip("/") != other.path.rstrip("/"):
        differing.append("the path")
    elif one.path != other.path:
        differing.append("the slash at the end")
    if not differing:
        return "it differs in spelling, or in what follows the path"
    return f"it differs in {' and '.join(differing)}"
