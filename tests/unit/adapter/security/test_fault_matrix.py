"""Tokens with a fault in header, key or claims, each alone and in pairs: none is accepted.

Every token is otherwise good and signed with the client's own key unless the key is the fault, so
that a rule which is missing would let it in.
"""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from adapter.security.rules import Rule
from cds_hooks.errors import NotTrusted
from tests.unit.adapter.security.signing import (
    AT,
    BASE,
    ISSUER,
    PATH,
    claims,
    client,
    encoded,
    header,
    jwk,
    private_key,
    signed,
    token,
    verifier,
)

KINDS = ("rsa", "P-384")

#: The client demands everything that may be demanded, so that each can be missing.
CLIENT = client(subject="ehr-client")
GOOD = {"sub": "ehr-client", "tenant": "valley-health", "nbf": AT - 300}

#: Values no claim may have; the texts are JSON as it would stand in the token.
SILLY = ("null", "true", "false", '""', '"  "', "[]", "{}", '[""]', "0", "-1", "1e308", "[null]")
NO_NUMBERS = (f'"{AT}"', f"[{AT}]", "1e999", "NaN", "Infinity", "9" * 400, "9" * 5000)
NO_TEXTS = ("7", '["a"]', '{"a": 1}', '"\\ud800"')

CLAIMS: dict[str, tuple[str, ...]] = {
    "iss": (
        *SILLY,
        *NO_TEXTS,
        f'"{ISSUER}/"',
        f'"{ISSUER.upper()}"',
        '"https://ehr.example.org.evil.example"',
        '"http://ehr.example.org"',
        f'["{ISSUER}"]',
    ),
    "aud": (
        *SILLY,
        *NO_TEXTS,
        f'"{BASE}"',
        f'"{BASE}/cds-services"',
        f'"{BASE}{PATH}/"',
        f'"{BASE}{PATH}/feedback"',
        f'"{BASE}{PATH}?a=b"',
        f'"http://ecm.example.org{PATH}"',
        f'"https://ecm.example.org:443{PATH}"',
        f'"https://ECM.example.org{PATH}"',
        f'"https://ecm.example.org.evil.example{PATH}"',
        f'"{PATH}"',
        f'["{BASE}{PATH}", 7]',
        f'[["{BASE}{PATH}"]]',
        f'{{"{BASE}{PATH}": true}}',
    ),
    "exp": (*SILLY, *NO_NUMBERS, f"{AT - 60}", f"{AT + 361}", f"{AT + 10 * 365 * 86400}"),
    "iat": (*SILLY, *NO_NUMBERS, f"{AT + 61}", f"{AT - 3600}", f"{AT + 301}"),
    "jti": (*SILLY, *NO_TEXTS),
    "sub": (*SILLY, *NO_TEXTS, '"somebody-else"'),
    "tenant": (*SILLY, *NO_TEXTS, '"another-tenant"', '"Valley-Health"'),
    "nbf": (*SILLY[:-3], "1e308", *NO_NUMBERS, f"{AT + 61}"),
}
REQUIRED = ("iss", "aud", "exp", "iat", "jti", "sub")

HEADERS: dict[str, tuple[str, ...]] = {
    "typ": (*SILLY, '"jwt"', '"JOSE"', '"at+jwt"', '"JWT "'),
    "kid": (*SILLY, *NO_TEXTS, '"nobody"', '"../rsa"', '"rsa\\u0000"'),
    "alg": (
        *SILLY,
        *(f'"{name}"' for name in ("none", "None", "NONE", "HS256", "HS384", "HS512")),
        *(f'"{name}"' for name in ("RS256", "RS512", "PS384", "ES256", "ES512", "EdDSA")),
        '["RS384", "ES384"]',
        '"rs384"',
    ),
    "jku": (*SILLY, '"https://ehr.example.evil/jwks"', '"https://ehr.example.org/jwks"'),
    "crit": ("[]", '["exp"]', '["b64"]', '"exp"', "null"),
    "b64": ("false", "true", "null"),
}


def with_member(whole: dict[str, Any], name: str, value: str) -> str:
    """JSON of an object with one member as the text says, which need not be valid JSON."""
    rest = {key: one for key, one in whole.items() if key != name}
    return json.dumps(rest)[:-1] + f', "{name}": {value}}}'


