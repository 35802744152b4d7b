"""The intake form over plain HTTP: what is sent, once, and what stays in the chart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.contract.conftest import start_service, stop
from tests.contract.intake_desk import Desk, Fields, read


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    running = start_service()
    yield Desk(running)
    logged = running.logged()
    stop(running)
    assert [line for line in logged if line["level"] == "error"] == []
    assert not [line for line in logged if "Quillan" in json.dumps(line)]


#: A population of each form.
_ANY = {"adult": "homelessness-adult", "child": "homelessness-family"}


def _by_hand(fields: Fields, name: str, **more: str) -> Fields:
    filled = {
        **fields,
        "q.member-name": [name],
        "q.member-birth-date": ["1980-01-31"],
        "q.population-adult": ["homelessness-adult"],
    }
    return filled | {key: [value] for key, value in more.items()}


def test_a_referral_is_filled_in_without_a_chart_and_sent_once(desk: Desk):
    """Name, birth date, number and population make a Patient, a form, an order and its Task."""
    fields = _by_hand(desk.begins(), "Ana María Doe", urgency="urgent", consent="By phone")
    fields["q.member-cin"] = ["90000077d"]
    task, order, form = desk.sent(desk.sends(fields))
    patient = desk.read(task["for"]["reference"])
    assert patient["name"] == [{"family": "Doe", "given": ["Ana", "María"]}]
    assert [one["value"] for one in patient["identifier"]] == ["90000077D"]
    assert (order["status"], order["priority"], task["status"]) == ("active", "urgent", "requested")
    assert [one["coding"][0]["code"] for one in order["reasonCode"]] == ["homelessness-adult"]
    assert order["note"][0]["text"] == "By phone"
    assert form["subject"] == task["for"]
    assert desk.sends(fields) == task["id"]
    assert len(desk.fhir.found("Patient", {"name": "Doe"})) == 1


def test_what_is_missing_is_told_at_its_field_and_nothing_is_kept(desk: Desk):
    before = len(desk.fhir.found("Patient"))
    fields = desk.begins() | {"q.member-cin": ["12"], "q.ace-score": ["many"]}
    answer = desk.tries(fields | {"q.source-member-agrees": ["no"], "ask": ["Organization/nobody"]})
    assert answer.status == 422
    told = answer.body.decode()
    for name in ("member-name", "member-birth-date", "member-cin", "ace-score"):
        assert f'id="q-{name}-fault"' in told
    assert 'id="population-adult-fault"' in told
    assert 'id="ask-fault"' in told
    assert "Taking part is voluntary" in told
    assert read(answer)["q.ace-score"] == ["many"]
    answer = desk.tries(
        _by_hand(desk.begins(), "Young Doe") | {"q.member-birth-date": ["2020-01-31"]}
    )
    assert "change to the form for a child" in answer.body.decode()
    assert len(desk.fhir.found("Patient")) == before


def test_language_and_age_group_change_and_what_was_entered_stays(desk: Desk):
    fields = _by_hand(desk.begins(), "Sí Doe", consent="Ayer") | {"q.in-shelter": ["yes"]}
    spanish = desk.switches(fields, to_language="es")
    assert spanish["language"] == ["es"]
    assert {name: spanish[name] for name in fields if name != "language"} == {
        name: value for name, value in fields.items() if name != "language"
    }
    child = desk.switches(spanish, to_group="child")
    assert child["q.population-adult"] == ["homelessness-adult"]
    assert desk.switches(child, to_group="adult")["q.member-name"] == ["Sí Doe"]


def test_a_chart_fills_in_the_form_and_goes_along_as_far_as_it_shows_why(desk: Desk):
    """The entries the order refers to, about the member, without their narrative."""
    chart = desk.service.get("/samples/adult-in-a-shelter").json
    for entry in chart["entry"]:
        entry["resource"]["text"] = {"status": "generated", "div": "<div>Told in passing</div>"}
    fields = desk.opens(chart=json.dumps(chart))
    assert fields["q.member-name"] == ["Bram Quillan"]
    assert fields["q.population-adult"] == ["homelessness-adult"]
    assert fields["q.complex-need"] == ["yes"]
    task, order, _ = desk.sent(desk.sends(fields))
    referred = [
        one["reference"]
        for name in ("reasonReference", "insurance", "supportingInfo")
        for one in order[name]
    ]
    assert {one.partition("/")[0] for one in referred} == {
        *("Condition", "Coverage", "Observation", "QuestionnaireResponse"),
    }
    for reference in referred:
        stored = desk.read(reference)
        about = stored.get("subject") or stored["beneficiary"]
        assert about["reference"] == task["for"]["reference"]
        assert "Told in passing" not in json.dumps(stored)
    assert not desk.fhir.found("Encounter", {"patient": task["for"]["reference"]})


def test_the_same_member_is_one_however_often_and_what_is_not_ticked_stays(desk: Desk):
    name = {"sample": "adult-in-a-shelter"}
    fields = desk.opens(**name) | {"q.member-phone": ["+1-707-555-0177"]}
    first, _, _ = desk.sent(desk.sends(fields))
    fields = desk.opens(**name) | {
        "q.member-cin": ["90000078E"],
        "along": ["Condition/condition-1"],
    }
    second, order, _ = desk.sent(desk.sends(fields))
    assert second["for"] == first["for"]
    assert len(order["reasonReference"]) == 1
    assert "insurance" not in order
    patient = desk.read(first["for"]["reference"])
    known = [one["value"] for one in patient["identifier"]]
    assert known == ["90000078E", "SAMPLE-adult-in-a-shelter"]
    assert patient["telecom"][0]["value"] == "+1-707-555-0177"


def test_sample_referrals_are_of_the_members_who_were_referred_before(desk: Desk):
    name = {"sample": "five-emergency-visits"}
    first, _, _ = desk.sent(desk.sends(desk.opens(**name)))
    made = desk.service.request("POST", "/workbench/referrals/samples?as=plan")
    assert made.status == 303
    second, _, _ = desk.sent(desk.sends(desk.opens(**name) | {"q.member-cin": ["90000080G"]}))
    assert second["for"] == first["for"]


def test_what_is_sensitive_is_not_filled_in_and_is_labelled_where_it_is_said(desk: Desk):
    """Of a member in treatment, the form says what a person says, under the label it needs."""
    chart = desk.service.get("/samples/adult-in-a-shelter").json
    answer: dict[str, Any] = next(
        one["resource"]
        for one in chart["entry"]
        if one["resource"]["resourceType"] == "Observation"
    )
    coding = answer["code"]["coding"][0] | {"code": "substance-use-disorder"}
    secret = {**answer, "id": "secret", "code": {"coding": [coding]}}
    chart["entry"].append(
        {"fullUrl": "https://ehr.example.org/r4/Observation/secret", "resource": secret}
    )
    fields = desk.opens(chart=json.dumps(chart))
    assert fields.get("q.substance-use-disorder", [""]) == [""]
    assert "Observation/secret" not in fields["along"]
    _, _, plain = desk.sent(desk.sends(fields))
    assert "security" not in plain["meta"]
    fields = desk.opens(chart=json.dumps(chart)) | {"q.substance-use-disorder": ["yes"]}
    _, _, told = desk.sent(desk.sends(fields))
    assert {one["code"] for one in told["meta"]["security"]} == {"R", "ETH"}


def test_what_is_possible_is_chosen_beforehand_where_nothing_is_met(desk: Desk):
    """Told as a suggestion, and sent as what somebody asks the plan to find out."""
    fields = desk.opens(sample="one-question-left")
    assert fields["q.population-adult"] == ["homelessness-adult"]
    _, order, _ = desk.sent(desk.sends(fields))
    assert order["reasonCode"][0]["coding"][0]["code"] == "homelessness-adult"
    assert "Answers are missing" in order["note"][0]["text"] + order["note"][1]["text"]


def test_who_grew_out_of_foster_care_gets_the_form_that_names_it(desk: Desk):
    fields = desk.opens(sample="aged-out-of-foster-care")
    assert fields["group"] == ["child"]
    assert fields["q.population-child"] == ["child-welfare-child-youth"]
    desk.sent(desk.sends(fields))


@pytest.mark.parametrize("plan", ("dhcs", "nobody", ""))
def test_a_coverage_that_cannot_be_chosen_is_none(desk: Desk, plan: str):
    fields = desk.opens(sample="adult-in-a-shelter", **{"answer.coverage": plan})
    assert not [one for one in fields.get("along", ()) if "answered-here" in one]


def test_a_returned_referral_is_sent_again_in_its_place(desk: Desk):
    """In the same thread; the order before ends, and the member is corrected."""
    task = desk.sends(_by_hand(desk.begins(), "Rita Turned"))
    sent = {"version": "1", "key": "returned", "faults": "cin", "words": "Look again"}
    answer = desk.service.request(
        "POST",
        f"/workbench/referrals/{task}/steps/return?as=plan",
        urlencode(sent).encode(),
        {"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status == 303
    fields = desk.begins(f"&again={task}")
    assert fields["q.population-adult"] == ["homelessness-adult"]
    fields |= {"q.member-cin": ["90000079F"], "q.member-name": ["Rita Returned"]}
    again, order, _ = desk.sent(desk.sends(fields))
    before = desk.read(f"Task/{task}")
    assert again["groupIdentifier"] == before["groupIdentifier"]
    assert again["for"] == before["for"]
    assert order["replaces"] == [before["focus"]]
    assert desk.read(before["focus"]["reference"])["status"] == "revoked"
    patient = desk.read(again["for"]["reference"])
    assert patient["name"][0]["family"] == "Returned"
    assert "90000079F" in [one["value"] for one in patient["identifier"]]


def test_nobody_sees_through_the_form_what_is_not_theirs(desk: Desk):
    task = desk.sends(_by_hand(desk.begins(), "Private Doe"))
    answer = desk.service.get(f"/workbench/referrals/new?as=provider&again={task}")
    assert answer.status == 404
    assert b"Private" not in answer.body


def test_charts_of_other_programs_are_sent_as_they_refer_to_each_other(
    desk: Desk, ecm_test_data: Path
):
    """Synthea in its versions: by fullUrl, in transactions, with whatever Coverage."""
    known = {
        "coverage": "partnership",
        **dict.fromkeys(("complex-need", "cannot-self-manage", "in-shelter"), "yes"),
        **dict.fromkeys(("dmc-criteria-met", "high-risk-institutionalization"), "yes"),
        "coordination-would-help": "yes",
        "dependent-child-in-home": "no",
    }
    answers = {f"answer.{key}": value for key, value in known.items()}
    for folder in ("01_synthea_smart_2021", "02_synthea_pathling_2022", "10_pysynthea_california"):
        for file in sorted((ecm_test_data / folder).glob("*.json"))[:6]:
            chart = file.read_text(encoding="utf-8")
            fields = desk.opens(chart=chart, asOf="2026-11-22", **answers)
            group = fields["group"][0]
            fields.setdefault(f"q.population-{group}", [_ANY[group]])
            task, order, form = desk.sent(desk.sends(fields))
            assert task["for"] == order["subject"] == form["subject"]
