"""What a reader is not cleared for is as if it had never been sent."""

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
from tests.unit.mappings.inbound.records import (
    ACT_CODE,
    ICD_10_CM,
    MEMBER,
    PATIENT,
    Json,
    bundle,
    coded,
    maker,
)

NOBODY: frozenset[str] = frozenset()
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
EMPTY = b'{"resourceType":"Bundle"}'

encounter = maker(
    "Encounter",
    status="finished",
    class_={"system": ACT_CODE, "code": "EMER"},
    subject=MEMBER,
    period={"start": "2025-01-08"},
)
condition = maker("Condition", subject=MEMBER, code=coded(ICD_10_CM, "F11.20"))


def labelled(resource: Json, *codes: str) -> Json:
    security = [
        {"system": CONFIDENTIALITY if code in ("R", "V", "N") else ACT_CODE, "code": code}
        for code in codes or ("ETH",)
    ]
    return {**resource, "meta": {"security": security}}


SECRET = labelled(condition("c1"))


def request(prefetch: Json, **context: Any) -> bytes:
    return msgspec.json.encode(
        {
            "hook": "problem-list-item-create",
            "context": {"patientId": "p1", **context},
            "prefetch": prefetch,
        }
    )


def encode(value: Any) -> bytes:
    return msgspec.json.encode(value)


def entries(*resources: Json, **more: Any) -> Json:
    return {"resourceType": "Bundle", **more, "entry": [{"resource": one} for one in resources]}


