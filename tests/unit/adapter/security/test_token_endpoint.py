"""The token endpoint of SMART Backend Services: who gets a token, for what, and who does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from adapter.security.smart import CONFIGURATION, smart_configuration
from adapter.security.viewers import viewer_of
from tests.unit.adapter.security.backend_services import (
    FORM,
    TOKEN_URL,
    Service,
    assertion,
    assertion_claims,
    decoded,
    partner,
    request,
)
from tests.unit.adapter.security.signing import AT, BASE, ISSUER, NOW, client, header, signed
from tests.unit.adapter.security.test_fault_matrix import (
    HEADERS,
    NO_NUMBERS,
    NO_TEXTS,
    SILLY,
    faulty_headers,
    with_member,
    without,
    wrong_keys,
)

KINDS = ("rsa", "P-384")

#: The texts are JSON as it would stand in the assertion.
CLAIMS: dict[str, tuple[str, ...]] = {
    "iss": (*SILLY, *NO_TEXTS, '"Valley"', '"valley "', '"nobody"', f'"{ISSUER}"', '["valley"]'),
    "sub": (*SILLY, *NO_TEXTS, '"Valley"', '"nobody"', f'"{ISSUER}"', '["valley"]'),
    "aud": (
        *SILLY,
        *NO_TEXTS,
        *(f'"{BASE}{path}"' for path in ("", "/", "/fhir", "/auth", "/auth/token/")),
        f'"{TOKEN_URL}?a=b"',
        f'"{TOKEN_URL.replace("https", "http")}"',
        f'"{TOKEN_URL.replace("ecm", "ECM")}"',
        f'"{TOKEN_URL.replace(".org", ".org:443")}"',
        f'"{TOKEN_URL.replace(".org", ".org.evil.example")}"',
        f'"{BASE}/cds-services/ecm-patient-view"',
        f'["{TOKEN_URL}", 7]',
        f'[["{TOKEN_URL}"]]',
    ),
    "exp": (*SILLY, *NO_NUMBERS, f"{AT - 60}", f"{AT + 361}", f"{AT + 3600}"),
    "iat": (*SILLY, *NO_NUMBERS, f"{AT + 61}", f"{AT - 3600}"),
    "jti": (*SILLY, *NO_TEXTS),
    "nbf": (*SILLY[:-3], *NO_NUMBERS, f"{AT + 61}"),
    "tenant": (*SILLY, *NO_TEXTS, '"another-tenant"'),
}
REQUIRED = ("iss", "sub", "aud", "exp", "jti")


def faulty_assertions() -> Iterator[tuple[str, str]]:
    for kind in KINDS:
        for name, values in CLAIMS.items():
            for value in values:
                body = with_member(assertion_claims(), name, value)
                yield f"{kind}: {name}={value[:30]}", signed(header(kind), body, kind)
        for name in REQUIRED:
            yield (
                f"{kind}: no {name}",
                signed(header(kind), without(assertion_claims(), name), kind),
            )
        for name, head in faulty_headers(kind):
            yield f"{kind}: {name}", signed(head, assertion_claims(), kind)
    for name, faulty in wrong_keys(assertion_claims):
        yield name, faulty
    yield "nothing", ""
    yield (
        "ES512, which is none of the two",
        signed(header("P-521", alg="ES512"), assertion_claims(), "P-521", "ES512"),
    )


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(tmp_path)


def test_a_good_assertion_gets_a_token_for_five_minutes(service: Service):
    """What RFC 6749 and SMART want in the answer, and nothing may keep it."""
    answer = service.ask()
    assert answer.status == 200
    given = decoded(answer)
    assert re.fullmatch(r"[\w-]{43}", given.pop("access_token"))
    assert given == {"token_type": "bearer", "expires_in": 300, "scope": "system/Task.rs"}
    assert answer.headers["Cache-Control"] == "no-store"
    (entry,) = service.audited
    assert (entry.action, entry.outcome, entry.client) == ("token", "success", "valley")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("named", ("valley", ISSUER))
def test_a_client_is_known_by_its_id_and_by_its_issuer(service: Service, kind: str, named: str):
    """With an RSA key and with one on P-384; `iat` may be left out."""
    body = without(assertion_claims(iss=named, sub=named), "iat")
    assert service.ask(request(signed(header(kind), body, kind))).status == 200


def test_no_assertion_of_the_matrix_gets_a_token_and_all_are_refused_alike(
    service: Service, caplog: pytest.LogCaptureFixture
):
    """Hundreds of faults: one and the same answer, one line in the log, nothing of it in there."""
    matrix = list(faulty_assertions())
    assert len(matrix) >= 400
    assert set(HEADERS) >= {"alg", "kid", "typ", "jku"}
    accepted, told = [], set()
    for name, faulty in matrix:
        caplog.clear()
        answer = service.ask(request(faulty))
        told.add((answer.status, answer.body, tuple(answer.headers.items())))
        if answer.status == 200:
            accepted.append(name)
        assert len(caplog.records) == 1
        assert not any(part and part in caplog.text for part in faulty.split("."))
        assert ISSUER not in caplog.text
    assert accepted == []
    assert [(status, body) for status, body, _ in told] == [(401, b'{"error":"invalid_client"}')]


def test_a_token_of_a_hook_call_is_no_assertion_and_the_other_way_round(service: Service):
    """Each is for its own address."""
    hook = signed(header(), assertion_claims(aud=f"{BASE}/cds-services/ecm-patient-view"))
    assert service.ask(request(hook)).status == 401


def test_an_assertion_is_good_once_from_any_number_of_threads(tmp_path: Path):
    """And in a service started anew; the same `jti` under the client's other name is another."""
    service = Service(tmp_path)
    sent = assertion(jti="one")
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda _: service.ask(request(sent)).status, range(200)))
    assert sorted(set(answers)) == [200, 401]
    assert answers.count(200) == 1
    assert Service(tmp_path).ask(request(sent)).status == 401
    assert service.ask(request(assertion(iss=ISSUER, sub=ISSUER, jti="one"))).status == 200


