"""Referrals with every kind of record, consent and recipient: nobody is told what is not for them.

By reads, searches with what they include, histories, notifications and `$events`, while consents
are in force and after they were revoked.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import product

import pytest
from msgspec import Struct

from tests.contract.fhir.parties import (
    Json,
    Parties,
    condition,
    consent,
    every,
    order,
    patched,
    running,
    task,
)
from tests.contract.fhir.tenants import CLINIC, KITCHEN, PLAN, Caller, Receiver
from tests.contract.fhir.victims import subscription

#: Referrals of each kind; put more here for a run by hand.
EACH = 2

ETH, HIV = (
    {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": code}
    for code in ("ETH", "HIV")
)
_OPIOIDS = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "F11.20"}]}
#: What the order is for, with the label it needs.
RECORDS: tuple[tuple[str, Json], ...] = (
    ("", {}),
    ("ETH", {"code": _OPIOIDS}),
    ("ETH", {"meta": {"security": [ETH]}}),
    ("HIV", {"meta": {"security": [HIV]}}),
)
#: Labels of a consent, `*` of one without any; None: there is none.
CONSENTS: tuple[tuple[str, ...] | None, ...] = (None, ("*",), ("ETH",), ("HIV",), ("ETH", "HIV"))
_TYPES = ("Patient", "Condition", "ServiceRequest", "Task", "Consent", "Provenance")


class Referral(Struct, frozen=True, kw_only=True):
    """One, with who was asked, what for, and whom the consent names."""

    number: int
    owner: str
    label: str
    record: Json
    permitted: tuple[str, ...] | None
    recipient: str

    def canary(self, of: str) -> str:
        return f"canary-{of}-{self.number:04}-"

    def tells(self, of: str) -> bool:
        """Whether its owner may be told of its record or of the rest."""
        permits = self.permitted or () if self.recipient == self.owner else ()
        labels = {self.label} - {""} if of == "record" else set()
        covered = self.owner == CLINIC or "*" in permits or bool(labels & set(permits))
        return covered and labels <= set(permits)

    def entries(self) -> list[Json]:
        """Of the transaction that writes it."""
        urn = [f"urn:uuid:00000000-0000-4000-8000-{self.number:08}{place:04}" for place in range(3)]
        noted = {"note": [{"text": self.canary("record")}]}
        named = {"name": [{"text": self.canary("rest")}]}
        made: list[tuple[str, Json]] = [
            (urn[0], {"resourceType": "Patient", **named}),
            (urn[1], _about(urn[0], condition("", **noted, **self.record))),
            (
                urn[2],
                _about(urn[0], order("", PLAN, reasonReference=[{"reference": urn[1]}], **noted)),
            ),
            (
                "",
                _about(urn[0], task(urn[2], "", PLAN, self.owner, description=self.canary("rest"))),
            ),
        ]
        made[2][1]["note"] = [{"text": self.canary("rest")}]
        if self.permitted is not None:
            labels = [one for one in (ETH, HIV) if one["code"] in self.permitted]
            made.append(("", _about(urn[0], consent("", self.recipient, *labels))))
        return [
            {"resource": one, "request": {"method": "POST", "url": one["resourceType"]}}
            | ({"fullUrl": url} if url else {})
            for url, one in made
        ]


def _about(patient: str, resource: Json) -> Json:
    """The same, about the patient of the same transaction."""
    for element in ("subject", "patient", "for"):
        if element in resource:
            resource[element] = {"reference": patient}
    return resource


def every_kind() -> Iterator[Referral]:
    kinds = product(range(EACH), (CLINIC, KITCHEN), RECORDS, CONSENTS, (True, False))
    for number, (_, owner, (label, record), permitted, names) in enumerate(kinds):
        other = KITCHEN if owner == CLINIC else CLINIC
        if permitted is not None or names:
            yield Referral(
                number=number,
                owner=owner,
                label=label,
                record=record,
                permitted=permitted,
                recipient=owner if names else other,
            )


class World(Struct, kw_only=True):
    """What was written, and where it is told."""

    parties: Parties
    receiver: Receiver
    referrals: list[Referral]
    subscriptions: dict[str, str]

    def caller(self, owner: str) -> Caller:
        return self.parties.clinic if owner == CLINIC else self.parties.kitchen

    def gathered(self, owner: str) -> bytes:
        """All that it can read."""
        ask = self.caller(owner)
        told = b""
        for path in (
            *(f"/{type}?_count=500" for type in _TYPES),
            "/Task?_count=500&_include=*&_revinclude=*",
            "/ServiceRequest?_count=500&_include=*&_include:iterate=*",
            *(f"/{type}/_history?_count=200" for type in _TYPES),
        ):
            following = path
            while following:
                status, body = ask("GET", following)
                assert status == 200, body
                told += body
                links = {one["relation"]: one["url"] for one in json.loads(body)["link"]}
                following = links.get("next", "").partition("/fhir")[2]
        for number in range(1, 2 * len(self.referrals), 100):
            id = self.subscriptions[owner]
            told += ask("GET", f"/Subscription/{id}/$events?eventsSinceNumber={number}")[1]
        return told

    def notified(self, owner: str) -> bytes:
        return b"".join(self.receiver.at(f"/{owner}"))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("disclosure")
    url = f"sqlite:///{folder / 'ecm.sqlite'}"
    with closing(Receiver()) as receiver, running(folder, url, port=receiver.port) as parties:
        found = World(
            parties=parties, receiver=receiver, referrals=list(every_kind()), subscriptions={}
        )
        for owner in (CLINIC, KITCHEN):
            wanted = subscription(receiver.port, f"/{owner}", "Task?status:not=x")
            found.subscriptions[owner] = found.caller(owner).written(wanted)["id"]
        for start in range(0, len(found.referrals), 40):
            some = found.referrals[start : start + 40]
            sent(parties.plan, [entry for one in some for entry in one.entries()])
        yield found


def sent(plan: Caller, entries: list[Json]) -> None:
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    status, body = plan("POST", "", json.dumps(bundle).encode(), {"Prefer": "return=minimal"})
    assert status == 200, body


def leaked(world: World, owner: str, told: bytes, of: tuple[str, ...]) -> tuple[list[str], int]:
    """Canaries that were told though they were not for it; how many were rightly."""
    leaks, rightly = [], 0
    for one in world.referrals:
        for part in of:
            if one.canary(part).encode() in told:
                if one.owner == owner and one.tells(part):
                    rightly += 1
                else:
                    leaks.append(f"{part} of {one}")
    return leaks, rightly


@pytest.mark.parametrize("owner", (CLINIC, KITCHEN))
def test_nobody_reads_what_no_consent_permits(world: World, owner: str):
    """And everybody reads the rest, whichever way."""
    leaks, rightly = leaked(world, owner, world.gathered(owner), ("record", "rest"))
    assert leaks == []
    mine = [one for one in world.referrals if one.owner == owner]
    assert rightly == sum(one.tells(part) for one in mine for part in ("record", "rest"))


@pytest.mark.parametrize("owner", (CLINIC, KITCHEN))
def test_nobody_is_notified_of_what_no_consent_permits(world: World, owner: str):
    """Of each Task that may be told the receiver has all, and of no other a byte."""
    wanted = sum(one.tells("rest") for one in world.referrals if one.owner == owner)
    until(lambda: leaked(world, owner, world.notified(owner), ("rest",))[1] == wanted)
    assert leaked(world, owner, world.notified(owner), ("record", "rest"))[0] == []


def test_a_revoked_consent_permits_nothing_any_more(world: World):
    """Neither what was told before nor what is new since, by no way."""
    plan = world.parties.plan
    entries = [
        {
            "resource": given | {"status": "inactive"},
            "request": {"method": "PUT", "url": f"Consent/{given['id']}"},
        }
        for given in every(plan, "/Consent?_count=200")
    ]
    for start in range(0, len(entries), 200):
        sent(plan, entries[start : start + 200])
    before = {owner: len(world.receiver.at(f"/{owner}")) for owner in (CLINIC, KITCHEN)}
    for asked in list(every(plan, "/Task?_count=200")):
        note = {"op": "add", "path": "/note", "value": [{"text": "canary-late"}]}
        assert patched(plan, f"/Task/{asked['id']}", note)[0] == 200
    clinic, kitchen = world.gathered(CLINIC), world.gathered(KITCHEN)
    assert b"canary" not in kitchen
    for one in world.referrals:
        assert (one.canary("rest").encode() in clinic) == (one.owner == CLINIC)
        assert (one.canary("record").encode() in clinic) == (one.owner == CLINIC and not one.label)
    late = [one for one in world.referrals if one.owner == CLINIC]
    until(lambda: world.notified(CLINIC).count(b"canary-late") >= len(late))
    assert b"canary" not in b"".join(world.receiver.at(f"/{KITCHEN}")[before[KITCHEN] :])


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)
