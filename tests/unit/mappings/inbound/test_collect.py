"""Whatever shape the data come in, the same resources are found."""

from __future__ import annotations

import msgspec
import pytest

from eligibility.facts import MemberFacts
from mappings.errors import (
    EmptyBundle,
    MappingError,
    NoPatient,
    NotFhir,
    NotJson,
    PatientNotFound,
    SeveralPatients,
)
from mappings.inbound.bundle import read_member
from tests.unit.mappings.inbound.records import (
    ACT_CODE,
    MEMBER,
    PATIENT,
    Json,
    bundle,
    codes,
    maker,
    only_issue,
)

ALL = {"encounters", "conditions", "programs", "screenings"}

encounter = maker(
    "Encounter",
    status="finished",
    class_={"system": ACT_CODE, "code": "EMER"},
    subject=MEMBER,
    period={"start": "2025-01-08"},
)
VISIT = encounter("e1")


def read(document: Json | list[Json], *, patient: str | None = None) -> MemberFacts:
    return read_member(msgspec.json.encode(document), patient=patient)


def request(prefetch: Json | None, **more: Json) -> Json:
    found: Json = {"hook": "patient-view", "hookInstance": "x", "context": {"patientId": "p1"}}
    return {**found, "prefetch": prefetch, **more}


def searchset(*resources: Json, **more: object) -> Json:
    entries = [{"resource": one, "search": {"mode": "match"}} for one in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries, **more}


SAME_RECORD: dict[str, Json | list[Json]] = {
    "transaction": {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {"resource": PATIENT, "request": {"method": "POST", "url": "Patient"}},
            {"resource": VISIT, "request": {"method": "POST", "url": "Encounter"}},
        ],
    },
    "searchset": searchset(PATIENT, VISIT),
    "batch-response": {
        "resourceType": "Bundle",
        "type": "batch-response",
        "entry": [
            {"response": {"status": "200 OK"}, "resource": searchset(PATIENT)},
            {"response": {"status": "200"}, "resource": searchset(VISIT)},
        ],
    },
    "Bundle without type, type of resource written last": {
        "entry": [
            {"resource": dict(reversed(list(PATIENT.items())))},
            {"resource": dict(reversed(list(VISIT.items())))},
        ],
        "resourceType": "Bundle",
    },
    "array": [PATIENT, VISIT],
    "Parameters": {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "patientData", "resource": searchset(VISIT)},
            {"name": "plan", "valueCode": "dhcs"},
            {"name": "patientData", "resource": PATIENT},
            {"name": "other", "resource": {**PATIENT, "id": "p2"}},
        ],
    },
    "prefetch": request({"patient": PATIENT, "encounters": searchset(VISIT), "flags": None}),
    "prefetch of a single resource and an array": request({"patient": [PATIENT], "e": VISIT}),
    "prefetch in a wrapper": request(
        {
            "patient": {"response": {"status": "200"}, "resource": PATIENT},
            "encounters": {"response": {"status": "200"}, "resource": searchset(VISIT)},
        }
    ),
}


@pytest.mark.parametrize("shape", SAME_RECORD)
def test_every_shape_holds_the_same_record(shape):
    found = read(SAME_RECORD[shape])
    assert found.member == "Patient/p1"
    assert [visit.ref for visit in found.visits] == ["Encounter/e1"]
    assert not found.issues
    assert not found.incomplete


@pytest.mark.parametrize("ending", (b"\n", b"\r\n", b"\n\n"))
def test_ndjson_holds_a_resource_or_a_bundle_a_line(ending):
    lines = [msgspec.json.encode(PATIENT), bundle(VISIT), b""]
    assert read_member(ending.join(lines)) == read_member(lines) == read([PATIENT, VISIT])


def test_a_byte_order_mark_is_no_part_of_the_data():
    assert read_member(b"\xef\xbb\xbf" + bundle(PATIENT)).member == "Patient/p1"


def test_indented_json_is_not_taken_for_ndjson():
    assert read_member(msgspec.json.format(bundle(PATIENT, VISIT), indent=2)).visits


