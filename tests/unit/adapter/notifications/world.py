"""A small exchange: a store, its subscribers, and a worker that works when it is told to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest

from adapter import ids
from adapter.fhir_api.document import document_of
from adapter.notifications.delivery import RestHook
from adapter.notifications.endpoints import Reach
from adapter.notifications.operations import Operations
from adapter.notifications.recording import Recording
from adapter.notifications.retrying import Verdict
from adapter.notifications.subscribers import Subscriber
from adapter.notifications.subscriptions import Subscriptions
from adapter.notifications.sweeping import Sweeping
from adapter.notifications.telling import Telling
from adapter.notifications.topics import OVERDUE, topic_url, topics
from adapter.search.indexing import about, index
from adapter.store.records import Change, Draft, Version, Viewer
from adapter.store.resources import ResourceStore, Unit
from tests.unit.adapter.notifications.asking import subscription

TENANT = "valley"
PLAN, PROVIDER, CLINIC = "urn:npi|1", "urn:npi|2", "urn:npi|3"
BASE = "https://ecm.example.org/fhir"

#: On a test: it runs on both kinds of database.
both = pytest.mark.parametrize("url", ("sqlite", "postgresql"), indirect=True)

#: What a test tells the time by: milliseconds, moved by hand.
START = 1_780_000_000_000


def viewer(party: str, **traits: Any) -> Viewer:
    """Who acts for a party, through the client of its name."""
    named = {PLAN: "plan", PROVIDER: "provider", CLINIC: "clinic"}
    return Viewer(**{"tenant": TENANT, "client": named[party], "party": party, **traits})


class World:
    """Everything but the web."""

    def __init__(self, store: ResourceStore) -> None:
        self.store = store
        self.clock = START
        self.clients: dict[str, Subscriber] = {}
        for party, traits in ((PLAN, {"operator": True}), (PROVIDER, {}), (CLINIC, {})):
            self.register(viewer(party, **traits))
        self.subscriptions = Subscriptions(
            topics=topics(), subscribers=self.subscriber, has_mail=True
        )
        self.recording = Recording(topics=topics(), subscribers=self.subscriber, bases=(BASE,))
        self.operations = Operations(base=BASE)
        self.telling = Telling(
            store, self.subscriber, BASE, {"rest-hook": RestHook()}, lambda: self.clock
        )
        self.sweeping = Sweeping(
            store=store,
            recording=self.recording,
            overdue_topic=topic_url(OVERDUE),
            now=lambda: self.clock,
        )

    def register(self, one: Viewer, reach: Reach | None = None) -> None:
        """Register a client, or change its rights."""
        reach = reach or Reach(allow_private=True)
        self.clients[one.client] = Subscriber(viewer=one, reach=reach)

    def subscriber(self, tenant: str, client: str) -> Subscriber | None:
        """As it is registered now."""
        found = self.clients.get(client)
        return found if found and found.viewer.tenant == tenant else None

    def write(
        self,
        resource: dict[str, Any],
        *parties: str,
        by: str = PLAN,
        unit: Unit | None = None,
        fails: bool = False,
    ) -> Version:
        """Write a resource that its author and some parties see, and the events of that."""
        if unit is not None:
            return self._put(unit, resource, parties, by)
        with self.store.unit() as own:
            stored = self._put(own, resource, parties, by)
            self.recording.record(own, TENANT)
            if fails:
                raise RuntimeError
        return stored

    def delete(self, type: str, id: str, *parties: str) -> Version:
        """Delete a resource, and write the events of that."""
        with self.store.unit() as unit:
            current = unit.current(TENANT, type, id, lock=True)
            assert current is not None
            was = msgspec.json.decode(current.body, type=dict[str, Any])
            stored = unit.put(
                Draft(
                    tenant=TENANT,
                    type=type,
                    id=id,
                    method="delete",
                    version=current.version + 1,
                    updated_at=max(unit.now, current.updated_at + 1),
                    body=b"",
                    author=current.author,
                )
            )
            unit.grant((type, id), TENANT, frozenset((type, id, one) for one in parties))
            unit.changes.append(Change(before=current, after=stored, resource=was))
            self.recording.record(unit, TENANT)
        return stored

    def subscribe(self, endpoint: str, *, by: str = PROVIDER, id: str = "", **asked: Any) -> str:
        """Create a Subscription, or write the next version of one; its id."""
        id = id or ids.new_uuid()
        self.write_subscription(id, subscription(endpoint, **asked), by)
        return id

    def write_subscription(self, id: str, asked: dict[str, Any], by: str = PROVIDER) -> None:
        """Write a Subscription as its client sends it."""
        with self.store.unit() as unit:
            current = unit.current(TENANT, "Subscription", id, lock=True)
            before = msgspec.json.decode(current.body) if current else None
            asked = {**asked, "id": id}
            ruling = self.subscriptions.rule(unit, before, asked, viewer(by))
            after = {**asked, **ruling.amendments}
            after = {name: value for name, value in after.items() if value is not None}
            self._put(unit, after, (), by)

    def end(self, id: str, by: str = PROVIDER) -> None:
        """Have the rules of a deletion followed."""
        with self.store.unit() as unit:
            before = self.resource("Subscription", id)
            self.subscriptions.rule(unit, before, None, viewer(by))

    def resource(self, type: str, id: str) -> dict[str, Any]:
        """A resource as it is stored."""
        with self.store.reading() as unit:
            found = unit.current(TENANT, type, id)
        assert found is not None
        decoded: dict[str, Any] = msgspec.json.decode(found.body)
        return decoded

    def status(self, id: str) -> str:
        """The status of a Subscription."""
        return str(self.resource("Subscription", id)["status"])

    def work(self) -> list[Verdict]:
        """Tell every subscription what there is to tell now, one after the other."""
        verdicts: list[Verdict] = []
        for _ in range(100):
            held = self.telling.lease("test", (), 100)
            if not held:
                return verdicts
            verdicts += [self.telling.tell(one) for one in held]
        raise AssertionError("there is no end to it")

    def audited(self, *, entity: str = "") -> list[tuple[str, str, str]]:
        """Outcome, entity and detail of what was audited of notifications."""
        with self.store.reading() as unit:
            rows = unit.connection.rows(
                "SELECT outcome, entity, detail FROM audit WHERE action = 'notify'"
                " ORDER BY at, shard, number",
                {},
            )
        return [(row[0], row[1], row[2]) for row in rows if entity in row[1]]

    def _put(
        self, unit: Unit, resource: dict[str, Any], parties: Iterable[str], by: str
    ) -> Version:
        type, id = resource["resourceType"], resource["id"]
        current = unit.current(TENANT, type, id, lock=True)
        version = (current.version if current else 0) + 1
        at = max(unit.now, current.updated_at + 1 if current else 0)
        labels = [one["code"].lower() for one in resource.get("meta", {}).get("security", [])]
        stored = unit.put(
            Draft(
                tenant=TENANT,
                type=type,
                id=id,
                method="update" if current else "create",
                version=version,
                updated_at=at,
                body=document_of(resource).compose(id, version, at, {}),
                author=current.author if current else by,
                patient=about(resource),
                labels=frozenset(labels),
                index=index(type, resource),
            )
        )
        unit.grant((type, id), TENANT, frozenset((type, id, party) for party in parties))
        unit.changes.append(Change(before=current, after=stored, resource=resource))
        return stored


def task(id: str = "t1", status: str = "requested", **elements: Any) -> dict[str, Any]:
    """A referral Task."""
    return {
        "resourceType": "Task",
        "id": id,
        "status": status,
        "intent": "order",
        "for": {"reference": "Patient/p1"},
        "owner": {"reference": "Organization/provider"},
        **elements,
    }