@pytest.mark.parametrize(
    ("changed", "error"),
    (
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_assertion": None}, "invalid_client"),
        ({"client_assertion_type": None}, "invalid_client"),
        ({"client_assertion_type": "urn:ietf:params:oauth:jwt-bearer"}, "invalid_client"),
        ({"client_id": "another"}, "invalid_client"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "openid"}, "invalid_scope"),
        ({"scope": "system/Task.dus"}, "invalid_scope"),
        ({"scope": "system/Task.d"}, "invalid_scope"),
        ({"scope": "system/Task.rs  system/Task.u"}, "invalid_scope"),
        ({"scope": "system/Task.rs openid"}, "invalid_scope"),
    ),
)
def test_what_is_asked_for_amiss_is_told_in_one_word(
    service: Service, changed: dict[str, str | None], error: str
):
    """By the names of RFC 6749; whose fault it is, is in the log alone."""
    answer = service.ask(request(**changed))
    assert decoded(answer) == {"error": error}
    assert answer.status == (401 if error == "invalid_client" else 400)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("content_type", "body"),
    (
        (None, request()),
        ("application/json", b"{}"),
        ("multipart/form-data; boundary=a", request()),
        (FORM, b""),
        (FORM, b"\xff=1"),
        (FORM, b"grant_type=%ff"),
        (FORM, b"grant_type"),
        (FORM, request() + b"&grant_type=client_credentials"),
        (FORM, request() + b"&scope=system/Task.rs"),
        (FORM, request() + b"&a=" + b"x" * 40_000),
        (FORM, urlencode({f"n{i}": "" for i in range(60)}).encode()),
    ),
)
def test_what_is_no_form_or_says_a_thing_twice_is_refused(
    service: Service, content_type: str | None, body: bytes
):
    """RFC 6749, section 3.2."""
    answer = service.ask(body, content_type)
    assert (answer.status, decoded(answer)) == (400, {"error": "invalid_request"})


def test_a_client_gets_of_what_it_asks_for_what_it_is_registered_with(service: Service):
    """The answer says which."""
    answer = service.ask(request(scope="system/*.cruds"))
    assert decoded(answer)["scope"] == "system/Task.cru system/*.rs"


def test_a_client_without_an_organization_has_no_part(tmp_path: Path):
    """Its key and issuer are good for hook calls alone."""
    service = Service(tmp_path, client())
    assert decoded(service.ask()) == {"error": "invalid_client"}


def test_the_life_of_an_assertion_is_five_minutes_whatever_is_registered_for_hooks(tmp_path: Path):
    """SMART: `exp` at most five minutes ahead; a minute of clock skew is allowed."""
    service = Service(tmp_path, partner(max_token_seconds=3600, algorithms=("RS256", "RS384")))
    body = assertion_claims(exp=AT + 3600)
    assert service.ask(request(signed(header("rsa"), body, "rsa"))).status == 401
    good = signed(header("rsa"), assertion_claims(exp=AT + 360), "rsa")
    assert service.ask(request(good)).status == 200
    weaker = signed(header("rsa", alg="RS256"), assertion_claims(), "rsa", "RS256")
    assert service.ask(request(weaker)).status == 401


def test_refusals_of_a_known_client_are_audited_with_the_rule(service: Service):
    """Those of strangers are in the log, or anybody could fill the audit."""
    service.ask(request(assertion(exp=AT - 100)))
    service.ask(request(assertion(iss="nobody", sub="nobody")))
    service.ask(request(scope="system/Task.d"))
    assert [(one.outcome, one.detail) for one in service.audited] == [
        ("refused", "expired"),
        ("refused", "invalid_scope"),
    ]


def test_the_token_stands_for_the_client_for_five_minutes_in_any_process(tmp_path: Path):
    """Then it is good for nothing."""
    service = Service(tmp_path)
    sent = f"Bearer {service.token(scope='system/Task.r')}"
    viewer = viewer_of(partner(), ("system/Task.r",))
    assert service.bearers.identify(sent, "ecm.example.org") == viewer
    other = Service(tmp_path, at=NOW + timedelta(seconds=299))
    assert other.bearers.identify(sent, "") == viewer
    for late in (service, other, Service(tmp_path)):
        late.at = NOW + timedelta(seconds=300)
        with pytest.raises(Exception, match="not authenticated"):
            late.bearers.identify(sent, "")


def test_the_database_holds_no_token(tmp_path: Path):
    """But its digest, so a copy of the file opens nothing."""
    service = Service(tmp_path)
    token = service.token()
    held = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert token.encode() not in held


def test_what_is_announced_leads_to_the_endpoint():
    """`/.well-known/smart-configuration` below the FHIR base."""
    assert CONFIGURATION == "/.well-known/smart-configuration"
    told = smart_configuration(BASE)
    assert told["token_endpoint"] == TOKEN_URL
    assert told["grant_types_supported"] == ["client_credentials"]
    assert told["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert set(told["token_endpoint_auth_signing_alg_values_supported"]) == {"RS384", "ES384"}
