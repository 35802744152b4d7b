"""What was fetched or drafted for a call is read beside what the client sent."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from eligibility.facts import MemberFacts
from mappings.errors import EmptyBundle
from mappings.inbound.bundle import read_member
from tests.unit.mappings.inbound.records import ACT_CODE, MEMBER, PATIENT, bundle, codes, maker

encounter = maker(
    "Encounter",
    status="finished",
    class_={"system": ACT_CODE, "code": "EMER"},
    subject=MEMBER,
    period={"start": "2025-01-08"},
)


def request(**prefetch: Any) -> bytes:
    return msgspec.json.encode(
        {"hook": "patient-view", "context": {"patientId": "p1"}, "prefetch": prefetch}
    )


def read(*more: tuple[str, bytes], sent: dict[str, Any] | None = None) -> MemberFacts:
    return read_member(request(**(sent or {"patient": PATIENT})), more=more)


@pytest.mark.parametrize(
    "document",
    (
        msgspec.json.encode(encounter("e1")),
        bundle(encounter("e1")),
        msgspec.json.encode([encounter("e1")]),
        b"\xef\xbb\xbf \n" + bundle(encounter("e1")) + b"\n",
        msgspec.json.encode({"response": {"status": "200"}, "resource": encounter("e1")}),
    ),
    ids=("resource", "Bundle", "array", "with a byte order mark", "wrapped"),
)
def test_a_fetched_document_of_any_shape_gives_the_facts_it_would_have_given_prefetched(
    document: bytes,
) -> None:
    """One resource, a page, an array: what is known is the same as if the client had sent it."""
    fetched = read(("encounters", document))
    assert fetched == read(sent={"patient": PATIENT, "encounters": encounter("e1")})
    assert [visit.ref for visit in fetched.visits] == ["Encounter/e1"]


def test_pages_of_one_key_are_read_together_with_what_was_prefetched() -> None:
    """The first page came with the call, two more were fetched: three visits are known."""
    pages = [("encounters", bundle(encounter(id))) for id in ("e2", "e3")]
    found = read(*pages, sent={"patient": PATIENT, "encounters": encounter("e1")})
    assert [visit.ref for visit in found.visits] == ["Encounter/e1", "Encounter/e2", "Encounter/e3"]


def test_the_patient_may_be_fetched_alone() -> None:
    """A call without any prefetch is answered from what was fetched."""
    found = read_member(
        msgspec.json.encode({"hook": "patient-view", "context": {"patientId": "p1"}}),
        more=[("patient", msgspec.json.encode(PATIENT))],
    )
    assert found.member == "Patient/p1"
    assert found.born is not None


@pytest.mark.parametrize(
    "document",
    (b"", b"<html>503</html>", b'{"resourceType":"Encounter"', b'"page"', b"\xff{}", b"[" * 9000),
    ids=("nothing", "a web page", "half a resource", "a text", "no UTF-8", "too deep"),
)
def test_what_is_no_fhir_is_an_issue_and_makes_its_source_incomplete(document: bytes) -> None:
    """A broken page never breaks the reading, and never counts as "nothing there"."""
    found = read(("encounters", document))
    assert codes(found) == ["not-a-resource"]
    assert found.incomplete == {"encounters"}


def test_an_outcome_in_place_of_a_fetched_page_is_told() -> None:
    """A FHIR server's error is read as it is in a prefetch."""
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]}
    found = read(("conditions", msgspec.json.encode(outcome)))
    assert codes(found) == ["operation-outcome"]
    assert found.incomplete == {"conditions"}


def test_half_a_character_in_a_fetched_document_is_mended() -> None:
    """A text cut within an emoji costs the text, not the record."""
    document = bundle(encounter("e1", text="x")).replace(b'"x"', b'"\\ud83d"')
    found = read(("encounters", document))
    assert [visit.ref for visit in found.visits] == ["Encounter/e1"]
    assert codes(found) == ["half-character"]


def test_nothing_sent_and_nothing_fetched_is_refused() -> None:
    """Without any resource there is nobody to speak about."""
    with pytest.raises(EmptyBundle):
        read_member(request(), more=[("encounters", bundle())])
