"""What breaks other servers: odd JSON, depth, size, bombs, odd texts. Refused, never 5xx."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.contract.fhir.bundles import transaction
from tests.contract.fhir.conftest import FHIR_JSON, Fhir, patient, told

#: What XML 1.0 cannot say.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
#: Of the naughty strings every so many is tried; 1 is for a release.
_EVERY = 7

#: What one process may hold more than before, in bytes.
_MOST_GROWTH = 50 * 1024 * 1024


def memory(fhir: Fhir) -> int:
    """What the workers hold, in bytes."""
    found = 0
    for worker in fhir.service.workers():
        status = Path(f"/proc/{worker}/status").read_text(encoding="ascii")
        match = re.search(r"VmRSS:\s+(\d+) kB", status)
        found += int(match[1]) * 1024 if match else 0
    return found


def inside(value: bytes) -> bytes:
    """A Patient with a JSON value in it."""
    return b'{"resourceType":"Patient","extension":[{"url":"u","valueString":' + value + b"}]}"


def test_the_json_test_suite(fhir: Fhir, ecm_test_data: Path):
    """What is no JSON is 400, alone and in a resource; what is JSON is never said to be none."""
    files = sorted((ecm_test_data / "09_robustness_jsontestsuite").glob("*.json"))
    assert len(files) == 318
    for file in files:
        content = file.read_bytes()
        for body in (content, inside(content)):
            answer = fhir("POST", "Patient" if len(content) % 2 else "Patient/$validate", body)
            assert answer.status in (200, 201, 400, 422), (file.name, answer.body)
            if file.name.startswith("n_"):
                assert answer.status == 400, (file.name, answer.body)
            elif file.name.startswith("y_"):
                assert b"no JSON from" not in answer.body, (file.name, answer.body)


@pytest.mark.parametrize(
    "value",
    (
        b"NaN",
        b"-Infinity",
        b"1e999",
        b'{"a":1,"a":2}',
        b'"\\ud800"',
        b'"\\udc00\\ud800"',
        b'"a\\u0000b"',
        b'"\xed\xa0\x80"',
        b'"\xff"',
        b'"\x00"',
        b"1" * 5000,
        b"01",
        b"[" * 200 + b"]" * 200,
        b"[" * 200_000,
        b'{"a":' * 200_000,
    ),
    ids=lambda value: f"{value[:12]!r}-{len(value)}",
)
def test_json_that_two_readers_would_read_in_two_ways_is_refused(fhir: Fhir, value: bytes):
    """Duplicate keys, numbers that are none, halves of characters, NUL, depth."""
    told(fhir("POST", "Patient", inside(value)), 400, "structure")
    patch = b'{"extension":' + value + b"}"
    answer = fhir("PATCH", "Patient/none", patch, Content_Type="application/merge-patch+json")
    told(answer, 400, "structure")


@pytest.mark.parametrize(
    "body",
    (
        b'{"resourceType":"Patient","x":"' + b"a" * 10_000_000 + b'"}',
        b'{"resourceType":"Patient","name":[' + b"{}," * 300_000 + b"{}]}",
        b'{"resourceType":"Patient",' + b",".join(b'"k%d":1' % n for n in range(50_000)) + b"}",
        json.dumps(transaction(*[{}] * 1000)).encode(),
    ),
    ids=("a long string", "many elements", "many keys", "many entries"),
)
def test_large_bodies_within_the_limit_are_answered(fhir: Fhir, body: bytes):
    """As faulty resources; of many faults the first are told."""
    path = "" if b"transaction" in body[:60] else "Patient"
    answer = fhir("POST", path, body)
    assert answer.status in (400, 413, 422)
    assert len(answer.json["issue"]) <= 101


def test_a_body_beyond_the_limit_is_refused_unread(fhir: Fhir):
    """413, with its length announced or not, for every kind of body."""
    before = memory(fhir)
    huge = b" " * (21 * 1024 * 1024)
    for path in ("Patient", "", "Patient/_search"):
        told(fhir("POST", path, huge), 413, "too-long")
    chunks = (b" " * 1024 * 1024 for _ in range(30))
    headers = {"Content-Type": FHIR_JSON, "Transfer-Encoding": "chunked"}
    answer = fhir.service.request("POST", "/fhir/Patient", chunks, headers)
    told(answer, 413, "too-long")
    assert memory(fhir) - before < _MOST_GROWTH


def test_gzip_bombs_do_not_go_off(fhir: Fhir):
    """100 MB in 97 KB is 413, and so is all that grows more than tenfold; memory stays."""
    bomb = gzip.compress(b" " * 100_000_000)
    assert len(bomb) < 100_000
    fhir("POST", "Patient", bomb, Content_Encoding="gzip")
    before = memory(fhir)
    for body in (bomb, gzip.compress(b" " * 1_000_000)):
        for path in ("Patient", "", "Patient/_search"):
            told(fhir("POST", path, body, Content_Encoding="gzip"), 413, "too-long")
    nested = gzip.compress(gzip.compress(b" " * 100_000_000))
    told(fhir("POST", "Patient", nested, Content_Encoding="gzip"), 413, "too-long")
    assert memory(fhir) - before < _MOST_GROWTH


@pytest.mark.parametrize(
    ("prologue", "content"),
    (
        ('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', '<id value="&e;"/>'),
        ('<!DOCTYPE x SYSTEM "http://127.0.0.1:9/">', ""),
        ('<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>', '<id value="&b;"/>'),
        ("", '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'),
        ("", "<name>" * 100_000),
        ("", '<text><div xmlns="http://www.w3.org/1999/xhtml">' + "<b>" * 100_000),
    ),
)
def test_xml_fetches_nothing_and_does_not_grow(fhir: Fhir, prologue: str, content: str):
    """400 at the first entity, document type, foreign element or great depth."""
    body = f'{prologue}<Patient xmlns="http://hl7.org/fhir">{content}</Patient>'.encode()
    answer = fhir("POST", "Patient", body, Content_Type="application/fhir+xml")
    told(answer, 400, "structure")
    assert b"root:" not in answer.body


def test_xml_is_limited_in_size(fhir: Fhir):
    """413 beyond 5 MB or 100,000 elements; memory stays."""
    fhir("POST", "Patient", b"<a/>", Content_Type="application/fhir+xml")
    before = memory(fhir)
    for content in (b" " * 6_000_000, b'<name id="1"/>' * 200_000):
        body = b'<Patient xmlns="http://hl7.org/fhir">' + content + b"</Patient>"
        told(fhir("POST", "Patient", body, Content_Type="application/fhir+xml"), 413, "too-long")
    assert memory(fhir) - before < _MOST_GROWTH


def naughty(ecm_test_data: Path) -> list[str]:
    file = ecm_test_data / "09_robustness_naughty_strings" / "blns.json"
    texts: list[str] = json.loads(file.read_bytes())
    return [*texts, "e\u0301", "\u202etxt", "a\u2028b", "\ufeff", "\U0010ffff", "\x7f"]


def test_naughty_strings_are_kept_as_they_are_or_refused(fhir: Fhir, ecm_test_data: Path):
    """In names and identifiers: read back the same, found by search the same."""
    for number, text in enumerate(naughty(ecm_test_data)[::_EVERY]):
        identifier = [{"system": "urn:naughty", "value": f"{number}"}, {"value": text}]
        body: dict[str, Any] = patient(text, identifier=identifier)
        answer = fhir("POST", "Patient", body)
        if answer.status == 201:
            id = answer.json["id"]
            assert fhir.get(f"Patient/{id}").json["name"][0]["family"] == text
            in_xml = fhir.get(f"Patient/{id}", Accept="application/fhir+xml")
            back = fhir("PUT", f"Patient/{id}", in_xml.body, Content_Type="application/fhir+xml")
            if back.status == 200:
                kept = _UNWRITABLE.sub("\ufffd", text)
                assert back.json["name"][0]["family"] == kept
        else:
            assert answer.status in (400, 422), (text, answer.body)
        for params in ({"name": text}, {"identifier": text}, {"_sort": text}, {text or "x": "1"}):
            assert fhir.get("Patient", params).status in (200, 400), (text, params)


def test_naughty_strings_in_addresses_and_headers(fhir: Fhir, ecm_test_data: Path):
    """No 5xx, whatever stands in a path, an id or a header."""
    for text in naughty(ecm_test_data)[::_EVERY]:
        escaped = quote(text, safe="")
        for path in (escaped, f"Patient/{escaped}", f"Patient/1/_history/{escaped}",
                     f"Patient?name:{escaped}=1", f"Patient/${escaped}"):  # fmt: skip
            answer = fhir.service.request("GET", f"/fhir/{path}")
            assert answer.status in (200, 400, 404, 405), (text, path, answer.body)
        header = re.sub(r"[\x00-\x1f\x7f]|[^\x00-\xff]", "", text)
        for name in ("If_None_Match", "If_Modified_Since", "Prefer", "Accept", "Idempotency_Key"):
            answer = fhir.get("Patient/none", **{name: header})
            assert answer.status in (400, 404, 406), (text, name, answer.body)


@pytest.mark.parametrize("field", ("birthDate", "deceasedDateTime", "multipleBirthInteger"))
def test_boundary_values_are_refused_or_kept(fhir: Fhir, field: str):
    """Years, days and numbers that a database would not take."""
    values: tuple[Any, ...] = (
        "0000", "0001", "9999", "10000", "2023-02-29", "2024-02-29", "2024-13", "-0001",
        "9999-12-31T23:59:59.999+14:00", "0001-01-01T00:00:00+14:00", "2016-12-31T23:59:60Z",
        0, -1, 2**31 - 1, 2**31, 2**63, -(2**63) - 1, 10**30, 1e308, 0.1, "", None, [], {},
    )  # fmt: skip
    for value in values:
        answer = fhir("POST", "Patient", patient("Boundary", **{field: value}))
        assert answer.status in (201, 400, 422), (value, answer.body)
        if answer.status == 201:
            assert fhir.get(f"Patient/{answer.json['id']}").json[field] == value
    for value in ("0000", "9999", "10000", "-1", "gt9999-12-31", "lt0001", "1e308", "9" * 400):
        for name in ("birthdate", "_lastUpdated", "_count", "_id"):
            assert fhir.get("Patient", {name: value}).status in (200, 400), (name, value)