def without(whole: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: one for key, one in whole.items() if key != name}


def claims_with(name: str, value: str) -> str:
    return with_member(claims(**GOOD), name, value)


def claims_without(name: str) -> dict[str, Any]:
    return without(claims(**GOOD), name)


def faulty_claims() -> Iterator[tuple[str, Callable[[], object]]]:
    for name, values in CLAIMS.items():
        for value in values:
            yield f"{name}={value[:30]}", partial(claims_with, name, value)
    for name in REQUIRED:
        yield f"no {name}", partial(claims_without, name)
    for whole in ("null", "[]", '"a"', "7", "{}", "", "{", "[" * 3000, '{"a":' * 1000, "\ufeff{}"):
        yield f"claims {whole[:10]}", partial(str, whole)


def faulty_headers(kind: str) -> Iterator[tuple[str, object]]:
    for name, values in HEADERS.items():
        for value in values:
            yield f"{name}={value[:30]}", with_member(header(kind), name, value)
    for name in ("typ", "alg", "kid"):
        yield f"no {name}", without(header(kind), name)
    for whole in ("null", "[]", '"a"', "7", "{}", "", "{", "[" * 3000):
        yield f"header {whole[:10]}", whole


def single_faults() -> Iterator[tuple[str, str]]:
    for kind in KINDS:
        for name, body in faulty_claims():
            yield f"{kind}: {name}", signed(header(kind), body(), kind)
        for name, head in faulty_headers(kind):
            yield f"{kind}: {name}", signed(head, claims(**GOOD), kind)


def pairs() -> Iterator[tuple[str, str]]:
    """Two faults never make a right; one of twenty-nine pairs."""
    both = product(faulty_headers("P-384"), faulty_claims())
    for place, ((one, head), (other, body)) in enumerate(both):
        if place % 29 == 0:
            yield f"{one} and {other}", signed(head, body(), "P-384")


def good_claims(**changed: object) -> dict[str, Any]:
    return claims(**GOOD | changed)


def wrong_keys(
    body: Callable[..., dict[str, Any]] = good_claims,
) -> Iterator[tuple[str, str]]:
    """Faults of key and signature; `body` makes good claims, but for changes."""
    for kind in KINDS:
        stranger = f"{kind}/stranger"
        yield f"{kind}: another key", signed(header(kind), body(), stranger)
        for name in ("jwk", "x5c", "x5u"):
            brought = {"jwk": jwk(stranger), "x5c": ["MII"], "x5u": "https://evil.example"}[name]
            yield (
                f"{kind}: a key brought along in {name}",
                signed(header(kind, **{name: brought}), body(), stranger),
            )
        good = signed(header(kind), body(), kind)
        head, middle, signature = good.split(".")
        other = encoded(body())
        yield f"{kind}: other claims", f"{head}.{other}.{signature}"
        yield f"{kind}: other header", f"{encoded(header(kind, extra=1))}.{middle}.{signature}"
        yield f"{kind}: no signature", f"{head}.{middle}."
        yield f"{kind}: two parts", f"{head}.{middle}"
        yield f"{kind}: four parts", f"{good}.{signature}"
        yield f"{kind}: short signature", f"{head}.{middle}.{signature[:-4]}"
        yield f"{kind}: long signature", f"{good}AAAA"
        yield f"{kind}: padded", f"{good}="
        yield f"{kind}: a space", f"{head}.{middle}. {signature}"
        yield f"{kind}: a line", f"{head}.{middle}.{signature}\n"
        for size, byte in product((96, 256), (b"\0", b"\1", b"\xff")):
            yield f"{kind}: {size} times {byte!r}", f"{head}.{middle}.{encoded(byte * size)}"
        yield f"{kind}: empty claims", f"{head}..{signature}"
        yield f"{kind}: too long", signed(header(kind), body(pad="x" * 8192), kind)
        yield f"{kind}: not ASCII", good.replace("e", "е", 1)  # noqa: RUF001 - that is the fault
    head, middle, signature = signed(header("rsa"), body(), "rsa").split(".")
    # 256 bytes leave four bits of the last character unused.
    spare = signature[:-1] + chr(ord(signature[-1]) + 1)
    yield "rsa: spare bits", f"{head}.{middle}.{spare}"
    late = body(iat=AT + 50, exp=AT + 40)
    yield "issued after it expires", signed(header("P-384"), late, "P-384")
    yield "another's kid", signed(header("rsa", kid="P-384"), body(), "rsa")
    yield "P-384 as RS384", signed(header("P-384", alg="RS384"), body(), "P-384")
    yield "P-256 as ES384", signed(header("P-384"), body(), "P-256", "ES256")
    yield "RS256 under RS384", signed(header("rsa"), body(), "rsa", "RS256")
    yield "PS384 under RS384", signed(header("rsa"), body(), "rsa", "PS384")
    for kind in ("rsa-1024", "P-256", "P-521"):
        name = {"rsa-1024": "RS384", "P-256": "ES256", "P-521": "ES512"}[kind]
        yield f"{kind} under its name", signed(header(kind, alg=name), body(), kind, name)
    yield from shared_secrets(body)
    content = signed(header("P-384"), body(), "P-384").rpartition(".")[0]
    raw = jwt.get_algorithm_by_name("ES384").sign(content.encode(), private_key("P-384"))
    der = encode_dss_signature(int.from_bytes(raw[:48]), int.from_bytes(raw[48:]))
    yield "DER signature", f"{content}.{encoded(der)}"


