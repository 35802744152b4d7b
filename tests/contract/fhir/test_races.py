"""Several clients write the same at the same time: one of them wins, and nothing gets lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from itertools import count
from threading import Barrier

import pytest

from tests.contract.fhir.parties import Parties, order, patched, put_to, running, task
from tests.contract.fhir.tenants import CLINIC, PLAN, Caller
from tests.postgres import Postgres

#: Pairs of a client that accepts and one that cancels; put more here for a run by hand.
PAIRS = 50
#: Writers of one Task, and what each of them adds to it.
WRITERS, NOTES = 16, 12


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def parties(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres: Postgres
) -> Iterator[Parties]:
    """Two workers on PostgreSQL, one on SQLite: of several, one may keep the others waiting."""
    folder = tmp_path_factory.mktemp("races")
    url, workers = f"sqlite:///{folder / 'ecm.sqlite'}", "1"
    if request.param == "postgresql":
        url, workers = postgres.empty_database(), "2"
    with running(folder, url, "--workers", workers) as found:
        yield found


def referrals(parties: Parties, number: int) -> list[str]:
    """Ids of Tasks by which the plan asks the clinic, all in one transaction."""
    patient = parties.plan.written({"resourceType": "Patient"})["id"]
    entries = []
    for place in range(number):
        url = f"urn:uuid:00000000-0000-4000-8000-{place:012}"
        entries += [
            {
                "fullUrl": url,
                "resource": order(patient, PLAN),
                "request": {"method": "POST", "url": "ServiceRequest"},
            },
            {
                "resource": task(url, patient, PLAN, CLINIC),
                "request": {"method": "POST", "url": "Task"},
            },
        ]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    status, body = parties.plan("POST", "", json.dumps(bundle).encode())
    assert status == 200, body
    made = [one["response"]["location"] for one in json.loads(body)["entry"][1::2]]
    ids = [place.rpartition("Task/")[2].partition("/")[0] for place in made]
    assert len(set(ids)) == number
    return ids


def raced(parties: Parties, ids: list[str], **headers: str) -> list[tuple[int, int]]:
    """What accepting and cancelling each Task came to, both begun at the same moment."""
    start = Barrier(2)

    def one_after_another(caller: Caller, status: str) -> list[int]:
        found = []
        for id in ids:
            start.wait()
            found.append(patched(caller, f"/Task/{id}", *put_to(status, "raced"), **headers)[0])
        return found

    with ThreadPoolExecutor(2) as pool:
        accepted = pool.submit(one_after_another, parties.clinic, "accepted")
        cancelled = pool.submit(one_after_another, parties.plan, "cancelled")
        return list(zip(accepted.result(), cancelled.result(), strict=True))


def versions(parties: Parties, id: str) -> list[tuple[int, str]]:
    """Number and status of each version, the first one first."""
    found = parties.plan.read(f"/Task/{id}/_history?_count=200")["entry"]
    told = [(int(one["resource"]["meta"]["versionId"]), one["resource"]["status"]) for one in found]
    return told[::-1]


def test_of_two_who_decide_on_one_version_one_wins(parties: Parties):
    """The other is told 412, and what it wanted is in no version."""
    ids = referrals(parties, PAIRS)
    for id, (accepted, cancelled) in zip(ids, raced(parties, ids, If_Match='W/"1"'), strict=True):
        assert sorted((accepted, cancelled)) == [200, 412]
        winner = "accepted" if accepted == 200 else "cancelled"
        assert versions(parties, id) == [(1, "requested"), (2, winner)]


def test_of_two_who_name_no_version_each_meets_the_state_that_is_there(parties: Parties):
    """What was accepted may be cancelled; what was cancelled is not accepted any more."""
    ids = referrals(parties, PAIRS)
    for id, (accepted, cancelled) in zip(ids, raced(parties, ids), strict=True):
        assert cancelled == 200
        assert accepted in (200, 409)
        said = [status for _, status in versions(parties, id)]
        assert said == ["requested", *(["accepted"] if accepted == 200 else []), "cancelled"]


def test_what_many_writers_add_to_one_task_is_all_there(parties: Parties):
    """Half of them patch; half read, put back with If-Match, and read again when told 412."""
    [id] = referrals(parties, 1)
    path = f"/Task/{id}"

    def patch(caller: Caller, text: str) -> int:
        return patched(caller, path, {"op": "add", "path": "/note/-", "value": {"text": text}})[0]

    def put(caller: Caller, text: str) -> int:
        read = caller.read(path)
        read["note"] = [*read.get("note", []), {"text": text}]
        match = {"If-Match": f'W/"{read.pop("meta")["versionId"]}"'}
        return caller("PUT", path, json.dumps(read).encode(), match)[0]

    def write(writer: int) -> None:
        with closing(Caller(parties.service, "clinic" if writer % 2 else "plan")) as caller:
            for number in range(NOTES):
                send = patch if writer < WRITERS // 2 else put
                for _ in count():
                    status = send(caller, f"{writer}-{number}")
                    assert status in (200, 409, 412)
                    if status == 200:
                        break

    first = {"op": "add", "path": "/note", "value": [{"text": "begun"}]}
    assert patched(parties.plan, path, first)[0] == 200
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    kept = parties.plan.read(path)
    texts = [one["text"] for one in kept["note"]]
    assert sorted(texts[1:]) == sorted(f"{w}-{n}" for w in range(WRITERS) for n in range(NOTES))
    assert kept["meta"]["versionId"] == str(2 + WRITERS * NOTES)


def test_of_many_who_ask_for_one_order_one_does(parties: Parties):
    """An order is asked for once, however many ask at the same time."""
    patient = parties.plan.written({"resourceType": "Patient"})["id"]
    focus = f"ServiceRequest/{parties.plan.written(order(patient, PLAN))['id']}"
    asked = json.dumps(task(focus, patient, PLAN, CLINIC)).encode()
    with ExitStack() as opened, ThreadPoolExecutor(8) as pool:
        callers = [opened.enter_context(closing(Caller(parties.service, "plan"))) for _ in range(8)]
        found = sorted(pool.map(lambda caller: caller("POST", "/Task", asked)[0], callers))
    assert found == [201] + [409] * 7
