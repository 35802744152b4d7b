"""A hospital that refers to a plan: its exchange, one referral, and the plan's FHIR server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from adapter.fhir_api.exchange import Exchange
from adapter.fhir_api.lookup import Surroundings
from adapter.fhir_api.rulings import Rules
from adapter.notifications.subscriptions import Subscriptions
from adapter.partners.attending import attend
from adapter.partners.here import Here, Servers
from adapter.partners.notifications import receive
from adapter.partners.outbox import Outbox
from adapter.partners.partner import Partner, Signed
from adapter.partners.registry import Partners
from adapter.store.database import Database
from adapter.store.records import Viewer
from adapter.store.resources import ResourceStore
from tests.fhir_stub.partner import PartnerStub

Resource = dict[str, Any]

NPI = "http://hl7.org/fhir/sid/us-npi"
HOSPITAL, PLAN, PROVIDER = (
    f"{NPI}|{value}" for value in ("1000000004", "1000000012", "1000000020")
)
BASE = "https://hospital.example.org/fhir"
SID = "https://hospital.example.org/sid"
CODES = "https://ecm.example.org/fhir/CodeSystem"


class World:
    """The hospital's side."""

    def __init__(self, database: Database, stub: PartnerStub, **partner: Any) -> None:
        self.store = ResourceStore(database)
        self.stub = stub
        self.partner = Partner(
            **{
                "id": "plan",
                "organization": PLAN,
                "name": "Example Plan",
                "fhir_base": stub.base,
                "tenant": "hospital",
                "allow_private_addresses": True,
                "covered_entity": True,
                "timeout_seconds": 5.0,
                **partner,
            }
        )
        self.partners = Partners([Signed(partner=self.partner, key=None)])
        self.around = Surroundings(
            is_party=lambda _, party: party in (HOSPITAL, PLAN, PROVIDER),
            partner_of=lambda *_: None,
            own_bases=(BASE,),
        )
        self.outbox = Outbox(self.partners, self.around)
        rules = Rules(Subscriptions(topics={}, subscribers=lambda *_: None), self.outbox)
        self.exchange = Exchange(self.store, self.around, rules, [self.outbox.record])
        #: Milliseconds added to the clock.
        self.later = 0
        self.here = Here(
            exchange=self.exchange,
            store=self.store,
            around=self.around,
            partners=self.partners,
            servers=Servers(self.partners),
            fhir_base=BASE,
            notifications="https://hospital.example.org/notifications",
            now=self._now,
        )
        self.viewer = Viewer(
            tenant="hospital",
            client="ehr",
            party=HOSPITAL,
            operator=True,
            clearance=frozenset({"*"}),
        )

    def join(self, partner: Partner) -> None:
        """Another partner takes part."""
        self.partners = Partners([Signed(partner=one, key=None) for one in (self.partner, partner)])
        self.outbox._partners = self.partners
        self.here = msgspec.structs.replace(
            self.here, partners=self.partners, servers=Servers(self.partners)
        )

    def write(self, resource: Resource) -> str:
        """Create a resource as the hospital; its reference."""
        type = resource["resourceType"]
        with self.exchange.session(self.viewer) as unit:
            made = self.exchange.create(unit, self.viewer, type, json.dumps(resource).encode())
        return f"{type}/{made.version.id}"

    def refer(self, number: int = 1, **task: Any) -> str:
        """A referral to the plan; the id of its Task."""
        patient = self.write(
            {
                "resourceType": "Patient",
                "identifier": [{"system": f"{SID}/cin", "value": f"9000000{number}A"}],
                "name": [{"family": "Doe", "given": ["Avery"]}],
                "gender": "female",
                "birthDate": "1980-01-01",
            }
        )
        hospital, plan = (
            self.write(
                {
                    "resourceType": "Organization",
                    "active": True,
                    "identifier": [{"system": NPI, "value": party.rpartition("|")[2]}],
                    "name": name,
                }
            )
            for party, name in ((HOSPITAL, "Hospital"), (PLAN, "Plan"))
        )
        self.patient = patient
        problem = self.write(condition(patient))
        order = self.write(
            {
                "resourceType": "ServiceRequest",
                "identifier": [_placer("referral", f"REF-{number}")],
                "status": "active",
                "intent": "order",
                "category": [_concept("http://snomed.info/sct", "410606002")],
                "code": _concept("http://snomed.info/sct", "386230005"),
                "subject": {"reference": patient},
                "authoredOn": "2026-03-18T16:00:00Z",
                "requester": {"reference": hospital},
                "reasonReference": [{"reference": problem}],
                "text": {
                    "status": "generated",
                    "div": '<div xmlns="http://www.w3.org/1999/xhtml">Homeless</div>',
                },
            }
        )
        made = self.write(
            {
                "resourceType": "Task",
                "identifier": [_placer("task", f"TSK-{number}")],
                "groupIdentifier": {"system": f"{SID}/thread", "value": f"THR-{number}"},
                "status": "requested",
                "intent": "order",
                "code": _concept("http://hl7.org/fhir/CodeSystem/task-code", "fulfill"),
                "focus": {"reference": order},
                "for": {"reference": patient},
                "authoredOn": "2026-03-18T16:00:00Z",
                "requester": {"reference": hospital},
                "owner": {"reference": plan},
                **task,
            }
        )
        return made.partition("/")[2]

    def attend(self) -> bool:
        """Work with the plan once."""
        return attend(self.here, self.partner, "test")

    def attend_all(self) -> None:
        """Work with the plan until there is nothing to do."""
        for _ in range(20):
            if not self.attend():
                return
        raise AssertionError("there is always something to do")

    def wait(self, milliseconds: int = 24 * 60 * 60 * 1000) -> None:
        """Let time pass for what waits, as far as the rows are concerned."""
        with self.store.unit() as unit:
            run = unit.connection.run
            values = {"by": milliseconds}
            run("UPDATE outbound SET due_at = due_at - :by, created_at = created_at - :by", values)
            run("UPDATE received SET due_at = due_at - :by", values)
            run("UPDATE poll_cursor SET due_at = due_at - :by", values)
            run(
                "UPDATE partner_line SET next_at = next_at - :by, check_at = check_at - :by,"
                " lease_until = lease_until - :by",
                values,
            )

    def notify(self, kind: str = "event-notification", numbers: Any = ()) -> int:
        """Have the plan notify us of events; the status of the answer."""
        body = json.dumps(self.stub.notification(kind, numbers)).encode()
        (header,) = self.stub.the("Subscription")["channel"]["header"]
        name, _, value = header.partition(": ")
        return receive(self.here, "plan", {name.lower(): value}, body)

    def read(self, type: str, id: str) -> Resource:
        """A resource here as it is now."""
        with self.store.reading() as unit:
            found = self.here.current(unit, self.partner, type, id)
        assert found is not None
        return found

    def statuses(self, id: str) -> list[str]:
        """Every status a Task here went through, repetitions left out."""
        with self.store.reading() as unit:
            versions = unit.history(self.viewer, "Task", id, count=100)
        found = [json.loads(one.body)["status"] for one in reversed(versions)]
        return [one for place, one in enumerate(found) if place == 0 or found[place - 1] != one]

    def patch(self, id: str, **elements: Any) -> Resource:
        """Change a Task as the hospital does over FHIR."""
        with self.exchange.session(self.viewer) as unit:
            self.exchange.patch(unit, self.viewer, "Task", id, lambda task: {**task, **elements})
        return self.read("Task", id)

    def rows(self, table: str, columns: str) -> list[Any]:
        """Rows of a table."""
        with self.store.reading() as unit:
            return unit.connection.rows(f"SELECT {columns} FROM {table}", {})  # noqa: S608

    def _now(self) -> int:
        with self.store.reading() as unit:
            return unit.now + self.later


