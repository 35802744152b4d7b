"""POST /cds-services/ecm-patient-view: every sample patient, and what real clients send."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

import cds_hooks
from adapter.samples import sample
from cds_hooks.cards import Reader, cards_for
from cds_hooks.catalogue import HOOKS, request_schema
from cds_hooks.protocol import answer_body
from eligibility.evaluate import evaluate
from mappings.inbound.bundle import read_member
from profiles.canonicals import DEFAULT_BASE
from tests.contract.calls import IDS, INSTANCE, a_call, active_nodes, the_card
from tests.contract.conftest import Service

_SCHEMAS = Path(cds_hooks.__file__).parent / "schemas"
#: None of these may be read over somebody's shoulder.
SENSITIVE = re.compile(
    r"mental|psych|substance|drug|opioid|alcohol|overdose|suicid|incarcerat|jail|prison|release|"
    r"correction|hiv|aids|homeless|shelter|violence|foster|welfare|pregnan|postpartum|birth|hospice|"
    r"disab|nursing|disorder|race|ethnic",
    re.IGNORECASE,
)


def schema(name: str) -> Draft202012Validator:
    """One of the shipped schemas."""
    read = json.loads((_SCHEMAS / f"{name}.schema.json").read_text())
    Draft202012Validator.check_schema(read)
    return Draft202012Validator(read, format_checker=FormatChecker())


@pytest.mark.requirement(
    "cds-hooks_2.0@15",
    "cds-hooks_2.0@74",
    "cds-hooks_2.0@83",
    "cds-hooks_2.0@84",
    "cds-hooks_2.0@87",
    "cds-hooks_2.0@90",
    "cds-hooks_2.0@105",
    "cds-hooks_2.0@216",
)
@pytest.mark.parametrize("name", IDS)
def test_every_sample_is_answered(
    service: Service, name: str, today: date, template: dict[str, str]
):
    """A valid call gets a valid answer: one card, or none for the patients who need none."""
    call = a_call(name, today, template)
    Draft202012Validator(request_schema(HOOKS["patient-view"])).validate(call)
    answer = service.call(call)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    schema("card-response").validate(answer.json)
    silent = sample(name, today).shows["status"] == "undetermined"
    assert len(answer.json["cards"]) == (0 if silent else 1)
    for card in answer.json["cards"]:
        assert not SENSITIVE.search(card["summary"]), card["summary"]
        assert active_nodes(card["detail"]) == set()


@pytest.mark.parametrize("name", IDS)
def test_no_sample_patients_name_is_on_a_card(
    service: Service, name: str, today: date, template: dict[str, str]
):
    """A card needs no name: the chart is open beside it."""
    call = a_call(name, today, template)
    (written,) = call["prefetch"]["patient"]["name"]
    body = service.call(call).body.decode()
    assert written["family"] not in body
    assert written["given"][0] not in body


@pytest.mark.parametrize("name", IDS)
def test_a_prefetch_and_a_bundle_give_the_same_card(
    service: Service, name: str, today: date, template: dict[str, str]
):
    """What reaches the service over HTTP is judged as `ecm evaluate` judges the same chart."""
    facts = read_member(json.dumps(sample(name, today).bundle).encode())
    reader = Reader(hook_instance=INSTANCE, canonical_base=DEFAULT_BASE)
    expected = json.loads(answer_body(cards_for(evaluate(facts, as_of=today), reader)))["cards"]
    found = service.call(a_call(name, today, template)).json["cards"]
    said = ("summary", "detail", "indicator", "source")
    assert [[card[one] for one in said] for card in found] == [
        [card[one] for one in said] for card in expected
    ]


def test_the_same_call_gives_the_same_bytes(
    service: Service, today: date, template: dict[str, str]
):
    """Nothing random, nothing of the clock beyond the day."""
    call = a_call("hospice", today, template)
    assert service.call(call).body == service.call(call).body


@pytest.mark.requirement("cds-hooks_2.0@37", "cds-hooks_2.0@49", "cds-hooks_2.0@51")
def test_what_was_not_sent_is_said_and_is_not_a_no(
    service: Service, today: date, template: dict[str, str]
):
    """Without Coverage membership is unknown; the card says that it was not seen."""
    call = a_call("adult-in-a-shelter", today, template)
    del call["prefetch"]["coverages"]
    detail = the_card(service.call(call))["detail"]
    assert "coverages (not sent)" in detail
    assert "Check membership" in detail


@pytest.mark.requirement("cds-hooks_2.0@53")
@pytest.mark.parametrize("nothing", (None, {"resourceType": "Bundle", "entry": []}))
def test_null_and_an_empty_bundle_say_that_there_is_none(
    service: Service, today: date, template: dict[str, str], nothing: Any
):
    """The client looked: nothing is missing from the answer."""
    call = a_call("adult-in-a-shelter", today, template)
    call["prefetch"]["flags"] = nothing
    assert "Not seen" not in the_card(service.call(call))["detail"]


@pytest.mark.requirement("cds-hooks_2.0@50", "cds-hooks_2.0@52")
@pytest.mark.parametrize(
    ("value", "said"),
    (
        ({"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]}, "an error"),
        ("<html>HTTP Status 500 Zzyzx</html>", "an error"),
        (
            {
                "resourceType": "Bundle",
                "entry": [],
                "link": [{"relation": "next", "url": "https://ehr.example.org/2"}],
            },
            "only the first page",
        ),
    ),
)
def test_an_error_in_place_of_data_is_said(
    service: Service, today: date, template: dict[str, str], value: Any, said: str
):
    """Conditions that could not be fetched are unknown; the page itself is not repeated."""
    call = a_call("five-emergency-visits", today, template)
    call["prefetch"]["conditions"] = value
    answer = service.call(call)
    detail = the_card(answer)["detail"]
    assert re.search(rf"conditions \([^)]*{said}", detail)
    assert "Zzyzx" not in answer.body.decode()


def test_resources_under_other_keys_are_read(
    service: Service, today: date, template: dict[str, str]
):
    """Clients whose prefetch is typed in by hand use names of their own."""
    call = a_call("five-emergency-visits", today, template)
    plain = the_card(service.call(call))
    call["prefetch"] = {
        f"epic{number}": one for number, one in enumerate(call["prefetch"].values())
    }
    renamed = the_card(service.call(call))
    # An empty Bundle does not say of what it is empty.
    assert renamed["detail"].startswith(plain["detail"])
    assert re.fullmatch(
        r"\n- Not seen, so not known: .*", renamed["detail"][len(plain["detail"]) :]
    )
    assert "encounters" not in renamed["detail"]


def test_a_patient_id_with_its_type_is_tolerated(
    service: Service, today: date, template: dict[str, str]
):
    """`Patient/p1` is an error by the specification, and common."""
    call = a_call("hospice", today, template)
    plain = the_card(service.call(call))
    call["context"]["patientId"] = "Patient/" + call["context"]["patientId"]
    assert the_card(service.call(call)) == plain


@pytest.mark.parametrize(
    "changes",
    (
        {"hookInstance": "not-a-uuid"},
        {"context": {"userId": ...}},
        {"fhirServer": "http://127.0.0.1:1/fhir/"},
        {"fhirServer": "https://ehr.example.org/r4", "fhirAuthorization": None},
        {"fhirAuthorization": {"access_token": ""}},
        {"extension": {"com.example.anything": {"a": [1]}}},
        {"extension": []},
        {"unknown": {"x": 1}},
        {"context": {"encounterId": "{{context.encounterId}}"}},
        {"context": {"encounterId": "nobody-knows-it"}},
    ),
)
@pytest.mark.requirement("cds-hooks_2.0@25", "cds-hooks_2.0@214")
def test_what_real_clients_do_otherwise_is_tolerated(
    service: Service, today: date, template: dict[str, str], changes: dict[str, Any]
):
    """Each departs from the specification and leaves the advice as it is."""
    call = a_call("five-emergency-visits", today, template)
    plain = the_card(service.call(call))
    context = call["context"] | changes.pop("context", {})
    call |= changes
    call["context"] = {key: value for key, value in context.items() if value is not ...}
    found = the_card(service.call(call))
    assert (found["summary"], found["indicator"]) == (plain["summary"], plain["indicator"])
