"""Test tokens of a CDS client: what the form says, and the token made of it.

The private key comes with the form and is used for this one request: this service keeps none, so a
key pair for tests is made with each visit and given to the page.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any, get_args

import msgspec
from msgspec import Struct

from adapter.cds_client.keys import Algorithm, SigningKey, new_key, public_set, signing_key
from adapter.cds_client.tokens import LIFE_SECONDS, Signer
from adapter.errors import UnusableInput

ALGORITHMS: tuple[Algorithm, ...] = get_args(Algorithm)

#: A key file has a few thousand.
_MOST_CHARACTERS = 32 * 1024

_AN_HOUR = 3600

#: Of an RSA key; shorter ones can be broken.
_LEAST_BITS = 2048

ISSUER = "https://ehr.example.org"


#: What may be wrong with a token on purpose, to see a service refuse it.
FAULTS = {
    "": "nothing",
    "expired": "it ended an hour ago",
    "endpoint": "it is for another endpoint",
    "changed": "it was changed after signing",
    "unsigned": "it is not signed (alg none)",
}


class KeyPair(Struct, frozen=True, kw_only=True):
    """A key pair as it is shown."""

    private: str
    public: str

    def __repr__(self) -> str:
        """Tells nothing of it."""
        return "KeyPair(…)"


class Asked(Struct, frozen=True, kw_only=True):
    """The form as it was filled in."""

    key: str = ""
    kid: str = ""
    iss: str = ISSUER
    aud: str = ""
    sub: str = ""
    jku: str = ""
    tenant: str = ""
    seconds: str = str(LIFE_SECONDS)
    fault: str = ""

    def __repr__(self) -> str:
        """Tells nothing of it."""
        return "Asked(…)"


class Minted(Struct, frozen=True, kw_only=True):
    """A token, and the key set by which a service verifies it."""

    token: str
    public: str
    issuer: str
    jku: str
    tenant: str

    def __repr__(self) -> str:
        """Tells nothing of it."""
        return "Minted(…)"


def fresh_pair(algorithm: str = "ES384") -> KeyPair:
    """A new key pair for tests.

    Raises:
        UnusableInput: there is no such algorithm.
    """
    known = next((one for one in ALGORITHMS if one == algorithm), None)
    if known is None:
        raise UnusableInput(f"there are keys for {' and '.join(ALGORITHMS)} only; choose of these")
    private, public = new_key(known)
    return KeyPair(private=_json(private), public=_json(public))


def read_form(form: Mapping[str, str]) -> Asked:
    """The form, each field without what surrounds it."""
    fields = {name: form.get(name, "").strip() for name in Asked.__struct_fields__}
    return msgspec.convert(fields, Asked)


def mint(asked: Asked) -> Minted:
    """Sign a token.

    Raises:
        UnusableInput: something is missing or cannot be used; no message repeats the key.
    """
    if not asked.iss or not asked.aud:
        raise UnusableInput(
            "a token needs an issuer (iss) and the endpoint it is for (aud); fill in both"
        )
    if not asked.seconds.isdecimal() or not 1 <= int(asked.seconds[:6]) <= LIFE_SECONDS:
        raise UnusableInput(
            f"a test token lives from 1 to {LIFE_SECONDS} seconds, which is what SMART allows"
        )
    if asked.fault not in FAULTS:
        raise UnusableInput(
            f"no such fault can be made; choose of {', '.join(filter(None, FAULTS))}"
        )
    key = _key(asked)
    signer = Signer(
        key=key,
        issuer=asked.iss,
        tenant=asked.tenant or None,
        subject=asked.sub or None,
        key_set_url=asked.jku or None,
        life_seconds=int(asked.seconds),
        made_seconds_ago=_AN_HOUR + int(asked.seconds) if asked.fault == "expired" else 0,
    )
    token = signer.token(f"{asked.aud}/elsewhere" if asked.fault == "endpoint" else asked.aud)
    return Minted(
        token=_spoilt(token, asked.fault),
        public=_json(public_set(key)),
        issuer=asked.iss,
        jku=asked.jku,
        tenant=asked.tenant,
    )


def _key(asked: Asked) -> SigningKey:
    if not asked.key or len(asked.key) > _MOST_CHARACTERS:
        raise UnusableInput("there is no private key to sign with; make a test key, or paste one")
    key = signing_key(
        asked.key.encode(),
        name="what stands under “Private key”",
        kid=asked.kid or None,
        makes_one="“New test key” makes one",
        kid_asked="fill in its key id (kid)",
    )
    (jwk,) = public_set(key)["keys"]
    if jwk["kty"] == "RSA" and key.private.key_size < _LEAST_BITS:
        raise UnusableInput("the RSA key has fewer than 2048 bits, which no service takes")
    return key


def _spoilt(token: str, fault: str) -> str:
    header, claims, signature = token.split(".")
    if fault == "unsigned":
        return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{claims}."
    if fault == "changed":
        read = msgspec.json.decode(urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        return f"{header}.{_part(read | {'jti': 'changed'})}.{signature}"
    return token


def _part(value: dict[str, Any]) -> str:
    return urlsafe_b64encode(msgspec.json.encode(value)).rstrip(b"=").decode()


def _json(document: dict[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()
