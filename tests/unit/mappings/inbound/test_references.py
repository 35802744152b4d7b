"""Whom and what a reference means."""

from __future__ import annotations

import msgspec
import pytest

from eligibility.facts import MemberFacts
from mappings.inbound.bundle import read_member
from tests.unit.mappings.inbound.records import ACT_CODE, PATIENT, Json, codes, facts, maker

encounter = maker(
    "Encounter",
    status="finished",
    class_={"system": ACT_CODE, "code": "EMER"},
    period={"start": "2025-01-08"},
)
MRN = {"system": "https://ehr.example.org/mrn", "value": "4|651"}
KNOWN = {**PATIENT, "identifier": [MRN, {"value": "bare"}]}


def about(reference: Json | None, full_url: str | None = None) -> MemberFacts:
    """One visit whose subject is `reference`, of a Patient with that fullUrl."""
    entry = {"resource": KNOWN} if full_url is None else {"fullUrl": full_url, "resource": KNOWN}
    entries = [entry, {"resource": encounter("e1", subject=reference)}]
    return read_member(msgspec.json.encode({"resourceType": "Bundle", "entry": entries}))


HERE = "https://ehr.example.org/r4/Patient/p1"


@pytest.mark.parametrize(
    ("text", "full_url"),
    (
        ("Patient/p1", None),
        ("Patient/p1", HERE),
        ("Patient/p1", "urn:uuid:7"),
        ("/Patient/p1", None),
        ("Patient/p1/_history/3", HERE),
        (HERE, HERE),
        (HERE + "/_history/3", HERE),
        (HERE, None),
        (HERE, "urn:uuid:7"),
        ("urn:uuid:7", "urn:uuid:7"),
        ("urn:uuid:p1", None),
        ("Patient?identifier=https://ehr.example.org/mrn|4|651", None),
        ("Patient?identifier=https%3A%2F%2Fehr.example.org%2Fmrn%7C4%7C651", None),
        ("Patient?identifier=bare", None),
    ),
)
def test_a_reference_to_the_member_is_known_however_it_is_written(text, full_url):
    found = about({"reference": text}, full_url)
    assert len(found.visits) == 1
    assert not found.issues


@pytest.mark.parametrize(
    ("text", "full_url"),
    (
        ("Patient/p2", None),
        ("Patient/P1", None),
        ("p1", None),
        ("https://other.example.org/r4/Patient/p1", HERE),
        ("urn:uuid:8", "urn:uuid:7"),
        ("Group/p1", None),
        ("#p1", None),
        ("Patient?identifier=https://ehr.example.org/mrn|999", None),
        ("Patient?identifier=", None),
        ("Patient?name=Alvarez", None),
        ("Practitioner?identifier=https://ehr.example.org/mrn|4|651", None),
    ),
)
def test_somebody_else_is_left_out_with_an_issue(text, full_url):
    found = about({"reference": text}, full_url)
    assert not found.visits
    assert codes(found) == ["other-patient"]


@pytest.mark.parametrize(
    ("identifier", "visits"), ((MRN, 1), ({"value": "4|651"}, 1), ({"value": "x"}, 0), ({}, 0))
)
def test_an_identifier_alone_is_a_reference(identifier, visits):
    assert len(about({"identifier": identifier}).visits) == visits


@pytest.mark.parametrize("subject", (None, {}, {"display": "Maya Alvarez"}))
def test_what_does_not_say_whom_it_is_about_is_about_the_only_patient(subject):
    found = about(subject)
    assert len(found.visits) == 1
    assert codes(found) == ["no-subject"]
    assert found.issues[0].severity == "information"


def test_among_several_patients_it_is_nobodys():
    several = facts(PATIENT, {**PATIENT, "id": "p2"}, encounter("e1"), patient="Patient/p1")
    assert not several.visits
    assert codes(several) == ["no-subject"]
    assert several.incomplete


@pytest.mark.parametrize(
    ("written", "full_url"),
    (
        ("Encounter/e0", None),
        ("Encounter/e0/_history/2", None),
        ("https://ehr.example.org/r4/Encounter/e0", "https://ehr.example.org/r4/Encounter/e0"),
        ("https://ehr.example.org/r4/Encounter/e0", None),
        ("urn:uuid:77", "urn:uuid:77"),
        ("Encounter?identifier=urn:x|9", None),
    ),
)
def test_an_encounter_has_one_name_however_it_is_referred_to(written, full_url):
    first = encounter("e0", subject={"reference": "Patient/p1"})
    first["identifier"] = [{"system": "urn:x", "value": "9"}]
    second = encounter("e1", subject={"reference": "Patient/p1"}, partOf={"reference": written})
    entry: Json = {"resource": first}
    if full_url:
        entry["fullUrl"] = full_url
    entries = [{"resource": PATIENT}, {"resource": second}, entry]
    found = read_member(msgspec.json.encode({"resourceType": "Bundle", "entry": entries}))
    assert [(visit.ref, visit.part_of) for visit in found.visits] == [
        ("Encounter/e0", None),
        ("Encounter/e1", "Encounter/e0"),
    ]


def test_an_encounter_on_another_server_is_another():
    first = encounter("e0", subject={"reference": "Patient/p1"})
    elsewhere = "https://other.example.org/Encounter/e0"
    second = encounter("e1", subject={"reference": "Patient/p1"}, partOf={"reference": elsewhere})
    entries = [
        {"resource": PATIENT},
        {"fullUrl": "https://ehr.example.org/Encounter/e0", "resource": first},
        {"resource": second},
    ]
    found = read_member(msgspec.json.encode({"resourceType": "Bundle", "entry": entries}))
    assert found.visits[1].part_of == elsewhere
