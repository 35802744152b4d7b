"""A client may name the FHIR servers registered for it, and nothing that only looks like one."""

from __future__ import annotations

import pytest

from adapter.fhir_client.servers import Base, on_server, read_base, registered

EHR = "https://ehr.example/api/FHIR/R4"


@pytest.mark.parametrize(
    "server",
    (
        EHR,
        EHR + "/",
        "HTTPS://EHR.example/api/FHIR/R4",
        "https://ehr.example:443/api/FHIR/R4/",
    ),
)
def test_the_registered_server_is_known_in_every_spelling_that_means_it(server: str):
    base = registered(server, ["https://other.example", EHR])
    assert base is not None
    assert base.url == EHR


@pytest.mark.parametrize(
    "server",
    (
        "",
        "ehr.example/api/FHIR/R4",
        "//ehr.example/api/FHIR/R4",
        "http://ehr.example/api/FHIR/R4",
        "https://ehr.example:8443/api/FHIR/R4",
        "https://ehr.example",
        "https://ehr.example/api/FHIR",
        "https://ehr.example/api/FHIR/R4/evil",
        "https://ehr.example/api/FHIR/R42",
        "https://ehr.example/api/fhir/r4",
        "https://ehr.example/api/FHIR/R4//",
        "https://ehr.example/api//FHIR/R4",
        "https://ehr.example/x/../api/FHIR/R4",
        "https://ehr.example/%61pi/FHIR/R4",
        "https://ehr.example/api/FHIR/R4?x=1",
        "https://ehr.example/api/FHIR/R4#x",
        "https://ehr.example/api/FHIR/R4\n",
        " https://ehr.example/api/FHIR/R4",
        "https://ehr.example.evil/api/FHIR/R4",
        "https://ehr.example.:443/api/FHIR/R4",
        "https://evil.ehr.example/api/FHIR/R4",
        "https://ehr.example@evil.example/api/FHIR/R4",
        "https://user:password@ehr.example/api/FHIR/R4",
        "https://evil.example\\@ehr.example/api/FHIR/R4",
        "https://evil.example#@ehr.example/api/FHIR/R4",
        "https://еhr.example/api/FHIR/R4",  # noqa: RUF001 - a Cyrillic letter
        "https://ehr。example/api/FHIR/R4",
        "https://xn--hr-6kc.example/api/FHIR/R4",
        "https://169.254.169.254/api/FHIR/R4",
        "https://127.0.0.1/api/FHIR/R4",
        "https://2130706433/api/FHIR/R4",
        "https://0x7f.1/api/FHIR/R4",
        "https://[::ffff:127.0.0.1]/api/FHIR/R4",
        "file:///etc/passwd",
        "gopher://ehr.example/api/FHIR/R4",
        "https://ehr.example:99999/api/FHIR/R4",
        "https://ehr.example:/api/FHIR/R4",
    ),
)
def test_a_server_that_only_looks_like_the_registered_one_is_not_taken(server: str):
    assert registered(server, [EHR]) is None


def test_nothing_is_registered_for_a_client_without_servers():
    assert registered(EHR, []) is None


@pytest.mark.parametrize(
    ("server", "base"),
    (
        ("http://127.0.0.1:8080/fhir", Base("http", "127.0.0.1", 8080, "/fhir")),
        ("http://[0:0::1]:80", Base("http", "[::1]", 80, "")),
        ("http://hapi_fhir:8080/fhir/", Base("http", "hapi_fhir", 8080, "/fhir")),
        (
            "https://x.example/datastore/1-a_~.b/r4/",
            Base("https", "x.example", 443, "/datastore/1-a_~.b/r4"),
        ),
        ("https://2130706433/fhir", None),
        ("https://0177.0.0.1/fhir", None),
        ("https://1.2.3/fhir", None),
        ("https://a..b/fhir", None),
        ("https://-a/fhir", None),
        ("https://h:0/fhir", None),
        ("https://h/" + "a" * 9000, None),
    ),
)
def test_a_base_has_one_form(server: str, base: Base | None):
    assert read_base(server) == base


@pytest.mark.parametrize(
    ("link", "url"),
    (
        ("Coverage?patient=p1&_count=50", EHR + "/Coverage?patient=p1&_count=50"),
        ("Observation?code=http://loinc.org|1,2", EHR + "/Observation?code=http://loinc.org|1,2"),
        ("Organization/o1", EHR + "/Organization/o1"),
        (EHR + "/Organization/o1", EHR + "/Organization/o1"),
        ("https://EHR.example:443/api/FHIR/R4?_getpages=1", EHR + "?_getpages=1"),
        ("/api/FHIR/R4/Patient/p1", EHR + "/Patient/p1"),
        ("Observation?url=../../x", EHR + "/Observation?url=../../x"),
    ),
)
def test_a_query_or_an_address_on_the_server_is_called(link: str, url: str):
    assert on_server(_base(), link) == url


@pytest.mark.parametrize(
    ("link", "url"),
    (
        ("?page=2", EHR + "/Observation?page=2"),
        ("Observation?page=2", EHR + "/Observation?page=2"),
        ("/api/FHIR/R4/Observation?page=2", EHR + "/Observation?page=2"),
    ),
)
def test_a_relative_link_is_read_from_the_page_it_stands_on(link: str, url: str):
    assert on_server(_base(), link, seen_at=EHR + "/Observation?patient=p1") == url


@pytest.mark.parametrize(
    "link",
    (
        "",
        "https://evil.example/api/FHIR/R4/Patient/p1",
        "https://ehr.example.evil/api/FHIR/R4/Patient/p1",
        "https://ehr.example:8443/api/FHIR/R4/Patient/p1",
        "http://ehr.example/api/FHIR/R4/Patient/p1",
        "https://ehr.example@evil.example/api/FHIR/R4/Patient/p1",
        "https://ehr.example/api/FHIR/R42/Patient/p1",
        "https://ehr.example/admin",
        "https://ehr.example",
        "//evil.example/api/FHIR/R4/Patient/p1",
        "///evil.example/Patient/p1",
        "/Patient/p1",
        EHR + "/..;/admin",
        "../../../admin",
        "%2e%2e/%2E%2E/admin",
        "..%2fadmin",
        "Patient/%5c..%5cadmin",
        "\\\\evil.example\\Patient",
        "https:\\\\evil.example/x",
        "https:///evil.example/x",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "urn:uuid:5c2f7a64-0000-4000-8000-000000000000",
        "Observation?encounter={{context.encounterId}}",
        "Patient/p1\r\nHost: evil.example",
        "Patient/p1#contained",
        "Patient?x=" + "a" * 9000,
    ),
)
def test_what_lies_elsewhere_is_not_called(link: str):
    assert on_server(_base(), link) is None


def _base() -> Base:
    base = read_base(EHR)
    assert base is not None
    return base
