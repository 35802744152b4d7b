"""Coverage → periods of insurance."""

from __future__ import annotations

from typing import Any

import pytest

from eligibility.dates import Span
from eligibility.facts import CoverageSpan, MemberFacts
from tests.unit.mappings.inbound.records import (
    ACT_CODE,
    AID_CODE,
    MEMBER,
    Json,
    coded,
    codes,
    day,
    facts,
    maker,
)

PLAN = "Partnership HealthPlan of California"

coverage = maker(
    "Coverage",
    status="active",
    beneficiary=MEMBER,
    type=coded(ACT_CODE, "MCPOL"),
    period={"start": "2022-01-01"},
    payor=[{"display": PLAN}],
)
claim = maker("ExplanationOfBenefit", status="active", patient=MEMBER)


def only(found: MemberFacts) -> CoverageSpan:
    (span,) = found.coverages
    return span


def organization(**elements: Any) -> Json:
    return {"resourceType": "Organization", "id": "o1", **elements}


def test_a_coverage_has_payor_type_and_period():
    assert only(facts(coverage())) == CoverageSpan(
        payors=(PLAN,),
        type="managed-care",
        active=True,
        span=Span(day("2022-01-01")),
        ref="Coverage/x1",
    )


@pytest.mark.parametrize(
    ("code", "kind"),
    (
        ("MCPOL", "managed-care"),
        ("PUBLICPOL", "public"),
        ("EHCPOL", "commercial"),
        ("HSAPOL", "commercial"),
    ),
)
def test_the_type_tells_plan_members_from_others(code, kind):
    assert only(facts(coverage(type=coded(ACT_CODE, code)))).type == kind


@pytest.mark.parametrize("stated", (None, {"text": "MCPOL"}, coded("urn:local", "MCPOL")))
def test_a_type_in_words_or_local_codes_is_none(stated):
    assert only(facts(coverage(type=stated))).type is None


def test_without_a_period_none_is_stated():
    assert only(facts(coverage(period=None))).span is None


@pytest.mark.parametrize(
    ("payor", "names"),
    (
        ({"reference": "Organization/o1"}, ("Alias", "Name", "urn:id|7")),
        ({"reference": "#o1"}, ("Contained",)),
        ({"reference": "Organization/gone", "display": "Shown"}, ("Shown",)),
        ({"identifier": {"system": "urn:id", "value": "7"}}, ("Alias", "Name", "urn:id|7")),
        ({"identifier": {"system": "urn:id", "value": "8"}}, ("urn:id|8",)),
        ({"reference": "Patient/p1"}, ()),
    ),
)
def test_a_payor_has_every_name_that_is_known_of_it(payor, names):
    given = organization(
        name="Name", alias=["Alias", None, " "], identifier=[{"system": "urn:id", "value": "7"}]
    )
    contained = [organization(name="Contained")]
    assert only(facts(coverage(payor=[payor], contained=contained), given)).payors == names


def test_aid_codes_are_read_in_upper_case():
    kind = {
        "coding": [
            {"system": ACT_CODE, "code": "MCPOL"},
            {"system": AID_CODE, "code": "4m"},
            {"system": AID_CODE, "code": "4M "},
            {"system": AID_CODE, "code": "03"},
            {"system": "urn:other", "code": "99"},
        ]
    }
    assert only(facts(coverage(type=kind))).aid_codes == ("03", "4M")


def test_a_cancelled_coverage_is_known_and_not_active():
    assert only(facts(coverage(status="cancelled"))).active is False


def test_a_draft_is_no_coverage():
    assert facts(coverage(status="draft")) == facts()


@pytest.mark.parametrize(
    ("status", "code"), (("entered-in-error", "entered-in-error"), (None, "unclear-status"))
)
def test_a_coverage_that_may_not_be_one_is_left_out_with_an_issue(status, code):
    found = facts(coverage(status=status))
    assert not found.coverages
    assert codes(found) == [code]


def test_a_coverage_of_somebody_else_is_left_out():
    found = facts(coverage(beneficiary={"reference": "Patient/p2"}))
    assert not found.coverages
    assert codes(found) == ["other-patient"]


def in_claim(id: str, **elements: Any) -> Json:
    referral = {"resourceType": "ServiceRequest", "id": "referral"}
    return claim(id, contained=[referral, {**coverage("coverage"), **elements}])


def test_a_coverage_contained_in_claims_is_read_once():
    found = facts(in_claim("b2"), in_claim("b1"), in_claim("b3", status="cancelled"))
    assert [(span.ref, span.active) for span in found.coverages] == [
        ("ExplanationOfBenefit/b1#coverage", True),
        ("ExplanationOfBenefit/b3#coverage", False),
    ]


def test_a_claim_entered_in_error_proves_no_coverage():
    assert not facts({**in_claim("b1"), "status": "entered-in-error"}).coverages


def test_a_coverage_that_cannot_be_read_is_an_issue():
    found = facts(coverage(payor="Partnership"))
    assert not found.coverages
    assert [issue.expression for issue in found.issues] == ["Coverage.payor"]
