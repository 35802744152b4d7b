"""The loop between people who signed in: what a role may do in the exchange is enough for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing

import pytest

from adapter.security.audit_rendering import organization_id
from tests.contract.conftest import Answer, Service, stop
from tests.contract.fhir.parties import order, task
from tests.contract.fhir.tenants import CLINIC, NPI, PLAN, Caller
from tests.contract.intake_desk import faults, read
from tests.contract.people import Person, signed_in, start
from tests.contract.referral_desk import VALUES, words


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    running = start(tmp_path_factory.mktemp("work"))
    yield running
    logged = running.log.read_text()
    stop(running)
    assert '"level":"error"' not in logged


def take(person: Person, id: str, step: str, **values: str) -> Answer:
    """Take a step by its form, from the page of the referral."""
    page = person.get(f"/workbench/referrals/{id}").body.decode()
    (version,) = set(re.findall(r'name="version" value="(\d+)"', page))
    sent = {"csrf": person.csrf, "version": version, **VALUES.get(step, {}), **values}
    return person("POST", f"/workbench/referrals/{id}/steps/{step}", sent)


def test_a_referral_goes_all_the_way(service: Service):
    """From the clinic to the plan and back to the clinic as a provider, until it is closed."""
    with closing(Caller(service, "clinic")) as clinic, closing(Caller(service, "plan")) as plan:
        patient = {"resourceType": "Patient", "name": [{"family": "Doe"}]}
        who = clinic.written(patient)["id"]
        made = clinic.written(order(who, CLINIC))["id"]
        id = clinic.written(task(f"ServiceRequest/{made}", who, CLINIC, PLAN))["id"]
        rex, ana, pia = (signed_in(service, name) for name in ("rex", "ana", "pia"))
        assert rex.get(f"/workbench/referrals/{id}").status == 200
        for step in ("acknowledge", "authorize"):
            answer = take(ana, id, step)
            assert answer.status == 303, (step, words(answer))
        provider = f"Organization/{organization_id('alpha', f'{NPI}|{CLINIC}')}"
        answer = take(ana, id, "assign", provider=provider)
        assert answer.status == 303, words(answer)
        (part,) = plan.read(f"/Task?part-of=Task/{id}")["entry"]
        part_id = part["resource"]["id"]
        for step in ("accept", "contact", "enroll", "complete"):
            answer = take(pia, part_id, step)
            assert answer.status == 303, (step, words(answer))
        if plan.read(f"/Task/{id}")["status"] != "completed":
            answer = take(ana, id, "complete")
            assert answer.status == 303, words(answer)
        assert plan.read(f"/Task/{id}")["status"] == "completed"
        assert rex.get(f"/workbench/referrals/{id}").status == 200
        found = plan.read(f"/AuditEvent?entity=Task/{part_id}&_count=200")["entry"]
        named = {one["resource"]["agent"][0]["altId"] for one in found}
        assert {"user:ana", "user:pia"} <= named


def test_a_referrer_sends_the_form(service: Service):
    """And the plan has it on its board."""
    rex, ana = signed_in(service, "rex"), signed_in(service, "ana")
    fields = read(rex.get("/workbench/referrals/new"))
    named = {"q.member-name": ["Zoe Quill"], "q.member-birth-date": ["1980-01-31"]}
    more = {"q.population-adult": ["homelessness-adult"], "consent": ["By phone"]}
    ask = {"ask": [f"Organization/{organization_id('alpha', f'{NPI}|{PLAN}')}"]}
    answer = rex("POST", "/workbench/referrals/new/send", fields | named | more | ask)
    assert answer.status == 303, faults(answer)
    place = answer.headers["location"]
    assert b"Quill" in rex.get(place).body
    assert b"Quill" in ana.get(place).body
    assert b"Quill" in ana.get("/workbench/referrals/").body
    assert signed_in(service, "ben").get(place).status == 404


def test_who_does_not_care_for_patients_sees_none(service: Service):
    """Not by the pages of the exchange either, whatever they ask."""
    eno, aud = signed_in(service, "eno"), signed_in(service, "aud")
    for person in (eno, aud):
        for path in ("referrals/", "referrals/new", "referrals/x"):
            assert person.get(f"/workbench/{path}").status == 403
        assert b"Doe" not in person.get("/workbench/operations/").body
    assert aud.get("/workbench/evaluate/").status == 403
    assert aud.get("/workbench/hooks/").status == 403
    assert aud.get("/workbench/operations/audit").status == 200
    assert eno.get("/workbench/operations/audit").status == 403
    assert eno.get("/workbench/operations/subscriptions").status == 200
