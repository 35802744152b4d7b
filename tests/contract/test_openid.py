"""Signing in by an identity provider, a true one and those that are not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.contract.conftest import Answer, Service, stop
from tests.contract.fhir.tenants import NPI, OTHER_PLAN, PLAN
from tests.contract.openid_provider import CLIENT, FAULTS, SECRET, Provider, sent_on
from tests.contract.people import Person, said, start, written

_HEAD = """\
[openid]
issuer = "{issuer}"
client_id = "{client}"
client_secret_file = "openid-secret"
title = "Example Login"

[[groups]]
value = "ecm-plan"
role = "plan"
tenant = "alpha"
organization = "{npi}|{plan}"

[[groups]]
value = "ecm-auditors"
role = "auditor"
tenant = "beta"
organization = "{npi}|{other}"
"""


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    running = Provider()
    yield running
    running.close()


@pytest.fixture(scope="module")
def service(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("openid")
    secret(folder / "openid-secret")
    running = start(folder, "--workers", "2", head=head(provider))
    yield running
    logged = running.log.read_text()
    stop(running)
    assert '"level":"error"' not in logged
    for hidden in (SECRET, "code-", "subject-1", "Olga"):
        assert hidden not in logged


@pytest.fixture(autouse=True)
def _true_again(provider: Provider) -> None:
    provider.fault, provider.groups = "", ["ecm-plan"]


def head(provider: Provider) -> str:
    return _HEAD.format(issuer=provider.issuer, client=CLIENT, npi=NPI, plan=PLAN, other=OTHER_PLAN)


def secret(file: Path) -> None:
    file.touch(mode=0o600)
    file.write_text(SECRET + "\n")


def back(person: Person, wanted: str = "/workbench/referrals/") -> str:
    """Go to the provider; where it sends one back to, below the base of the service."""
    left = person.get(f"/workbench/sign-in/openid?next={wanted}")
    assert left.status == 302
    location = sent_on(left.headers["location"])
    parts = urlsplit(location)
    assert parts.netloc == f"127.0.0.1:{person.service.port}"
    return f"{parts.path}?{parts.query}"


def refused(answer: Answer) -> None:
    """A plain page that says so, and nobody is signed in."""
    assert answer.status == 403
    page = answer.body.decode()
    assert "You are not signed in" in page
    assert "Traceback" not in page
    assert "eyJ" not in page


def test_who_comes_back_is_signed_in_where_they_wanted_to_go(service: Service, provider: Provider):
    person = Person(service)
    place = back(person)
    before = dict(person.cookies)
    answer = person.get(place)
    assert (answer.status, answer.headers["location"]) == (303, "/workbench/referrals/")
    assert person.cookies != before, "a new id"
    page = person.get("/workbench/referrals/")
    assert b"Olga" in page.body
    assert b"Plan coordinator" in page.body
    assert person.get("/workbench/sign-in/state").json["user"] == "user:openid:Olga"


def test_the_group_says_tenant_and_role(service: Service, provider: Provider):
    provider.groups = ["something", "ecm-auditors"]
    person = Person(service)
    assert person.get(back(person)).status == 303
    assert person.get("/workbench/operations/").status == 200
    assert person.get("/workbench/referrals/").status == 403


@pytest.mark.parametrize("groups", (["others"], [], None, "ecm", {"ecm-plan": True}, [1, None]))
def test_who_is_in_no_group_is_not_signed_in(service: Service, provider: Provider, groups: object):
    provider.groups = groups
    person = Person(service)
    answer = person.get(back(person))
    refused(answer)
    assert "in no group" in said(answer)
    assert not person.is_signed_in


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_not_the_providers_word_signs_nobody_in(
    service: Service, provider: Provider, fault: str
):
    provider.fault = fault
    person = Person(service)
    refused(person.get(back(person)))
    assert not person.is_signed_in


def test_an_answer_counts_once_and_for_the_browser_that_asked(service: Service, provider: Provider):
    person, other = Person(service), Person(service)
    place = back(person)
    refused(other.get(place))
    back(other)
    refused(other.get(place))
    refused(Person(service).get(place))
    assert person.get(place).status == 303
    asked = provider.asked
    refused(person.get(place))
    assert provider.asked == asked, "a state that was used is not even asked about"


def test_a_code_that_was_used_is_refused_with_a_new_state(service: Service, provider: Provider):
    person, other = Person(service), Person(service)
    assert person.get(back(person)).status == 303
    used = provider.code
    place = back(other).replace(f"code={provider.code}", f"code={used}")
    refused(other.get(place))


@pytest.mark.parametrize(
    ("was", "instead"),
    (
        ("state=", "state=x"),
        ("iss=", "iss=https%3A%2F%2Flogin.example.org&was="),
        ("iss=", "was="),
        ("code=", "was="),
    ),
)
def test_an_answer_that_was_changed_on_the_way_is_refused(service: Service, was: str, instead: str):
    person = Person(service)
    refused(person.get(back(person).replace(was, instead)))
    assert not person.is_signed_in


def test_a_refusal_of_the_provider_is_told(service: Service):
    person = Person(service)
    state = parse_qs(urlsplit(back(person)).query)["state"][0]
    place = f"/workbench/sign-in/openid/callback?error=access_denied&state={state}"
    refused(person.get(place))


@pytest.mark.parametrize("wanted", ("https://evil.example", "//evil.example", "/fhir/Patient"))
def test_the_way_back_leads_nowhere_else(service: Service, wanted: str):
    person = Person(service)
    assert person.get(back(person, wanted)).headers["location"] == "/"


def test_a_provider_that_is_away_is_told(service: Service, provider: Provider):
    with written(service, lambda was: was.replace(provider.issuer, "http://127.0.0.1:9")):
        answer = Person(service).get("/workbench/sign-in/openid")
    assert answer.status == 502
    assert "cannot be asked" in said(answer)


def test_who_is_taken_out_of_the_groups_of_the_file_is_out_at_once(service: Service):
    person = Person(service)
    assert person.get(back(person)).status == 303
    with written(service, lambda was: was.replace('"ecm-plan"', '"others"')):
        assert not person.is_signed_in
