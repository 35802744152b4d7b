"""Looking through the audit: one tenant's, by days and people, and it is audited."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from adapter.fhir_api.faults import Refused
from adapter.security.audit_search import Asked, exported, look, wanted_of, who_saw
from adapter.security.viewers import Parties
from adapter.store.audit_rows import Wanted, find_entries
from adapter.store.database import Database
from adapter.store.records import AuditEntry, Viewer
from adapter.store.resources import ResourceStore
from tests.postgres import Postgres

#: 2026-03-18T07:00:00Z, midnight in California.
START = 1_773_817_200_000
HOUR = 3600 * 1000
OPERATOR = Viewer(tenant="plan", client="auditor", party="urn:npi|1", operator=True)


def entry(at: int, tenant: str = "plan", **fields: str) -> AuditEntry:
    told: dict[str, Any] = {
        "client": "ehr", "party": "urn:npi|2", "action": "read", "outcome": "success",
        "entity": "Task/1", "patient": "p1",
    }  # fmt: skip
    return AuditEntry(at=at, tenant=tenant, **{**told, **fields})


@pytest.fixture(params=("sqlite", "postgresql"))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ResourceStore]:
    url = f"sqlite:///{tmp_path}/audit.sqlite"
    if request.param == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        url = postgres.empty_database()
    with closing(Database(url)) as database:
        made = ResourceStore(database)
        with made.unit() as unit:
            for number in range(5):
                unit.audit(entry(START + number * 12 * HOUR))
            unit.audit(entry(START, client="other-ehr", patient="p2"))
            unit.audit(entry(START, outcome="refused", patient="p2"))
            unit.audit(entry(START, action="token", entity="", patient=""))
            unit.audit(entry(START, tenant="stranger", client="theirs"))
        yield made


def audited(store: ResourceStore) -> list[str]:
    with store.reading() as unit:
        found = find_entries(unit.connection, Wanted(tenant="plan", clients=("auditor",)), 100)
    return [one.entry.detail for one in found]


def test_pages_hold_the_viewers_tenant_alone_and_that_they_looked_is_audited(store: ResourceStore):
    with store.reading() as unit:
        first = look(unit, OPERATOR, Asked(), 5)
    assert len(first.entries) == 5
    with store.reading() as unit:
        rest = look(unit, OPERATOR, Asked(client="ehr"), 50, before=first.following)
    assert rest.following is None
    told = [one.entry for one in (*first.entries, *rest.entries)]
    assert {one.tenant for one in told} == {"plan"}
    assert len(told) == len(set(told))
    assert audited(store) == [f"{len(rest.entries)} found", "5 found"]


def test_a_day_is_californias_and_both_ends_are_included(store: ResourceStore):
    asked = Asked(since=date(2026, 3, 19), until=date(2026, 3, 19))
    with store.reading() as unit:
        found = look(unit, OPERATOR, asked, 50)
    assert [one.entry.at for one in found.entries] == [START + 36 * HOUR, START + 24 * HOUR]


def test_who_saw_whom_counts_by_people_and_leaves_refusals_out(store: ResourceStore):
    with store.reading() as unit:
        found = who_saw(unit, OPERATOR, Asked(), 50)
    assert {(one.client, one.patient, one.times) for one in found} == {
        ("ehr", "p1", 5),
        ("other-ehr", "p2", 1),
    }
    (of_p1,) = (one for one in found if one.patient == "p1")
    assert (of_p1.first, of_p1.last) == (START, START + 48 * HOUR)
    assert audited(store) == ["2 found, by people"]


def test_an_export_is_audit_events_a_line_and_audited_too(store: ResourceStore):
    with store.reading() as unit:
        body = exported(unit, OPERATOR, Asked(patient="Patient/p1"), Parties(()), "site", 3)
    lines = [json.loads(line) for line in body.splitlines()]
    assert [one["resourceType"] for one in lines] == ["AuditEvent"] * 3
    assert audited(store) == ["3 exported"]


def test_who_does_not_run_the_exchange_is_refused(store: ResourceStore):
    stranger = Viewer(tenant="plan", client="x", party="urn:npi|9")
    with store.reading() as unit:
        for ask in (
            lambda: look(unit, stranger, Asked(), 5),
            lambda: who_saw(unit, stranger, Asked(), 5),
            lambda: exported(unit, stranger, Asked(), Parties(()), "site", 5),
        ):
            with pytest.raises(Refused) as refusal:
                ask()
            assert refusal.value.status == 403


def test_an_empty_condition_is_none():
    assert wanted_of(Asked(), None) == Wanted(tenant=None)
