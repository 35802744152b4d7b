"""Which keys of a key set are used, and what is said of the others."""

from __future__ import annotations

from typing import Any

import pytest

from adapter.security.keys import Key, NoKeySet, key_set, read_key_set
from adapter.security.rules import Rule
from tests.unit.adapter.security.signing import jwk


def only(**members: object) -> tuple[int, str]:
    """How many keys are used of a set of one, and what is said of it."""
    found = key_set({"keys": [jwk("P-384", **members)]})
    return len(found), " ".join(found.faults)


@pytest.mark.requirement("cds-hooks_2.0@200")
@pytest.mark.parametrize(
    ("kind", "algorithms"),
    (
        ("rsa", {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}),
        ("P-256", {"ES256"}),
        ("P-384", {"ES384"}),
        ("P-521", {"ES512"}),
    ),
)
def test_a_key_verifies_the_algorithms_that_fit_it(kind: str, algorithms: set[str]):
    """A curve is for one algorithm (RFC 7518, 3.4)."""
    found = key_set({"keys": [jwk(kind)]}).find(kind)
    assert isinstance(found, Key)
    assert found.algorithms == algorithms


def test_a_key_that_states_its_algorithm_is_for_that_one_alone():
    """RFC 7517, 4.4."""
    found = key_set({"keys": [jwk("rsa", alg="RS384")]}).find("rsa")
    assert isinstance(found, Key)
    assert found.algorithms == {"RS384"}


@pytest.mark.parametrize(
    ("members", "words"),
    (
        ({"kid": None}, "no `kid`"),
        ({"kid": ""}, "no `kid`"),
        ({"kid": 7}, "no `kid`"),
        ({"use": "enc"}, "not for signatures"),
        ({"key_ops": ["encrypt"]}, "not for signatures"),
        ({"key_ops": 7}, "not for signatures"),
        ({"alg": "ES256"}, "its `alg`"),
        ({"alg": "HS256"}, "its `alg`"),
        ({"alg": ["ES384"]}, "its `alg`"),
        ({"crv": "P-256"}, "make no key"),
        ({"crv": "secp256k1"}, "neither RSA nor"),
        ({"crv": None}, "neither RSA nor"),
        ({"kty": "OKP"}, "neither RSA nor"),
        ({"kty": "oct", "x": None}, "neither RSA nor"),
        ({"kty": None}, "neither RSA nor"),
        ({"kty": "RSA"}, "make no key"),
        ({"kty": "RSA", "n": "AQAB", "e": "AQAB"}, "make no key"),
        ({"x": "AAAA"}, "make no key"),
        ({"x": 7}, "make no key"),
        ({"x": "!"}, "make no key"),
        ({"d": "AAAA"}, "private or secret"),
        ({"k": "AAAA"}, "private or secret"),
    ),
)
def test_a_key_that_cannot_be_used_is_left_out_and_told(members: dict[str, Any], words: str):
    """By its place in the set, without a number of it."""
    count, said = only(**members)
    assert count == 0
    assert said.startswith("keys[0]: ")
    assert words in said


def test_a_short_key_is_left_out():
    """RSA below 2048 bits can be broken."""
    found = key_set({"keys": [jwk("rsa-1024")]})
    assert len(found) == 0
    assert "1024 bits" in found.faults[0]


@pytest.mark.requirement("cds-hooks_2.0@183")
def test_two_keys_of_one_name_are_both_left_out():
    """Which of them a token means cannot be known; the others are used."""
    found = key_set({"keys": [jwk("rsa", kid="a"), jwk("P-384", kid="a"), jwk("P-384")]})
    assert found.find("a") is Rule.UNKNOWN_KEY
    assert isinstance(found.find("P-384"), Key)
    assert len(found.faults) == 2


def test_what_is_no_key_does_not_spoil_the_set():
    """The keys around it are used."""
    found = key_set({"keys": [7, None, "a", [], {}, jwk("P-384")]})
    assert isinstance(found.find("P-384"), Key)
    assert len(found.faults) == 5


@pytest.mark.parametrize(
    "document",
    (b"", b"{", b"<html>", b"[]", b"{}", b'{"keys": {}}', b'"keys"', b"[" * 100000, b"\xff"),
)
def test_what_is_no_key_set_is_told(document: bytes):
    """HTML, an empty answer, another object."""
    with pytest.raises(NoKeySet):
        read_key_set(document)
