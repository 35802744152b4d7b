"""References in a resource: found, and replaced without touching anything else."""

from __future__ import annotations

import json

from adapter.fhir_api.references import references, replaced

URN = "urn:uuid:1"


def test_only_whole_references_are_replaced():
    """Texts, identifiers and longer references that hold one stay."""
    body = {
        "subject": {"reference": URN, "display": URN},
        "identifier": [{"system": "s", "value": URN}],
        "basedOn": [{"reference": f"{URN}0"}, {"reference": URN}],
        "valueUri": URN,
        "note": [{"text": URN}],
    }
    made = json.loads(replaced(json.dumps(body).encode(), {URN: "Patient/9"}))
    assert made == body | {
        "subject": {"reference": "Patient/9", "display": URN},
        "basedOn": [{"reference": f"{URN}0"}, {"reference": "Patient/9"}],
        "valueUri": "Patient/9",
    }


def test_what_is_no_reference_keeps_its_bytes():
    """Spaces, escapes and digits; a resource without any is the same bytes."""
    kept = b'"valueQuantity" :  {"value": 1.10, "unit": "\\u00b5g"}'
    body = b'{ %s, "subject": {"reference":"\\u0075rn:uuid:1"} }' % kept
    made = replaced(body, {URN: "Patient/9"})
    assert b'{"value": 1.10, "unit": "\\u00b5g"}' in made
    assert json.loads(made)["subject"] == {"reference": "Patient/9"}
    assert replaced(body, {"urn:uuid:2": "Patient/9"}) == body


def test_links_of_a_narrative_are_replaced():
    """In either quotes, and only as the value of href or src."""
    div = f'<div>{URN} <a href=\'{URN}\'>x</a><img src="{URN}"/><a href="{URN}0">y</a></div>'
    body = {"text": {"div": div}}
    made = json.loads(replaced(json.dumps(body).encode(), {URN: "Patient/9"}))["text"]["div"]
    assert made == (
        f'<div>{URN} <a href="Patient/9">x</a><img src="Patient/9"/><a href="{URN}0">y</a></div>'
    )


def test_references_are_found_at_any_depth():
    """Contained ones and those in extensions too."""
    body = {
        "a": {"reference": "A/1"},
        "b": [{"c": {"reference": "B/1"}}, {"reference": {"reference": "C/1"}}],
        "reference": 1,
    }
    assert list(references(body)) == ["A/1", "B/1", "C/1"]
