"""A token taken apart for people: each part with what it means, times in words, what is wrong.

Anything that somebody pastes is read as far as it goes; a token that no service would take is what
one wants to see. Nothing of it is logged, and no message repeats any of it.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

#: What the parts of a token are for (RFC 7515, RFC 7519, CDS Hooks 2.0, SMART App Launch 2.2).
_HEADER = {
    "alg": "how it is signed",
    "typ": "what it is; CDS Hooks wants JWT",
    "kid": "which key of the client's set signed it",
    "jku": "where the client's key set is; it has to be the registered address",
    "crit": "extensions the reader has to know; CDS Hooks has none",
    "enc": "how it is encrypted",
    "x5c": "certificates; not looked at here, keys come from the registered set",
    "jwk": "a key; not looked at, as anybody could put theirs in",
}
_CLAIMS = {
    "iss": "who made it: the client, as it is registered",
    "sub": "whom it speaks for; in SMART the client again",
    "aud": "the very endpoint it is for",
    "exp": "when it ends",
    "iat": "when it was made",
    "nbf": "not good before",
    "jti": "its own id; a token with the same is refused",
    "tenant": "which organization of the issuer calls",
    "scope": "what may be done with it",
    "client_id": "the client",
    "jwks": "keys; not looked at",
}
_TIMES = frozenset({"exp", "iat", "nbf", "auth_time"})

#: The last second that is shown as a time, and the last that somebody means, in the year 5138.
_LAST, _LIKELY = 253402300799, 10**11

#: More than any token.
MOST_CHARACTERS = 64 * 1024


class Item(Struct, frozen=True, kw_only=True):
    """An element of the header or a claim."""

    name: str
    value: str
    #: What it is for; empty: nobody here knows it.
    means: str
    #: A time in words; empty: it is none.
    time: str = ""


class Decoded(Struct, frozen=True, kw_only=True):
    """A token."""

    #: What it is, in a sentence.
    kind: str
    #: None: that part cannot be read.
    header: tuple[Item, ...] | None = None
    claims: tuple[Item, ...] | None = None
    #: Bytes of the signature; 0: it has none.
    signature: int = 0
    #: What stands out before any rule is looked at, with what to do: of its form, of its times.
    remarks: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    #: `aud`, as far as it is text.
    audiences: tuple[str, ...] = ()


def decode(sent: str, at: datetime) -> Decoded:
    """Read a token.

    Args:
        sent: as pasted; `Authorization: Bearer` before it is left out.
        at: now, to say times by.
    """
    text = bare(sent)
    if not text:
        return Decoded(kind="There is nothing to read; paste a token.")
    if len(text) > MOST_CHARACTERS:
        return Decoded(kind="This is longer than any token (64 KB); it was not read.")
    parts = text.split(".")
    header = part_of(parts[0])
    if len(parts) == 5 and header is not None:
        return Decoded(
            kind="An encrypted token (JWE): only its reader has the key. CDS Hooks wants a JWT "
            "that is signed.",
            header=tuple(_items(header, _HEADER, at)),
        )
    if len(parts) != 3:
        return Decoded(
            kind="No JWT: that has three parts with dots between. Perhaps it is an access token "
            "that only its server can read, or a part is cut off."
        )
    claims = part_of(parts[1])
    audience = (claims or {}).get("aud")
    listed = audience if isinstance(audience, list) else [audience]
    return Decoded(
        kind=_kind(header, claims, parts[2]),
        header=None if header is None else tuple(_items(header, _HEADER, at)),
        claims=None if claims is None else tuple(_items(claims, _CLAIMS, at)),
        signature=len(_bytes(parts[2]) or b""),
        remarks=tuple(_remarks(header or {}, claims or {}, parts[2])),
        times=tuple(_times(claims or {}, at)),
        audiences=tuple(one for one in listed if isinstance(one, str)),
    )


def bare(sent: str) -> str:
    """The token alone, of a header, a line of curl's, or with line breaks in it."""
    text = sent.strip().strip("'\"")
    for before in ("authorization:", "bearer"):
        if text.lower().startswith(before):
            text = text[len(before) :].strip()
    return "".join(text.split())


def _kind(header: Mapping[str, Any] | None, claims: Mapping[str, Any] | None, last: str) -> str:
    if header is None or claims is None:
        which = "header" if header is None else "claims"
        return f"Not a JWT that can be read: its {which} part is no JSON in base64url."
    if str(header.get("alg", "")).lower() == "none" or not last:
        return "A JWT without a signature: anybody can have made it."
    return "A signed JWT."


def _remarks(header: Mapping[str, Any], claims: Mapping[str, Any], signature: str) -> Iterator[str]:
    algorithm = str(header.get("alg", ""))
    if algorithm.lower() == "none":
        yield "`alg` is none: no service may take it (CDS Hooks 2.0). Sign it with ES384 or RS384."
    elif algorithm.startswith("HS"):
        yield (
            f"`alg` is {algorithm}, which signs with a shared secret: no service may take it (CDS "
            "Hooks 2.0). Sign it with ES384 or RS384."
        )
    if not signature:
        yield "The third part is empty: the signature is missing, or was cut off when copying."
    elif _bytes(signature) is None:
        yield "The third part is no base64url: the token was changed, or cut off when copying."
    for name in ("exp", "iat"):
        value = claims.get(name)
        if isinstance(value, int | float) and value > _LIKELY:
            yield f"`{name}` seems to be milliseconds: it has to be seconds since 1970."


def _times(claims: Mapping[str, Any], at: datetime) -> Iterator[str]:
    expires, issued = _second(claims.get("exp")), _second(claims.get("iat"))
    if expires is not None and expires <= at.timestamp():
        yield f"It has ended {_span(at.timestamp() - expires)} ago: make a new one for each call."
    if expires is not None and issued is not None and expires - issued > 3600:
        yield (
            f"It lives {_span(expires - issued)}: five minutes is what SMART allows, an hour what "
            "CDS Hooks advises at most."
        )


def _items(part: Mapping[str, Any], meanings: Mapping[str, str], at: datetime) -> Iterator[Item]:
    for name, value in part.items():
        second = _second(value) if name in _TIMES else None
        yield Item(
            name=name,
            value=value if isinstance(value, str) else msgspec.json.encode(value).decode(),
            means=meanings.get(name, ""),
            time="" if second is None else _time(second, at),
        )


def _time(second: float, at: datetime) -> str:
    moment = datetime.fromtimestamp(second, UTC)
    away = second - at.timestamp()
    relative = f"in {_span(away)}" if away > 0 else f"{_span(-away)} ago"
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC, {relative if abs(away) >= 1 else 'now'}"


def _span(seconds: float) -> str:
    """`4 minutes 12 seconds`, `3 hours`, `12 days`."""
    whole = round(seconds)
    for size, name in ((86400 * 365, "year"), (86400, "day"), (3600, "hour"), (60, "minute")):
        if whole >= size:
            count, rest = divmod(whole, size)
            more = f" {_counted(rest, 'second')}" if name == "minute" and rest else ""
            return _counted(count, name) + more
    return _counted(whole, "second")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _second(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if 0 < value <= _LAST else None


def part_of(part: str) -> dict[str, Any] | None:
    """Header or claims of a token, JSON in base64url; None: it is none."""
    data = _bytes(part)
    if data is None:
        return None
    try:
        return msgspec.json.decode(data, type=dict[str, Any])
    except (ValueError, RecursionError):
        return None


def _bytes(part: str) -> bytes | None:
    try:
        return urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        return None
