"""What a record refers to and could not be fetched: what is said of it, and what is not."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from cds_hooks.caller import Caller
from cds_hooks.gathering import gather
from cds_hooks.host import Failure, Fetch, Fetched, Fetcher, FhirAccess, OpenHost
from cds_hooks.reading import read_call
from mappings.requirements import all_requirements
from profiles.canonicals import DEFAULT_BASE

CALLER = Caller(client="c", tenant="t")
#: Everything was sent; who pays is named by a reference alone.
PREFETCH = {one.key: None for one in all_requirements()} | {
    "patient": {"resourceType": "Patient", "id": "p1"},
    "coverages": {
        "resourceType": "Coverage",
        "id": "c1",
        "status": "active",
        "beneficiary": {"reference": "Patient/p1"},
        "payor": [{"reference": "Organization/o1"}],
    },
}


class FailingHost(OpenHost):
    """A host whose FHIR server gives nothing."""

    def __init__(self, failure: Failure) -> None:
        super().__init__()
        self.failure = failure
        self.asked: list[str] = []

    def fetcher(self, caller: Caller, access: FhirAccess) -> Fetcher:
        del caller, access
        return self

    def fetch(self, wanted: Sequence[Fetch]) -> tuple[Fetched, ...]:
        self.asked += [one.query for one in wanted]
        return tuple(Fetched(key=one.key, failure=self.failure) for one in wanted)


@pytest.mark.parametrize(
    ("failure", "not_had"),
    (
        (
            Failure.ERROR,
            ["coverages (what they refer to: the FHIR server answered with an error)"],
        ),
        (
            Failure.NOT_AUTHORIZED,
            ["coverages (what they refer to: the access token does not allow it)"],
        ),
        (Failure.REFUSED, []),
    ),
)
def test_a_payor_that_could_not_be_fetched_is_said(failure: Failure, not_had: list[str]):
    """But for one on a server that is not the client's, to which nothing is sent."""
    body = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "fhirServer": "https://ehr.example.org/fhir",
        "context": {"patientId": "p1", "userId": "Practitioner/d1"},
        "prefetch": PREFETCH,
    }
    call = read_call(msgspec.json.encode(body), "patient-view")
    host = FailingHost(failure)
    found = gather(call, all_requirements(), CALLER, host, base=DEFAULT_BASE)
    assert host.asked == ["Organization/o1"]
    assert found.not_had == not_had