@pytest.mark.parametrize(
    ("data", "fault"),
    (
        (b"", NotJson),
        (b"  \n ", NotJson),
        (b'{"resourceType":"Patient","id":"p1"', NotJson),
        (b'{"resourceType":"Patient","id":NaN}', NotJson),
        (bundle(PATIENT) + b"}", NotJson),
        (bundle(PATIENT) + b"\ngarbage", NotJson),
        (b"[" * 100_000, NotJson),
        (b'{"a":' * 100_000, NotJson),
        (b'{"resourceType":"\xff"}', NotJson),
        ('{"resourceType":"Patient"}'.encode("utf-16"), NotJson),
        (b"<html>", NotJson),
        (b"null", NotFhir),
        (b"17", NotFhir),
        (b'"Patient"', NotFhir),
        (b'["Patient"]', NotFhir),
        (b"{}", NotFhir),
        (b'{"resourceType":17}', NotFhir),
        (b'{"hook":"patient-view","prefetch":[]}', NotFhir),
        (b"[]", EmptyBundle),
        (b'{"resourceType":"Bundle"}', EmptyBundle),
        (b'{"resourceType":"Bundle","entry":null}', EmptyBundle),
        (b'{"resourceType":"Parameters"}', EmptyBundle),
        (b'{"hook":"patient-view"}', EmptyBundle),
        (b'{"hook":"patient-view","prefetch":{"patient":null}}', EmptyBundle),
        (bundle(VISIT), NoPatient),
        (b'{"resourceType":"Basic"}', NoPatient),
    ),
)
def test_input_that_cannot_be_used_is_refused_in_one_line(data, fault):
    with pytest.raises(fault) as refused:
        read_member(data)
    assert refused.type is fault
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 200


def test_several_patients_need_a_name():
    with pytest.raises(SeveralPatients) as refused:
        read([{**PATIENT, "id": "p2"}, PATIENT])
    assert refused.value.ids == ("Patient/p1", "Patient/p2")
    assert "Patient/p1, Patient/p2" in str(refused.value)


def test_of_many_patients_the_message_names_ten():
    with pytest.raises(SeveralPatients) as refused:
        read([{**PATIENT, "id": f"p{number}"} for number in range(600)])
    assert len(refused.value.ids) == 600
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize("name", ("Patient/p2", "p2", "https://a.example.org/Patient/p2"))
def test_a_named_patient_is_read_and_the_others_are_counted_in_one_issue(name):
    other = encounter("e2", subject={"reference": "Patient/p2"})
    full = {"fullUrl": "https://a.example.org/Patient/p2", "resource": {**PATIENT, "id": "p2"}}
    rest = [{"resource": one} for one in (PATIENT, VISIT, encounter("e3"), other)]
    found = read({"resourceType": "Bundle", "entry": [*rest, full]}, patient=name)
    assert found.member == "Patient/p2"
    assert [visit.ref for visit in found.visits] == ["Encounter/e2"]
    assert only_issue(found).code == "other-patient"
    assert only_issue(found).details.startswith("2 resources")


def test_a_name_nobody_bears_is_refused_with_the_names_there_are():
    with pytest.raises(PatientNotFound) as refused:
        read([PATIENT], patient="Patient/p9")
    assert refused.value.ids == ("Patient/p1",)


def test_a_cds_hooks_request_is_about_the_patient_of_its_context():
    with pytest.raises(PatientNotFound):
        read(request({"patient": {**PATIENT, "id": "p2"}}))
    both = request({"patients": [{**PATIENT, "id": "p2"}, PATIENT]})
    assert read(both).member == "Patient/p1"


def test_a_name_with_terminal_codes_is_not_printed():
    with pytest.raises(PatientNotFound) as refused:
        read([{**PATIENT, "id": "p\x1b[31m\nq"}], patient="zz")
    assert str(refused.value).isprintable()


def test_the_errors_are_one_tree():
    for fault in (NotJson, NotFhir, EmptyBundle, NoPatient, SeveralPatients, PatientNotFound):
        assert issubclass(fault, MappingError)


