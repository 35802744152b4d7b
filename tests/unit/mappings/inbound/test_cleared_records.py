"""What a reader is not cleared for is as if it had never been sent: facts, names, requests."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from cds_hooks.prefetch import State, states
from eligibility.facts import MemberFacts
from mappings.errors import EmptyBundle, MappingError, NoPatient
from mappings.inbound.bundle import read_member
from mappings.inbound.clearing import cleared, cleared_lines
from mappings.inbound.needed import needed_references
from mappings.requirements import all_requirements
from tests.unit.mappings.inbound.labelled import (
    EMPTY,
    NOBODY,
    SECRET,
    condition,
    encode,
    encounter,
    entries,
    labelled,
    request,
)
from tests.unit.mappings.inbound.records import ACT_CODE, PATIENT, Json, bundle


def test_a_document_that_cannot_be_taken_apart_is_taken_out_as_a_whole() -> None:
    """Its outermost names are no text, so that nobody knows what they hold."""
    broken = bundle(PATIENT, SECRET).replace(b'"type"', b'"\xff"')
    assert cleared(broken, NOBODY) == EMPTY


@pytest.mark.parametrize(
    "data", (b'{"meta":{"security":', b'["security"', b"<a security>", b'"security"', b"")
)
def test_what_is_not_json_is_left_to_its_reader(data: bytes) -> None:
    """Which refuses it in its own words."""
    assert cleared(data, NOBODY) is data
    if data:
        with pytest.raises(MappingError):
            read_member(data, clearance=NOBODY)


def test_lines_that_are_taken_out_leave_no_number_behind() -> None:
    """A resource without an id is named by its line."""
    nameless = encode({**encounter(), "id": None})
    lines = [encode(PATIENT), encode(SECRET), nameless]
    found = read_member(cleared_lines(lines, NOBODY))
    assert [visit.ref for visit in found.visits] == ["line[2]"]
    assert read_member(lines, clearance=NOBODY) == found


Pair = tuple[Json, Json]


def read(*resources: Json, clearance: frozenset[str] | None = NOBODY) -> MemberFacts:
    return read_member(bundle(PATIENT, *resources), clearance=clearance)


def test_the_facts_of_a_labelled_resource_are_not_read() -> None:
    """And nothing says that there were any."""
    assert read(SECRET, encounter("e1")) == read(encounter("e1"))
    assert "substance-use-disorder" in read(SECRET, clearance=None).signs


def test_a_reference_to_what_was_taken_out_leads_nowhere() -> None:
    """Why a visit took place is unknown, as it is where the diagnosis was never sent."""
    visit = encounter("e1", diagnosis=[{"condition": {"reference": "Condition/c1"}}])
    inside = encounter("e1", contained=[SECRET], diagnosis=[{"condition": {"reference": "#c1"}}])
    without = {name: value for name, value in inside.items() if name != "contained"}
    assert read(SECRET, visit) == read(visit)
    assert read(inside) == read(without)
    assert read(SECRET, visit) != read(SECRET, visit, clearance=None)


def test_a_broken_labelled_resource_is_no_issue() -> None:
    """A complaint about it would tell of it."""
    broken = {**SECRET, "code": 7, "clinicalStatus": "odd"}
    assert read(broken).issues == ()
    assert read(broken, clearance=None).issues


def test_another_version_of_a_labelled_resource_is_read_as_if_it_were_the_only_one() -> None:
    """It is not "given in several versions"."""
    newer = {**SECRET, "meta": {**SECRET["meta"], "lastUpdated": "2025-01-01T00:00:00Z"}}
    assert read(condition("c1"), newer) == read(condition("c1"))


def test_provenance_of_what_was_taken_out_tells_nothing() -> None:
    """Nor does a list, or a document, that names it."""
    names = [
        {"resourceType": "Provenance", "id": "x", "target": [{"reference": "Condition/c1"}]},
        {"resourceType": "List", "id": "l", "entry": [{"item": {"reference": "Condition/c1"}}]},
    ]
    assert read(SECRET, *names) == read(*names)


def test_names_by_position_do_not_move() -> None:
    """A visit without an id is called by where it stands among what may be seen."""
    nameless = {**encounter(), "id": None}
    assert read(SECRET, nameless) == read(nameless)


def test_what_is_fetched_is_cleared_as_well() -> None:
    """A server does not know what this client may see."""
    fetched = [("conditions", encode(SECRET))]
    assert read_member(bundle(PATIENT), more=fetched, clearance=NOBODY) == read()


def test_what_is_taken_out_is_fetched_as_if_it_had_not_been_sent() -> None:
    """The same requests go out, in the same order."""
    visit = encounter("e1", diagnosis=[{"condition": {"reference": "Condition/c1"}}])
    needed = needed_references(bundle(PATIENT, visit))
    assert needed
    assert needed_references(cleared(bundle(PATIENT, visit, SECRET), NOBODY)) == needed
    assert needed_references(bundle(PATIENT, visit, SECRET)) == ()


def test_a_labelled_patient_is_nobody() -> None:
    """Nothing can be said about a member who may not be seen."""
    with pytest.raises(EmptyBundle):
        read_member(encode(labelled(PATIENT)), clearance=NOBODY)
    with pytest.raises(NoPatient):
        read_member(bundle(labelled(PATIENT), encounter()), clearance=NOBODY)


def test_the_state_of_a_key_is_that_of_what_is_left() -> None:
    """A key that held one labelled resource was not sent; a page that did has none."""

    def state(conditions: Any) -> State:
        left = cleared(request({"patient": PATIENT, "conditions": conditions}), NOBODY)
        prefetch = msgspec.json.decode(left, type=dict[str, Any])["prefetch"]
        raws = {key: msgspec.Raw(encode(value)) for key, value in prefetch.items()}
        return states(all_requirements(), raws)["conditions"]

    assert state(SECRET) is State.NOT_SENT
    assert state(entries(SECRET)) is State.NONE
    assert state(entries(SECRET, condition("c2"))) is State.SENT


INLINE = "http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition/extension-inline-sec-label"


def part(code: str, **value: Any) -> Json:
    coding = {"system": ACT_CODE, "code": code}
    return {**value, "extension": [{"url": INLINE, "valueCoding": coding}]}


def test_labelled_parts_of_a_resource_are_taken_out_alone() -> None:
    """A shelter's address goes; the member's birthday and other address stay."""
    home, shelter = {"state": "CA"}, part("LOCIS", state="NV")
    sent = labelled({**PATIENT, "address": [shelter, home]}, "PROCESSINLINELABEL")
    seen = labelled({**PATIENT, "address": [home]}, "PROCESSINLINELABEL")
    assert cleared(encode(sent), NOBODY) == encode(seen)
    assert cleared(encode(sent), frozenset({"LOCIS"})) == encode(sent)


def test_a_label_beside_a_plain_value_takes_the_value_out() -> None:
    """`_birthDate` holds the label of `birthDate`."""
    sent = labelled({**PATIENT, "_birthDate": part("DOB")}, "PROCESSINLINELABEL")
    seen = {name: value for name, value in sent.items() if name not in ("birthDate", "_birthDate")}
    assert cleared(encode(sent), NOBODY) == encode(seen)


def test_a_part_whose_label_has_no_code_is_taken_out() -> None:
    """Nobody can be cleared for what is not said."""
    odd = {"state": "NV", "extension": [{"url": INLINE, "valueString": "secret"}]}
    sent = labelled({**PATIENT, "address": [odd]}, "PROCESSINLINELABEL")
    assert cleared(encode(sent), frozenset({"LOCIS"})) == encode({**sent, "address": []})
