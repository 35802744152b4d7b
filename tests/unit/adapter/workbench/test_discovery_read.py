"""A discovery as people read it."""

from __future__ import annotations

from typing import Any

import pytest

from adapter.workbench.hooks.service.discovery import examine, query
from cds_hooks.hooks.every import SERVICES
from cds_hooks.services import _listed

OWN: dict[str, Any] = {"services": [_listed(one) for one in SERVICES]}


def test_services_with_the_same_prefetch_are_shown_together():
    """All of ours have one template, and it has no fault."""
    found = examine(OWN)
    assert len(found.services) == len(SERVICES)
    (template,) = found.templates
    assert template.services == tuple(one.id for one in SERVICES)
    assert (template.searches, template.reads) == (10, 1)
    assert template.tokens == ("{{context.patientId}}",)
    assert "patient/Patient.r" in template.scopes
    assert "patient/Encounter.rs" in template.scopes
    assert found.findings == ()


@pytest.mark.parametrize(
    ("text", "words"),
    (
        ("Patient/{{context.patientId}}", "The Patient"),
        (
            "Encounter?patient={{context.patientId}}&_sort=-date&_count=200",
            "Every Encounter of the patient, newest first, 200 a page",
        ),
        (
            "Observation?subject=Patient/{{context.patientId}}&code=http://loinc.org|1,|2",
            "Every Observation of the patient, code loinc.org|1 or |2",
        ),
        ("{{context.userId}}", "The user"),
        ("Patient", "Every Patient"),
        ("Patient/{{context.patientId}}/$everything", ""),
        ("not a query", ""),
        ("", ""),
    ),
)
def test_a_query_is_said_in_words(text: str, words: str):
    """Of whom, which, in what order."""
    assert query("key", text).words == words


def test_tokens_are_told_from_what_is_around_them():
    """So that they can be shown."""
    found = query("k", "A/{{context.patientId}}?x={{userPractitionerId}}")
    assert found.pieces == (
        ("A/", False),
        ("{{context.patientId}}", True),
        ("?x=", False),
        ("{{userPractitionerId}}", True),
    )


def test_a_fault_of_many_services_is_told_once():
    """With the services that have it, and counted at each."""
    bad = [
        {
            "id": id,
            "hook": "patient-view",
            "title": "t",
            "description": "d",
            "prefetch": {"a": "Patient"},
        }
        for id in ("one", "two")
    ]
    found = examine({"services": bad})
    (finding,) = found.findings
    assert finding.services == ("one", "two")
    assert [one.faults for one in found.services] == [1, 1]


@pytest.mark.parametrize(
    "discovery",
    (
        None,
        [],
        {},
        {"services": None},
        {"services": [1, None, "x", []]},
        {"services": [{"id": 1, "hook": [], "title": {}, "prefetch": {"a": None, "b": 5}}]},
        {"services": [{"prefetch": "Patient/1"}]},
        {"services": [{"id": f"s{n}"} for n in range(300)]},
    ),
)
def test_any_shape_is_read(discovery: object):
    """What is no text is shown as none, and told as a fault."""
    found = examine(discovery)
    assert found.findings
    assert len(found.services) <= 100


def test_a_discovery_that_means_harm_is_read_in_no_time():
    """Megabytes of braces, of services, of keys: shown are a few, and what is long is cut."""
    braces = {"id": "a", "hook": "patient-view", "prefetch": {"a": "{{" * 1_000_000}}
    many = [{"id": "same", "prefetch": {"x" * 10_000: "Patient"}}] * 5_000
    for services in ([braces], many):
        found = examine({"services": services})
        assert len(found.findings) <= 200
        longest = max(len(one.key) for template in found.templates for one in template.queries)
        assert longest <= 2001
