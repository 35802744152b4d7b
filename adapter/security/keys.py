"""The public keys of a client, read from a JSON Web Key Set (RFC 7517).

Only what can verify the algorithms of `ALGORITHMS` is a key here: RSA of at least 2048 bits, and
elliptic curves, each for the one algorithm that fits it (RFC 7518). A key set is somebody else's
data: what of it cannot be used is left out and told as a fault, by `kid`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from msgspec import Struct

from adapter.security.rules import Rule

#: What a client may be registered with. No `none`, nothing with a shared secret.
ALGORITHMS = {
    name: jwt.get_algorithm_by_name(name)
    for name in (
        *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
        *("ES256", "ES384", "ES512"),
    )
}

#: The one algorithm of each curve.
_CURVES = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
_RSA = frozenset(name for name in ALGORITHMS if not name.startswith("ES"))

#: Shorter ones can be broken; longer ones cost each call more than they are worth.
_RSA_BITS = range(2048, 8192 + 1)

#: Members only the private half has.
_PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")


class Key(Struct, frozen=True, kw_only=True):
    """One public key."""

    kid: str
    #: The algorithms it may verify.
    algorithms: frozenset[str]
    public: RSAPublicKey | EllipticCurvePublicKey

    def signed(self, algorithm: str, content: bytes, signature: bytes) -> bool:
        """Whether the signature of the content is this key's; `algorithm` must be one of its."""
        return ALGORITHMS[algorithm].verify(content, self.public, signature)


class KeySet:
    """The keys of one client, by `kid`."""

    def __init__(self, keys: Mapping[str, Key], faults: tuple[str, ...] = ()) -> None:
        self._keys = dict(keys)
        #: What of the set cannot be used, and why.
        self.faults = faults

    def __len__(self) -> int:
        return len(self._keys)

    def find(self, kid: str) -> Key | Rule:
        """The key with this id."""
        return self._keys.get(kid, Rule.UNKNOWN_KEY)


class NoKeySet(ValueError):
    """What was read is not a JSON Web Key Set."""


def read_key_set(document: bytes) -> KeySet:
    """The usable keys of a key set.

    Raises:
        NoKeySet: it is no JSON object with an array `keys`.
    """
    try:
        decoded = msgspec.json.decode(document)
    except (ValueError, RecursionError):
        raise NoKeySet("it is not JSON") from None
    return key_set(decoded)


def key_set(decoded: object) -> KeySet:
    """The same of a decoded key set."""
    listed = decoded.get("keys") if isinstance(decoded, dict) else None
    if not isinstance(listed, list):
        raise NoKeySet("it is not a JSON object with an array `keys`")
    counted = Counter(_kid(jwk) for jwk in listed)
    keys: dict[str, Key] = {}
    faults: list[str] = []
    for place, jwk in enumerate(listed):
        kid = _kid(jwk)
        try:
            if counted[kid] > 1 and kid:
                raise _Unusable("another key has the same `kid`; each needs its own")
            keys[kid] = _key(kid, jwk)
        except _Unusable as fault:
            faults.append(f"keys[{place}]: {fault}")
    return KeySet(keys, tuple(faults))


class _Unusable(Exception):
    """Why a key is left out."""


def _kid(jwk: object) -> str:
    kid = jwk.get("kid") if isinstance(jwk, dict) else None
    return kid if isinstance(kid, str) else ""


def _key(kid: str, jwk: Any) -> Key:
    if not kid:
        raise _Unusable("it has no `kid`, by which a token names its key")
    if any(member in jwk for member in _PRIVATE):
        raise _Unusable(
            "it is a private or secret key; whoever has read it can sign as this client. Make a "
            "new key pair and register its public half alone"
        )
    uses = jwk.get("key_ops", ["verify"])
    if jwk.get("use", "sig") != "sig" or not isinstance(uses, list) or "verify" not in uses:
        raise _Unusable("it is not for signatures (`use`, `key_ops`)")
    public, algorithms = _public(jwk)
    if (stated := jwk.get("alg")) is not None:
        if not isinstance(stated, str) or stated not in algorithms:
            raise _Unusable(f"its `alg` is none that fits it; it is for {_listed(algorithms)}")
        algorithms = frozenset([stated])
    return Key(kid=kid, algorithms=algorithms, public=public)


def _public(jwk: dict[str, Any]) -> tuple[RSAPublicKey | EllipticCurvePublicKey, frozenset[str]]:
    algorithm = _CURVES.get(str(jwk.get("crv")))
    try:
        if jwk.get("kty") == "RSA":
            rsa = ALGORITHMS["RS384"].from_jwk(jwk)
            if isinstance(rsa, RSAPublicKey):
                if rsa.key_size not in _RSA_BITS:
                    raise _Unusable(
                        f"it has {rsa.key_size} bits; RSA keys need 2048 to 8192 of them"
                    )
                return rsa, _RSA
        elif jwk.get("kty") == "EC" and algorithm:
            elliptic = ALGORITHMS[algorithm].from_jwk(jwk)
            if isinstance(elliptic, EllipticCurvePublicKey):
                return elliptic, frozenset([algorithm])
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError, OverflowError):
        raise _Unusable("its numbers make no key") from None
    raise _Unusable("it is neither RSA nor a key on P-256, P-384 or P-521")


def _listed(algorithms: frozenset[str]) -> str:
    return ", ".join(sorted(algorithms))