HTML = "<html>502 Bad Gateway</html>"
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}


@pytest.mark.parametrize("value", (HTML, OUTCOME, 7, True, {"x": 1}, {"resourceType": 3}))
def test_an_error_page_in_the_prefetch_is_no_data_and_no_absence(value):
    found = read(request({"patient": PATIENT, "encounters": value}))
    assert found.incomplete == {"encounters"}
    assert only_issue(found).resource == "prefetch.encounters"
    assert only_issue(found).severity == "error"


@pytest.mark.parametrize(
    ("key", "lost"),
    (("coverages", set()), ("answers", {"screenings"}), ("programs", {"programs"}), ("zz", ALL)),
)
def test_what_a_failed_prefetch_hides_is_of_its_keys_sources(key, lost):
    assert read(request({"patient": PATIENT, key: HTML})).incomplete == lost


def test_a_page_that_says_another_follows_is_incomplete():
    more = {"link": [{"relation": "self"}, {"relation": "next", "url": "https://x"}]}
    found = read(searchset(PATIENT, VISIT, **more))
    assert found.incomplete == ALL
    assert codes(found) == ["paged"]
    by_key = request({"patient": PATIENT, "encounters": searchset(VISIT, **more)})
    assert read(by_key).incomplete == {"encounters"}


def test_a_warning_among_the_entries_is_only_told():
    warning = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning"}]}
    found = read(searchset(PATIENT, warning))
    assert only_issue(found).severity == "information"
    assert not found.incomplete


def test_a_request_the_server_could_not_fulfil_is_missing():
    entries = [{"resource": PATIENT}, {"response": {"status": "404 Not Found"}}]
    found = read({"resourceType": "Bundle", "type": "batch-response", "entry": entries})
    assert codes(found) == ["failed-request"]
    assert found.incomplete == ALL


@pytest.mark.parametrize("entry", (None, 3, "x", {"fullUrl": 3}, [], {"resource": "text"}))
def test_an_entry_that_is_none_does_not_spoil_the_others(entry):
    found = read({"resourceType": "Bundle", "entry": [{"resource": PATIENT}, entry]})
    assert found.member == "Patient/p1"
    assert found.incomplete == ALL
    assert only_issue(found).resource == "Bundle.entry[1]"


def test_bundles_in_bundles_are_followed_only_so_far():
    document = bundle(PATIENT)
    for _ in range(40):
        document = b'{"resourceType":"Bundle","entry":[{"resource":' + document + b"}]}"
    with pytest.raises(EmptyBundle):
        read_member(document)


def test_a_resource_given_twice_is_read_once():
    found = read(request({"patient": PATIENT, "a": searchset(VISIT), "b": searchset(VISIT)}))
    assert len(found.visits) == 1
    assert not found.issues


def test_of_two_versions_the_last_updated_one_is_read_in_any_order():
    old = encounter("e1", meta={"lastUpdated": "2025-02-01T09:00:00-08:00"})
    new = encounter("e1", status="entered-in-error", meta={"lastUpdated": "2025-02-01T18:00:00Z"})
    for versions in ([old, new], [new, old]):
        found = read([PATIENT, *versions])
        assert not found.visits
        assert codes(found) == ["entered-in-error", "repeated"]


def test_one_id_on_two_servers_is_two_resources():
    entries = [
        {"fullUrl": f"https://{server}.example.org/Encounter/e1", "resource": VISIT}
        for server in ("b", "a")
    ]
    found = read({"resourceType": "Bundle", "entry": [{"resource": PATIENT}, *entries]})
    assert [visit.ref for visit in found.visits] == [
        "https://a.example.org/Encounter/e1",
        "https://b.example.org/Encounter/e1",
    ]


def test_many_issues_of_one_kind_are_counted():
    strangers = [encounter(f"e{n}", subject={"reference": "Patient/zz"}) for n in range(100)]
    found = read([PATIENT, *strangers])
    assert codes(found) == ["other-patient"] * 21
    assert found.issues[-1].details.startswith("80 more")
