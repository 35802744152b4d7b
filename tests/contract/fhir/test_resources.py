"""One resource: created, read, replaced, deleted, and its versions."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import pytest

from tests.contract.fhir.conftest import Fhir, patient, told


def test_what_is_created_has_an_address_a_version_and_a_date(fhir: Fhir):
    """201 with Location, ETag, Last-Modified and the resource; an id that was sent is not used."""
    answer = fhir("POST", "Patient", patient("Created", id="mine"))
    made = answer.json
    assert answer.status == 201
    assert made["id"] != "mine"
    assert made["meta"]["versionId"] == "1"
    assert answer.headers["location"] == f"{fhir.base}/Patient/{made['id']}/_history/1"
    assert answer.headers["etag"] == 'W/"1"'
    stamped = parsedate_to_datetime(answer.headers["last-modified"])
    assert made["meta"]["lastUpdated"].startswith(stamped.strftime("%Y-%m-%dT%H:%M:%S"))
    assert answer.headers["cache-control"] == "no-store"
    read = fhir.get(f"Patient/{made['id']}")
    assert (read.status, read.json) == (200, made)


def test_decimals_come_back_digit_for_digit(fhir: Fhir):
    """And so does everything else the exchange has nothing to do with."""
    value = b'{"value":1.10,"unit":"\\u00b5g","system":"http://unitsofmeasure.org","code":"ug"}'
    body = (
        b'{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":'
        + value
        + b"}"
    )
    id = fhir("POST", "Observation", body).json["id"]
    assert value in fhir.get(f"Observation/{id}").body
    patched = fhir(
        "PATCH", f"Observation/{id}", {"status": "amended"}, Content_Type="application/json"
    )
    assert value in patched.body
    assert b'value="1.10"' in fhir.get(f"Observation/{id}", {"_format": "xml"}).body


@pytest.mark.parametrize("type", ("return=minimal", "return=representation", ""))
def test_prefer_says_what_a_write_is_answered_with(fhir: Fhir, type: str):
    """The resource by default; nothing, if that is enough; the address in any case."""
    answer = fhir("POST", "Patient", patient("Preferred"), **({"Prefer": type} if type else {}))
    assert answer.status == 201
    assert "location" in answer.headers
    assert (answer.body == b"") == (type == "return=minimal")
    assert answer.headers.get("preference-applied", "") == type


def test_prefer_an_operation_outcome(fhir: Fhir):
    """What was done, in words."""
    answer = fhir("POST", "Patient", patient("Preferred"), Prefer="return=OperationOutcome")
    (issue,) = answer.json["issue"]
    assert answer.status == 201
    assert issue["severity"] == "information"
    assert "was created as version 1" in issue["diagnostics"]


def test_an_update_replaces_and_counts(fhir: Fhir):
    """200 and the next version; the id in the body has to be that of the address."""
    made = fhir.create(patient("Before"))
    place = f"Patient/{made['id']}"
    answer = fhir("PUT", place, patient("After", id=made["id"]))
    assert answer.status == 200
    assert answer.headers["etag"] == 'W/"2"'
    assert "location" not in answer.headers
    told(fhir("PUT", place, patient("After", id="other")), 400, "value", "id of the address")
    told(fhir("PUT", place, patient("After")), 400, "value", "id of the address")
    told(fhir("PUT", place, {"resourceType": "Group", "id": made["id"]}), 400, "structure")


def test_an_update_with_a_new_id_creates_it(fhir: Fhir):
    """201, for whoever runs the exchange."""
    answer = fhir("PUT", "Patient/update-creates", patient("New", id="update-creates"))
    assert answer.status == 201
    assert answer.headers["location"].endswith("/Patient/update-creates/_history/1")


@pytest.mark.parametrize("etag", ('W/"1"', '"1"', "1", "*"))
def test_if_match_of_the_present_version_lets_a_write_pass(fhir: Fhir, etag: str):
    """However a client spells it."""
    id = fhir.create(patient("Matched"))["id"]
    answer = fhir("PUT", f"Patient/{id}", patient("M", id=id), If_Match=etag)
    assert (answer.status, answer.headers["etag"]) == (200, 'W/"2"')


@pytest.mark.parametrize("method", ("PUT", "PATCH", "DELETE"))
def test_if_match_of_another_version_stops_every_write(fhir: Fhir, method: str):
    """412 with the present ETag; nothing is changed."""
    id = fhir.create(patient("Guarded"))["id"]
    bodies = {"PUT": patient("Lost", id=id), "PATCH": {"gender": "male"}, "DELETE": None}
    headers = {"Content_Type": "application/json"} if method == "PATCH" else {}
    answer = fhir(method, f"Patient/{id}", bodies[method], If_Match='W/"7"', **headers)
    told(answer, 412, "conflict", "has version 1")
    assert answer.headers["etag"] == 'W/"1"'
    assert fhir.get(f"Patient/{id}").json["meta"]["versionId"] == "1"
    told(fhir("DELETE", f"Patient/{id}", If_Match="newest"), 400, "value", "no ETag")


def test_the_version_read_counts_where_no_if_match_is_sent(fhir: Fhir):
    """A client that sends back what it read overwrites nothing it has not seen."""
    first = fhir.create(patient("Read"))
    place = f"Patient/{first['id']}"
    assert fhir("PUT", place, first | {"gender": "male"}).status == 200
    answer = fhir("PUT", place, first | {"gender": "female"})
    told(answer, 409, "conflict", "the present one, 2")
    assert answer.headers["etag"] == 'W/"2"'


def test_what_a_client_has_is_not_sent_again(fhir: Fhir):
    """304 by ETag, or by date where no ETag is sent; a date that is none is passed over."""
    answer = fhir("POST", "Patient", patient("Known"))
    place, date = f"Patient/{answer.json['id']}", answer.headers["last-modified"]
    for headers in (
        {"If_None_Match": 'W/"1"'},
        {"If_None_Match": "1"},
        {"If_None_Match": 'W/"9", W/"1"'},
        {"If_None_Match": "*"},
        {"If_Modified_Since": date},
    ):
        unchanged = fhir.get(place, **headers)
        assert (unchanged.status, unchanged.body) == (304, b"")
        assert unchanged.headers["etag"] == 'W/"1"'
    for headers in (
        {"If_None_Match": 'W/"2"', "If_Modified_Since": date},
        {"If_Modified_Since": "Sat, 01 Jan 2000 00:00:00 GMT"},
        {"If_Modified_Since": "yesterday"},
    ):
        assert fhir.get(place, **headers).status == 200


def test_what_was_deleted_is_gone_and_its_history_stays(fhir: Fhir):
    """204, 410, 204 again; a new version brings it back."""
    id = fhir.create(patient("Gone"))["id"]
    place = f"Patient/{id}"
    deleted = fhir("DELETE", place)
    assert (deleted.status, deleted.body) == (204, b"")
    told(fhir.get(place), 410, "deleted")
    told(fhir.get(f"{place}/_history/2"), 410, "deleted")
    assert fhir.get(f"{place}/_history/1").json["name"][0]["family"] == "Gone"
    assert fhir("DELETE", place).status == 204
    methods = [one["request"]["method"] for one in fhir.get(f"{place}/_history").json["entry"]]
    assert methods == ["DELETE", "POST"]
    assert fhir("PUT", place, patient("Back", id=id)).status == 201
    assert fhir.get(place).json["meta"]["versionId"] == "3"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    (
        ("Patient/none", 404, "not-found"),
        ("Patient/none/_history", 404, "not-found"),
        ("Patient/none/_history/1", 404, "not-found"),
        ("Patient/a_b", 400, "value"),
        ("Patient/" + "x" * 65, 400, "value"),
        ("Patient/..", 404, "not-found"),
        ("Patient/1/Nope", 404, "not-found"),
        ("Nope", 404, "not-supported"),
        ("Nope/1", 404, "not-supported"),
        ("patient/1", 404, "not-supported"),
        ("Patient/1/_history/1/2", 404, "not-found"),
        ("Patient//1", 400, "value"),
        ("$nope", 404, "not-supported"),
        ("Patient/$status", 404, "not-supported"),
        ("AuditEvent/1/_history", 404, "not-supported"),
    ),
)
def test_addresses_that_lead_nowhere(fhir: Fhir, path: str, status: int, code: str):
    """An OperationOutcome, whatever is wrong with it."""
    told(fhir.get(path), status, code)


def test_versions_are_read_one_by_one(fhir: Fhir):
    """By number; another is not there."""
    id = fhir.create(patient("V1"))["id"]
    fhir("PUT", f"Patient/{id}", patient("V2", id=id))
    names = [
        fhir.get(f"Patient/{id}/_history/{version}").json["name"][0]["family"] for version in (1, 2)
    ]
    assert names == ["V1", "V2"]
    for version in ("3", "0", "-1", "x", "1e3", "9" * 30):
        told(fhir.get(f"Patient/{id}/_history/{version}"), 404, "not-found")


def test_other_methods_are_refused_with_those_there_are(fhir: Fhir):
    """405 and Allow."""
    for method, path, allow in (
        ("POST", "Patient/1", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"),
        ("PUT", "AuditEvent/1", "GET, HEAD, OPTIONS"),
        ("POST", "metadata", "GET, HEAD, OPTIONS"),
        ("DELETE", "Patient/1/_history", "GET, HEAD, OPTIONS"),
        ("GET", "Patient/_search", "OPTIONS, POST"),
        ("DELETE", "", "GET, HEAD, OPTIONS, POST"),
    ):
        answer = fhir(method, path, {} if method in ("POST", "PUT") else None)
        told(answer, 405, "not-supported")
        assert answer.headers["allow"] == allow, (method, path)


def test_a_slash_at_the_end_changes_nothing(fhir: Fhir):
    """Some clients write one."""
    id = fhir.create(patient("Slash"))["id"]
    assert fhir.get(f"Patient/{id}/").status == 200
    assert fhir.get("Patient/").status == 200
    assert fhir.get("/").status == fhir.get("").status == 200


def test_faults_of_content_are_told_with_their_place(fhir: Fhir):
    """422 with the FHIRPath of each."""
    answer = fhir("POST", "Patient", patient("Faulty", gender="x", nickname="y"))
    assert answer.status == 422
    places = {one["expression"][0] for one in answer.json["issue"]}
    assert "Patient.nickname" in places
    assert b"Faulty" not in answer.body


def test_bodies_that_are_no_resource_are_refused(fhir: Fhir):
    """400, and what to send."""
    for body in (b"", b"{", b"[]", b"null", b"{}", b'{"resourceType":"Group"}'):
        told(fhir("POST", "Patient", body), 400, "structure")


def test_head_is_get_without_its_body(fhir: Fhir):
    """The same status and headers."""
    id = fhir.create(patient("Headed"))["id"]
    answer, read = fhir("HEAD", f"Patient/{id}"), fhir.get(f"Patient/{id}")
    assert (answer.status, answer.body) == (200, b"")
    for name in ("etag", "last-modified", "content-type", "content-length"):
        assert answer.headers[name] == read.headers[name]
