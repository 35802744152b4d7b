"""Whatever a caller may not see changes neither the card, nor the requests, nor the log.

A whole service answers, with a FHIR server behind it that knows nothing of clearances.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
import pytest

from cds_hooks.answering import Adviser
from cds_hooks.caller import Caller
from cds_hooks.hooks.every import SERVICES
from cds_hooks.host import Failure, Fetch, Fetched, Fetcher, FhirAccess, OpenHost
from cds_hooks.protocol import answer_body
from cds_hooks.services import Services

Json = dict[str, Any]

TODAY = date(2026, 3, 18)
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
SNOMED = "http://snomed.info/sct"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
META = {"security": [{"system": ACT_CODE, "code": "PSY"}]}
MEMBER = {"reference": "Patient/p1"}
PATIENT: Json = {"resourceType": "Patient", "id": "p1", "birthDate": "1980-01-01"}
COVERAGE: Json = {
    "resourceType": "Coverage",
    "id": "cov",
    "status": "active",
    "beneficiary": MEMBER,
    "type": {"coding": [{"system": ACT_CODE, "code": "MCPOL"}]},
    "payor": [{"display": "Partnership HealthPlan of California"}],
}


def condition(id: str, code: str, **more: Any) -> Json:
    coding = [{"system": ICD_10_CM, "code": code}]
    stated = {"resourceType": "Condition", "id": id, "code": {"coding": coding}}
    return {**stated, "subject": MEMBER, **more}


HOMELESS = condition("open", "Z59.02")
SECRET = condition("secret", "F20.9", meta=META)
VISIT: Json = {
    "resourceType": "Encounter",
    "id": "e1",
    "status": "finished",
    "class": {"system": ACT_CODE, "code": "EMER"},
    "subject": MEMBER,
    "period": {"start": "2026-02-01"},
    "diagnosis": [{"condition": {"reference": "Condition/secret"}}],
}


def bundle(*resources: Json, **more: Any) -> Json:
    return {"resourceType": "Bundle", **more, "entry": [{"resource": one} for one in resources]}


#: The field of the context that holds drafts.
_DRAFTS = {"problem-list-item-create": "conditions", "order-sign": "draftOrders"}


class ServedHost(OpenHost):
    """A host with a FHIR server that has these answers, by query; anything else is an error."""

    def __init__(self, answers: dict[str, Json], clearance: frozenset[str]) -> None:
        super().__init__(Caller(client="c", tenant="t", clearance=clearance))
        self._answers = {query: msgspec.json.encode(one) for query, one in answers.items()}
        self.asked: list[str] = []

    def fetcher(self, caller: Caller, access: FhirAccess) -> Fetcher:
        del caller, access
        return self

    def fetch(self, wanted: Sequence[Fetch]) -> tuple[Fetched, ...]:
        self.asked += [one.query for one in wanted]
        return tuple(
            Fetched(key=one.key, documents=(self._answers[one.query],))
            if one.query in self._answers
            else Fetched(key=one.key, failure=Failure.ERROR)
            for one in wanted
        )


def answer(
    prefetch: Json,
    served: dict[str, Json] | None = None,
    *,
    clearance: frozenset[str] = frozenset(),
    drafts: Json | None = None,
    hook: str = "problem-list-item-create",
) -> tuple[bytes, list[str], object]:
    """The body of the answer, what was asked of the FHIR server, and what the log tells.

    With `drafts` of the hook named; without, somebody opens the chart.
    """
    hook = "patient-view" if drafts is None else hook
    host = ServedHost(served or {}, clearance)
    services = Services(SERVICES, Adviser(today=lambda: TODAY))
    body = msgspec.json.encode(
        {
            "hook": hook,
            "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
            "fhirServer": "https://ehr.example.org/fhir",
            "fhirAuthorization": {"access_token": "t"},
            "context": {
                "patientId": "p1",
                "userId": "Practitioner/d1",
                **({} if drafts is None else {_DRAFTS[hook]: drafts}),
            },
            "prefetch": {"patient": PATIENT, "coverages": COVERAGE, **prefetch},
        }
    )
    call = services.read(f"ecm-{hook}", body)
    caller = host.identify(None, "", "")
    advice = services.answer(f"ecm-{hook}", call, caller, host)
    told = (call.deviations, advice.suppressed, advice.gathered.fetched, advice.gathered.lacking)
    return answer_body(advice.cards), host.asked, told


CONDITIONS = "Condition?patient=p1&_count=500"


@pytest.mark.parametrize(
    ("told", "untold"),
    (
        (
            ({"conditions": bundle(HOMELESS, SECRET)},),
            ({"conditions": bundle(HOMELESS)},),
        ),
        (({"conditions": SECRET},), ({},)),
        (({"problems": bundle(SECRET)},), ({"problems": bundle()},)),
        (
            ({"conditions": bundle(HOMELESS, SECRET), "encounters": bundle(VISIT)},),
            ({"conditions": bundle(HOMELESS), "encounters": bundle(VISIT)},),
        ),
        (
            ({}, {CONDITIONS: bundle(HOMELESS, SECRET)}),
            ({}, {CONDITIONS: bundle(HOMELESS)}),
        ),
        (
            ({"conditions": bundle(HOMELESS, meta=META)}, {CONDITIONS: bundle(HOMELESS)}),
            ({}, {CONDITIONS: bundle(HOMELESS)}),
        ),
        (
            ({"encounters": bundle(VISIT)}, {"Condition/secret": SECRET}),
            ({"encounters": bundle(VISIT)}, {"Condition/secret": bundle()}),
        ),
    ),
    ids=(
        "entry of a page", "single resource", "key nobody asked for", "diagnosis of a visit",
        "fetched", "labelled page", "diagnosis fetched",
    ),
)  # fmt: skip
def test_nothing_tells_of_what_the_caller_may_not_see(told: Any, untold: Any) -> None:
    """Card, requests and log are those of a record that never held it."""
    assert answer(*told) == answer(*untold)


def test_what_the_caller_may_see_is_told() -> None:
    """The same record answers more to who is cleared for it."""
    prefetch = {"conditions": bundle(HOMELESS, SECRET), "encounters": bundle(VISIT)}
    cleared = answer(prefetch, clearance=frozenset({"PSY"}))
    assert cleared[1] != answer(prefetch)[1], "the diagnosis is here and need not be fetched"


def test_a_labelled_draft_is_none() -> None:
    """What is being entered is no exception."""
    secret = {**SECRET, "code": HOMELESS["code"]}
    without = answer({}, drafts=bundle())
    assert answer({}, drafts=bundle(secret)) == without
    assert answer({}, drafts=bundle(secret), clearance=frozenset({"PSY"})) != without


@pytest.mark.parametrize("code", ("386230005", "306206005"), ids=("referral to ECM", "any order"))
def test_a_labelled_draft_order_is_none(code: str) -> None:
    """Neither does it call for a card, nor does it stand for the referral."""
    order = {"resourceType": "ServiceRequest", "id": "s1", "status": "draft", "subject": MEMBER}
    secret = {**order, "code": {"coding": [{"system": SNOMED, "code": code}]}, "meta": META}
    other = {**order, "id": "s2", "code": {"coding": [{"system": SNOMED, "code": "1"}]}}
    prefetch = {"conditions": bundle(HOMELESS)}

    def signed(*orders: Json) -> object:
        return answer(prefetch, drafts=bundle(*orders), hook="order-sign")

    assert signed(secret) == signed()
    assert signed(secret, other) == signed(other)


def test_a_pregnancy_being_entered_without_a_date_counts_from_today() -> None:
    """An entry of nothing but its code completes the population."""
    dated = condition("d1", "Z34.90", recordedDate="2026-03-18")
    assert answer({}, drafts=bundle(condition("d1", "Z34.90"))) == answer({}, drafts=bundle(dated))
    assert answer({}, drafts=bundle(dated)) != answer({}, drafts=bundle())
