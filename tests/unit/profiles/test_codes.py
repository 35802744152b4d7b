"""Our own code systems, as Python reads them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

import eligibility
from profiles.canonicals import DEFAULT_BASE, canonicals, standard_system
from profiles.codes import aid_codes, answers, attestations, populations_of_focus, programs

BOOLEANS = """
    avoidable-encounter complex-need cannot-self-manage coordination-would-help
    no-adequate-nighttime-residence place-not-for-habitation in-shelter
    exiting-institution-homeless fleeing-violence homeless-other-federal doubled-up
    motel-no-alternative abandoned-in-hospital dependent-child-in-home unaccompanied-youth
    homeless-family social-factor-food social-factor-housing social-factor-transport
    social-factor-law-enforcement social-factor-crisis-services social-factor-employment
    social-factor-other pregnant well-managed smhs-criteria-met dmc-criteria-met
    high-risk-institutionalization high-risk-overdose high-risk-suicide sole-source-acute-care
    crisis-service-user snf-level-of-care lower-acuity-skilled-nursing environmental-factor
    can-reside-in-community wants-to-leave-facility likely-transition-success nf-resident
    aged-out-of-foster-care in-foster-care-at-18 adoption-assistance-eligible
    transitioning-from-incarceration serious-mental-illness substance-use-disorder
    chronic-condition idd tbi hiv
"""
OTHERS = {
    "housing-loss-date": "date",
    "pregnancy-end-date": "date",
    "release-date": "date",
    "would-need-nf-days": "integer",
    "ace-score": "integer",
    "facility-type": "code",
}
PROGRAMS = """
    smhs dmc-ods dmc ccs ccs-wcm foster-care adoption-assistance family-maintenance
    incarceration-adult incarceration-youth nursing-facility hospice palliative-care county-tcm
    county-tcm-communicable-disease county-tcm-home-visiting chw-services mssp
    assisted-living-waiver hcba-waiver hiv-aids-waiver hcbs-dd-waiver self-determination
    cal-mediconnect fide-snp eae-d-snp d-snp pace family-mosaic cct complex-case-management
    basic-case-management ecm
"""


def test_attestations_are_those_of_the_input_contract_with_the_type_of_their_answer():
    expected = dict.fromkeys(BOOLEANS.split(), "boolean") | OTHERS
    assert {code: a.value for code, a in attestations().items()} == expected


def test_only_avoidability_is_asked_of_one_encounter():
    assert [a.code for a in attestations().values() if a.per_encounter] == ["avoidable-encounter"]


def test_a_question_of_type_code_takes_answers_of_the_answer_system():
    assert attestations()["facility-type"].answers == ("adult", "youth")
    for attestation in attestations().values():
        assert set(attestation.answers) <= set(answers())


def test_programs_are_those_of_the_input_contract():
    assert [code for code, program in programs().items() if program.enrolment] == PROGRAMS.split()


def test_a_wait_list_is_not_an_enrolment_and_belongs_to_a_program():
    listed = [code for code, program in programs().items() if not program.enrolment]
    assert "assisted-living-waiver-waitlist" in listed
    assert {code.removesuffix("-waitlist") for code in listed} <= set(PROGRAMS.split())


def test_the_nine_populations_are_numbered_in_the_states_order_and_idd_is_none_of_them():
    assert [population.number for population in populations_of_focus().values()] == [
        *range(1, 10),
        None,
    ]
    assert populations_of_focus()["birth-equity"].number == 9


def test_aid_codes_name_programs_of_ours():
    assert aid_codes()["9K"].program == "ccs"
    assert aid_codes()["4M"].program is None
    assert {a.program for a in aid_codes().values()} - {None} <= set(programs())


def test_an_aid_code_that_policies_read_is_in_the_code_system_with_the_same_program():
    file = Path(eligibility.__file__).parent / "policies" / "aid-codes.yaml"
    rows = yaml.safe_load(file.read_text(encoding="utf-8"))["aid_codes"]
    expected = {row["code"]: row.get("program") for row in rows}
    assert {code: aid.program for code, aid in aid_codes().items()} == expected


def test_answers_are_the_six_of_the_input_contract():
    assert list(answers()) == ["yes", "no", "unknown", "declined", "adult", "youth"]


def test_a_table_of_codes_cannot_be_changed():
    with pytest.raises(TypeError):
        attestations()["new"] = attestations()["hiv"]  # type: ignore[index]


def test_canonical_urls_follow_the_base_with_or_without_a_slash():
    ours = canonicals("https://plan.example/fhir/")
    assert ours is not canonicals()
    assert ours.attestation == "https://plan.example/fhir/CodeSystem/ecm-attestation"
    assert ours.value_set("hiv") == "https://plan.example/fhir/ValueSet/hiv"
    assert canonicals().code_system("ecm-program") == f"{DEFAULT_BASE}/CodeSystem/ecm-program"
    assert canonicals().code_system("ecm-program") == canonicals().program


def test_a_system_nobody_knows_keeps_its_name():
    assert standard_system("https://lab.example/codes") == "https://lab.example/codes"