PAIRS: dict[str, tuple[bytes, bytes]] = {
    "Bundle": (bundle(PATIENT, SECRET, encounter()), bundle(PATIENT, encounter())),
    "Bundle in a Bundle": (
        bundle(PATIENT, entries(SECRET, encounter())),
        bundle(PATIENT, entries(encounter())),
    ),
    "entry with a response": (
        encode({"resourceType": "Bundle", "entry": [
            {"resource": PATIENT},
            {"fullUrl": "urn:uuid:1", "response": {"status": "404"}, "resource": SECRET},
        ]}),
        bundle(PATIENT).replace(b'"type":"collection",', b""),
    ),
    "array": (encode([SECRET, PATIENT]), encode([PATIENT])),
    "lines": (
        b"\n".join((encode(PATIENT), encode(SECRET), encode(encounter()))),
        b"\n".join((encode(PATIENT), encode(encounter()))),
    ),
    "Parameters": (
        encode({"resourceType": "Parameters", "parameter": [
            {"name": "patientData", "resource": PATIENT},
            {"name": "patientData", "resource": SECRET},
        ]}),
        encode({"resourceType": "Parameters", "parameter": [
            {"name": "patientData", "resource": PATIENT},
        ]}),
    ),
    "page": (
        request({"patient": PATIENT, "conditions": entries(SECRET)}),
        request({"patient": PATIENT, "conditions": entries()}),
    ),
    "single resource under a key": (
        request({"patient": PATIENT, "conditions": SECRET}),
        request({"patient": PATIENT}),
    ),
    "wrapper of CDS Hooks 1.0": (
        request({"patient": PATIENT, "c": {"response": {"status": "200"}, "resource": SECRET}}),
        request({"patient": PATIENT}),
    ),
    "array under a key": (
        request({"patient": PATIENT, "conditions": [SECRET]}),
        request({"patient": PATIENT, "conditions": []}),
    ),
    "draft": (
        request({"patient": PATIENT}, conditions=entries(SECRET)),
        request({"patient": PATIENT}, conditions=entries()),
    ),
    "all drafts": (
        request({"patient": PATIENT}, conditions=labelled(entries(condition()))),
        request({"patient": PATIENT}, conditions={"resourceType": "Bundle"}),
    ),
    "contained": (
        bundle(PATIENT, encounter(contained=[SECRET, labelled(PATIENT, "N")])),
        bundle(PATIENT, encounter(contained=[labelled(PATIENT, "N")])),
    ),
    "contained alone": (
        bundle(PATIENT, encounter(contained=[SECRET])),
        bundle(PATIENT, encounter()),
    ),
    "a Bundle that says what its entries say": (
        encode(labelled(entries(PATIENT, SECRET), "ETH", "R")),
        encode(labelled(entries(PATIENT), "ETH", "R")),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("sent", "never_sent"), PAIRS.values(), ids=PAIRS)
def test_a_document_is_what_it_would_be_had_the_labelled_not_been_sent(
    sent: bytes, never_sent: bytes
) -> None:
    """Wherever a resource can stand, it goes with what held it, to the byte."""
    assert cleared(sent, NOBODY) == never_sent


@pytest.mark.parametrize("clearance", (None, frozenset({"ETH", "R"}), frozenset({"eth", "r"})))
@pytest.mark.parametrize("sent", [sent for sent, _ in PAIRS.values()], ids=PAIRS)
def test_who_is_cleared_sees_the_very_document(
    sent: bytes, clearance: frozenset[str] | None
) -> None:
    """Nothing is taken apart and put together again without need."""
    assert cleared(sent, clearance) is sent


def test_every_label_has_to_be_cleared() -> None:
    """A clearance for one label of two is none."""
    both = bundle(PATIENT, labelled(condition(), "ETH", "R"))
    assert cleared(both, frozenset({"ETH"})) == bundle(PATIENT)


@pytest.mark.parametrize(
    "data",
    (
        bundle(PATIENT, labelled(encounter(), "N")),
        bundle(PATIENT, encounter(type=[coded(None, "security")])),
        bundle(PATIENT, encounter(text={"div": "\\u00e9 \\u0073"})),
        encode({"resourceType": "Bundle", "security": [{"code": "ETH"}], "entry": []}),
        b'{"resourceType":"Patient","meta":{"security":null}}',
    ),
)
def test_what_is_not_labelled_stays_the_bytes_it_was(data: bytes) -> None:
    """The word in another place is no label."""
    assert cleared(data, NOBODY) is data


def test_a_label_spelled_with_escapes_is_a_label() -> None:
    """JSON lets any letter be written as a number."""
    escaped = bundle(PATIENT, SECRET).replace(b'"security"', b'"s\\u0065curit\\u0079"')
    escaped = escaped.replace(b'"meta"', b'"met\\u0061"').replace(b'"ETH"', b'"\\u0045TH"')
    assert cleared(escaped, NOBODY) == bundle(PATIENT)


@pytest.mark.parametrize(
    "corrupt",
    (
        encode(SECRET).replace(b'"ETH"', b'"ETH","display":"\\ud83d"'),
        encode(SECRET).replace(b'"ETH"', b'"ETH","display":"\xff"'),
        encode(SECRET).replace(b'"id"', b'"\xff"'),
        encode(SECRET).replace(b'"meta":{', b'"meta":{"\xff":1,'),
        encode({**SECRET, "meta": [SECRET["meta"]]}),
        encode({**SECRET, "note": None}).replace(b"null", b"[" * 300 + b'"security"' + b"]" * 300),
    ),
    ids=(
        "half a character",
        "no UTF-8",
        "a name that is no text",
        "a broken meta",
        "a list of metas",
        "too deep",
    ),
)
def test_a_label_that_cannot_be_read_is_not_taken_for_none(corrupt: bytes) -> None:
    """What cannot be looked into is taken out; the rest of the record stays."""
    whole = b'{"resourceType":"Bundle","entry":[{"resource":%s},{"resource":%s}]}'
    left = cleared(whole % (corrupt, encode(PATIENT)), NOBODY)
    assert left == whole.replace(b'{"resource":%s},', b"", 1) % encode(PATIENT)


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


def test_a_labelled_bundle_whose_entries_do_not_say_why_goes_as_a_whole() -> None:
    """The label may be about any of them."""
    assert cleared(encode(labelled(entries(PATIENT, encounter()))), NOBODY) == EMPTY
    more_than_they_say = encode(labelled(entries(PATIENT, SECRET), "ETH", "HIV"))
    assert cleared(more_than_they_say, NOBODY) == EMPTY


def test_lines_that_are_taken_out_leave_no_number_behind() -> None:
    """A resource without an id is named by its line."""
    nameless = encode({**encounter(), "id": None})
    lines = [encode(PATIENT), encode(SECRET), nameless]
    found = read_member(cleared_lines(lines, NOBODY))
    assert [visit.ref for visit in found.visits] == ["line[2]"]
    assert read_member(lines, clearance=NOBODY) == found


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
    assert needed_references(bundle(PATIENT, visit, SECRET), clearance=NOBODY) == needed
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
