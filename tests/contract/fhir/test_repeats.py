"""A write that is sent again: answered as before, and done once, also by several at a time."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.contract.conftest import Answer, start_service, stop
from tests.contract.fhir.bundles import condition, entry, statuses, transaction, urn
from tests.contract.fhir.conftest import Fhir, identified, patient, told
from tests.postgres import Postgres

#: Copies sent at the same time.
COPIES = 40


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres: Postgres
) -> Iterator[Fhir]:
    """A service with several workers on each database."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('repeats') / 'ecm.sqlite'}"
    else:
        url = postgres.empty_database()
    running = start_service("--store", url, "--workers", "2")
    yield Fhir(running)
    logged = running.logged()
    stop(running)
    assert [line for line in logged if line["level"] == "error"] == []


def same(answer: Answer) -> tuple[Any, ...]:
    names = ("location", "etag", "last-modified")
    return (answer.status, answer.body, *(answer.headers.get(name) for name in names))


def test_the_same_key_and_body_get_the_same_answer(fhir: Fhir):
    """201 again, byte for byte, though the resource has changed since."""
    body = identified("Organization", "repeat", name="Repeated")
    first = fhir("POST", "Organization", body, Idempotency_Key="key-1")
    place = f"Organization/{first.json['id']}"
    fhir("PUT", place, first.json | {"name": "Changed"})
    again = fhir("POST", "Organization", body, Idempotency_Key="key-1")
    assert same(again) == same(first)
    assert len(fhir.found("Organization", {"identifier": "urn:test|repeat"})) == 1
    update = first.json | {"name": "Keyed"}
    del update["meta"]
    answers = [fhir("PUT", place, update, Idempotency_Key="key-2") for _ in range(2)]
    assert same(answers[0]) == same(answers[1])
    assert fhir.get(place).headers["etag"] == 'W/"3"'
    deleted = [fhir("DELETE", place, Idempotency_Key="key-3").status for _ in range(2)]
    assert deleted == [204, 204]


def test_another_request_with_the_same_key_is_refused(fhir: Fhir):
    """422, for another body, address, method or precondition."""
    body = patient("Keyed")
    assert fhir("POST", "Patient", body, Idempotency_Key="key-4").status == 201
    id = fhir.create(patient("Other"))["id"]
    for answer in (
        fhir("POST", "Patient", patient("Another"), Idempotency_Key="key-4"),
        fhir("POST", "Patient", body, Idempotency_Key="key-4", If_None_Exist="family=Keyed"),
        fhir("PUT", f"Patient/{id}", body | {"id": id}, Idempotency_Key="key-4"),
    ):
        told(answer, 422, "conflict", "another request")
    assert len(fhir.found("Patient", {"family": "Keyed"})) == 1


def test_what_was_refused_may_be_tried_again(fhir: Fhir):
    """A refusal is not kept: nothing was done."""
    key = {"Idempotency_Key": "key-5"}
    assert fhir("POST", "Patient", patient("Tried", gender="x"), **key).status == 422
    assert fhir("POST", "Patient", patient("Tried", gender="male"), **key).status == 201


@pytest.mark.parametrize("key", ("a b", "x" * 201, "é".encode().decode("latin-1"), "a\tb"))
def test_a_key_that_cannot_be_kept_is_refused(fhir: Fhir, key: str):
    """400, since a client relies on it."""
    told(fhir("POST", "Patient", patient("Key"), Idempotency_Key=key), 400, "value", "200")


def test_a_transaction_is_repeated_as_a_whole(fhir: Fhir):
    """Every entry as it was answered; reads do not go with a key."""
    bundle = transaction(
        entry("POST", "Patient", patient("Whole"), urn(1)),
        entry("POST", "Condition", condition(urn(1))),
        entry("DELETE", "Patient?identifier=urn:test|whole-nobody"),
    )
    answers = [fhir("POST", "", bundle, Idempotency_Key="key-6") for _ in range(2)]
    assert statuses(answers[0]) == ["201", "201", "204"]
    assert answers[0].json == answers[1].json
    assert len(fhir.found("Patient", {"family": "Whole"})) == 1
    reading = transaction(entry("GET", "Patient"))
    told(fhir("POST", "", reading, Idempotency_Key="key-7"), 400, "not-supported")


def test_a_batch_is_repeated_entry_by_entry(fhir: Fhir):
    """What failed is tried again, what was done is not."""
    wrong = transaction(
        entry("POST", "Patient", patient("InBatch")), entry("GET", "Patient/none"), type="batch"
    )
    for _ in range(2):
        answer = fhir("POST", "", wrong, Idempotency_Key="key-8")
        assert statuses(answer) == ["201", "404"]
    assert len(fhir.found("Patient", {"family": "InBatch"})) == 1


def at_once(fhir: Fhir, send: Any) -> list[Answer]:
    with ThreadPoolExecutor(COPIES) as pool:
        return list(pool.map(lambda _: send(), range(COPIES)))


def test_parallel_copies_with_one_key_write_once(store: Fhir):
    """All get the one answer, whichever worker they reach."""
    body = patient("Parallel")
    answers = at_once(store, lambda: store("POST", "Patient", body, Idempotency_Key="same"))
    assert {one.status for one in answers} == {201}
    assert len({same(one) for one in answers}) == 1
    assert len(store.found("Patient", {"family": "Parallel"})) == 1


def test_parallel_copies_with_one_condition_write_once(store: Fhir):
    """One 201, the others 200 with what that made."""
    body = identified("Patient", "parallel-condition")
    send = lambda: store(
        "POST", "Patient", body, If_None_Exist="identifier=urn:test|parallel-condition"
    )
    answers = at_once(store, send)
    assert sorted(one.status for one in answers) == [200] * (COPIES - 1) + [201]
    assert len({one.json["id"] for one in answers}) == 1


def test_parallel_transactions_with_conditions_write_once(store: Fhir):
    """Ten entries of each copy, in another order each: none waits for the other forever."""
    entries = [
        entry(
            "POST",
            "Organization",
            identified("Organization", f"parallel-{number}", name="p"),
            ifNoneExist=f"identifier=urn:test|parallel-{number}",
        )
        for number in range(6)
    ]
    turned = iter([transaction(*entries[n % 6 :], *entries[: n % 6]) for n in range(COPIES)])
    answers = at_once(store, lambda: store("POST", "", next(turned), Prefer="return=minimal"))
    made = [one for answer in answers for one in statuses(answer)]
    assert (made.count("201"), made.count("200")) == (6, 6 * COPIES - 6)


def test_parallel_writers_of_one_resource_lose_nothing(store: Fhir):
    """With If-Match each either writes the next version or is told 412."""
    id = store.create(patient("Written"))["id"]
    place = f"Patient/{id}"

    def write() -> Answer:
        while True:
            read = store.get(place)
            count = int(read.json["meta"]["versionId"])
            body = patient(f"Written{count}", id=id)
            answer = store("PUT", place, body, If_Match=read.headers["etag"])
            if answer.status != 412:
                return answer

    answers = at_once(store, write)
    assert {one.status for one in answers} == {200}
    versions = sorted(int(one.json["meta"]["versionId"]) for one in answers)
    assert versions == list(range(2, COPIES + 2))
