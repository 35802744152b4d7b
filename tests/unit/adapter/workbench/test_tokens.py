"""Tokens made, read and explained by the playground."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

import jwt
import msgspec
import pytest

from adapter import clock
from adapter.cds_client.keys import new_key
from adapter.errors import UnusableInput
from adapter.security.client import Client
from adapter.security.clients import Clients
from adapter.security.rules import Rule
from adapter.workbench.hooks.tokens.judging import judge
from adapter.workbench.hooks.tokens.minting import Asked, fresh_pair, mint
from adapter.workbench.hooks.tokens.reading import bare, decode

URL = "https://ecm.example.org/cds-services/ecm-patient-view"
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SECOND = int(NOW.timestamp())
PRIVATE, PUBLIC = new_key("ES384")
CLAIMS = {"iss": "https://ehr.example.org", "aud": URL, "iat": SECOND, "exp": SECOND + 300}


def part(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def token(**changed: Any) -> str:
    """A good token with these claims changed."""
    claims = CLAIMS | {"jti": "1"} | changed
    key = jwt.PyJWK(PRIVATE).key
    return jwt.encode(claims, key, algorithm="ES384", headers={"kid": PRIVATE["kid"]})


def broken(sent: str, clients: Clients | None = None, keys: object = PUBLIC) -> tuple[Rule, ...]:
    """The rules that a token breaks, by a deployment without registered clients."""
    given = json.dumps(keys).encode() if keys else b""
    found = judge(sent, decode(sent, NOW), clients, url=URL, at=NOW, keys=given)
    assert found.supposed is (clients is None)
    return found.explanation.broken


def test_each_part_is_shown_with_what_it_means_and_times_in_words():
    """Seconds since 1970 tell nobody anything."""
    found = decode(f"Authorization: Bearer {token()}\n", NOW)
    assert found.kind == "A signed JWT."
    assert found.remarks == ()
    assert found.header is not None
    assert found.claims is not None
    assert {one.name for one in found.header} == {"alg", "typ", "kid"}
    by_name = {one.name: one for one in found.claims}
    assert by_name["exp"].time == "2026-11-22 10:05:00 UTC, in 5 minutes"
    assert by_name["iat"].time == "2026-11-22 10:00:00 UTC, now"
    assert all(one.means for one in found.claims)
    assert found.audiences == (URL,)
    assert found.signature == 96


@pytest.mark.parametrize(
    "written", ("{0}", "Bearer {0}", "'{0}'", "authorization: bearer {0}", " {0}\n", '"{0}"')
)
def test_a_token_is_found_in_what_was_copied(written: str):
    """A header, quotes, a line that was broken."""
    sent = token()
    assert bare(written.format(sent)) == sent
    assert bare(written.format(sent[:50] + "\n  " + sent[50:])) == sent


def test_an_unsigned_token_is_named_as_one():
    """`none` and an empty signature; a shared secret is told too."""
    found = decode(f"{part({'alg': 'none'})}.{part(CLAIMS)}.", NOW)
    assert "without a signature" in found.kind
    assert any("none" in one for one in found.remarks)
    assert any("third part is empty" in one for one in found.remarks)
    found = decode(f"{part({'alg': 'HS256'})}.{part(CLAIMS)}.AAAA", NOW)
    assert any("shared secret" in one for one in found.remarks)


def test_what_has_ended_or_counts_in_milliseconds_is_told():
    """Before any rule is looked at."""
    assert any("ended 1 hour ago" in one for one in decode(token(exp=SECOND - 3600), NOW).times)
    late = decode(token(exp=SECOND * 1000), NOW)
    assert any("milliseconds" in one for one in late.remarks)
    assert any("lives 2 hours" in one for one in decode(token(exp=SECOND + 7200), NOW).times)


@pytest.mark.parametrize(
    "sent",
    (
        "",
        "opaque-access-token",
        "a.b",
        "a.b.c",
        "....",
        f"{part([])}.{part([])}.AA",
        f"{part({})}.{part({'exp': 1e308, 'iat': True, 'nbf': -1, 'aud': [None, 1]})}.AA",
        f"{part({})}.{part({'exp': '5'})}.é",
        f"{part({'enc': 'A256GCM'})}.a.b.c.d",
        "x" * 100_000,
        "\x00\ud800.é.ü",
    ),
)
def test_anything_can_be_pasted(sent: str):
    """It is read as far as it goes and judged without a fault of ours."""
    assert decode(sent, NOW).kind
    assert broken(sent.encode(errors="replace").decode(), keys=None)


def test_a_good_token_breaks_no_rule_and_each_fault_is_found():
    """The rules are those of the service itself."""
    assert broken(token()) == ()
    assert broken(token(aud=f"{URL}/feedback")) == (Rule.AUDIENCE,)
    assert broken(token(iat=SECOND - 300, exp=SECOND - 61)) == (Rule.EXPIRED,)
    assert broken(token(jti="")) == (Rule.TOKEN_ID,)
    assert broken(f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(CLAIMS)}.") == (Rule.MALFORMED,)
    other = new_key("ES384")[1]
    assert broken(token(), keys=other) == (Rule.UNKNOWN_KEY,)
    first, second, third = token().split(".")
    forged = f"{first}.{part(CLAIMS | {'jti': '2'})}.{third}"
    assert broken(forged) == (Rule.SIGNATURE,)
    assert second


def test_with_registered_clients_those_are_asked():
    """A token of nobody's is refused for that."""
    client = Client(id="valley", issuer="https://ehr.example.org", tenant="v", jwks=PUBLIC)
    assert broken(token(), Clients([client]), keys=None) == ()
    assert broken(token(iss="https://x"), Clients([client]), keys=None) == (Rule.ISSUER,)


