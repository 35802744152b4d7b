"""JSON and XML, in and out; compression; what cannot be given or read."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from tests.contract.fhir.conftest import FHIR_JSON, Fhir, patient, told

FHIR_XML = "application/fhir+xml"
JSON_SENT = f"{FHIR_JSON}; charset=utf-8"
XML_SENT = f"{FHIR_XML}; charset=utf-8"
XML_PATIENT = (
    b'<?xml version="1.0" encoding="UTF-8"?><Patient xmlns="http://hl7.org/fhir">'
    b'<name><family value="Xml &amp; Co"/></name><birthDate value="1980"/></Patient>'
)


@pytest.mark.parametrize(
    ("accept", "sent"),
    (
        (None, JSON_SENT),
        ("", JSON_SENT),
        ("*/*", JSON_SENT),
        ("application/fhir+json", JSON_SENT),
        ("application/json", JSON_SENT),
        ("application/fhir+xml", XML_SENT),
        ("text/xml", XML_SENT),
        ("application/xml;q=0.5, application/json;q=0.4", XML_SENT),
        ("application/xml;q=0.5, application/json", JSON_SENT),
        ("application/fhir+xml;q=0, */*;q=0.1", JSON_SENT),
        ("text/html, application/fhir+xml;q=0.9, */*;q=0.8", XML_SENT),
        ("application/fhir+json; fhirVersion=4.0", f"{FHIR_JSON}; fhirVersion=4.0; charset=utf-8"),
        ("application/fhir+json; fhirVersion=5.0, application/fhir+xml", XML_SENT),
    ),
)
def test_accept_decides_the_form(fhir: Fhir, accept: str | None, sent: str):
    """The heaviest that there is; the first of equals."""
    headers = {} if accept is None else {"Accept": accept}
    answer = fhir.get("metadata", **headers)
    assert (answer.status, answer.headers["content-type"]) == (200, sent)


@pytest.mark.parametrize(
    ("asked", "sent"),
    (
        ("json", JSON_SENT),
        ("xml", XML_SENT),
        ("application/fhir+xml", XML_SENT),
        ("application/json", JSON_SENT),
        ("text/xml", XML_SENT),
    ),
)
def test_format_outweighs_accept(fhir: Fhir, asked: str, sent: str):
    """For links and for people, who send no headers; with a plus escaped or not."""
    for url in (f"Patient?_format={asked.replace('+', '%2B')}", f"Patient?_format={asked}"):
        answer = fhir.service.request("GET", f"/fhir/{url}", headers={"Accept": "text/html"})
        assert (answer.status, answer.headers["content-type"]) == (200, sent)


@pytest.mark.parametrize(
    ("params", "accept"),
    (
        (None, "text/html"),
        (None, "application/fhir+turtle"),
        (None, "application/fhir+json; fhirVersion=3.0"),
        (None, "application/fhir+json; q=0"),
        ({"_format": "ttl"}, "*/*"),
        ({"_format": "application/fhir+json; fhirVersion=5.0"}, "*/*"),
    ),
)
def test_a_form_there_is_not_is_refused(fhir: Fhir, params: dict[str, str] | None, accept: str):
    """406, before anything is done."""
    before = len(fhir.found("Patient", {"family": "NeverMade"}))
    answer = fhir("POST", "Patient", patient("NeverMade"), params, Accept=accept)
    told(answer, 406, "not-supported")
    assert len(fhir.found("Patient", {"family": "NeverMade"})) == before == 0


def test_errors_come_in_the_form_that_was_asked_for(fhir: Fhir):
    """An OperationOutcome in XML."""
    answer = fhir.get("Patient/none", Accept=FHIR_XML)
    assert (answer.status, answer.headers["content-type"]) == (404, XML_SENT)
    root = ElementTree.fromstring(answer.body)  # noqa: S314
    assert root.tag == "{http://hl7.org/fhir}OperationOutcome"


@pytest.mark.parametrize("media_type", (FHIR_XML, "application/xml", "text/xml; charset=UTF-8"))
def test_xml_is_taken(fhir: Fhir, media_type: str):
    """And is the same resource as its JSON."""
    answer = fhir("POST", "Patient", XML_PATIENT, Content_Type=media_type)
    assert answer.status == 201
    assert answer.json["name"] == [{"family": "Xml & Co"}]
    back = fhir.get(f"Patient/{answer.json['id']}", Accept=FHIR_XML).body
    assert b'<family value="Xml &amp; Co"/>' in back
    replaced = fhir("PUT", f"Patient/{answer.json['id']}", back, Content_Type=media_type)
    assert (replaced.status, replaced.headers["etag"]) == (200, 'W/"2"')


def test_bundles_and_patches_are_taken_in_xml(fhir: Fhir):
    """A transaction, and a FHIRPath Patch of what it made."""
    bundle = (
        b'<Bundle xmlns="http://hl7.org/fhir"><type value="transaction"/><entry><resource>'
        + XML_PATIENT.partition(b"?>")[2].replace(b' xmlns="http://hl7.org/fhir"', b"")
        + b'</resource><request><method value="POST"/><url value="Patient"/></request></entry>'
        b"</Bundle>"
    )
    made = fhir("POST", "", bundle, Content_Type=FHIR_XML)
    assert made.status == 200, made.body
    id = made.json["entry"][0]["resource"]["id"]
    patch = (
        b'<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="operation"/>'
        b'<part><name value="type"/><valueCode value="replace"/></part>'
        b'<part><name value="path"/><valueString value="Patient.birthDate"/></part>'
        b'<part><name value="value"/><valueDate value="1981"/></part></parameter></Parameters>'
    )
    patched = fhir("PATCH", f"Patient/{id}", patch, Content_Type=FHIR_XML)
    assert (patched.status, patched.json["birthDate"]) == (200, "1981")


@pytest.mark.parametrize(
    "media_type",
    (
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/fhir+json; charset=latin-1",
        "application/fhir+json; fhirVersion=5.0",
        "application/octet-stream",
    ),
)
def test_a_form_that_is_not_read_is_refused(fhir: Fhir, media_type: str):
    """415, and what to send."""
    told(fhir("POST", "Patient", patient("X"), Content_Type=media_type), 415, "not-supported")


def test_pretty_is_for_people(fhir: Fhir):
    """One element a line, in both forms."""
    id = fhir.create(patient("Pretty"))["id"]
    for form in ("json", "xml"):
        params = {"_pretty": "true", "_format": form}
        assert len(fhir.get(f"Patient/{id}", params).body.splitlines()) >= 8
        assert len(fhir.get(f"Patient/{id}", {"_format": form}).body.splitlines()) == 1


@pytest.mark.parametrize(
    ("encoding", "pack"), (("gzip", gzip.compress), ("deflate", zlib.compress), ("identity", bytes))
)
def test_compressed_bodies_are_unpacked(fhir: Fhir, encoding: str, pack: Callable[[bytes], bytes]):
    """As gzip or deflate."""
    body = pack(json.dumps(patient("Packed" * 50)).encode())
    answer = fhir("POST", "Patient", body, Content_Encoding=encoding)
    assert (answer.status, answer.json["name"][0]["family"]) == (201, "Packed" * 50)


@pytest.mark.parametrize(
    ("body", "encoding", "status", "code"),
    (
        (b"{}", "gzip", 400, "structure"),
        (gzip.compress(b"{}", mtime=0)[:-4], "gzip", 400, "structure"),
        (gzip.compress(b"{}", mtime=0) + b"more", "gzip", 400, "structure"),
        (b"{}", "br", 415, "not-supported"),
        (gzip.compress(gzip.compress(b"{}", mtime=0), mtime=0), "gzip, gzip", 415, "not-supported"),
    ),
)
def test_what_cannot_be_unpacked_is_refused(
    fhir: Fhir, body: bytes, encoding: str, status: int, code: str
):
    """400 broken, 415 of another encoding."""
    told(fhir("POST", "Patient", body, Content_Encoding=encoding), status, code)


def test_long_answers_are_compressed_for_who_takes_it(fhir: Fhir):
    """And only then."""
    plain = fhir.get("metadata")
    packed = fhir.get("metadata", Accept_Encoding="br, gzip;q=0.8")
    assert packed.headers["content-encoding"] == "gzip"
    assert len(packed.body) < len(plain.body) / 4
    assert gzip.decompress(packed.body) == plain.body
    assert "content-encoding" not in fhir.get("metadata", Accept_Encoding="gzip;q=0").headers
    assert "content-encoding" not in fhir.get("Patient/none", Accept_Encoding="gzip").headers
