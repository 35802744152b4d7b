"""Resources nobody here wrote go into the exchange and come out as they went in.

All examples of US Core and of SDOH Clinical Care, by the operator, as they are published: referrals
under way and ended among them, and references to what was not published with them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import Raw, Struct

from adapter.fhir_api.table import TABLE
from tests.contract.fhir.bundles import entry, statuses, transaction
from tests.contract.fhir.conftest import FHIR_JSON, Fhir, told

US_CORE, GRAVITY = "03_us_core", "04_gravity_sdoh"
FOLDERS = {US_CORE: 216, GRAVITY: 66}

#: Terminology: this exchange keeps records, and value sets are for a terminology server.
NOT_KEPT = {"ValueSet": 14}
#: Refused, and why: FHIR R4 wants the `div` of a narrative, and this file lost it.
REFUSED = {"DiagnosticReport/cbc": "DiagnosticReport.text.div"}
#: What an order refers to and was not published. Other records that the operator enters may lead
#: nowhere; what an order or a Task refers to is shown to others, and has to be here.
NOT_PUBLISHED = {
    "DocumentReference/polst": {
        "resourceType": "DocumentReference",
        "id": "polst",
        "status": "current",
        "subject": {"reference": "Patient/example"},
        "content": [{"attachment": {"title": "Stands in for what was not published"}}],
    }
}
ITS_ORDER = "ServiceRequest/servicerequest-dnr-example1"

#: What the exchange adds by itself, beside `id`, `meta.versionId` and `meta.lastUpdated`: when a
#: Task changed; of a referral its thread, how far it is, and while it is under way by when.
_ENDED = {"lastModified", "groupIdentifier", "businessStatus"}
_LIVE = {*_ENDED, "restriction"}
ADDED = {
    "Task/SDOHCC-TaskPatientMakeAppointmentCompletedExample": {"lastModified"},
    "Task/SDOHCC-TaskPatientRiskQuestionnaireCompletedExample": {"lastModified"},
    "Task/SDOHCC-TaskReferralManagementOrderFulfillmentAcceptedExample": _LIVE,
    "Task/SDOHCC-TaskReferralManagementOrderFulfillmentCompletedExample": _ENDED,
    "Task/SDOHCC-TaskReferralManagementOrderSubtaskAcceptedExample": _LIVE,
    "Task/SDOHCC-TaskReferralManagementOrderSubtaskCompletedExample": _ENDED,
}


class _Entry(Struct):
    resource: Raw


class _Bundle(Struct):
    entry: list[_Entry]


def exact(body: bytes) -> dict[str, Any]:
    """A resource with numbers as they are written, without what the server stamps."""
    resource: dict[str, Any] = json.loads(body, parse_float=lambda text: ("number", text))
    stamped = ("versionId", "lastUpdated")
    meta = {name: value for name, value in resource.get("meta", {}).items() if name not in stamped}
    resource.pop("meta", None)
    return {**resource, **({"meta": meta} if meta else {})}


def published(folder: Path) -> list[bytes]:
    """Every resource of a folder as it is written, those within Bundles too."""
    found: list[bytes] = []
    for file in sorted(folder.glob("*.json")):
        body = file.read_bytes()
        if json.loads(body)["resourceType"] == "Bundle":
            bundle = msgspec.json.decode(body, type=_Bundle)
            found += [bytes(one.resource) for one in bundle.entry]
        else:
            found.append(body)
    return found


def place(body: bytes) -> str:
    resource = json.loads(body)
    return f"{resource['resourceType']}/{resource['id']}"


def can_be_put(body: bytes) -> bool:
    row = TABLE.get(json.loads(body)["resourceType"])
    return row is not None and "update" in row.interactions


@pytest.fixture(scope="module")
def loaded(fhir: Fhir, ecm_test_data: Path) -> dict[str, bytes]:
    """`Type/id` → what was sent, in one transaction."""
    bodies = [one for folder in FOLDERS for one in published(ecm_test_data / folder)]
    # Where two Bundles hold the same, the later one.
    sent = {place(one): one for one in bodies if can_be_put(one) and place(one) not in REFUSED}
    lacking = {url: json.dumps(one).encode() for url, one in NOT_PUBLISHED.items()}
    # As bytes: a decoded number would lose its digits.
    entries = [
        json.dumps(entry("PUT", url))[:-1].encode() + b',"resource":' + body + b"}"
        for url, body in (sent | lacking).items()
    ]
    whole = json.dumps(transaction()).encode().replace(b"[]", b"[%s]" % b",".join(entries))
    answer = fhir("POST", "", whole, Content_Type=FHIR_JSON, Prefer="return=minimal")
    assert set(statuses(answer)) == {"201"}
    return sent


@pytest.mark.parametrize("folder", FOLDERS)
def test_all_of_it_is_in_scope_but_for_what_is_named(ecm_test_data: Path, folder: str):
    """Nothing is left out silently."""
    types = [json.loads(one)["resourceType"] for one in published(ecm_test_data / folder)]
    assert len(types) == FOLDERS[folder]
    left_out = [one for one in types if one not in TABLE]
    assert {one: left_out.count(one) for one in left_out} == (NOT_KEPT if folder == GRAVITY else {})


def test_everything_is_read_as_it_was_written(fhir: Fhir, loaded: dict[str, bytes]):
    """Digit for digit; what the exchange adds is named above."""
    assert len(loaded) == 264
    for url, body in loaded.items():
        sent, got = exact(body), exact(fhir.get(f"{url}/_history/1").body)
        assert got.keys() - sent.keys() == ADDED.get(url, set()), url
        assert {name: got[name] for name in sent} == sent, url


def test_everything_goes_by_xml_and_back(fhir: Fhir, loaded: dict[str, bytes]):
    """Read as XML and written as read, each is what it was."""
    for url in loaded:
        before = exact(fhir.get(url).body)
        in_xml = fhir.get(url, Accept="application/fhir+xml").body
        answer = fhir("PUT", url, in_xml, Content_Type="application/fhir+xml")
        assert answer.status == 200, (url, answer.body)
        after = exact(answer.body)
        assert after.pop("lastModified", None) == before.pop("lastModified", None) or "Task" in url
        assert after == before, url


def test_everything_is_valid_but_for_what_is_named(fhir: Fhir, ecm_test_data: Path):
    """A narrative without text is refused with its place; without the narrative all is well."""
    bodies = {place(one): one for one in published(ecm_test_data / US_CORE)}
    for url, where in REFUSED.items():
        issue = told(fhir("PUT", url, bodies[url]), 422, "invariant", "is required and is missing")
        assert issue["expression"] == [where]
        resource = exact(bodies[url])
        del resource["text"]
        raw = msgspec.json.decode(bodies[url], type=dict[str, Raw])
        del raw["text"]
        assert fhir("PUT", url, msgspec.json.encode(raw)).status == 201
        assert exact(fhir.get(url).body) == resource


def test_an_order_refers_to_what_is_here(fhir: Fhir, loaded: dict[str, bytes]):
    """Without the document that stands in for it, the order would lead nowhere."""
    for url in NOT_PUBLISHED:
        assert url in loaded[ITS_ORDER].decode()
    again = loaded[ITS_ORDER].replace(b"DocumentReference/polst", b"DocumentReference/none")
    told(fhir("PUT", ITS_ORDER, again), 422, "not-found", "leads to nothing")


def test_a_paper_trail_is_entered_as_it_is(
    fhir: Fhir, ecm_test_data: Path, loaded: dict[str, bytes]
):
    """A Provenance is created, never replaced, so the server names it."""
    bodies = [one for one in published(ecm_test_data / US_CORE) if not can_be_put(one)]
    assert [place(one) for one in bodies] == ["Provenance/79614", "Provenance/79614"]
    for body in bodies:
        answer = fhir("POST", "Provenance", body)
        assert answer.status == 201, answer.body
        assert exact(answer.body) | {"id": "79614"} == exact(body)


def test_the_referrals_stand_where_they_stood_and_go_on(fhir: Fhir, loaded: dict[str, bytes]):
    """What was under way is on a worklist; its outcome closes all that hangs on it."""
    patient = {"patient": "Patient/pat-53234"}
    assert len(fhir.found("Task", patient)) == 6
    ended = fhir.found("Task", patient | {"status": "completed"})
    said = [one["businessStatus"]["coding"][0]["code"] for one in ended if "businessStatus" in one]
    assert (len(ended), said) == (4, ["loop-closed"] * 2)
    owner = {"owner": "Organization/SDOHCC-OrganizationClinicExample"}
    (below,) = fhir.found("Task", patient | owner | {"status": "accepted"})
    (above,) = fhir.found("Task", patient | {"_id": below["partOf"][0]["reference"][5:]})
    (order,) = fhir.found("ServiceRequest", patient | {"status": "active"})
    assert above["focus"]["reference"] == f"ServiceRequest/{order['id']}"
    # The clinic's outcome comes to the operator by telephone.
    procedure = "Procedure/SDOHCC-ProcedureSummerFoodProgramApplicationAssistanceExample"
    output = {"type": {"text": "Outcome"}, "valueReference": {"reference": procedure}}
    done = fhir("PUT", f"Task/{below['id']}", below | {"status": "completed", "output": [output]})
    assert done.status == 200, done.body
    closed = fhir.get(f"Task/{above['id']}").json
    assert (closed["status"], closed["output"]) == ("completed", [output])
    assert fhir.get(f"ServiceRequest/{order['id']}").json["status"] == "completed"