def shared_secrets(body: Callable[..., dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Signed with what everybody knows of a public key, as if it were a secret."""
    for kind in KINDS:
        public = private_key(kind).public_key()
        secrets = (
            public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            json.dumps(jwk(kind)).encode(),
            b"",
        )
        for secret, digest in product(secrets, ("sha256", "sha384", "sha512")):
            for alg in (f"HS{digest[3:]}", header(kind)["alg"]):
                content = f"{encoded(header(kind, alg=alg))}.{encoded(body())}"
                made = hmac.new(secret, content.encode(), digest).digest()
                yield f"{kind}: {alg} by {digest}", f"{content}.{encoded(made)}"


@pytest.mark.requirement("cds-hooks_2.0@176")
@pytest.mark.requirement("cds-hooks_2.0@180")
@pytest.mark.requirement("cds-hooks_2.0@181")
@pytest.mark.requirement("cds-hooks_2.0@184")
@pytest.mark.requirement("cds-hooks_2.0@190")
@pytest.mark.requirement("cds-hooks_2.0@191")
@pytest.mark.requirement("cds-hooks_2.0@195")
@pytest.mark.requirement("cds-hooks_2.0@201")
@pytest.mark.requirement("cds-hooks_2.0@202")
@pytest.mark.requirement("cds-hooks_2.0@203")
def test_no_token_of_the_matrix_is_accepted_and_all_are_refused_alike(
    caplog: pytest.LogCaptureFixture,
):
    """Hundreds of faults: the same refusal, one line in the log, nothing of the token in it."""
    matrix = [*single_faults(), *wrong_keys(), *pairs()]
    assert len(matrix) >= 400
    asked = verifier(CLIENT)
    caplog.set_level(logging.DEBUG)
    accepted, told, kinds = [], set(), set()
    for name, faulty in matrix:
        caplog.clear()
        try:
            asked.verify(f"Bearer {faulty}", PATH)
            accepted.append(name)
        except NotTrusted as refused:
            told.add((str(refused), refused.expression, refused.__cause__))
        assert len(caplog.records) == 1 or name in accepted
        kinds |= {one.args[0] for one in caplog.records if isinstance(one.args, tuple)}
        line = caplog.text
        assert not any(part and part in line for part in faulty.split(".")), name
        assert ISSUER not in line
    assert accepted == []
    assert len(told) == 1
    # Each rule was the one that refused some token, so none of them could be left out.
    elsewhere = {Rule.NO_TOKEN, Rule.WHICH_CLIENT, Rule.NO_KEYS, Rule.REPLAYED}
    elsewhere |= {Rule.NO_ASSERTION, Rule.CLIENT_ID, Rule.NO_PART}  # of the token endpoint
    assert kinds == {rule.kind for rule in Rule if rule not in elsewhere}


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_tokens_without_a_fault_are_accepted(kind: str):
    """Otherwise the matrix would prove nothing."""
    asked = verifier(CLIENT)
    for _ in range(3):
        assert asked.verify(f"Bearer {token(kind, **GOOD)}", PATH).id == "valley"
