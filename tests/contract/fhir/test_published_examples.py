"""The published examples of the types that are served are stored and come back as they were."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from adapter.fhir_api.references import references
from adapter.fhir_api.table import TABLE
from profiles.validate import validate
from tests.contract.fhir.bundles import entry, statuses, transaction
from tests.contract.fhir.conftest import FHIR_JSON, Fhir, told

_LOCAL = re.compile(r"([A-Z]\w+/[^/]+)(/_history/.*)?")


def exact(body: bytes) -> dict[str, Any]:
    """JSON with numbers as they are written, without what the server stamps."""
    resource: dict[str, Any] = json.loads(body, parse_float=lambda text: ("number", text))
    meta = {
        name: value
        for name, value in resource.pop("meta", {}).items()
        if name not in ("versionId", "lastUpdated")
    }
    return {**resource, **({"meta": meta} if meta else {})}


def targets(body: bytes) -> set[str]:
    """What a resource refers to on its own server."""
    found = (_LOCAL.fullmatch(one) for one in references(json.loads(body)))
    return {match[1] for match in found if match}


@pytest.fixture(scope="module")
def examples(ecm_test_data: Path) -> dict[str, bytes]:
    """`Type/id` → the example, of types that can be written."""
    found = {}
    for folder in ("03_us_core", "04_gravity_sdoh"):
        for file in sorted((ecm_test_data / folder).glob("*.json")):
            body = file.read_bytes()
            resource = json.loads(body)
            row = TABLE.get(resource.get("resourceType", ""))
            if row is not None and "update" in row.interactions and not validate(resource):
                found[f"{row.type}/{resource['id']}"] = body
    return found


def begins(body: bytes) -> bool:
    """Whether a referral may begin so: what is under way or ended has come to it step by step."""
    resource = json.loads(body)
    first = {"Task": ("draft", "requested"), "ServiceRequest": ("draft", "active")}
    statuses = first.get(resource["resourceType"])
    return statuses is None or resource["status"] in statuses


@pytest.fixture(scope="module")
def whole(examples: dict[str, bytes]) -> dict[str, bytes]:
    """Those that may be new, and refer to nothing that was not published with them."""
    kept = {place: body for place, body in examples.items() if begins(body)}
    while lacking := [place for place, body in kept.items() if targets(body) - kept.keys()]:
        for place in lacking:
            del kept[place]
    return kept


def test_examples_are_stored_and_read_back_equal(fhir: Fhir, whole: dict[str, bytes]):
    """All at once in a transaction; read by JSON and sent back by XML, digit for digit."""
    assert len(whole) > 200
    entries = []
    for place, body in whole.items():
        made = entry("PUT", place)
        # As bytes: a decoded number would lose its digits.
        entries.append(json.dumps(made)[:-1].encode() + b',"resource":' + body + b"}")
    sent = json.dumps(transaction()).replace("[]", "[%s]").encode() % b",".join(entries)
    answer = fhir("POST", "", sent, Content_Type=FHIR_JSON, Prefer="return=minimal")
    assert set(statuses(answer)) <= {"200", "201"}
    for place, body in whole.items():
        assert exact(fhir.get(place).body) == exact(body), place
        in_xml = fhir.get(place, Accept="application/fhir+xml").body
        again = fhir("PUT", place, in_xml, Content_Type="application/fhir+xml")
        assert again.status == 200, (place, again.body)
        assert exact(again.body) == exact(body), place


def test_referrals_in_their_middle_are_refused(fhir: Fhir, examples: dict[str, bytes]):
    """What is under way or ended came to it step by step."""
    late = {place: body for place, body in examples.items() if not begins(body)}
    assert late
    for place, body in late.items():
        told(fhir("PUT", place, body), 422, "business-rule", "begins as")
