"""FHIR as XML: the same resource in both forms, and nothing let in that only XML knows."""

from __future__ import annotations

import json
import re
import tracemalloc
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.xml import NotFhirXml, to_json, to_xml

NARRATIVE = '<div xmlns="http://www.w3.org/1999/xhtml">'


def exact(body: bytes) -> Any:
    """JSON with numbers as they are written."""
    return json.loads(body, parse_float=lambda text: ("number", text), parse_int=str)


def round_trip(resource: dict[str, Any]) -> Any:
    return json.loads(to_json(to_xml(json.dumps(resource).encode())))


def patient(content: str) -> bytes:
    return f'<Patient xmlns="http://hl7.org/fhir">{content}</Patient>'.encode()


@pytest.mark.parametrize("folder", ("03_us_core", "04_gravity_sdoh"))
def test_published_examples_come_back_as_they_were(ecm_test_data: Path, folder: str):
    """Every example of US Core and Gravity, digit for digit and narrative byte for byte."""
    files = sorted((ecm_test_data / folder).glob("*.json"))
    compared = 0
    for file in files:
        body = file.read_bytes()
        if "resourceType" in json.loads(body):
            assert exact(to_json(to_xml(body))) == exact(body), file.name
            compared += 1
    assert compared >= 60


def test_elements_stand_in_the_order_of_the_specification():
    """JSON has no order; XML Schema insists on one."""
    body = {
        "resourceType": "Task",
        "intent": "order",
        "status": "requested",
        "id": "t1",
        "for": {"reference": "Patient/1"},
    }
    names = [
        child.tag.partition("}")[2]
        for child in ElementTree.fromstring(to_xml(json.dumps(body).encode()))  # noqa: S314
    ]
    assert names == ["id", "status", "intent", "for"]


def test_decimals_keep_their_digits():
    """1.10 is more precise than 1.1, and 20 digits are more than a double holds."""
    body = (
        b'{"resourceType":"Observation","status":"final","code":{"text":"x"},"component":['
        b'{"code":{"text":"a"},"valueQuantity":{"value":1.10}},'
        b'{"code":{"text":"b"},"valueQuantity":{"value":1.00000000000000000001}},'
        b'{"code":{"text":"c"},"valueQuantity":{"value":-3.0E-7}}]}'
    )
    assert re.findall(rb'<value value="(\S+)"/>', to_xml(body)) == [
        b"1.10",
        b"1.00000000000000000001",
        b"-3.0E-7",
    ]
    assert exact(to_json(to_xml(body))) == exact(body)


def test_extensions_of_a_primitive_keep_their_place_in_a_list():
    """The second given name has an extension and no value, the third an id."""
    extension = {"extension": [{"url": "http://x.org/e", "valueBoolean": True}]}
    body = {
        "resourceType": "Patient",
        "birthDate": "1980-01-01",
        "_birthDate": extension,
        "name": [
            {"given": ["Avery", None, "B."], "_given": [None, extension, {"id": "third"}]},
        ],
    }
    assert round_trip(body) == body


def test_contained_resources_and_resources_of_a_bundle_keep_their_type():
    """Each stands in an element of its own within the one that holds it."""
    inner = {"resourceType": "Organization", "id": "o", "name": "Clinic"}
    patient_ = {"resourceType": "Patient", "contained": [inner], "active": False}
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"fullUrl": "urn:uuid:1", "resource": patient_}],
    }
    assert round_trip(bundle) == bundle


@pytest.mark.parametrize(
    "div",
    (
        f'{NARRATIVE}<p title="a &amp; b">x &lt; y<br/>\n  two</p></div>',
        f"{NARRATIVE}<p>&#160;  <![CDATA[ kept ]]></p><!-- kept --></div>",
        '<div xmlns="http://www.w3.org/1999/xhtml"/>',
        f"{NARRATIVE}<div>inner</div></div >",
    ),
)
def test_a_narrative_keeps_its_bytes(div: str):
    """Spaces, references and comments of an XHTML fragment are the author's."""
    body = {"resourceType": "Patient", "text": {"status": "generated", "div": div}}
    assert round_trip(body) == body


def test_a_narrative_with_names_of_html_has_the_characters_instead():
    """XML knows five named characters; &nbsp; is none of them."""
    div = f"{NARRATIVE}a&nbsp;b &amp; c</div>"
    body = {"resourceType": "Patient", "text": {"status": "generated", "div": div}}
    assert round_trip(body)["text"]["div"] == f"{NARRATIVE}a\u00a0b &amp; c</div>"


