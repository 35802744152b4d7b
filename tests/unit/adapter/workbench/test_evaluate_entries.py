"""A resource of the chart on a page: in words, and as it was sent with what decided marked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapter.workbench.evaluate.people import people_in
from adapter.workbench.evaluate.reasons.described import describe, name_of
from adapter.workbench.evaluate.reasons.entries import Entries, Entry, Wanted
from mappings.inbound.collect import collect

NOTHING = Wanted()


def entry_of(resource: dict[str, Any], name: str, wanted: Wanted = NOTHING) -> Entry:
    """The one resource of a chart."""
    found = Entries(collect(json.dumps(resource).encode())).find(name, wanted)
    assert found is not None
    return found


def marked(entry: Entry) -> str:
    """What decided."""
    return "\n".join(piece.text for piece in entry.pieces if piece.decides)


def whole(entry: Entry) -> str:
    """All that is shown."""
    return "\n".join(piece.text for piece in entry.pieces)


def test_what_the_rules_read_of_a_visit_is_marked_and_nothing_is_changed():
    """Status, class and period; not the id, and not whose visit it is."""
    visit = {
        "resourceType": "Encounter",
        "id": "e1",
        "status": "finished",
        "class": {"code": "EMER"},
        "subject": {"reference": "Patient/p1"},
        "period": {"start": "2026-01-31T10:00:00-08:00"},
        "length": {"value": 5.00, "unit": "h"},
    }
    entry = entry_of(visit, "Encounter/e1")
    assert json.loads(whole(entry)) == visit
    for element in ('"status"', '"EMER"', '"start"'):
        assert element in marked(entry)
    for element in ("Patient/p1", '"e1"', "length"):
        assert element not in marked(entry)
    assert (entry.said.kind, entry.said.status) == ("Emergency visit", "finished")


def test_numbers_stay_as_they_were_sent():
    """`5.00` is not `5.0`."""
    data = b'{"resourceType": "Observation", "id": "o1", "valueQuantity": {"value": 5.00}}'
    entry = Entries(collect(data)).find("Observation/o1", NOTHING)
    assert entry is not None
    assert '"value": 5.00' in marked(entry)


def test_of_a_form_only_the_answers_that_were_asked_for_are_marked():
    """In whatever group they stand."""
    form = {
        "resourceType": "QuestionnaireResponse",
        "id": "q1",
        "status": "completed",
        "item": [
            {"linkId": "g", "item": [{"linkId": "in-shelter", "answer": [{"valueBoolean": True}]}]},
            {"linkId": "hiv", "answer": [{"valueBoolean": False}]},
        ],
    }
    wanted = Wanted(codes=frozenset({"in-shelter"}))
    entry = entry_of(form, "QuestionnaireResponse/q1", wanted)
    assert json.loads(whole(entry)) == form
    assert '"linkId": "in-shelter"' in marked(entry)
    assert '"hiv"' not in marked(entry)
    assert entry.said.what.endswith(": yes")
    assert "HIV" not in entry.said.what


def test_a_test_of_age_marks_the_birth_date_alone():
    """And one of race the extension."""
    patient = {
        "resourceType": "Patient",
        "id": "p1",
        "extension": [{"url": "https://example.org/race"}],
        "birthDate": "1980-01-01",
        "name": [{"family": "Ávila", "given": ["Jesús", "María"]}],
    }
    by_age = entry_of(patient, "Patient/p1", Wanted(kinds=frozenset({"age"})))
    assert "birthDate" in marked(by_age)
    assert "extension" not in marked(by_age)
    by_race = entry_of(patient, "Patient/p1", Wanted(kinds=frozenset({"race"})))
    assert "race" in marked(by_race)
    assert by_age.said.what == "Jesús María Ávila, born Jan 1, 1980"


def test_a_coverage_within_a_claim_is_found_by_the_name_its_evidence_has():
    """`ExplanationOfBenefit/c1#coverage`, as Synthea writes it."""
    claim = {
        "resourceType": "ExplanationOfBenefit",
        "id": "c1",
        "contained": [
            {"resourceType": "Coverage", "status": "active", "payor": [{"display": "Medicaid"}]}
        ],
    }
    entry = entry_of(claim, "ExplanationOfBenefit/c1#coverage")
    assert (entry.said.kind, entry.said.what) == ("Coverage", "Medicaid")


def test_a_visit_says_what_it_was_for():
    """By the diagnosis it refers to, however the reference is written."""
    for reference, name in (("Condition/d1", "d1"), ("urn:uuid:d1", "d1")):
        bundle = {
            "resourceType": "Bundle",
            "entry": [
                {
                    "fullUrl": "urn:uuid:d1",
                    "resource": {
                        "resourceType": "Condition",
                        "id": name,
                        "code": {"text": "Asthma"},
                    },
                },
                {
                    "resource": {
                        "resourceType": "Encounter",
                        "id": "e1",
                        "diagnosis": [{"condition": {"reference": reference}}],
                    }
                },
            ],
        }
        assert entry_of(bundle, "Encounter/e1").said.what == "Asthma"


def test_long_values_are_cut_and_long_resources_show_what_decided():
    """A narrative of a megabyte is no wall of text."""
    condition = {
        "resourceType": "Condition",
        "id": "c1",
        "text": {"div": "x" * 100_000},
        "code": {"text": "y" * 100_000},
        "note": [{"text": str(number)} for number in range(1000)],
    }
    entry = entry_of(condition, "Condition/c1")
    assert entry.is_cut
    assert len(whole(entry)) < 2_000
    assert '"code"' in marked(entry)
    assert len(entry.said.what) <= 160


@pytest.mark.parametrize("wrong", (None, 1, "x", [], [None], [[]], {}, {"coding": "x"}, [{"a": 1}]))
def test_elements_of_a_wrong_shape_are_as_good_as_absent(wrong: Any):
    """Nothing raises, whatever a chart holds."""
    for type in ("Encounter", "Condition", "QuestionnaireResponse", "Coverage", "Patient", "Flag"):
        resource = {
            "resourceType": type,
            "id": "r1",
            **dict.fromkeys(
                ("class", "code", "type", "item", "payor", "contained", "name", "clinicalStatus"),
                wrong,
            ),
            "diagnosis": wrong,
            "status": wrong,
        }
        describe(resource)
        name_of(resource)
        Entries(collect(json.dumps(resource).encode())).find(
            f"{type}/r1", Wanted(codes=frozenset({"hiv"}))
        )


def test_the_people_of_a_file_are_listed_by_name():
    """Those without one by their reference; those that cannot be read are left out."""
    lines = [
        {"resourceType": "Patient", "id": "b", "name": [{"text": "Zoe"}], "birthDate": "1990"},
        {"resourceType": "Patient", "id": "a"},
        {"resourceType": "Patient", "id": "c", "name": [{"family": "Abel", "given": ["Ann"]}]},
    ]
    data = b"\n".join(json.dumps(line).encode() for line in lines)
    assert [(one.name, one.born) for one in people_in(data, None)] == [
        ("Ann Abel", ""),
        ("Patient/a", ""),
        ("Zoe", "1990"),
    ]
