"""AuditEvents: valid FHIR, found by what the standard names, for clients of the operator alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import msgspec
import pytest

from adapter.fhir_api.faults import Refused
from adapter.search.parsing import parse
from adapter.security.audit_events import AuditEvents
from adapter.security.audit_rendering import organization_id
from adapter.security.viewers import Parties, Party
from adapter.store.database import Database
from adapter.store.records import AuditEntry, Found, Viewer
from adapter.store.resources import ResourceStore
from profiles.validate import validate
from tests.postgres import Postgres

DAY = 24 * 3600 * 1000
#: 2026-03-18T00:00:00Z
START = 1_773_792_000_000
CLINIC, PLAN = "http://hl7.org/fhir/sid/us-npi|1", "http://hl7.org/fhir/sid/us-npi|2"

ENTRIES = (
    *(
        AuditEntry(
            at=START + number * DAY,
            tenant="plan",
            client="clinic-ehr" if number % 2 else "plan-api",
            party=CLINIC if number % 2 else PLAN,
            action=action,
            outcome=("success", "refused", "failed")[number % 3],
            entity=entity,
            version=number % 3,
            patient="p1" if number % 4 == 0 else "",
            purpose="TREAT",
            consent="Consent/c1" if number == 4 else "",
            labels="eth r" if number == 4 else "",
            detail="system/Task.rs" if action == "token" else "",
        )
        for number, (action, entity) in enumerate(
            (
                ("create", "Task/1"),
                ("read", "Task/1"),
                ("vread", "Task/1"),
                ("update", "Task/1"),
                ("search", "Condition/c"),
                ("history", "Task"),
                ("delete", "Task/2"),
                ("token", ""),
                ("notify", "Task/1"),
                ("patch", "Task/1"),
            )
        )
    ),
    AuditEntry(at=START, tenant="other", client="x", party=PLAN, action="read", outcome="success"),
)

OPERATOR = Viewer(tenant="plan", client="plan-api", party=PLAN, operator=True)
EVENTS = AuditEvents(
    Parties(
        [
            Party(tenant="plan", id=PLAN, name="The Plan", operator=True),
            Party(tenant="plan", id=CLINIC, name="The Clinic"),
        ]
    ),
    "https://ecm.example.org/fhir",
)


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ResourceStore]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('audit') / 'ecm.sqlite'}"
    else:
        postgres: Postgres = request.getfixturevalue("postgres")
        url = postgres.empty_database()
    with closing(Database(url)) as database:
        store = ResourceStore(database)
        for entry in ENTRIES:
            with store.reading() as unit:
                unit.audit(entry)
        yield store


def search(store: ResourceStore, query: str, viewer: Viewer = OPERATOR, after: str = "") -> Found:
    pairs = [(name, value) for name, _, value in (one.partition("=") for one in query.split("&"))]
    parsed = parse("AuditEvent", pairs if query else [], strict=True)
    with store.reading() as unit:
        return EVENTS.search(unit, viewer, msgspec.structs.replace(parsed, after=after))


def bodies(found: Found) -> list[dict[str, Any]]:
    return [json.loads(one.body) for one in found.matches]


def numbers(found: Found) -> list[int]:
    """Which of the entries, by the day."""
    return sorted((one.updated_at - START) // DAY for one in found.matches)


def test_each_entry_is_a_valid_audit_event(store: ResourceStore):
    """By the structure of R4, and it says who, what, when and how it went."""
    events = bodies(search(store, ""))
    assert len(events) == 10
    for event in events:
        assert validate(event) == ()
    told = next(one for one in events if one["recorded"].startswith("2026-03-22"))
    assert told["action"] == "E"
    assert told["outcome"] == "4"
    assert told["agent"] == [
        {
            "altId": "plan-api",
            "requestor": True,
            "who": {
                "reference": f"Organization/{organization_id('plan', PLAN)}",
                "display": "The Plan",
                "identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": "2"},
            },
        }
    ]
    patient, resource, consent = told["entity"]
    assert patient["what"]["reference"] == "Patient/p1"
    assert resource["what"]["reference"] == "Condition/c/_history/1"
    assert [one["code"] for one in resource["securityLabel"]] == ["ETH", "R"]
    assert consent["what"]["reference"] == "Consent/c1"


@pytest.mark.parametrize(
    ("query", "found"),
    (
        ("", range(10)),
        ("date=2026-03-20", [2]),
        ("date=ge2026-03-20&date=lt2026-03-22", [2, 3]),
        ("date=gt2026-03-25", [8, 9]),
        ("date=le2026-03-18", [0]),
        ("date=ne2026-03-20&date=le2026-03-21", [0, 1, 3]),
        ("_lastUpdated=2026-03-20T00:00:00Z", [2]),
        ("patient=p1", [0, 4, 8]),
        ("patient=Patient/p1&action=C", [0]),
        ("patient=p2", []),
        ("patient:Patient=p1", [0, 4, 8]),
        ("entity=Task/1", [0, 1, 2, 3, 8, 9]),
        ("entity=Task/1,Task/2", [0, 1, 2, 3, 6, 8, 9]),
        (f"agent:identifier={CLINIC}", [1, 3, 5, 7, 9]),
        (f"agent=Organization/{organization_id('plan', PLAN)}", [0, 2, 4, 6, 8]),
        ("agent=Organization/nobody", []),
        ("action=R", [1, 2, 5]),
        ("action=U,D", [3, 6, 9]),
        ("action=E", [4, 7, 8]),
        ("action=E&entity=Task/1", [8]),
        ("action=X", []),
        ("subtype=vread", [2]),
        ("outcome=0", [0, 3, 6, 9]),
        ("outcome=4,8", [1, 2, 4, 5, 7, 8]),
        ("outcome=4&outcome=8", []),
    ),
)
def test_events_are_found_by_what_the_standard_names(
    store: ResourceStore, query: str, found: list[int]
):
    """And by nothing else; those of another tenant are not there."""
    assert numbers(search(store, query)) == list(found)


def test_pages_hold_every_event_once_the_newest_first(store: ResourceStore):
    """Whatever the size of a page."""
    seen: list[int] = []
    after = ""
    while True:
        page = search(store, "_count=3&_total=accurate", after=after)
        assert page.total == 10
        seen += [one.updated_at for one in page.matches]
        if not page.next:
            break
        after = page.next
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 10
    assert search(store, "_summary=count").total == 10


def test_an_event_is_read_by_its_id_and_found_by_it(store: ResourceStore):
    """Its id is its place in the chains."""
    for event in bodies(search(store, "")):
        with store.reading() as unit:
            read = EVENTS.read(unit, OPERATOR, event["id"])
        assert json.loads(read.body) == event
        assert bodies(search(store, f"_id={event['id']}")) == [event]


@pytest.mark.parametrize(
    "query",
    ("agent-name=x", "patient:missing=true", "action:not=R", "_sort=action", "date:missing=true"),
)
def test_what_cannot_be_asked_is_told(store: ResourceStore, query: str):
    """With what can be."""
    with pytest.raises(Refused, match="there are date, patient, agent") as refused:
        search(store, query)
    assert refused.value.status == 400


def test_nobody_else_sees_an_event(store: ResourceStore):
    """A partner; an operator without the scope; the operator of another tenant."""
    partner = msgspec.structs.replace(OPERATOR, operator=False)
    unscoped = msgspec.structs.replace(OPERATOR, scopes=("system/Task.cruds",))
    ids = [event["id"] for event in bodies(search(store, ""))]
    for viewer in (partner, unscoped):
        with pytest.raises(Refused) as refused:
            search(store, "", viewer)
        assert refused.value.status == 403
        for id in (*ids, "1-999", "x"):
            with pytest.raises(Refused) as refused, store.reading() as unit:
                EVENTS.read(unit, viewer, id)
            assert refused.value.status == 403
    elsewhere = msgspec.structs.replace(OPERATOR, tenant="other")
    assert len(search(store, "", elsewhere).matches) == 1
    nowhere = set()
    for id in (*ids, "0-999", "9999-1", "x", "0-0", "0-" + "9" * 18, "0-" + "9" * 30):
        with pytest.raises(Refused) as refused, store.reading() as unit:
            EVENTS.read(unit, elsewhere, id)
        nowhere.add((refused.value.status, str(refused.value)))
    assert len(nowhere) == 1


def test_names_of_organizations_have_ids_of_their_own():
    """Another one in each tenant, the same in every process."""
    ids = {
        organization_id(tenant, party) for tenant in ("plan", "other") for party in (PLAN, CLINIC)
    }
    assert len(ids) == 4
    assert organization_id("plan", PLAN).startswith("party-")
