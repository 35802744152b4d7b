"""Keys and tokens of a client, as any service verifies them."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from adapter.cds_client.keys import Algorithm, read_key, write_key
from adapter.cds_client.tokens import Signer
from adapter.errors import UnusableInput

URL = "https://ecm.example.org/cds-services/ecm-patient-view"


def _pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.requirement("cds-hooks_2.0@205")
@pytest.mark.parametrize("algorithm", ("ES384", "RS384"))
def test_a_token_is_verified_by_the_published_set(tmp_path: Path, algorithm: Algorithm):
    """Signed with the private file, verified with the JWK Set; header and claims as required."""
    private, public = write_key(tmp_path, algorithm)
    signer = Signer(key=read_key(private), issuer="https://ehr.example.org", tenant="t1")
    token = signer.token(URL)
    (jwk,) = jwt.PyJWKSet.from_json(public.read_text()).keys
    assert jwt.get_unverified_header(token) == {"alg": algorithm, "kid": jwk.key_id, "typ": "JWT"}
    claims = jwt.decode(token, jwk, algorithms=[algorithm], audience=URL)
    assert (claims["iss"], claims["tenant"]) == ("https://ehr.example.org", "t1")
    assert claims["exp"] - claims["iat"] == 300
    assert claims["jti"] != jwt.decode(signer.token(URL), jwk, [algorithm], audience=URL)["jti"]


def test_the_private_key_is_for_its_owner_alone_and_not_in_the_set(tmp_path: Path):
    """Mode 600; the set holds no private member."""
    private, public = write_key(tmp_path, "ES384")
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    (published,) = json.loads(public.read_text())["keys"]
    assert set(published) == {"kty", "crv", "x", "y", "kid", "alg", "use"}
    assert json.loads(private.read_text())["d"] not in public.read_text()
    assert "d" not in repr(read_key(private)).replace("SigningKey", "")


def test_a_key_is_never_overwritten(tmp_path: Path):
    """A second key goes to another folder."""
    private, _ = write_key(tmp_path, "ES384")
    before = private.read_bytes()
    with pytest.raises(UnusableInput, match="never overwritten"):
        write_key(tmp_path, "ES384")
    assert private.read_bytes() == before


@pytest.mark.parametrize(
    ("curve", "algorithm"),
    ((ec.SECP384R1(), "ES384"), (ec.SECP256R1(), "ES256"), (None, "RS384")),
)
def test_a_pem_file_will_do(tmp_path: Path, curve: ec.EllipticCurve | None, algorithm: str):
    """As openssl writes it; the algorithm follows from the key."""
    made = ec.generate_private_key(curve) if curve else rsa.generate_private_key(65537, 2048)
    file = tmp_path / "key.pem"
    file.write_bytes(_pem(made))
    key = read_key(file, kid="k1")
    assert (key.kid, key.algorithm) == ("k1", algorithm)
    assert Signer(key=key, issuer="i", key_set_url="https://k").token(URL).count(".") == 2
    with pytest.raises(UnusableInput, match="--kid"):
        read_key(file)


@pytest.mark.parametrize(
    "content",
    (
        b"",
        b"no key",
        b'{"kty": "EC"}',
        b'{"kty": "oct", "k": "c2VjcmV0"}',
        b"[1]",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        _pem(ed25519.Ed25519PrivateKey.generate()),
    ),
)
def test_what_is_no_private_key_is_told(tmp_path: Path, content: bytes):
    """One line with the remedy, and nothing of the file's content."""
    file = tmp_path / "key"
    file.write_bytes(content)
    with pytest.raises(UnusableInput, match="new-key") as told:
        read_key(file, kid="k")
    assert "c2VjcmV0" not in str(told.value)


def test_a_public_key_cannot_sign(tmp_path: Path):
    """The set is given in place of the private key."""
    _, public = write_key(tmp_path, "ES384")
    file = tmp_path / "public.json"
    file.write_text(json.dumps(json.loads(public.read_text())["keys"][0]))
    with pytest.raises(UnusableInput, match="no private"):
        read_key(file)


def test_a_key_that_names_another_algorithm_is_told(tmp_path: Path):
    """An EC key that says RS384 of itself."""
    private, _ = write_key(tmp_path, "ES384")
    jwk = json.loads(private.read_text()) | {"alg": "RS384"}
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps(jwk))
    with pytest.raises(UnusableInput, match="cannot sign RS384"):
        Signer(key=read_key(file), issuer="i").token(URL)
