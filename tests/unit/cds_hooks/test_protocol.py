"""Reading the body of a hook call, and writing answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cds_hooks.errors import MalformedRequest
from cds_hooks.protocol import Card, CardSource, answer_body, read_call

INSTANCE = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"


def body(**changes: Any) -> bytes:
    call: dict[str, Any] = {
        "hook": "patient-view",
        "hookInstance": INSTANCE,
        "context": {"userId": "Practitioner/1", "patientId": "p1"},
    }
    call |= changes
    return json.dumps({key: value for key, value in call.items() if value is not ...}).encode()


@pytest.mark.requirement("cds-hooks_2.0@18", "cds-hooks_2.0@19", "cds-hooks_2.0@22")
def test_a_call_is_read():
    """Hook, hook instance, patient and user are taken from the body."""
    call = read_call(body())
    assert (call.hook, call.hook_instance, call.patient_id, call.user_id) == (
        "patient-view",
        INSTANCE,
        "p1",
        "Practitioner/1",
    )
    assert call.prefetch == {}
    assert call.deviations == ()


@pytest.mark.requirement("cds-hooks_2.0@23", "cds-hooks_2.0@214")
@pytest.mark.parametrize(
    "extra",
    (
        {"prefetch": None},
        {"extension": {"com.example.anything": [1, {}]}},
        {"fhirAuthorization": None},
        {"fhirServer": "http://ehr.example.org/r4/"},
        {"context": {"userId": "Practitioner/1", "patientId": "p1", "unknown": {"x": []}}},
    ),
)
def test_what_is_not_needed_is_ignored(extra: dict[str, Any]):
    """Absent, null and unknown elements do not disturb."""
    assert read_call(body(**extra)).patient_id == "p1"


@pytest.mark.parametrize(
    ("changes", "deviation"),
    (
        ({"hookInstance": "1234"}, "hookInstance is not a UUID"),
        (
            {"context": {"userId": "Practitioner/1", "patientId": "Patient/p1"}},
            "context.patientId carries its resource type",
        ),
        ({"context": {"patientId": "p1"}}, "context.userId is missing"),
    ),
)
def test_a_deviation_real_clients_show_is_accepted_and_named(
    changes: dict[str, Any], deviation: str
):
    """`Patient/p1`, a hook instance that is no UUID, a missing user."""
    call = read_call(body(**changes))
    assert call.patient_id == "p1"
    assert call.deviations == (deviation,)


@pytest.mark.parametrize(
    ("changes", "where"),
    (
        ({"hook": ...}, "hook"),
        ({"hook": None}, "hook"),
        ({"hook": ["patient-view"]}, "hook"),
        ({"hookInstance": ...}, "hookInstance"),
        ({"hookInstance": 7}, "hookInstance"),
        ({"context": ...}, "context"),
        ({"context": {}}, "context.patientId"),
        ({"context": {"patientId": 12}}, "context.patientId"),
        ({"context": {"patientId": "{{context.patientId}}"}}, "context.patientId"),
        ({"context": {"patientId": "../p1"}}, "context.patientId"),
        ({"context": {"patientId": "p" * 65}}, "context.patientId"),
    ),
)
def test_a_required_element_that_is_missing_is_named(changes: dict[str, Any], where: str):
    """The error says which element, and repeats nothing that was sent."""
    with pytest.raises(MalformedRequest) as caught:
        read_call(body(**changes))
    assert caught.value.expression == where
    assert "{{" not in str(caught.value)


@pytest.mark.requirement("cds-hooks_2.0@1")
@pytest.mark.parametrize(
    "data",
    (
        b"",
        b"null",
        b"[]",
        b'"patient-view"',
        b"{",
        body() + b"x",
        body()[:-1] + b",}",
        b"// a comment\n" + body(),
        body(prefetch=[]),
        body(prefetch="none"),
        body(context=[]),
        body(context=None),
        body().replace(b'"p1"', b"NaN"),
        body()[:-1] + b',"prefetch":{"a":NaN}}',
        body()[:-1] + b',"prefetch":{"a":-Infinity}}',
        body()[:-1] + b',"prefetch":{"a":01}}',
        body()[:-1] + b',"prefetch":{"a":"\\ud800"}}',
        body()[:-1] + b',"prefetch":{"a":"\x00"}}',
        body()[:-1] + b',"prefetch":{"a":"\xff"}}',
        body()[:-1] + b',"prefetch":{"a":' + b"[" * 100_000 + b"}}",
        body()[:-1] + b',"prefetch":{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}}",
        body().decode().encode("utf-16"),
    ),
    ids=range(22),
)
def test_what_is_not_json_is_refused(data: bytes):
    """Comments, commas, NaN, halves of characters, deep nesting: one error, never a crash."""
    with pytest.raises(MalformedRequest):
        read_call(data)


def test_huge_numbers_and_escaped_nul_are_json():
    """A number of 100,000 digits and the escape of NUL are legal, so they are read."""
    data = body()[:-1] + b',"prefetch":{"a":' + b"9" * 100_000 + b',"b":"\\u0000"}}'
    assert set(read_call(data).prefetch) == {"a", "b"}


@pytest.mark.requirement("cds-hooks_2.0@3", "cds-hooks_2.0@74", "cds-hooks_2.0@77")
def test_an_answer_has_no_empty_elements_but_cards():
    """Nothing to say is `cards: []`; what a card lacks is left out."""
    assert answer_body(()) == b'{"cards":[]}'
    card = Card(
        uuid="u", summary="s", detail="d", indicator="info", source=CardSource(label="here")
    )
    assert json.loads(answer_body((card,))) == {
        "cards": [
            {
                "uuid": "u",
                "summary": "s",
                "detail": "d",
                "indicator": "info",
                "source": {"label": "here"},
            }
        ]
    }
