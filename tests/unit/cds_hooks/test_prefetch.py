"""What came of the prefetch: present, none, not sent, an error, a page of more."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from cds_hooks.prefetch import State, next_page, states, template
from mappings.inbound.requirement import DataRequirement
from mappings.requirements import all_requirements

ENCOUNTERS = DataRequirement(
    key="encounters",
    resource_type="Encounter",
    elements=("period",),
    search="Encounter?patient={{context.patientId}}",
)

VISIT = {"resourceType": "Encounter", "id": "e1"}


def outcome(severity: str) -> dict[str, Any]:
    return {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": "x"}]}


def bundle(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "entry": [{"resource": one} for one in resources], **more}


def state_of(value: Any, key: str = "encounters") -> State:
    raw = msgspec.Raw(msgspec.json.encode(value))
    return states([ENCOUNTERS], {key: raw})["encounters"]


PAGE_2 = "https://ehr.example.org/page/2"
NEXT = [{"relation": "self", "url": "x"}, {"relation": "next", "url": PAGE_2}]


@pytest.mark.requirement(
    "cds-hooks_2.0@50", "cds-hooks_2.0@51", "cds-hooks_2.0@52", "cds-hooks_2.0@53"
)
@pytest.mark.parametrize(
    ("value", "state"),
    (
        (None, State.NONE),
        (bundle(), State.NONE),
        ({"resourceType": "Bundle", "total": 0}, State.NONE),
        (bundle(outcome("warning"), total=0), State.NONE),
        (bundle(VISIT), State.SENT),
        (bundle(VISIT, type="collection"), State.SENT),
        (bundle(VISIT, outcome("information")), State.SENT),
        (VISIT, State.SENT),
        ([VISIT], State.SENT),
        ([], State.NONE),
        ({"response": {"status": "200 OK"}, "resource": bundle(VISIT)}, State.SENT),
        ({"response": {"status": 404}, "resource": None}, State.ERROR),
        (bundle(VISIT, link=NEXT), State.PARTIAL),
        (outcome("error"), State.ERROR),
        (outcome("warning"), State.ERROR),
        (bundle(outcome("error")), State.ERROR),
        (bundle(VISIT, outcome("fatal")), State.ERROR),
        ([bundle(VISIT), bundle()], State.SENT),
        ([bundle(VISIT), outcome("error")], State.ERROR),
        ([bundle(), bundle(outcome("warning"))], State.NONE),
        (bundle(bundle(VISIT), bundle()), State.SENT),
        (bundle(VISIT, bundle(VISIT, link=NEXT)), State.PARTIAL),
        (bundle(link=NEXT), State.PARTIAL),
        ({**bundle(VISIT), "link": None, "total": None}, State.SENT),
        ({"resourceType": "Bundle", "entry": None}, State.NONE),
        ({"resourceType": "Bundle", "entry": [None, {}, {"resource": None}]}, State.NONE),
        ({"resourceType": "Bundle", "entry": [{"response": {"status": "404"}}]}, State.ERROR),
        (
            {
                "resourceType": "Bundle",
                "entry": [{"response": {"status": "200"}, "resource": VISIT}],
            },
            State.SENT,
        ),
        ({"resource": bundle(VISIT)}, State.SENT),
        ({"response": {}}, State.ERROR),
        ({"response": {"status": "200"}, "resource": outcome("error")}, State.ERROR),
        ("Encounter?patient={{context.patientId}}", State.ERROR),
        (["<html>"], State.ERROR),
        ({**VISIT, "issue": 7, "link": "odd", "entry": "odd"}, State.SENT),
        (dict(reversed(list(bundle(VISIT).items()))), State.SENT),
        ("<html><body>HTTP Status 500</body></html>", State.ERROR),
        ("", State.ERROR),
        (7, State.ERROR),
        (True, State.ERROR),
        ({}, State.ERROR),
        ({"resourceType": 3}, State.ERROR),
        ({"resourceType": "Bundle", "entry": "many"}, State.ERROR),
    ),
)
def test_each_kind_of_value_has_its_state(value: Any, state: State):
    """Null is none; an error or a web page in place of a resource is never "none"."""
    assert state_of(value) is state


def test_a_key_that_was_not_sent_is_not_none():
    """A key left out says nothing at all."""
    assert states([ENCOUNTERS], {}) == {"encounters": State.NOT_SENT}


def test_data_under_another_key_are_recognized_by_their_type():
    """Clients name hand-typed prefetch as they like."""
    assert state_of(bundle(VISIT), key="visitsOfTheYear") is State.SENT
    assert state_of(outcome("error"), key="visitsOfTheYear") is State.NOT_SENT


@pytest.mark.parametrize(
    ("subject", "state"),
    (
        ("Patient/p1", State.SENT),
        ("https://ehr.example.org/fhir/Patient/p1", State.SENT),
        ("Patient/p1/_history/2", State.SENT),
        ("urn:uuid:p1", State.SENT),
        ("Patient/p12", State.NOT_SENT),
        ("Patient/p2", State.NOT_SENT),
    ),
)
def test_a_relatives_data_under_another_key_are_not_the_members(subject: str, state: State):
    """A key that holds a newborn's visits does not say that the mother's were sent."""
    value = bundle({**VISIT, "subject": {"reference": subject}})
    raw = msgspec.Raw(msgspec.json.encode(value))
    assert states([ENCOUNTERS], {"visits": raw}, "p1")["encounters"] is state
    assert states([ENCOUNTERS], {"encounters": raw}, "p1")["encounters"] is State.SENT


def test_data_of_another_type_say_nothing_of_their_key():
    """Keys that were mixed up: nobody has looked for visits, and the conditions are there."""
    sent = {"encounters": msgspec.Raw(msgspec.json.encode(bundle({"resourceType": "Condition"})))}
    found = states(all_requirements(), sent)
    assert found["encounters"] is State.NOT_SENT
    assert found["conditions"] is State.SENT


def test_data_under_another_key_count_for_none_of_several_keys():
    """Laboratory values do not say that the answers and the pregnancy status were sent."""
    sent = {"labs": msgspec.Raw(msgspec.json.encode(bundle({"resourceType": "Observation"})))}
    found = states(all_requirements(), sent)
    assert found["answers"] is found["pregnancyStatus"] is State.NOT_SENT


def test_of_two_other_keys_the_one_with_more_pages_counts():
    """Whatever order they come in, the visits are not all there."""
    pages = {"old": bundle(VISIT, link=NEXT), "new": bundle(VISIT)}
    for keys in (("old", "new"), ("new", "old")):
        sent = {key: msgspec.Raw(msgspec.json.encode(pages[key])) for key in keys}
        assert states([ENCOUNTERS], sent)["encounters"] is State.PARTIAL


def test_deep_nesting_in_a_value_is_an_error_of_that_key():
    """The nested value is told, nothing crashes."""
    raw = msgspec.Raw(b'{"resourceType":"Bundle","entry":[' + b"[" * 5000)
    assert states([ENCOUNTERS], {"encounters": raw})["encounters"] is State.ERROR


def test_the_template_is_the_mappers_own_declaration():
    """Key and query come from one place."""
    assert template([ENCOUNTERS]) == {"encounters": "Encounter?patient={{context.patientId}}"}


@pytest.mark.requirement("cds-hooks_2.0@48")
@pytest.mark.parametrize(
    "value",
    (
        bundle(VISIT, link=NEXT),
        [bundle(VISIT, link=[{"relation": "next", "url": "page/1"}]), bundle(VISIT, link=NEXT)],
        [bundle(VISIT, link=NEXT), bundle(VISIT)],
        {"response": {"status": "200 OK"}, "resource": bundle(VISIT, link=NEXT)},
    ),
    ids=("page", "pages", "pages, the last said first", "wrapped page"),
)
def test_the_next_page_is_named_as_the_client_wrote_it(value: Any):
    """A client may send page one of several; the second can then be fetched."""
    assert next_page(msgspec.Raw(msgspec.json.encode(value))) == PAGE_2


@pytest.mark.parametrize(
    "value",
    (
        None,
        VISIT,
        bundle(VISIT),
        bundle(VISIT, link=None),
        bundle(VISIT, link=[{"relation": "next"}]),
        bundle(VISIT, link=[{"relation": "next", "url": 7}]),
        {"resourceType": "Bundle", "link": "next"},
        {"link": NEXT},
        {**VISIT, "link": NEXT},
        "https://ehr.example.org/page/2",
        [],
        [[]],
        {},
    ),
)
def test_where_no_page_follows_none_is_made_up(value: Any):
    """No link, or one that cannot be read, is no page."""
    assert next_page(msgspec.Raw(msgspec.json.encode(value))) is None
