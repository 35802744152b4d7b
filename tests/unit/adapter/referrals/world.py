"""A store in memory that writes as the exchange does, so that the rules are tested by themselves.

Three organizations and a member who wants to be served: the hospital refers, the plan authorizes,
the provider serves. What is visible follows from the grants alone; labels and consents are for the
store to enforce.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from adapter.referrals.choices import Choices
from adapter.referrals.lookup import Resource
from adapter.referrals.rules import exchange, rule
from adapter.referrals.ruling import FollowUp
from adapter.store.records import EVERYBODY, Permit, Viewer, Work

NPI = "http://hl7.org/fhir/sid/us-npi"
HOSPITAL, PLAN, PROVIDER, OTHER, STRANGER = (f"{NPI}|{one}" for one in "12345")
ORGANIZATIONS = {
    HOSPITAL: "hospital", PLAN: "plan", PROVIDER: "provider", OTHER: "other", STRANGER: "stranger",
}  # fmt: skip
START = datetime(2026, 1, 5, 18, 0, tzinfo=UTC)
TASK_CODE = "http://hl7.org/fhir/CodeSystem/task-code"
BASE = "https://ecm.example.org/fhir"


def viewer(party: str, **fields: Any) -> Viewer:
    return Viewer(tenant="t", client=f"client-of-{party[-1]}", party=party, **fields)


OPERATOR = viewer(f"{NPI}|9", operator=True, clearance=frozenset({"*"}))
EXCHANGE = exchange("t")


def org(party: str) -> dict[str, Any]:
    return {"reference": f"Organization/{ORGANIZATIONS[party]}"}


class World:
    """The store, and the exchange's way of writing to it."""

    def __init__(self, choices: Choices | None = None) -> None:
        self.choices_ = choices or Choices()
        self.now = START
        #: By reference: every version, None for a deletion.
        self.versions: dict[str, list[Resource | None]] = {}
        self.authors: dict[str, str] = {}
        self.grants: dict[tuple[str, str], frozenset[tuple[str, str, str]]] = {}
        self.works: dict[str, Work] = {}
        self.permits: dict[str, tuple[Permit, ...]] = {}
        self.unique: dict[tuple[str, str, str, str], str] = {}
        self.made = 0
        for party, id in ORGANIZATIONS.items():
            system, _, value = party.rpartition("|")
            organization = {"identifier": [{"system": system, "value": value}]}
            self.put("Organization", id, organization, party)
            self.grants["Organization", id] = frozenset({("Organization", id, EVERYBODY)})

    # --- for tests ---

    def put(self, type: str, id: str, elements: dict[str, Any], author: str) -> Resource:
        """Store something as its author's, past the rules."""
        made = {"resourceType": type, "id": id, "meta": {"versionId": "1"}, **elements}
        self.versions[f"{type}/{id}"] = [made]
        self.authors[f"{type}/{id}"] = author
        self.grants[type, id] = frozenset({(type, id, author)})
        return made

    def current(self, reference: str) -> Resource:
        found = self.versions[reference][-1]
        assert found is not None
        return copy.deepcopy(found)

    def status(self, reference: str) -> str:
        return str(self.current(reference)["status"])

    def said(self, reference: str) -> str:
        """The business status."""
        return str(self.current(reference)["businessStatus"]["coding"][0]["code"])

    def of_type(self, type: str) -> list[Resource]:
        found = (each[-1] for name, each in self.versions.items() if name.startswith(f"{type}/"))
        return [copy.deepcopy(one) for one in found if one is not None]

    def sees(self, who: Viewer, reference: str) -> bool:
        type, id = reference.split("/")
        if who.operator:
            return reference in self.versions
        wanted = {(type, id, party) for party in (*who.parties, who.party)}
        return any(wanted & granted for granted in self.grants.values())

    def create(self, who: Viewer, type: str, elements: dict[str, Any], id: str = "") -> str:
        self.made += 1
        id = id or f"{type.lower()}-{self.made}"
        self._write(who, None, {"resourceType": type, "id": id, **copy.deepcopy(elements)})
        return f"{type}/{id}"

    def update(self, who: Viewer, reference: str, **elements: Any) -> Resource:
        """Replace elements of the present version; None takes one away."""
        before = self.current(reference)
        after = {**before, **copy.deepcopy(elements)}
        after = {name: value for name, value in after.items() if value is not None}
        self._write(who, before, after)
        return self.current(reference)

    def delete(self, who: Viewer, reference: str) -> None:
        self._write(who, self.current(reference), None)

    def pass_days(self, days: float) -> None:
        self.now += timedelta(days=days)

    # --- as the exchange writes ---

    def _write(self, who: Viewer, before: Resource | None, after: Resource | None) -> None:
        """All of a write, or nothing of it."""
        kept = copy.deepcopy(self.__dict__)
        try:
            self._carry_out(who, before, after)
        except Exception:
            self.__dict__.update(kept)
            raise

    def _carry_out(
        self, who: Viewer, before: Resource | None, after: Resource | None, depth: int = 0
    ) -> None:
        assert depth < 12
        here = after or before or {}
        type, id = here["resourceType"], here["id"]
        place = f"{type}/{id}"
        ruling = rule(copy.deepcopy(before), copy.deepcopy(after), who, Seen(self, who), self.now)
        self.authors.setdefault(place, who.party)
        stored = None
        if after is not None:
            stored = {**after, **ruling.amendments}
            stored = {name: value for name, value in stored.items() if value is not None}
            version = len(self.versions.get(place, [])) + 1
            stored["meta"] = {**stored.get("meta", {}), "versionId": str(version)}
        self.versions.setdefault(place, []).append(stored)
        self.grants[type, id] = ruling.grants or frozenset()
        if ruling.permits is not None:
            self.permits[place] = ruling.permits
        self.works.pop(id, None)
        if ruling.work is not None:
            self.works[id] = ruling.work
        for one in ruling.unique:
            assert self.unique.setdefault((self.authors[place], *one), place) == place, "duplicate"
        for follow_up in ruling.follow_ups:
            self._follow(follow_up, depth + 1)

    def _follow(self, follow_up: FollowUp, depth: int) -> None:
        if follow_up.method == "create":
            self.made += 1
            id = follow_up.id or f"made-{self.made}"
            made = {"resourceType": follow_up.type, "id": id, **follow_up.elements}
            self._carry_out(EXCHANGE, None, made, depth)
            return
        before = self.current(f"{follow_up.type}/{follow_up.id}")
        after = {**before, **follow_up.elements}
        after = {name: value for name, value in after.items() if value is not None}
        self._carry_out(EXCHANGE, before, after, depth)


