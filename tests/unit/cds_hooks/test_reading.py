"""Reading the body of a hook call: what is accepted, what is refused, what is named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cds_hooks.catalogue import HOOKS
from cds_hooks.errors import MalformedRequest, WrongHook
from cds_hooks.reading import Call
from cds_hooks.reading import read_call as read

INSTANCE = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"


def read_call(data: bytes, hook: str = "patient-view") -> Call:
    return read(data, hook, service="ecm-test")


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
        ({"hookInstance": "1234"}, "hookInstance: pattern"),
        (
            {"context": {"userId": "Practitioner/1", "patientId": "Patient/p1"}},
            "context.patientId: pattern",
        ),
        ({"context": {"patientId": "p1"}}, "context.userId: required"),
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


CONTEXTS: dict[str, dict[str, Any]] = {
    "patient-view": {},
    "encounter-start": {"encounterId": "e1"},
    "encounter-discharge": {"encounterId": "e1"},
    "order-select": {
        "selections": ["ServiceRequest/s1"],
        "draftOrders": {"resourceType": "Bundle", "entry": []},
    },
    "order-sign": {"draftOrders": {"resourceType": "Bundle", "entry": []}},
    "order-dispatch": {
        "dispatchedOrders": ["ServiceRequest/s1"],
        "performer": "Organization/o1",
    },
    "appointment-book": {"appointments": {"resourceType": "Bundle", "entry": []}},
    "problem-list-item-create": {"conditions": {"resourceType": "Bundle", "entry": []}},
}


def of_hook(hook: str, **changes: Any) -> bytes:
    context = {"userId": "Practitioner/1", "patientId": "p1", **CONTEXTS[hook]} | changes
    return body(hook=hook, context={k: v for k, v in context.items() if v is not ...})


@pytest.mark.requirement("cds-hooks_2.0@18", "cds-hooks_2.0@22")
def test_every_hook_of_the_catalogue_is_read_without_a_deviation():
    """What the definition of a hook says is what its schema takes."""
    assert CONTEXTS.keys() == HOOKS.keys()
    for hook in HOOKS:
        changes = {"userId": ...} if hook == "order-dispatch" else {}
        assert read_call(of_hook(hook, **changes), hook).deviations == ()


@pytest.mark.parametrize(
    ("hook", "field"),
    [
        (hook.name, field.name)
        for hook in HOOKS.values()
        for field in hook.fields
        if field.required and field.name not in ("userId", "performer")
    ],
)
@pytest.mark.parametrize("value", (..., None, 7, {}))
def test_a_field_the_hook_requires_is_asked_for(hook: str, field: str, value: Any):
    """The message names the field and says what belongs there."""
    with pytest.raises(MalformedRequest) as caught:
        read_call(of_hook(hook, **{field: value}), hook)
    assert str(caught.value.expression).startswith(f"context.{field}")
    assert f"context.{field}" in str(caught.value)
    assert "; send " in str(caught.value)


@pytest.mark.requirement("cds-hooks_2.0@18")
def test_a_call_of_another_hook_is_told_which_one_is_answered():
    """`order-review` was the name before `order-sign`: it is another hook."""
    with pytest.raises(WrongHook, match="order-sign"):
        read_call(body(hook="order-review"), "order-sign")


def test_older_dialects_are_read():
    """A user beside the context; the one order of order-dispatch 1.0."""
    old = body(context={"patientId": "p1"}, user="Practitioner/7")
    assert read_call(old).user_id == "Practitioner/7"
    dispatch = of_hook("order-dispatch", dispatchedOrders=..., order="ServiceRequest/s1")
    call = read_call(dispatch, "order-dispatch")
    assert "context.order: order-dispatch 1.0" in call.deviations


@pytest.mark.requirement(
    "cds-hooks_2.0@20", "cds-hooks_2.0@21", "cds-hooks_2.0@66", "cds-hooks_2.0@69"
)
def test_access_to_the_fhir_server_is_read_and_never_shown():
    """Server without its slash, token and scope; neither is in a printed call."""
    access = {
        "fhirServer": "https://ehr.example.org/r4/",
        "fhirAuthorization": {
            "access_token": "Zzyzx-token",
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": "user/Patient.rs",
            "subject": "client",
        },
    }
    call = read_call(body(**access))
    assert call.access is not None
    assert call.access.server == "https://ehr.example.org/r4"
    assert (call.access.token, call.access.scope) == ("Zzyzx-token", "user/Patient.rs")
    assert call.deviations == ()
    assert "Zzyzx" not in repr(call.access)


@pytest.mark.requirement("cds-hooks_2.0@65")
@pytest.mark.parametrize(
    "authorization",
    (None, {}, [], "Bearer x", {"access_token": ""}, {"access_token": None}, {"access_token": 7}),
)
def test_an_unusable_authorization_is_no_token(authorization: Any):
    """`fhirAuthorization: null` and an empty token are seen in the wild."""
    call = read_call(body(fhirServer="https://ehr.example.org", fhirAuthorization=authorization))
    assert call.access is not None
    assert call.access.token == ""
    assert any("fhirAuthorization" in one for one in call.deviations)


@pytest.mark.requirement("cds-hooks_2.0@214")
@pytest.mark.parametrize(
    ("extension", "trigger"),
    (
        ({"com.epic.cdshooks.request.bpa-trigger-action": "27"}, "27"),
        ({"com.epic.cdshooks.request.bpa-trigger-action": 26}, "26"),
        ({"com.epic.cdshooks.request.bpa-trigger-action": {"x": 1}}, ""),
        ({"com.example": {}}, ""),
        ([], ""),
        (None, ""),
    ),
)
def test_epics_trigger_action_is_read(extension: Any, trigger: str):
    """As text or number; any other extension is ignored."""
    assert read_call(body(extension=extension)).trigger == trigger


@pytest.mark.parametrize(
    "data",
    (
        body()[:-1] + b',"context":{"userId":"Practitioner/1","patientId":"p2"}}',
        body()[:-1] + b',"hook":"patient-view"}',
        body()[:-1] + b',"c\\u006fntext":{"userId":"Practitioner/1","patientId":"p2"}}',
        body()[:-1] + b',"prefetch":{"patient":1},"\\u0070refetch":{"patient":null}}',
        body().replace(b'"patientId": "p1"', b'"patientId": "p1", "patientId": "p2"'),
        body().replace(b'"patientId": "p1"', b'"patient\\u0049d": "p2", "patientId": "p1"'),
    ),
)
def test_a_call_that_says_a_thing_twice_is_refused(data: bytes):
    """Of two patients, readers differ in which they believe."""
    with pytest.raises(MalformedRequest, match="twice"):
        read_call(data)
