"""What a token must be, apart from its signature; each check yields the rule that is broken.

Header and claims come as the issuer wrote them, so nothing is assumed of their types. Numbers are
compared before they are used: `exp` may be 1e308. JWT (RFC 7519) as CDS Hooks 2.0 narrows it.
"""

from __future__ import annotations

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from adapter.security.client import Client
from adapter.security.rules import Rule

#: A CDS client's token has about 800 characters; headers of 8 KB pass most proxies.
LONGEST = 8192

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")

#: Seconds since 1970 that are a time: up to the year 9999.
_LAST_SECOND = 253402300799


class Token(Struct, frozen=True, kw_only=True):
    """A token taken apart; nothing of it is verified."""

    header: dict[str, Any]
    claims: dict[str, Any]
    #: What the signature is of.
    signed: bytes
    signature: bytes

    def __repr__(self) -> str:
        """Tells nothing of it."""
        return "Token(…)"


def bearer(authorization: str | None) -> str | Rule:
    """The token in an `Authorization` header (RFC 6750)."""
    scheme, _, token = (authorization or "").partition(" ")
    token = token.strip(" ")
    return token if scheme.lower() == "bearer" and token else Rule.NO_TOKEN


def taken_apart(token: str) -> Token | Rule:
    """The parts of a JWT in compact form (RFC 7515)."""
    if len(token) > LONGEST:
        return Rule.TOO_LONG
    if not _COMPACT.fullmatch(token):
        return Rule.MALFORMED
    first, second, third = token.split(".")
    try:
        header, claims = _json(first), _json(second)
        signature = _bytes(third)
    except (ValueError, RecursionError):
        return Rule.MALFORMED
    signed = f"{first}.{second}".encode()
    return Token(header=header, claims=claims, signed=signed, signature=signature)


def header_faults(header: Mapping[str, object], client: Client) -> Iterator[Rule]:
    """The rules a header breaks."""
    if header.get("typ") != "JWT":
        yield Rule.TYPE
    if header.get("alg") not in client.algorithms:
        yield Rule.ALGORITHM
    if not _is_text(header.get("kid")):
        yield Rule.KEY_ID
    if "crit" in header or "b64" in header:
        yield Rule.CRITICAL
    # A client registered with its keys has no URL that could be differs.
    differs = not client.jwks_url or header.get("jku") != client.jwks_url
    if differs and ("jku" in header or client.jku_required):
        yield Rule.KEY_SET_URL


def claims_faults(
    claims: Mapping[str, object], client: Client, audiences: Collection[str], at: float
) -> Iterator[Rule]:
    """The rules the claims break.

    Args:
        claims: as decoded.
        client: the one that `iss` named.
        audiences: one of them must be in `aud`.
        at: seconds since 1970 at which it is judged.
    """
    yield from _party_faults(claims, client, audiences)
    yield from _time_faults(claims, client, at)
    if not _is_text(claims.get("jti")):
        yield Rule.TOKEN_ID


def _party_faults(
    claims: Mapping[str, object], client: Client, audiences: Collection[str]
) -> Iterator[Rule]:
    if "tenant" in claims and claims["tenant"] != client.tenant:
        yield Rule.TENANT
    subject = claims.get("sub")
    if ("sub" in claims and not _is_text(subject)) or client.subject not in ("", subject):
        yield Rule.SUBJECT
    named = claims.get("aud")
    named = named if isinstance(named, list) else [named]
    if not all(map(_is_text, named)) or not any(one in audiences for one in named):
        yield Rule.AUDIENCE


def _time_faults(claims: Mapping[str, object], client: Client, at: float) -> Iterator[Rule]:
    leeway, longest = client.leeway_seconds, client.max_token_seconds
    expires, issued = _seconds(claims.get("exp")), _seconds(claims.get("iat"))
    if expires is None:
        yield Rule.EXPIRY
    elif expires <= at - leeway:
        yield Rule.EXPIRED
    elif expires > at + longest + leeway:
        yield Rule.TOO_LONG_LIVED
    if issued is None or (expires is not None and issued > expires):
        yield Rule.ISSUED_AT
    elif issued > at + leeway:
        yield Rule.ISSUED_LATER
    elif expires is not None and expires - issued > longest + leeway:
        yield Rule.TOO_LONG_LIVED
    if "nbf" in claims:
        begins = _seconds(claims["nbf"])
        if begins is None or begins > at + leeway:
            yield Rule.NOT_YET


def _seconds(value: object) -> float | None:
    """A time claim; None for what is no time after 1970 and before the year 10000."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if 0 < value <= _LAST_SECOND else None


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _json(part: str) -> dict[str, Any]:
    return msgspec.json.decode(_bytes(part), type=dict[str, Any])


def _bytes(part: str) -> bytes:
    """The bytes of a base64url part, which has one spelling (RFC 7515, section 2)."""
    decoded = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if urlsafe_b64encode(decoded).rstrip(b"=").decode() != part:
        raise binascii.Error
    return decoded
