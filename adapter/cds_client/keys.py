"""Key pairs a CDS client signs with: made, read from a file, published as a JWK Set.

CDS Hooks 2.0 recommends ES384 and RS384 (cds-hooks_2.0@205). A private key is kept as a JWK, since
that carries its `kid`; PEM files, as openssl writes them, are read too.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as new_ec_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as new_rsa_key
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from jwt.exceptions import InvalidKeyError
from msgspec import Struct

from adapter.errors import UnusableInput

Algorithm = Literal["ES384", "RS384"]

PRIVATE_FILE, PUBLIC_FILE = "private-key.json", "jwks.json"

#: What makes a key of its kind, in the order RFC 7638 hashes it.
_PUBLIC = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n")}

#: By curve; RSA keys sign RS384.
_BY_CURVE = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}


class SigningKey(Struct, frozen=True, kw_only=True):
    """A private key and how it signs."""

    kid: str
    algorithm: str
    private: EllipticCurvePrivateKey | RSAPrivateKey

    def __repr__(self) -> str:
        """Tells nothing of the key."""
        return "SigningKey(…)"


def new_key(algorithm: Algorithm) -> tuple[dict[str, Any], dict[str, Any]]:
    """A fresh private JWK, and the JWK Set with its public half.

    `kid` is the key's thumbprint (RFC 7638), so no two keys share one.
    """
    if algorithm == "ES384":
        private = ECAlgorithm.to_jwk(new_ec_key(SECP384R1()), as_dict=True)
    else:
        private = RSAAlgorithm.to_jwk(new_rsa_key(65537, 3072), as_dict=True)
    public = {name: private[name] for name in _PUBLIC[private["kty"]]}
    named = {"kid": _thumbprint(public), "alg": algorithm, "use": "sig"}
    private.pop("key_ops", None)
    return private | named, {"keys": [public | named]}


def public_set(key: SigningKey) -> dict[str, Any]:
    """The JWK Set with the public half of a key."""
    if isinstance(key.private, RSAPrivateKey):
        jwk = RSAAlgorithm.to_jwk(key.private, as_dict=True)
    else:
        jwk = ECAlgorithm.to_jwk(key.private, as_dict=True)
    public = {name: jwk[name] for name in _PUBLIC[jwk["kty"]]}
    return {"keys": [public | {"kid": key.kid, "alg": key.algorithm, "use": "sig"}]}


def write_key(folder: Path, algorithm: Algorithm) -> tuple[Path, Path]:
    """Write a fresh pair to `folder`: the private key, readable by its owner alone, and the set.

    Raises:
        UnusableInput: there is a key already, or the folder cannot be written to.
    """
    private, public = new_key(algorithm)
    files = folder / PRIVATE_FILE, folder / PUBLIC_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, content, mode in zip(files, (private, public), (0o600, 0o644), strict=True):
            made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(made, "wb") as stream:
                stream.write(msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n")
    except FileExistsError:
        raise UnusableInput(
            f"{folder} holds a key already, which is never overwritten; name another folder"
        ) from None
    except OSError as fault:
        raise UnusableInput(
            f"{folder}: {fault.strerror}; name a folder that can be written to"
        ) from None
    return files


def read_key(file: Path, *, kid: str | None = None) -> SigningKey:
    """Read a private key, JWK or PEM without a password.

    Args:
        file: the key.
        kid: its id in the JWK Set; None: the JWK's own.

    Raises:
        UnusableInput: it is no such key, or has no `kid`.
    """
    try:
        data = file.read_bytes()
    except OSError as fault:
        raise UnusableInput(f"{file}: {fault.strerror}; name a readable key file") from None
    return signing_key(data, name=str(file), kid=kid)


def signing_key(
    data: bytes,
    *,
    name: str,
    kid: str | None = None,
    makes_one: str = "`ecm cds-hooks new-key` makes one",
    kid_asked: str = "add --kid with the one in the set",
) -> SigningKey:
    """The private key in a JWK, or in a PEM without a password.

    Args:
        data: the key.
        name: what holds it, for messages; they repeat nothing of it.
        kid: its id in the JWK Set; None: the JWK's own.
        makes_one: where to get a key, for the message where this is none.
        kid_asked: how to say the id, for the message where there is none.

    Raises:
        UnusableInput: it is no such key, or has no `kid`.
    """
    jwk: dict[str, Any] = {}
    try:
        if b"-----BEGIN" in data:
            private: object = load_pem_private_key(data, password=None)
        else:
            jwk = msgspec.json.decode(data, type=dict[str, Any])
            reader = ECAlgorithm if jwk.get("kty") == "EC" else RSAAlgorithm
            private = reader.from_jwk(jwk)
    except (msgspec.DecodeError, InvalidKeyError, ValueError, TypeError, KeyError):
        private = None
    if not isinstance(private, EllipticCurvePrivateKey | RSAPrivateKey):
        raise UnusableInput(
            f"{name} is no private RSA or EC key; give a private JWK or an unencrypted PEM. "
            f"{makes_one}"
        )
    id = kid or jwk.get("kid")
    if not isinstance(id, str) or not id:
        raise UnusableInput(f"{name} does not say its key id; {kid_asked}")
    return SigningKey(kid=id, algorithm=jwk.get("alg") or _algorithm(private), private=private)


def _algorithm(private: EllipticCurvePrivateKey | RSAPrivateKey) -> str:
    if isinstance(private, RSAPrivateKey):
        return "RS384"
    curve = ECAlgorithm.to_jwk(private, as_dict=True)["crv"]
    return _BY_CURVE.get(curve, "ES384")


def _thumbprint(public: dict[str, str]) -> str:
    digest = sha256(msgspec.json.encode(public, order="sorted")).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
