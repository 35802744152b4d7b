"""Wherever a resource stands that its reader is not cleared for, no byte of it is left."""

from __future__ import annotations

import pytest

from mappings.inbound.clearing import cleared
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
from tests.unit.mappings.inbound.records import PATIENT, bundle, coded

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


def test_a_labelled_bundle_whose_entries_do_not_say_why_goes_as_a_whole() -> None:
    """The label may be about any of them."""
    assert cleared(encode(labelled(entries(PATIENT, encounter()))), NOBODY) == EMPTY
    more_than_they_say = encode(labelled(entries(PATIENT, SECRET), "ETH", "HIV"))
    assert cleared(more_than_they_say, NOBODY) == EMPTY