@contextmanager
def world(url: str, **partner: Any) -> Iterator[World]:
    """A hospital with an empty store, and the plan's server."""
    database = Database(url)
    try:
        with PartnerStub() as stub:
            yield World(database, stub, **partner)
    finally:
        database.close()


def sqlite(folder: Path) -> str:
    """The URL of a new file."""
    return f"sqlite:///{folder}/hospital.sqlite"


def condition(patient: str, **elements: Any) -> Resource:
    """A problem of a patient's."""
    return {
        "resourceType": "Condition",
        "clinicalStatus": _concept(
            "http://terminology.hl7.org/CodeSystem/condition-clinical", "active"
        ),
        "verificationStatus": _concept(
            "http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed"
        ),
        "category": [
            _concept(
                "http://terminology.hl7.org/CodeSystem/condition-category", "problem-list-item"
            )
        ],
        "code": _concept("http://hl7.org/fhir/sid/icd-10-cm", "Z59.02"),
        "subject": {"reference": patient},
        **elements,
    }


def consent(patient: str, party: str, *labels: str) -> Resource:
    """A release to a party: of what bears these labels; without any, of what bears none."""
    act_code = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
    named = [{"system": act_code, "code": label} for label in labels]
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/consentscope",
                    "code": "patient-privacy",
                }
            ]
        },
        "category": [{"coding": [{"system": act_code, "code": "IDSCL"}]}],
        "patient": {"reference": patient},
        "dateTime": "2026-01-05",
        "organization": [{"identifier": _identifier(HOSPITAL)}],
        "sourceAttachment": {"title": "Release of information"},
        "policyRule": {"coding": [{"system": act_code, "code": "OPTIN"}]},
        "provision": {
            "type": "permit",
            "period": {"start": "2026-01-05", "end": "2036-01-05"},
            "actor": [
                {
                    "role": {
                        "coding": [
                            {
                                "system": (
                                    "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
                                ),
                                "code": "IRCP",
                            }
                        ]
                    },
                    "reference": {"identifier": _identifier(party)},
                }
            ],
            **({"securityLabel": named} if named else {}),
        },
    }


def _identifier(party: str) -> Resource:
    return {"system": NPI, "value": party.rpartition("|")[2]}


def procedure(patient: str) -> Resource:
    """What the plan's side did."""
    return {
        "resourceType": "Procedure",
        "status": "completed",
        "code": _concept("http://snomed.info/sct", "386230005"),
        "subject": {"reference": patient},
        "performedDateTime": "2026-04-01",
    }


def reason(text: str) -> Resource:
    """Why a Task has its status."""
    return {"text": text}


def _placer(what: str, value: str) -> Resource:
    kind = _concept("http://terminology.hl7.org/CodeSystem/v2-0203", "PLAC")
    return {"type": kind, "system": f"{SID}/{what}", "value": value}


def _concept(system: str, code: str) -> Resource:
    return {"coding": [{"system": system, "code": code}]}
