"""Condition → signs."""

from __future__ import annotations

import pytest

from tests.unit.mappings.inbound.records import (
    ICD_10_CM,
    MEMBER,
    SNOMED,
    Json,
    coded,
    codes,
    day,
    facts,
    maker,
)

CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"

condition = maker("Condition", subject=MEMBER, code=coded(ICD_10_CM, "Z59.01"))
SHELTERED = "homeless-sheltered"


def clinical(code: str) -> Json:
    return coded(CLINICAL, code)


def test_every_coding_stands_for_its_concepts():
    both = {
        "coding": [
            {"system": ICD_10_CM, "code": "Z5902"},
            {"system": SNOMED, "code": "32911000"},
            {"system": "urn:local", "code": "F11.20"},
            {},
        ],
        "text": "opioid use",
    }
    assert set(facts(condition(code=both)).signs) == {
        "homeless-unsheltered",
        "homeless-unspecified",
    }


def test_a_condition_nobody_asks_about_is_no_sign():
    assert not facts(condition(code=coded(ICD_10_CM, "S52.501A"))).signs


@pytest.mark.parametrize(
    ("status", "active"),
    (
        (None, True),
        ("active", True),
        ("recurrence", True),
        ("relapse", True),
        ("inactive", False),
        ("remission", False),
        ("resolved", False),
    ),
)
def test_a_condition_is_current_as_its_clinical_status_says(status, active):
    elements = {"clinicalStatus": clinical(status)} if status else {}
    (sign,) = facts(condition(**elements)).signs[SHELTERED]
    assert sign.active is active


def test_a_clinical_status_nobody_knows_counts_as_none():
    found = facts(condition(clinicalStatus=clinical("brewing")))
    assert found.signs[SHELTERED][0].active
    assert codes(found) == ["unclear-status"]


@pytest.mark.parametrize("status", (coded(VERIFICATION, "refuted"), {"text": "Refuted"}))
def test_a_refuted_condition_says_nothing(status):
    found = facts(condition(verificationStatus=status))
    assert not found.signs
    assert not found.issues


def test_a_condition_entered_in_error_is_left_out_with_an_issue():
    found = facts(condition(verificationStatus=coded(VERIFICATION, "entered-in-error")))
    assert not found.signs
    assert codes(found) == ["entered-in-error"]


@pytest.mark.parametrize("status", ("confirmed", "provisional", "differential", "unconfirmed"))
def test_any_other_verification_counts(status):
    assert facts(condition(verificationStatus=coded(VERIFICATION, status))).signs


def test_a_sign_has_onset_record_and_end():
    found = facts(
        condition(
            onsetDateTime="2024-11",
            recordedDate="2025-01-10T04:00:00Z",
            abatementDateTime="2025-03-01",
        )
    )
    (sign,) = found.signs[SHELTERED]
    assert sign.on is not None
    assert str(sign.on.last) == "2024-11-30"
    assert (sign.recorded, sign.ended) == (day("2025-01-09"), day("2025-03-01"))
    assert (sign.kind, sign.ref) == ("condition", "Condition/x1")


def test_an_onset_period_is_all_its_days():
    period = {"start": "2024-11-01", "end": "2024-12-05"}
    (sign,) = facts(condition(onsetPeriod=period)).signs[SHELTERED]
    assert sign.on is not None
    assert (str(sign.on.first), str(sign.on.last)) == ("2024-11-01", "2024-12-05")


@pytest.mark.parametrize(
    "abatement", ({"abatementString": "last spring"}, {"abatementAge": {"value": 40}})
)
def test_an_end_without_a_date_is_still_an_end(abatement):
    (sign,) = facts(condition(**abatement)).signs[SHELTERED]
    assert not sign.active
    assert sign.ended is None


def test_an_onset_in_years_of_age_is_no_date():
    found = facts(condition(onsetAge={"value": 40}, onsetString="forty"))
    assert found.signs[SHELTERED][0].on is None
    assert not found.issues


def test_unreadable_dates_are_issues_and_the_sign_stays():
    found = facts(condition(onsetDateTime="0000", recordedDate="10000-01-01"))
    (sign,) = found.signs[SHELTERED]
    assert (sign.on, sign.recorded) == (None, None)
    assert [issue.expression for issue in found.issues] == [
        "Condition.onset",
        "Condition.recordedDate",
    ]


def test_a_condition_that_cannot_be_read_makes_conditions_incomplete():
    found = facts(condition(code={"coding": [{"code": 5901}]}))
    assert found.incomplete == {"conditions"}
    assert [issue.expression for issue in found.issues] == ["Condition.code.coding[0].code"]


def test_older_fhir_with_one_value_for_a_list_is_read():
    found = facts(condition(code={"coding": {"system": ICD_10_CM, "code": "Z59.01"}}))
    assert found.signs[SHELTERED]
    assert codes(found) == ["wrong-shape"]
    assert not found.incomplete


def test_a_status_as_older_fhir_writes_it_is_left_out():
    """As text it might say refuted: not reading it would turn a no into a yes."""
    found = facts(condition(verificationStatus="refuted"))
    assert not found.signs
    assert codes(found) == ["unreadable"]