def test_a_narrative_that_is_no_xhtml_becomes_text():
    """It can break out of nothing."""
    div = "</div></text><active value='true'/><script>"
    body = {"resourceType": "Patient", "text": {"status": "generated", "div": div}}
    back = round_trip(body)
    assert set(back) == {"resourceType", "text"}
    assert "&lt;script&gt;" in back["text"]["div"]


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\ufffe\uffff"), min_size=1)
    .map(lambda text: re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text))
    .filter(bool)
)
def test_any_text_comes_back(text: str):
    """Quotes, line ends, tabs, markup, characters beyond the basic plane."""
    body = {"resourceType": "Patient", "name": [{"text": text}], "_gender": {"id": text}}
    assert round_trip(body) == body


def test_a_control_character_is_replaced():
    """XML 1.0 cannot write it, not even as a reference."""
    body = {"resourceType": "Patient", "name": [{"text": "a\u0001b"}]}
    assert round_trip(body)["name"][0]["text"] == "a\ufffdb"


def test_pretty_xml_says_the_same():
    """One element a line."""
    body = {"resourceType": "Patient", "name": [{"given": ["A", "B"]}], "active": True}
    written = to_xml(json.dumps(body).encode(), pretty=True)
    assert len(written.splitlines()) > 6
    assert json.loads(to_json(written)) == body


@pytest.mark.parametrize(
    ("document", "found"),
    (
        (b"", "no XML"),
        (b"<Patient", "no XML"),
        (patient("<active/>"), "Patient.active is empty"),
        (patient('<active value="yes"/>'), "Patient.active is neither true nor false"),
        (patient('<multipleBirthInteger value="1,5"/>'), "multipleBirthInteger is no number"),
        (patient('<multipleBirthInteger value="+1"/>'), "multipleBirthInteger is no number"),
        (patient('<nickname value="x"/>'), "an element that FHIR R4 does not know"),
        (patient('<active value="true"/><active value="true"/>'), "stands more than once"),
        (patient('<active value="true" x="y"/>'), "an attribute that FHIR R4 does not know"),
        (patient('<name value="x"/>'), "an attribute that FHIR R4 does not know"),
        (patient("<name/>"), "Patient.name is empty"),
        (patient("text"), "text between elements"),
        (patient("<contained/>"), "has to hold one resource"),
        (patient("<contained><HumanName/></contained>"), "no resource type"),
        (patient('<text><status value="empty"/><div value="x"/></text>'), "no XHTML"),
        (b"<Patient/>", "namespace"),
        (b'<Cat xmlns="http://hl7.org/fhir"/>', "no resource type"),
        (b'<HumanName xmlns="http://hl7.org/fhir"/>', "no resource type"),
        (b'<Patient xmlns="http://hl7.org/fhir" id="1"/>', "has attributes"),
        ('<?xml version="1.0" encoding="ISO-8859-1"?><Patient/>'.encode("latin-1"), "not UTF-8"),
        ("<Patient/>".encode("utf-16"), "no XML in UTF-8"),
        (b"<Patient>\xff</Patient>", "no XML in UTF-8"),
    ),
)
def test_what_is_no_fhir_is_told(document: bytes, found: str):
    """With the element, and never with its value."""
    with pytest.raises(NotFhirXml, match=found):
        to_json(document)


BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(10))


@pytest.mark.parametrize(
    "prologue",
    (
        "<!DOCTYPE Patient>",
        '<!DOCTYPE Patient SYSTEM "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE Patient [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE Patient [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]>',
        f"<!DOCTYPE Patient [{BOMB}]>",
        f'<!DOCTYPE Patient [<!ENTITY a "{"a" * 50000}">]>',
    ),
)
def test_document_types_and_entities_are_refused(prologue: str):
    """Whether they read a file, call a host or blow up: at the first of them."""
    document = f'{prologue}<Patient xmlns="http://hl7.org/fhir"><id value="&x;"/></Patient>'
    with pytest.raises(NotFhirXml, match="declares a document type or entities"):
        to_json(document.encode())


def test_xinclude_is_no_fhir():
    """It is an element of another namespace, and is not followed."""
    include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>'
    with pytest.raises(NotFhirXml, match="not of the namespace of FHIR"):
        to_json(patient(include))


@pytest.mark.parametrize("depth", (200, 200_000))
@pytest.mark.parametrize("narrative", (False, True))
def test_depth_is_limited(depth: int, narrative: bool):
    """In elements and in narratives alike."""
    start = f"<text>{NARRATIVE}" if narrative else ""
    nested = start + ("<b>" if narrative else '<extension url="x">') * depth
    with pytest.raises(NotFhirXml, match="nested more than 150 deep"):
        to_json(patient(nested))


def test_size_is_limited():
    """The number of elements, and bytes before anything is read; little memory is used."""
    tracemalloc.start()
    with pytest.raises(NotFhirXml, match="more than 100000 elements") as told:
        to_json(patient('<name id="1"/>' * 200_000))
    assert told.value.too_large
    with pytest.raises(NotFhirXml, match="longer than 5 MB") as told:
        to_json(patient(" " * 6_000_000))
    assert told.value.too_large
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60_000_000
