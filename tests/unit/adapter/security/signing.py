"""A client that signs: keys, key sets and tokens, good ones and any other."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from adapter.security.client import Client
from adapter.security.clients import Clients
from adapter.security.key_sets import KeySets
from adapter.security.tokens import Replays, Verifier

ISSUER = "https://ehr.example.org"
BASE = "https://ecm.example.org"
PATH = "/cds-services/ecm-patient-view"
NOW = datetime(2026, 3, 18, 16, 0, tzinfo=UTC)
AT = int(NOW.timestamp())

Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_CURVES: dict[str, ec.EllipticCurve] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
    "secp256k1": ec.SECP256K1(),
}
_numbers = count()


@cache
def private_key(kind: str) -> Private:
    """The one key of this name for all tests: `rsa`, `rsa-1024`, `P-384`, `rsa/other`."""
    kind = kind.partition("/")[0]
    if kind.startswith("rsa"):
        bits = int(kind.partition("-")[2] or 2048)
        return rsa.generate_private_key(65537, bits)
    return ec.generate_private_key(_CURVES[kind])


def jwk(kind: str, **members: object) -> dict[str, Any]:
    """The public half of a key, with its name as `kid`; None takes a member out."""
    key = private_key(kind)
    algorithm = "RS384" if isinstance(key, rsa.RSAPrivateKey) else "ES384"
    made = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
    made.pop("key_ops", None)
    made |= {"kid": kind, "use": "sig"} | members
    return {name: value for name, value in made.items() if value is not None}


def jwks(*kinds: str) -> dict[str, Any]:
    """A key set."""
    return {"keys": [jwk(kind) for kind in kinds]}


def header(kind: str = "P-384", **changed: object) -> dict[str, Any]:
    """A good header for a key, with changes."""
    algorithm = "RS384" if kind.startswith("rsa") else "ES384"
    return {"typ": "JWT", "alg": algorithm, "kid": kind} | changed


def claims(**changed: object) -> dict[str, Any]:
    """Good claims, with changes; each has an id of its own."""
    return {
        "iss": ISSUER,
        "aud": BASE + PATH,
        "iat": AT,
        "exp": AT + 300,
        "jti": f"id-{next(_numbers)}",
    } | changed


def encoded(part: object) -> str:
    """Base64url of bytes, of text as it is, or of anything else as JSON."""
    if not isinstance(part, bytes):
        part = (part if isinstance(part, str) else json.dumps(part)).encode()
    return urlsafe_b64encode(part).rstrip(b"=").decode()


def signed(head: object, body: object, kind: str = "P-384", algorithm: str = "") -> str:
    """A token with this header and these claims, whatever they are, signed with the key."""
    key = private_key(kind)
    name = algorithm or ("RS384" if isinstance(key, rsa.RSAPrivateKey) else "ES384")
    content = f"{encoded(head)}.{encoded(body)}"
    return f"{content}.{encoded(jwt.get_algorithm_by_name(name).sign(content.encode(), key))}"


def token(kind: str = "P-384", **changed: object) -> str:
    """A good token, but for the changed claims."""
    return signed(header(kind), claims(**changed), kind)


def client(**changed: Any) -> Client:
    """A client registered with an RSA key and one on P-384."""
    given: dict[str, Any] = {
        "id": "valley",
        "issuer": ISSUER,
        "tenant": "valley-health",
        "jwks": jwks("rsa", "P-384"),
    }
    return Client(**(given | changed))


class Replayed:
    """A memory of used tokens."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, str]] = set()

    def first_time(self, issuer: str, jti: str, until: datetime) -> bool:
        """Whether it is; nothing is ever forgotten."""
        del until
        before = len(self._seen)
        self._seen.add((issuer, jti))
        return len(self._seen) > before


def verifier(*clients: Client, replays: Replays | None = None, at: datetime = NOW) -> Verifier:
    """What a service with these clients would ask."""
    registered = Clients(clients or (client(),))
    keys = KeySets(registered)
    return Verifier(registered, keys, replays or Replayed(), BASE, lambda: at)


def clients_file(folder: Path, *tables: str) -> Path:
    """A clients file with these tables, and the key set `keys.json` beside it."""
    (folder / "keys.json").write_text(json.dumps(jwks("rsa", "P-384")))
    file = folder / "clients.toml"
    file.write_text("\n".join(f"[[clients]]\n{table}" for table in tables))
    return file
