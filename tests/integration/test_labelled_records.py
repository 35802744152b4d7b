"""Real records with and without what a caller is not cleared for: not a byte may differ.

Every patient of a bulk export is asked about twice. Once some of the record is labelled, and things
that would decide the answer are added under a label; once none of that was ever sent.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cds_hooks.answering import Adviser
from cds_hooks.caller import Caller
from cds_hooks.errors import DataMissing
from cds_hooks.hooks.every import SERVICES
from cds_hooks.host import OpenHost
from cds_hooks.protocol import answer_body
from cds_hooks.services import Services
from eligibility.evaluate import evaluate
from eligibility.report import to_json
from mappings.inbound.bundle import read_member
from mappings.inbound.clearing import cleared
from mappings.inbound.needed import needed_references
from mappings.requirements import all_requirements
from profiles.canonicals import DEFAULT_BASE

Json = dict[str, Any]

#: The records end in early 2020; four years later there are policies, and leap days stay.
TODAY = date(2024, 3, 1)
NOBODY: frozenset[str] = frozenset()

ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED = "http://snomed.info/sct"
LABELS = ("ETH", "SUD", "PSY", "SEX", "HIV", "SDV", "MH", "42CFRPart2", "SICKVIS", "R", "V")

_YEAR = re.compile(rb'(?<=")((?:19|20)\d\d)(?=-\d\d)')


def labelled(resource: Json, *codes: str) -> Json:
    security = [
        {"system": CONFIDENTIALITY if code in ("R", "V") else ACT_CODE, "code": code}
        for code in codes
    ]
    return {**resource, "meta": {**resource.get("meta", {}), "security": security}}


@cache
def patients(folder: Path) -> dict[str, list[Json]]:
    """The resources of each patient, four years on."""
    found: dict[str, list[Json]] = defaultdict(list)
    for file in sorted(folder.glob("*.ndjson")):
        later = _YEAR.sub(lambda year: str(int(year[1]) + 4).encode(), file.read_bytes())
        for line in later.splitlines():
            resource = json.loads(line)
            owner = resource.get("subject", {}).get("reference", f"Patient/{resource['id']}")
            found[owner.rpartition("/")[2]].append(resource)
    return dict(found)


def secrets(id: str) -> list[Json]:
    """What would change the answer for anybody, each under a label."""
    subject = {"reference": f"Patient/{id}"}

    def condition(system: str, code: str, *labels: str) -> Json:
        coding = [{"system": system, "code": code}]
        found = {"resourceType": "Condition", "id": f"s-{code}", "code": {"coding": coding}}
        return labelled({**found, "subject": subject, "recordedDate": "2024-01-15"}, *labels)

    def attested(code: str, label: str) -> Json:
        coding = [{"system": f"{DEFAULT_BASE}/CodeSystem/ecm-attestation", "code": code}]
        found = {"resourceType": "Observation", "id": f"s-{code}", "status": "final"}
        answer = {"code": {"coding": coding}, "valueBoolean": True}
        return labelled(
            {**found, **answer, "subject": subject, "effectiveDateTime": "2024-02-01"}, label
        )

    visits = [
        labelled(
            {
                "resourceType": "Encounter",
                "status": "finished",
                "class": {"system": ACT_CODE, "code": "EMER"},
                "subject": subject,
                "period": {"start": f"2024-02-{day:02}"},
                "diagnosis": [{"condition": {"reference": "Condition/s-F20.9"}}],
            },
            "R",
        )
        for day in range(1, 7)
    ]
    program = [{"system": f"{DEFAULT_BASE}/CodeSystem/ecm-program", "code": "smhs"}]
    return [
        condition(ICD_10_CM, "F20.9", "PSY", "R"),
        condition(ICD_10_CM, "F11.20", "ETH", "42CFRPart2"),
        condition(ICD_10_CM, "Z59.02", "SDV"),
        condition(ICD_10_CM, "Z34.90", "SEX"),
        condition(ICD_10_CM, "B20", "HIV"),
        condition(SNOMED, "18391007", "SICKVIS", "R"),
        attested("avoidable-encounter", "PSY"),
        attested("complex-need", "MH"),
        attested("hiv", "HIV"),
        *visits,
        labelled(
            {
                "resourceType": "EpisodeOfCare",
                "id": "s-smhs",
                "status": "active",
                "type": [{"coding": program}],
                "patient": subject,
            },
            "MH",
        ),
        labelled(
            {
                "resourceType": "Coverage",
                "id": "s-cov",
                "status": "active",
                "beneficiary": subject,
                "payor": [{"display": "Partnership HealthPlan of California"}],
            },
            "HIPAASelfPay",
        ),
        # Broken, so that it would be complained about.
        labelled({"resourceType": "Condition", "id": "s-odd", "code": 7}, "ETH"),
        labelled({"resourceType": "Encounter", "status": "odd", "subject": subject}, "V"),
    ]


def drawn(*lot: object, of: int) -> int:
    """A number below `of`, the same in every run."""
    return int.from_bytes(sha256(repr(lot).encode()).digest()[:4]) % of


def worlds(id: str, record: list[Json]) -> tuple[list[Json], list[Json]]:
    """The record with secrets, and the same had they never been sent.

    Every third member is homeless by an open code, so that there is a card to compare.
    """
    told, untold = [], []
    if drawn(id, of=3) == 0:
        record = [*record, {**secrets(id)[2], "id": "homeless", "meta": {}}]
    for index, resource in enumerate(record):
        kind, lot = resource["resourceType"], drawn(id, index, of=5)
        if kind != "Patient" and lot == 0:
            told.append(labelled(resource, LABELS[drawn(id, index, "label", of=len(LABELS))]))
            continue
        untold.append(resource)
        if kind == "Encounter" and lot == 1:
            told.append({**resource, "contained": secrets(id)[:1]})
        else:
            told.append(resource)
    for index, secret in enumerate(secrets(id)):
        told.insert(drawn(id, index, "secret", of=len(told) + 1), secret)
    return told, untold


def call(id: str, record: list[Json]) -> bytes:
    """A call of patient-view with the whole record prefetched."""
    by_type: dict[str, list[Json]] = defaultdict(list)
    for resource in record:
        by_type[resource["resourceType"]].append({"resource": resource})
    prefetch = {
        one.key: {"resourceType": "Bundle", "entry": by_type[one.resource_type]}
        for one in all_requirements()
    }
    return msgspec.json.encode(
        {
            "hook": "patient-view",
            "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
            "context": {"patientId": id, "userId": "Practitioner/d1"},
            "prefetch": prefetch,
        }
    )


def cards(body: bytes, clearance: frozenset[str]) -> bytes:
    """The body of the answer, referral and all."""
    services = Services(SERVICES, Adviser(today=lambda: TODAY, public_base="https://ecm.test"))
    caller = Caller(client="c", tenant="t", clearance=clearance)
    asked = services.read("ecm-patient-view", body)
    try:
        return answer_body(services.answer("ecm-patient-view", asked, caller, OpenHost()).cards)
    except DataMissing as fault:
        return str(fault).encode()


def determination(body: bytes, clearance: frozenset[str] | None) -> bytes:
    return to_json(evaluate(read_member(body, clearance=clearance), plan=None, as_of=TODAY))


def test_no_byte_tells_of_what_a_caller_is_not_cleared_for(ecm_test_data: Path) -> None:
    """Six hundred patients: determination, card, referral and what is fetched are the same."""
    record = patients(ecm_test_data / "bulk" / "smart_2021_615")
    assert len(record) >= 500
    mattered = shown = 0
    for id, resources in record.items():
        told, untold = (call(id, world) for world in worlds(id, resources))
        answer = determination(told, NOBODY)
        assert answer == determination(untold, NOBODY), id
        card = cards(untold, NOBODY)
        assert cards(told, NOBODY) == card, id
        needed = needed_references(cleared(told, NOBODY))
        assert needed == needed_references(cleared(untold, NOBODY)), id
        shown += card != b'{"cards":[]}'
        mattered += answer != determination(told, None)
    assert mattered == len(record), "what was labelled would have changed every answer"
    assert shown > 100, "many have a card to compare"


def test_what_a_caller_is_cleared_for_is_read(ecm_test_data: Path) -> None:
    """A clearance for every label gives the answer of a record without any."""
    everything = frozenset((*LABELS, "HIPAASelfPay"))
    record = patients(ecm_test_data / "bulk" / "smart_2021_615")
    other = 0
    for id in sorted(record)[:25]:
        told, _ = worlds(id, record[id])
        plain = [{k: v for k, v in one.items() if k != "meta"} for one in told]
        assert determination(call(id, told), everything) == determination(call(id, plain), None)
        other += cards(call(id, told), everything) != cards(call(id, told), NOBODY)
    assert other > 15, "the living get another card"


@pytest.mark.parametrize("shape", ("Bundle", "request", "lines"))
def test_labelled_sample_bundles_are_left_with_what_is_open(
    ecm_test_data: Path, shape: str
) -> None:
    """Records others have labelled: the Patient and the open entries stay, each label goes."""
    seen = 0
    for file in sorted((ecm_test_data / "08_privacy_labels_shift").glob("*.json")):
        bundle = json.loads(file.read_bytes())
        resources = [entry["resource"] for entry in bundle["entry"]]
        (patient,) = (one for one in resources if one["resourceType"] == "Patient")
        open_to_all = [one for one in resources if "security" not in one.get("meta", {})]
        assert len(open_to_all) < len(resources)
        documents = {
            "Bundle": (file.read_bytes(), json.dumps({**bundle, "meta": {}, "entry": [
                entry for entry in bundle["entry"] if entry["resource"] in open_to_all
            ]}).encode()),
            "request": (call(patient["id"], resources), call(patient["id"], open_to_all)),
            "lines": tuple(
                b"\n".join(msgspec.json.encode(one) for one in some)
                for some in (resources, open_to_all)
            ),
        }  # fmt: skip
        told, untold = documents[shape]
        asked = f"Patient/{patient['id']}"
        assert read_member(told, patient=asked, clearance=NOBODY) == read_member(
            untold, patient=asked
        )
        seen += 1
    assert seen == 4
