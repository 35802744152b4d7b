"""What holds for transactions and batches alike, and batches."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.fhir.bundles import condition, entry, statuses, transaction, urn
from tests.contract.fhir.conftest import Fhir, identified, patient, told


def test_the_number_of_entries_is_limited(fhir: Fhir):
    """413 above a thousand; a chain of a thousand is carried out."""
    many = [entry("GET", "Patient/none")] * 10_000
    told(fhir("POST", "", transaction(*many)), 413, "too-long")
    chain = [
        entry(
            "POST",
            "Organization",
            identified("Organization", f"chain-{number}", name="c")
            | ({"partOf": {"reference": urn(number + 1)}} if number < 200 else {}),
            urn(number),
        )
        for number in range(1, 201)
    ]
    answer = fhir("POST", "", transaction(*chain), Prefer="return=minimal")
    assert set(statuses(answer)) == {"201"}
    assert not any("resource" in one for one in answer.json["entry"])


def test_entries_of_a_batch_stand_for_themselves(fhir: Fhir):
    """Each is answered; one that fails undoes nothing of the others."""
    answer = fhir(
        "POST",
        "",
        transaction(
            entry("POST", "Patient", patient("Batch"), urn(1)),
            entry("POST", "Patient", patient("Batch", gender="wrong")),
            entry("GET", "Patient/none"),
            entry("POST", "Condition", condition(urn(1))),
            entry("GET", "Patient?family=Batch"),
            entry("GET", "Patient?family=Batch&nope:exact=1&_summary=count"),
            type="batch",
        ),
    )
    assert answer.json["type"] == "batch-response"
    assert statuses(answer) == ["201", "422", "404", "400", "200", "200"]
    entries = answer.json["entry"]
    assert entries[1]["response"]["outcome"]["issue"][0]["expression"] == ["Patient.gender"]
    assert entries[4]["resource"]["total"] == entries[5]["resource"]["total"] == 1


@pytest.mark.parametrize(
    "body",
    (
        {"resourceType": "Patient"},
        {"resourceType": "Bundle"},
        {"resourceType": "Bundle", "type": "collection"},
        {"resourceType": "Bundle", "type": "transaction", "entry": {}},
        {"resourceType": "Bundle", "type": "transaction", "entry": [1]},
        {"resourceType": "Bundle", "type": "batch", "entry": [{"fullUrl": 1}]},
    ),
)
def test_what_is_no_transaction_or_batch_is_refused(fhir: Fhir, body: dict[str, Any]):
    """400."""
    told(fhir("POST", "", body), 400, "structure")


def test_an_empty_bundle_has_an_empty_answer(fhir: Fhir):
    """Nothing to do is done."""
    body = {"resourceType": "Bundle", "type": "transaction"}
    answer = fhir("POST", "", body)
    assert answer.json == {"resourceType": "Bundle", "type": "transaction-response"}
