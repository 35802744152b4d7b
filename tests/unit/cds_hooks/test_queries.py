"""Queries of a prefetch template: their tokens filled in, and what not every client can do told."""

from __future__ import annotations

import pytest

from cds_hooks.catalogue import HOOKS
from cds_hooks.prefetch import template
from cds_hooks.queries import lint, resolve
from mappings.requirements import all_requirements

TOKENS = ("patientId", "userId", "encounterId")
PATIENT = {"context.patientId": "p1"}


def test_a_token_is_replaced_by_its_value() -> None:
    """What is fetched is what the client was asked to prefetch."""
    query = "Encounter?patient={{context.patientId}}&_count=2"
    assert resolve(query, PATIENT) == "Encounter?patient=p1&_count=2"


def test_every_query_of_ours_can_be_filled_in_from_the_patient_alone() -> None:
    """Whatever the client leaves out can be fetched on any hook."""
    for requirement in all_requirements():
        query = resolve(requirement.search, PATIENT)
        assert query is not None
        assert "{{" not in query


@pytest.mark.parametrize("values", ({}, {"context.encounterId": ""}))
def test_a_query_whose_token_has_no_value_cannot_be_asked(values: dict[str, str]) -> None:
    """Without an encounter there is no query about it, rather than one about all."""
    assert resolve("Encounter/{{context.encounterId}}", values) is None


@pytest.mark.requirement("cds-hooks_2.0@56")
def test_the_users_own_tokens_come_out_of_the_user_id() -> None:
    """A practitioner's id is no practitioner role's."""
    user = {"context.userId": "Practitioner/d1"}
    assert resolve("PractitionerRole?practitioner={{userPractitionerId}}", user) == (
        "PractitionerRole?practitioner=d1"
    )
    assert resolve("PractitionerRole/{{userPractitionerRoleId}}", user) is None
    assert resolve("{{context.userId}}", user) == "Practitioner/d1"


def test_a_value_cannot_add_to_the_query() -> None:
    """What the client wrote into its context stays a value."""
    assert resolve("Flag?patient={{context.patientId}}", {"context.patientId": "p1&_all=x"}) == (
        "Flag?patient=p1%26_all%3Dx"
    )


@pytest.mark.requirement(
    "cds-hooks_2.0@35",
    "cds-hooks_2.0@55",
    "cds-hooks_2.0@56",
    "cds-hooks_2.0@57",
    "cds-hooks_2.0@58",
    "cds-hooks_2.0@59",
)
def test_what_we_ask_for_is_within_what_every_client_has_to_know() -> None:
    """Our own template keeps to the restricted subset on every hook we serve."""
    asked = template(all_requirements())
    for hook in HOOKS.values():
        assert lint(asked, hook.tokens) == ()


@pytest.mark.parametrize(
    "query",
    (
        "Patient/{{context.patientId}}",
        "{{context.userId}}",
        "PractitionerRole?_id={{userPractitionerRoleId}}",
        "Observation?patient={{context.patientId}}&code=4548-4,http://loinc.org|1&_count=1&_sort=-date",
        "Condition?patient={{context.patientId}}&code:in=http://example.org/vs",
        "Encounter?patient={{context.patientId}}&date=ge2025-01-01&date=lt2026",
        "Encounter?patient={{context.patientId}}&date=2025",
    ),
)
def test_the_subset_is_accepted(query: str) -> None:
    """Reads, and searches by reference, token and date, are for everybody."""
    assert lint({"key": query}, TOKENS) == ()


@pytest.mark.parametrize(
    ("query", "rule", "told"),
    (
        ("", 36, "no query"),
        (7, 36, "no query"),
        ("Patient/{{context.patientId", 55, "not closed"),
        ("Patient/context.patientId}}", 55, "not closed"),
        ("Patient/{{Patient.id}}", 56, "no field of the context"),
        ("Encounter?date=ge{{today() - 90 days}}", 56, "no field of the context"),
        ("Coverage?beneficiary={{%patient.id}}", 56, "no field of the context"),
        ("Patient/{{ context.patientId }}", 56, "no field of the context"),
        ("Medication/{{context.medication.id}}", 57, "does not give"),
        ("Task/{{context.taskId}}", 57, "does not give"),
        ("Patient/{{patientId}}", 59, "lacks its place"),
        ("Patient", 58, "every resource of a type"),
        ("/Patient/{{context.patientId}}", 58, "neither"),
        ("https://ehr.example.org/Patient/{{context.patientId}}", 58, "neither"),
        ("Patient/{{context.patientId}}/_history/1", 58, "neither"),
        ("Patient/{{context.patientId}}/$everything", 58, "neither"),
        ("Patient/{{context.patientId}}/Observation?code=1", 58, "one resource type"),
        ("Task?patient={{context.patientId}}&_include=Task:focus", 58, "uses _include"),
        ("Task?patient.name=x", 58, "uses patient.name"),
        ("Patient?_has:Task:patient:code=1", 58, "uses _has"),
        ("Condition?code:not=1", 58, "the modifier :not"),
        ("Encounter?date=sa2025-01-01", 58, "compared otherwise"),
        ("Encounter?date=latest", 58, "compared otherwise"),
        ("Patient?family=a", 58, "no reference, token or date"),
        ("Observation?value-quantity=gt5", 58, "no reference, token or date"),
        ("Observation?patient={{context.patientId}}&&code=1", 58, "no name or no value"),
        ("Observation?patient", 58, "no name or no value"),
        ("Observation?_count=all", 58, "no number"),
    ),
)
def test_what_leaves_the_subset_is_told_with_its_rule(query: object, rule: int, told: str) -> None:
    """Each fault names its key and rule and says what to do."""
    faults = lint({"key": query}, TOKENS)
    assert [fault.rule for fault in faults] == [f"cds-hooks_2.0@{rule}"]
    assert str(faults[0]).startswith("prefetch key 'key': ")
    assert told in faults[0].found
    assert faults[0].remedy
