"""A call with labelled data is the call without them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from cds_hooks.catalogue import HOOKS
from cds_hooks.clearance import visible
from cds_hooks.prefetch import states
from cds_hooks.reading import Call, read_call
from mappings.requirements import all_requirements

Json = dict[str, Any]

NOBODY: frozenset[str] = frozenset()
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
META = {"security": [{"system": ACT_CODE, "code": "ETH"}]}
OPEN: Json = {"resourceType": "Condition", "id": "c2", "subject": {"reference": "Patient/p1"}}
SECRET: Json = {**OPEN, "id": "c1", "meta": META}
EMPTY: Json = {"resourceType": "Bundle"}


def bundle(*resources: Json, **more: Any) -> Json:
    return {"resourceType": "Bundle", **more, "entry": [{"resource": one} for one in resources]}


def call(prefetch: Json, drafts: Json = EMPTY, **more: Any) -> Call:
    context = {"patientId": "p1", "userId": "Practitioner/d1", "conditions": drafts}
    body = {
        "hook": "problem-list-item-create",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "fhirServer": "https://ehr.example.org/fhir",
        "fhirAuthorization": {"access_token": "security", "scope": "security"},
        "context": context,
        "prefetch": prefetch,
        **more,
    }
    return read_call(msgspec.json.encode(body), "problem-list-item-create")


@pytest.mark.parametrize(
    ("told", "untold"),
    (
        (call({"conditions": bundle(SECRET, OPEN)}), call({"conditions": bundle(OPEN)})),
        (call({"conditions": bundle(SECRET)}), call({"conditions": bundle()})),
        (call({"conditions": SECRET}), call({})),
        (call({"conditions": [SECRET, OPEN]}), call({"conditions": [OPEN]})),
        (call({"whatever": SECRET}), call({})),
        (call({"conditions": bundle(OPEN, meta=META)}), call({})),
        (call({}, drafts=bundle(SECRET, OPEN)), call({}, drafts=bundle(OPEN))),
        (call({}, drafts=bundle(OPEN, meta=META)), call({}, drafts=EMPTY)),
    ),
    ids=(
        "entry", "only entry", "resource", "array", "key nobody asked for", "labelled page",
        "draft", "labelled drafts",
    ),
)  # fmt: skip
def test_a_call_with_labelled_data_is_the_call_without_them(told: Call, untold: Call):
    """Body, prefetch, context and the state of every key are the same."""
    seen = visible(told, NOBODY)
    assert seen == untold
    requirements = all_requirements()
    assert states(requirements, seen.prefetch) == states(requirements, untold.prefetch)


def test_a_call_without_labels_stays_itself():
    """Nothing is read twice where nothing is taken out."""
    one = call({"conditions": bundle(OPEN)})
    assert visible(one, NOBODY) is one
    secret = call({"conditions": SECRET})
    assert visible(secret, frozenset({"ETH"})) is secret


def test_what_was_odd_about_the_call_is_still_known():
    """Its deviations are those of what came, not of what is left."""
    odd = call({"conditions": bundle(SECRET)}, hookInstance="17")
    assert odd.deviations
    assert visible(odd, NOBODY).deviations == odd.deviations


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_still_one_when_all_its_resources_are_taken_out(hook: str):
    """What a hook requires is there, if empty."""
    secrets = bundle(OPEN, meta=META)
    values = {
        "patientId": "p1", "userId": "Practitioner/d1", "encounterId": "e1", "performer": "X/1",
        "selections": ["X/1"], "dispatchedOrders": ["ServiceRequest/s1"],
    }  # fmt: skip
    body = {
        "hook": hook,
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {one.name: values.get(one.name, secrets) for one in HOOKS[hook].fields},
        "prefetch": {"all": secrets},
    }
    seen = visible(read_call(msgspec.json.encode(body), hook), NOBODY)
    assert seen.prefetch == {}
    assert b"c2" not in seen.body
