"""Flag, Procedure and RelatedPerson → signs."""

from __future__ import annotations

import pytest

from tests.unit.mappings.inbound.records import (
    CPT,
    ICD_10_CM,
    MEMBER,
    PATIENT,
    PROGRAM,
    ROLE_CODE,
    SNOMED,
    Json,
    coded,
    codes,
    day,
    facts,
    maker,
)

HCPCS = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
HOME = {
    "use": "home",
    "line": ["15100 Test St."],
    "city": "Fairfield",
    "state": "CA",
    "postalCode": "94533",
}
AT_HOME = {**PATIENT, "address": [HOME]}

flag = maker("Flag", status="active", subject=MEMBER, period={"start": "2025-01-01"})
procedure = maker(
    "Procedure", status="completed", subject=MEMBER, performedDateTime="2026-02-10", code=None
)
child = maker(
    "RelatedPerson",
    patient=MEMBER,
    relationship=[coded(ROLE_CODE, "CHILD")],
    address=[HOME],
    birthDate="2019-03-08",
)


def test_a_flag_stands_for_its_concepts_while_it_is_active():
    (sign,) = facts(flag(code=coded(ICD_10_CM, "Z59.02"))).signs["homeless-unsheltered"]
    assert (sign.kind, sign.active, sign.on, sign.ended) == ("flag", True, day("2025-01-01"), None)


def test_a_flag_that_was_taken_down_is_not_active():
    period = {"start": "2025-01-01", "end": "2025-02-01"}
    down = flag(code=coded(ICD_10_CM, "Z59.02"), status="inactive", period=period)
    (sign,) = facts(down).signs["homeless-unsheltered"]
    assert not sign.active
    assert sign.ended == day("2025-02-01")


def test_a_programmes_flag_is_evidence_and_no_enrolment():
    found = facts(flag(code=coded(PROGRAM, "hospice")))
    assert set(found.signs) == {"prog:hospice"}
    assert not found.enrolments


@pytest.mark.parametrize("code", (coded(PROGRAM, "hogwarts"), {"text": "homeless"}, None))
def test_other_flags_say_nothing(code):
    assert facts(flag(code=code)) == facts()


@pytest.mark.parametrize(
    ("system", "code", "concept"),
    (
        (SNOMED, "385763009", "hospice-care"),
        (SNOMED, "103735009", "palliative-care"),
        (SNOMED, "177184002", "delivery"),
        (CPT, "59400", "delivery"),
        (HCPCS, "G9919", "ace-high"),
    ),
)
def test_a_procedure_stands_for_what_was_done(system, code, concept):
    (sign,) = facts(procedure(code=coded(system, code))).signs[concept]
    assert (sign.kind, sign.on, sign.ref) == ("procedure", day("2026-02-10"), "Procedure/x1")


def test_a_procedure_of_several_days_is_all_of_them():
    period = {"start": "2026-02-10", "end": "2026-02-12"}
    done = procedure(code=coded(CPT, "59400"), performedDateTime=None, performedPeriod=period)
    (sign,) = facts(done).signs["delivery"]
    assert sign.on is not None
    assert str(sign.on.last) == "2026-02-12"


def test_a_diagnosis_in_the_place_of_a_procedure_is_none():
    assert not facts(procedure(code=coded(ICD_10_CM, "F11.20"))).signs


@pytest.mark.parametrize("status", ("not-done", "preparation", "stopped", None))
def test_a_procedure_that_was_not_done_is_no_sign(status):
    assert not facts(procedure(status=status, code=coded(CPT, "59400"))).signs


@pytest.mark.parametrize("make", (flag, procedure))
def test_what_was_entered_in_error_is_left_out_with_an_issue(make):
    found = facts(make(status="entered-in-error", code=coded(CPT, "59400")))
    assert not found.signs
    assert codes(found) == ["entered-in-error"]


def test_a_child_at_the_same_address_is_a_sign_dated_by_its_birth():
    (sign,) = facts(AT_HOME, child()).signs["child-in-home"]
    assert (sign.kind, sign.on, sign.ref) == ("relation", day("2019-03-08"), "RelatedPerson/x1")


@pytest.mark.parametrize(
    "address", ({**HOME, "line": ["15100  TEST ST"]}, {**HOME, "postalCode": "94533-0001"})
)
def test_two_spellings_of_an_address_are_one(address):
    assert facts(AT_HOME, child(address=[address])).signs


@pytest.mark.parametrize(
    "elements",
    (
        {"address": [{**HOME, "line": ["1 Elsewhere"]}]},
        {"address": [{**HOME, "use": "old"}]},
        {"address": [{"use": "home", "city": "Fairfield"}]},
        {"address": None},
        {"active": False},
        {"relationship": [coded(ROLE_CODE, "NIECE")]},
        {"relationship": [{"text": "child"}]},
        {"relationship": None},
    ),
)
def test_anybody_else_is_no_child_in_the_home(elements):
    assert not facts(AT_HOME, child(**elements)).signs


def test_a_member_without_an_address_shares_it_with_nobody():
    no_address: Json = {"resourceType": "Patient", "id": "p1"}
    assert not facts(no_address, child(address=[{"use": "home"}])).signs