class Seen:
    """The store as one writer sees it (`adapter.referrals.lookup.Lookup`)."""

    def __init__(self, world: World, who: Viewer) -> None:
        self.world, self.who = world, who

    @property
    def choices(self) -> Choices:
        return self.world.choices_

    def resource(self, reference: str) -> Resource | None:
        return self.any(reference) if self.world.sees(self.who, reference) else None

    def any(self, reference: str) -> Resource | None:
        versions = self.world.versions.get(reference)
        return copy.deepcopy(versions[-1]) if versions else None

    def party_of(self, reference: object) -> str | None:
        if not isinstance(reference, dict):
            return None
        found = self.any(str(reference.get("reference"))) or {}
        if found.get("resourceType") == "PractitionerRole":
            return self.party_of(found["organization"])
        identifiers = [*found.get("identifier", []), reference.get("identifier")]
        for one in identifiers:
            if isinstance(one, dict) and f"{one.get('system')}|{one.get('value')}" in ORGANIZATIONS:
                return f"{one['system']}|{one['value']}"
        return None

    def author_of(self, reference: str) -> str | None:
        return self.world.authors.get(reference)

    def partner_of(self, url: str) -> str | None:
        return HOSPITAL if url.startswith("https://hospital.example.org/fhir/") else None

    def children(self, task: str) -> Sequence[Resource]:
        return [
            one
            for one in self.world.of_type("Task")
            if {"reference": f"Task/{task}"} in one.get("partOf", [])
        ]

    def tasks_focused_on(self, service_request: str) -> Sequence[Resource]:
        return self._focused_on(f"ServiceRequest/{service_request}")

    def aborts_of(self, task: str) -> Sequence[Resource]:
        return self._focused_on(f"Task/{task}")

    def _focused_on(self, place: str) -> Sequence[Resource]:
        tasks = self.world.of_type("Task")
        return [one for one in tasks if one.get("focus", {}).get("reference") == place]

    def live_referrals_to(self, reference: str) -> Sequence[str]:
        return [
            f"{one['resourceType']}/{one['id']}"
            for type in ("Task", "ServiceRequest")
            for one in self.world.of_type(type)
            if one["status"] in ("requested", "accepted", "in-progress", "on-hold", "active")
            and f"'{reference}'" in str(one)
        ]

    def work(self, task: str) -> Work | None:
        return self.world.works.get(task)

    def granted_by(self, type: str, id: str) -> frozenset[tuple[str, str, str]]:
        return self.world.grants.get((type, id), frozenset())
