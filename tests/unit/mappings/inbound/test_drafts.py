"""A condition that is being entered counts as it will once it is saved."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from eligibility.evaluate import evaluate
from eligibility.facts import MemberFacts
from eligibility.logic import MET
from mappings.inbound.bundle import read_member
from mappings.inbound.drafts import drafted
from tests.unit.mappings.inbound.records import ICD_10_CM, PATIENT, Json, bundle, coded, day

TODAY = date(2025, 2, 1)
PREGNANCY: Json = {"resourceType": "Condition", "code": coded(ICD_10_CM, "Z34.90")}


def saved(drafts: Any) -> Any:
    return msgspec.json.decode(drafted(msgspec.json.encode(drafts), patient="Patient/p1", on=TODAY))


def facts(drafts: bytes, *others: Json) -> MemberFacts:
    request = {
        "hook": "problem-list-item-create",
        "context": {"patientId": "p1"},
        "prefetch": {"patient": PATIENT, "other": list(others)},
    }
    more = [("conditions", drafted(drafts, patient="Patient/p1", on=TODAY))]
    return read_member(msgspec.json.encode(request), more=more)


def test_a_pregnancy_entered_without_a_date_is_one_of_today() -> None:
    """Nothing but a code: it completes the population as it will when it is saved."""
    (sign,) = facts(bundle(PREGNANCY)).signs["pregnancy"]
    assert (sign.recorded, sign.active) == (day("2025-02-01"), True)
    answer = evaluate(facts(bundle(PREGNANCY)), plan="dhcs", as_of=TODAY)
    variant = next(one for one in answer.populations[8].variants if one.trace is not None)
    assert variant.trace is not None
    assert [node.outcome for node in variant.trace.named(("pregnant",))] == [MET]


def test_a_draft_is_the_members_even_where_another_patient_was_sent_along() -> None:
    """It is entered in the chart the call is about."""
    newborn = {"resourceType": "Patient", "id": "p2"}
    assert facts(bundle(PREGNANCY), newborn).signs.keys() == {"pregnancy"}


def test_a_draft_without_an_id_is_named_by_its_place() -> None:
    """Nothing that is saved can point at it."""
    (sign,) = facts(bundle(PREGNANCY)).signs["pregnancy"]
    assert sign.ref == "conditions.entry[0]"


@pytest.mark.parametrize(
    "stated",
    (
        {"recordedDate": "2024-12-24"},
        {"onsetDateTime": "2024-12-24"},
        {"onsetPeriod": {"start": "2024"}},
        {"onsetString": "at Christmas"},
    ),
)
def test_a_date_that_is_stated_stands(stated: Json) -> None:
    """An old illness entered today did not begin today."""
    draft = {**PREGNANCY, **stated, "subject": {"reference": "Patient/p1"}}
    assert saved(draft) == draft


def test_a_subject_that_is_stated_stands() -> None:
    """Somebody else's condition does not become the member's."""
    draft = {**PREGNANCY, "subject": {"reference": "Patient/p2"}}
    assert saved(draft)["subject"] == {"reference": "Patient/p2"}
    assert facts(msgspec.json.encode(draft)).signs == {}


@pytest.mark.parametrize("subject", (None, {}))
def test_an_empty_subject_is_none(subject: Json | None) -> None:
    """Some clients send the element without a reference."""
    assert saved({**PREGNANCY, "subject": subject})["subject"] == {"reference": "Patient/p1"}


@pytest.mark.parametrize(
    "shape",
    (
        [PREGNANCY],
        {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": PREGNANCY}]},
        {"resourceType": "Bundle", "entry": [{"fullUrl": "urn:uuid:1", "resource": PREGNANCY}]},
    ),
)
def test_drafts_come_in_any_shape(shape: Any) -> None:
    """A Bundle as the hook defines it, or an array as some send it."""
    text = msgspec.json.encode(saved(shape)).decode()
    assert text.count('"recordedDate":"2025-02-01"') == 1
    assert text.count('"reference":"Patient/p1"') == 1


@pytest.mark.parametrize("odd", (None, 7, "x", {"resource": 7}, {}))
def test_an_odd_entry_keeps_no_other_from_being_completed(odd: Any) -> None:
    """The pregnancy beside it is one of today all the same."""
    draft = {"resourceType": "Bundle", "entry": [odd, {"resource": PREGNANCY}]}
    first, second = saved(draft)["entry"]
    assert first == odd
    assert second["resource"]["recordedDate"] == "2025-02-01"


@pytest.mark.parametrize(
    "document",
    (
        b"",
        b"{",
        b"7",
        b"[{]",
        b'{"resourceType":"Bundle","entry":7}',
        b'{"resourceType":"Bundle","entry":[7]}',
        b'{"resourceType":"Observation"}',
        b'{"resourceType":7}',
        b'{"code":"x"}',
    ),
)
def test_what_is_no_draft_stays_as_it_was(document: bytes) -> None:
    """Its reader says what is wrong with it."""
    assert drafted(document, patient="Patient/p1", on=TODAY) == document
