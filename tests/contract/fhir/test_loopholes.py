"""Ways around who sees what: each was open once, or is on servers of this kind."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.contract.fhir.parties import (
    OUTPUT,
    Json,
    Parties,
    condition,
    consent,
    order,
    party,
    patched,
    put_to,
    running,
    task,
)
from tests.contract.fhir.tenants import CLINIC, KITCHEN, NPI, PLAN, Caller, Reply

_OPIOIDS = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "F11.20"}]}


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parties]:
    folder = tmp_path_factory.mktemp("loopholes")
    with running(folder, f"sqlite:///{folder / 'ecm.sqlite'}") as found:
        yield found


def member(parties: Parties) -> str:
    return str(parties.plan.written({"resourceType": "Patient"})["id"])


def asked(parties: Parties, patient: str, owner: str, *records: str, **elements: object) -> str:
    """A Task of the plan, whose order refers to the records; gives its path."""
    given = [{"reference": one} for one in records]
    made = parties.plan.written(
        order(patient, PLAN, **({"supportingInfo": given} if given else {}))
    )
    asks = task(f"ServiceRequest/{made['id']}", patient, PLAN, owner, **elements)
    return f"/Task/{parties.plan.written(asks)['id']}"


def recorded(caller: Caller, patient: str, **elements: object) -> Json:
    return caller.written(condition(patient, **elements))


def status(caller: Caller, path: str) -> int:
    return caller("GET", path)[0]


def written(caller: Caller, resource: Json, id: str = "") -> Reply:
    type = resource["resourceType"]
    method, path = ("PUT", f"/{type}/{id}") if id else ("POST", f"/{type}")
    return caller(method, path, json.dumps(resource).encode())


def test_what_was_taken_out_of_a_record_is_not_in_its_history_for_others(parties: Parties):
    """An earlier version is judged by what it says itself."""
    patient = member(parties)
    told = recorded(parties.plan, patient, code=_OPIOIDS)
    here = f"/Condition/{told['id']}"
    asked(parties, patient, CLINIC, here[1:])
    assert status(parties.clinic, here) == 404
    parties.plan.written(told | {"code": {"text": "sleeps badly"}})
    assert status(parties.clinic, here) == 200
    assert status(parties.clinic, f"{here}/_history/1") == 404
    assert status(parties.clinic, f"{here}/_history/2") == 200
    for path in (f"{here}/_history", "/Condition/_history", "/_history", "/_history?_count=1"):
        found = parties.clinic.read(path)
        assert b"F11" not in json.dumps(found).encode()
        assert found["entry"]
    assert len(parties.plan.read(f"{here}/_history")["entry"]) == 2


def test_a_draft_stays_its_requesters_after_it_was_sent(parties: Parties):
    """What was written and thought better of is not the owner's to read."""
    patient = member(parties)
    here = asked(parties, patient, CLINIC, status="draft", description="thought better of")
    draft = parties.plan.read(here)
    assert status(parties.clinic, here) == 404
    parties.plan.written(draft | {"status": "requested", "description": "please call"})
    assert status(parties.clinic, here) == 200
    assert status(parties.clinic, f"{here}/_history/1") == 404
    assert len(parties.clinic.read(f"{here}/_history")["entry"]) == 1
    assert len(parties.plan.read(f"{here}/_history")["entry"]) == 2


@pytest.mark.parametrize("then", ("draft", "requested"))
def test_nobody_keeps_sight_of_a_record_by_referring_to_it(parties: Parties, then: str):
    """A Task to oneself, written while the record was seen, holds it no longer than that."""
    patient = member(parties)
    record = f"Condition/{recorded(parties.plan, patient)['id']}"
    here = asked(parties, patient, CLINIC, record)
    own = order(patient, CLINIC, reasonReference=[{"reference": record}])
    focus = f"ServiceRequest/{parties.clinic.written(own)['id']}"
    given = [{"type": {"text": "see"}, "valueReference": {"reference": record}}]
    parties.clinic.written(task(focus, patient, CLINIC, CLINIC, status=then, input=given))
    assert status(parties.clinic, f"/{record}") == 200
    assert patched(parties.plan, here, *put_to("cancelled", "moved away"))[0] == 200
    assert status(parties.clinic, f"/{record}") == 404
    assert status(parties.clinic, f"/Patient/{patient}") == 404