def test_without_keys_the_signature_is_left_open():
    """And it is said what to paste."""
    found = judge(token(), decode(token(), NOW), None, url=URL, at=NOW, keys=b"")
    assert found.explanation.open[0].startswith("the signature: paste")
    with pytest.raises(UnusableInput, match="no JSON Web Key Set"):
        judge(token(), decode(token(), NOW), None, url=URL, at=NOW, keys=b"{}")


@pytest.mark.parametrize("algorithm", ("ES384", "RS384"))
def test_a_token_made_is_verified_by_its_key_set(algorithm: str):
    """What the form says is what the token says."""
    pair = fresh_pair(algorithm)
    made = mint(
        Asked(key=pair.private, aud=URL, tenant="t", sub="s", jku="https://k", seconds="60")
    )
    (jwk,) = jwt.PyJWKSet.from_json(made.public).keys
    assert json.loads(made.public) == json.loads(pair.public)
    claims = jwt.decode(made.token, jwk, algorithms=[algorithm], audience=URL)
    assert (claims["tenant"], claims["sub"], claims["exp"] - claims["iat"]) == ("t", "s", 60)
    assert jwt.get_unverified_header(made.token)["jku"] == "https://k"


@pytest.mark.parametrize(
    ("changed", "words"),
    (
        ({"key": ""}, "no private key"),
        ({"key": "canary-1f"}, "no private RSA or EC key"),
        ({"key": "[]"}, "no private RSA or EC key"),
        ({"key": json.dumps(PUBLIC["keys"][0])}, "no private RSA or EC key"),
        ({"key": json.dumps(PRIVATE | {"kid": ""})}, "key id"),
        ({"key": json.dumps(PRIVATE | {"alg": "RS384"})}, "cannot sign RS384"),
        ({"key": json.dumps(PRIVATE | {"alg": 5})}, "cannot sign"),
        ({"seconds": "301"}, "300 seconds"),
        ({"seconds": "0"}, "300 seconds"),
        ({"seconds": "9" * 5000}, "300 seconds"),
        ({"seconds": "-1"}, "300 seconds"),
        ({"fault": "canary-1f"}, "no such fault"),
        ({"iss": ""}, "iss"),
        ({"aud": ""}, "aud"),
    ),
)
def test_a_form_that_cannot_be_signed_is_told_why(changed: dict[str, str], words: str):
    """Without a word of the key."""
    asked = msgspec.structs.replace(Asked(key=json.dumps(PRIVATE), aud=URL), **changed)
    with pytest.raises(UnusableInput, match=words) as told:
        mint(asked)
    assert "canary-1f" not in str(told.value)
    assert PRIVATE["d"] not in str(told.value)
    assert PRIVATE["d"] not in repr(asked)


@pytest.mark.parametrize(
    ("fault", "rule"),
    (
        ("expired", Rule.EXPIRED),
        ("endpoint", Rule.AUDIENCE),
        ("changed", Rule.SIGNATURE),
        ("unsigned", Rule.MALFORMED),
    ),
)
def test_a_fault_on_purpose_is_that_fault_and_no_other(fault: str, rule: Rule):
    """So that one sees for what a service refuses it."""
    made = mint(Asked(key=json.dumps(PRIVATE), aud=URL, fault=fault))
    now = clock.now()
    found = judge(
        made.token, decode(made.token, now), None, url=URL, at=now, keys=made.public.encode()
    )
    assert found.explanation.broken == (rule,)
