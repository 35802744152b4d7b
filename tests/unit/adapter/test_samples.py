"""The invented patients: valid FHIR, complete over the populations, fresh in years to come."""

from __future__ import annotations

from datetime import date, timedelta
from importlib import import_module
from typing import Any

import msgspec
import pytest

from adapter.errors import UnusableInput
from adapter.samples import SHOWCASE, Sample, all_samples, hook_request, sample
from eligibility.determination import Determination
from eligibility.evaluate import evaluate
from eligibility.logic import MET
from eligibility.model import POPULATIONS
from mappings.inbound.bundle import read_member

WRITTEN_FOR = date(2026, 3, 18)
SAMPLES = all_samples(WRITTEN_FOR)
IDS = tuple(one.id for one in SAMPLES)


def judged(one: Sample) -> Determination:
    facts = read_member(msgspec.json.encode(one.bundle))
    assert facts.issues == ()
    return evaluate(facts, as_of=one.as_of)


def met(determination: Determination) -> list[str]:
    return [one.id for one in determination.populations if one.outcome is MET]


@pytest.mark.parametrize("one", SAMPLES, ids=IDS)
def test_a_sample_shows_what_it_says(one: Sample):
    """Status, populations met or possible, and where the plan is narrower than the state."""
    found = judged(one)
    shown: dict[str, Any] = {"status": found.status}
    if met(found):
        shown["met"] = met(found)
    if "possible" in one.shows:
        shown["possible"] = [result.id for result in found.populations if result.possible]
    if found.narrower:
        shown["narrower"] = [narrower.population for narrower in found.narrower]
    assert shown == one.shows


@pytest.mark.parametrize("one", SAMPLES, ids=IDS)
def test_a_sample_is_valid_fhir(one: Sample):
    """Every resource has the structure of FHIR R4."""
    for entry in one.bundle["entry"]:
        resource = entry["resource"]
        name = resource["resourceType"]
        model = getattr(import_module(f"fhir.resources.R4B.{name.lower()}"), name)
        model.model_validate(resource)
        assert entry["fullUrl"].endswith(f"/{name}/{resource['id']}")


@pytest.mark.parametrize("one", SAMPLES, ids=IDS)
def test_a_sample_does_not_rot(one: Sample):
    """The same answer on days up to four years on, month ends and leap days among them."""
    expected = judged(one)
    days = {WRITTEN_FOR + timedelta(days=37 * step) for step in range(1, 40)}
    days |= {date(2026, 8, 31), date(2027, 2, 28), date(2028, 2, 29), date(2028, 3, 1)}
    for day in sorted(days):
        found = judged(sample(one.id, day))
        assert (found.status, met(found)) == (expected.status, met(expected)), day


def test_every_population_of_focus_is_met_by_some_sample():
    """Population by population there is a patient to look at."""
    assert {population for one in SAMPLES for population in met(judged(one))} == set(POPULATIONS)


def test_every_plan_and_status_has_a_sample():
    """All four texts, and every word a determination can end with but one nobody needs shown."""
    found = [judged(one) for one in SAMPLES]
    assert {one.plan for one in found} == {"partnership", "anthem", "health-net", "dhcs"}
    assert {one.status for one in found} == {
        "eligible",
        "possible",
        "excluded",
        "choice",
        "not-a-member",
        "undetermined",
    }


def test_the_showcase_comes_first_and_ids_are_the_names_of_files():
    """The list a reader sees."""
    assert IDS[0] == SHOWCASE
    assert list(IDS[1:]) == sorted(IDS[1:])
    assert all(one.patient_id == f"sample-{one.id}" for one in SAMPLES)


def test_dates_move_together_and_nothing_else_does():
    """Ten days later: every date by ten days, times and identifiers as they were."""
    early, late = sample(SHOWCASE, WRITTEN_FOR), sample(SHOWCASE, WRITTEN_FOR + timedelta(days=10))
    visit, later = early.of_type("Encounter")[0], late.of_type("Encounter")[0]
    assert visit["period"]["start"] == "2026-02-28T10:00:00-08:00"
    assert later["period"]["start"] == "2026-03-10T10:00:00-08:00"
    assert early.of_type("Patient")[0]["identifier"] == late.of_type("Patient")[0]["identifier"]


def test_an_unknown_sample_is_an_error_that_says_what_to_do():
    """The list of samples is named."""
    with pytest.raises(UnusableInput, match="ecm samples"):
        sample("nobody", WRITTEN_FOR)


def test_a_sample_is_called_as_an_ehr_would():
    """Patient by itself, other keys as searchsets, empty where there is nothing."""
    template = {
        "patient": "Patient/{{context.patientId}}",
        "encounters": "Encounter?patient={{context.patientId}}",
        "flags": "Flag?patient={{context.patientId}}",
    }
    call = hook_request(sample(SHOWCASE, WRITTEN_FOR), template, hook_instance="x")
    assert call["context"]["patientId"] == call["prefetch"]["patient"]["id"]
    assert call["prefetch"]["encounters"]["total"] == 5
    assert call["prefetch"]["flags"] == {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": 0,
    }


def test_a_search_by_category_or_code_is_honoured():
    """A client sends what the query selects and no more."""
    template = {
        "answers": "Observation?patient={{context.patientId}}&category=survey&_count=500",
        "pregnancy": "Observation?patient={{context.patientId}}&code=http://loinc.org|82810-3",
    }
    sent = hook_request(sample("five-months-pregnant", WRITTEN_FOR), template, hook_instance="x")
    assert sent["prefetch"]["answers"]["total"] == 0
    assert sent["prefetch"]["pregnancy"]["total"] == 1
