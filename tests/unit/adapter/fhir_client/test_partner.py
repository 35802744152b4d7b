"""A partner's server is called with a token of its own, which goes nowhere else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from adapter.cds_client.keys import Algorithm, SigningKey, new_key, read_key
from adapter.fhir_client.backend_token import BackendToken, Identity, _may_get_assertion
from adapter.fhir_client.guarded import guarded_session
from adapter.fhir_client.partner import PartnerServer
from adapter.fhir_client.partner_answers import ENCODER, decoded, identifier_query
from adapter.fhir_client.partner_faults import (
    Conflict,
    Missing,
    NotAuthorized,
    PartnerFault,
    Rejected,
    Unreachable,
)
from adapter.fhir_client.servers import read_base
from tests.fhir_stub import FhirStub, faults
from tests.fhir_stub.partner import PartnerStub

NOW = datetime(2026, 3, 18, 16, 0, tzinfo=UTC)


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


@cache
def keys(algorithm: Algorithm, tmp: Any) -> tuple[SigningKey, dict[str, Any]]:
    """A key and its public half."""
    private, public = new_key(algorithm)
    file = tmp / f"{algorithm}.json"
    file.write_text(json.dumps(private))
    return read_key(file), public["keys"][0]


@pytest.fixture(scope="module")
def tmp(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """For keys."""
    return tmp_path_factory.mktemp("keys")


@contextmanager
def partner(
    tmp: Any, algorithm: Algorithm = "ES384", now: Callable[[], datetime] | None = None
) -> Iterator[tuple[PartnerStub, PartnerServer]]:
    """A partner that asks for tokens, and the way to it."""
    key, public = keys(algorithm, tmp)
    with PartnerStub(key=public) as stub:
        yield stub, server(stub.base, key, now)


def server(
    base: str, key: SigningKey | None = None, now: Callable[[], datetime] | None = None
) -> PartnerServer:
    """The way to a server."""
    found = read_base(base)
    assert found is not None
    session = guarded_session(allow_private=True)
    token = None
    if key is not None:
        identity = Identity(client_id="hospital", key=key, scope="system/*.cruds")
        token = BackendToken(found, identity, session, seconds=5, now=now or Clock())
    return PartnerServer(found, session, token, seconds=5)


@pytest.mark.parametrize("algorithm", ("ES384", "RS384"))
def test_a_token_is_asked_for_with_a_signed_assertion(tmp: Any, algorithm: Algorithm) -> None:
    """SMART Backend Services: `iss` and `sub` are the client, it lives five minutes at most."""
    with partner(tmp, algorithm) as (stub, plan):
        stub.put({"resourceType": "Task", "status": "requested"}, "1")
        assert plan.read("Task", "1").version == "1"
        (assertion,) = stub.assertions
        assert assertion["iss"] == assertion["sub"] == "hospital"
        assert assertion["exp"] - assertion["iat"] <= 300
        assert assertion["scope"] == "system/*.cruds"


def test_a_token_is_kept_until_shortly_before_it_ends(tmp: Any) -> None:
    now = Clock()
    with partner(tmp, now=now) as (stub, plan):
        stub.put({"resourceType": "Task"}, "1")
        for seconds, tokens in ((0, 1), (269, 1), (271, 2)):
            now.at = NOW + timedelta(seconds=seconds)
            plan.read("Task", "1")
            assert stub.tokens == tokens, seconds
        assert len({one["jti"] for one in stub.assertions}) == 2


def test_a_token_that_is_not_taken_any_more_is_renewed_once(tmp: Any) -> None:
    with partner(tmp) as (stub, plan):
        stub.put({"resourceType": "Task"}, "1")
        plan.read("Task", "1")
        stub.tokens = 5  # the server forgot its tokens
        plan.read("Task", "1")
        assert stub.tokens == 6


def test_a_client_that_is_not_known_is_told_so(tmp: Any) -> None:
    """With the error of the token endpoint, and no assertion in it."""
    _, other = keys("RS384", tmp)
    with partner(tmp) as (stub, plan):
        stub.key = other
        with pytest.raises(NotAuthorized, match=r"the token endpoint was .* \(invalid-client\)$"):
            plan.read("Task", "1")
        assert not stub.calls


def test_the_token_goes_to_no_other_server(tmp: Any) -> None:
    """Neither by an absolute address nor by the next page."""
    with partner(tmp) as (stub, plan), FhirStub() as sink:
        stub.put({"resourceType": "Task"}, "1")
        page = {
            "resourceType": "Bundle",
            "type": "searchset",
            "link": [{"relation": "next", "url": f"{sink.base}/Task?page=2"}],
        }
        stub.answer = lambda *_: (200, page, "")  # type: ignore[method-assign]
        with pytest.raises(Rejected, match="on another server, which is not asked"):
            list(plan.pages("Task"))
        with pytest.raises(Rejected, match="not on the partner's server"):
            plan.operation(f"{sink.base}/Task/1")
        assert not sink.seen


def test_a_token_endpoint_without_tls_gets_no_assertion() -> None:
    base = read_base("https://plan.example.org/fhir")
    assert base is not None
    assert _may_get_assertion("https://login.example.org/token", base)
    assert not _may_get_assertion("http://login.example.org/token", base)
    assert not _may_get_assertion("https://user@login.example.org/token", base)
    assert not _may_get_assertion("file:///etc/passwd", base)


@pytest.mark.parametrize(
    ("status", "kind"),
    (
        (400, Rejected),
        (401, NotAuthorized),
        (403, NotAuthorized),
        (404, Missing),
        (409, Conflict),
        (410, Missing),
        (412, Conflict),
        (422, Rejected),
        (429, Unreachable),
        (500, Unreachable),
        (501, Rejected),
        (503, Unreachable),
    ),
)
def test_a_status_says_what_to_do(status: int, kind: type[PartnerFault]) -> None:
    """The message has the code of the outcome and none of its words, which name a patient."""
    with PartnerStub() as stub:
        stub.refuse = (status, {"Retry-After": "120"})
        with pytest.raises(kind) as caught:
            server(stub.base).read("Task", "1")
    assert str(caught.value) == f"GET Task was answered with {status} (transient)"
    assert caught.value.retry_after_seconds == 120


@pytest.mark.parametrize(
    "fault", (faults.reset, faults.half, faults.html(), faults.redirect("http://127.0.0.1:1/"))
)
def test_what_is_no_answer_is_a_fault(fault: Any) -> None:
    with FhirStub() as stub:
        stub.misbehave("", fault)
        with pytest.raises((Unreachable, NotAuthorized)):
            server(stub.base).read("Task", "1")


def test_pages_are_read_to_the_end() -> None:
    with FhirStub(page_size=2) as stub:
        stub.hold(*({"resourceType": "Task", "id": str(number)} for number in range(5)))
        found = server(stub.base).search("Task", ("_count", "2"))
    assert [one["id"] for one in found] == ["0", "1", "2", "3", "4"]


def test_decimals_keep_their_digits() -> None:
    """As they were read, so they are written."""
    sent = decoded(b'{"value": 1.50, "small": 0.000}')
    assert sent["value"] == Decimal("1.50")
    assert ENCODER.encode(sent) == b'{"value":1.50,"small":0.000}'


@pytest.mark.parametrize(
    ("system", "value", "query"),
    (
        ("urn:a", "1", "identifier=urn:a|1"),
        ("urn:a", "a|b,c$d\\e", "identifier=urn:a|a%5C|b%5C%2Cc%5C%24d%5C%5Ce"),
        ("urn:a", "a b&c=d", "identifier=urn:a|a%20b%26c%3Dd"),
    ),
)
def test_an_identifier_with_marks_of_its_own_finds_itself_only(
    system: str, value: str, query: str
) -> None:
    """FHIR R4 search, "Escaping": a comma in a value is no list of values."""
    assert identifier_query(system, value) == query