def test_who_may_answer_a_task_and_not_read_it_learns_nothing_by_trying(parties: Parties):
    """A right guess and a wrong one get the same answer, by whatever patch or update."""
    here = asked(parties, member(parties), KITCHEN, priority="urgent", description="secret")
    assert status(parties.kitchen, here) == 404
    replies = set()
    for guess in ("secret", "wrong"):
        for operation in (
            {"op": "test", "path": "/description", "value": guess},
            {"op": "replace", "path": "/description", "value": guess},
            {"op": "add", "path": "/description", "value": guess},
            {"op": "copy", "from": "/description", "path": "/note"},
            {"op": "remove", "path": "/description"},
        ):
            replies.add(patched(parties.kitchen, here, operation))
        body = {
            "resourceType": "Task",
            "id": here[6:],
            "intent": "order",
            "owner": party(KITCHEN),
            "status": "accepted",
            "description": guess,
        }
        replies.add(written(parties.kitchen, body, here[6:]))
    assert {code for code, _ in replies} == {422}
    assert len(replies) == 1
    merge = {"Content-Type": "application/merge-patch+json"}
    for change in ({"status": "accepted"}, {"status": "in-progress"}):
        assert parties.kitchen("PATCH", here, json.dumps(change).encode(), merge) == (200, b"")
    noted = {"op": "add", "path": "/note/-", "value": {"text": "called"}}
    done = {"op": "add", "path": "/output", "value": OUTPUT}
    assert patched(parties.kitchen, here, noted, *put_to("completed"), done) == (200, b"")
    kept = parties.plan.read(here)
    assert (kept["status"], kept["description"]) == ("completed", "secret")
    assert (kept["note"], kept["output"]) == ([{"text": "called"}], OUTPUT)


def test_a_consent_opens_nothing_to_who_entered_it_though_the_operator_corrects_it(
    parties: Parties,
):
    """The operator enters its own for that."""
    patient = member(parties)
    record = f"Condition/{recorded(parties.plan, patient, code=_OPIOIDS)['id']}"
    asked(parties, patient, CLINIC, record)
    label = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "ETH"}
    entered = parties.clinic.written(consent(patient, CLINIC, label))
    parties.plan.written(entered | {"language": "en"})
    assert status(parties.clinic, f"/{record}") == 404
    parties.plan.written(consent(patient, CLINIC, label))
    assert status(parties.clinic, f"/{record}") == 200


def test_the_trail_of_a_task_is_told_to_who_may_read_the_task(parties: Parties):
    """A Provenance is about whom its Task is about."""
    here = asked(parties, member(parties), KITCHEN)
    assert "entry" not in parties.kitchen.read(f"/Provenance?target={here[1:]}")
    assert len(parties.plan.read(f"/Provenance?target={here[1:]}")["entry"]) == 1


def test_a_refusal_names_no_referral_of_others(parties: Parties):
    """A record that another referral refers to stays, and its author is not told which."""
    patient = parties.clinic.written({"resourceType": "Patient"})["id"]
    record = f"/Condition/{recorded(parties.clinic, patient)['id']}"
    made = parties.plan.written(order(patient, PLAN, reasonReference=[{"reference": record[1:]}]))
    code, body = parties.clinic("DELETE", record)
    assert code == 409
    assert made["id"].encode() not in body
    assert made["id"].encode() in parties.plan("DELETE", record)[1]


def test_nobody_tells_what_another_organization_did(parties: Parties):
    """A Provenance of a referral's step names who writes it; of one's own record, whom it will."""
    patient = member(parties)
    here = asked(parties, patient, CLINIC)
    own = recorded(parties.clinic, patient)
    for target, who, expected in (
        (here[1:], PLAN, 403),
        (here[1:], CLINIC, 201),
        (f"Condition/{own['id']}", PLAN, 201),
    ):
        trail = {
            "resourceType": "Provenance",
            "target": [{"reference": target}],
            "recorded": "2026-01-05T08:00:00Z",
            "agent": [{"who": party(who)}],
        }
        assert written(parties.clinic, trail)[0] == expected


def test_the_organization_of_who_is_registered_stays(parties: Parties):
    """Its Tasks would be nobody's without it."""
    found = parties.clinic.read(f"/Organization?identifier={NPI}|{CLINIC}")["entry"]
    [mine] = (one["resource"] for one in found)
    for caller in (parties.clinic, parties.plan):
        assert caller("DELETE", f"/Organization/{mine['id']}")[0] == 409
        assert written(caller, mine | {"identifier": [], "name": "x"}, mine["id"])[0] in (409, 422)
        less = {name: value for name, value in mine.items() if name != "identifier"}
        assert written(caller, less, mine["id"])[0] == 409
    assert parties.clinic.written(mine | {"alias": ["The Clinic"]})["alias"] == ["The Clinic"]
