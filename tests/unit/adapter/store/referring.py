"""Referrals of a hospital to a plan, as the tests of boards write and read them."""

from __future__ import annotations

import json
from typing import Any

from adapter.search.indexing import index
from adapter.store.board_conditions import Queue, Wanted, Whose
from adapter.store.boards import Boards
from adapter.store.records import Work
from adapter.store.resources import Unit
from tests.unit.adapter.store.drafting import OTHER, PLAN, PROVIDER, TENANT, put_next, viewer

SYSTEM = "https://ecm.example.org/fhir/CodeSystem/ecm-referral-business-status"
POPULATIONS = "https://ecm.example.org/fhir/CodeSystem/ecm-population-of-focus"
HOSPITAL = "npi|1000000004"
NOW = 1_000_000
SOON = NOW + 1000
IDS = {HOSPITAL: "hospital", PLAN: "plan", PROVIDER: "provider", OTHER: "other"}


class World:
    """Referrals of a hospital to a plan, each of a member of its own."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit

    def put(self, type: str, id: str, sees: tuple[str, ...], patient: str, **body: Any) -> None:
        resource = {"resourceType": type, "id": id, **body}
        labels = frozenset(body.pop("labels", ()))
        resource.pop("labels", None)
        put_next(
            self.unit,
            id,
            type=type,
            author=sees[0] if sees else HOSPITAL,
            patient=patient,
            labels=labels,
            body=json.dumps(resource).encode(),
            index=index(type, resource),
        )
        here = (type, id)
        self.unit.grant(here, TENANT, {(*here, party) for party in sees})

    def refer(
        self,
        id: str,
        *,
        due: int = NOW + 10,
        said: str = "sent-to-plan",
        status: str = "requested",
        by: str = HOSPITAL,
        to: str = PLAN,
        acts: str | None = None,
        part_of: str = "",
        family: str = "Garcia",
        thread: str = "",
        population: str = "homelessness-adult",
        priority: str = "routine",
        labels: tuple[str, ...] = (),
        sees: tuple[str, ...] | None = None,
        patient_seen: bool = True,
    ) -> None:
        seen = (by, to) if sees is None else sees
        self.put(
            "Patient",
            f"m-{id}",
            seen if patient_seen else (),
            f"m-{id}",
            name=[{"family": family, "given": ["Ana Maria"]}],
        )
        reason = {"coding": [{"system": POPULATIONS, "code": population}]}
        self.put("ServiceRequest", f"o-{id}", seen, f"m-{id}", reasonCode=[reason])
        thread = thread or f"R-{id}"
        body: dict[str, Any] = {
            "status": status,
            "businessStatus": {"coding": [{"system": SYSTEM, "code": said}]},
            "groupIdentifier": {"system": "urn:t", "value": thread},
            "focus": {"reference": f"ServiceRequest/o-{id}"},
            "for": {"reference": f"Patient/m-{id}"},
            "requester": {"reference": f"Organization/{IDS[by]}"},
            "owner": {"reference": f"Organization/{IDS[to]}"},
            "priority": priority,
        }
        if part_of:
            body["partOf"] = [{"reference": f"Task/{part_of}"}]
        self.put("Task", id, seen, f"m-{id}", labels=labels, **body)
        live = status not in ("completed", "rejected", "cancelled", "failed")
        work = Work(
            owner=to if acts is None else acts,
            queue="claimable" if acts == "" else "",
            requester=by,
            status=status,
            business_status=said,
            due_at=due,
            next_event="acknowledge",
            thread=thread,
            priority=priority,
        )
        self.unit.work(TENANT, "Task", id, work if live else None)


def board(unit: Unit, party: str, **traits: object) -> Boards:
    who = viewer(party, **traits)
    own = Whose(party=party, id=IDS.get(party, "nobody"))
    return Boards(unit.connection, who, NOW, own, SYSTEM)


def ids(boards: Boards, queue: Queue = "open", **wanted: Any) -> list[str]:
    asked = Wanted(queue=queue, soon=SOON, **wanted)
    return [one.task.id for one in boards.page(asked)]
