"""Feedback through a running service: taken once, kept over a restart, and it keeps cards back."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.contract.calls import a_call, the_card
from tests.contract.conftest import COMMAND, Answer, Service, start_service, stop
from tests.postgres import Postgres

SERVICE = "ecm-patient-view"
FEEDBACK = f"{SERVICE}/feedback"
AT = "2026-11-20T09:00:00Z"

#: Sample patients, each with one card.
DECLINED, ACCEPTED, IGNORED = (
    "five-emergency-visits",
    "adult-in-a-shelter",
    "leaving-a-nursing-facility",
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a new file."""
    return f"sqlite:///{tmp_path_factory.mktemp('store')}/store.sqlite"


@pytest.fixture(scope="module")
def keeping(store: str) -> Iterator[Service]:
    """A service with two workers on that file."""
    with serving(store) as running:
        yield running


@contextmanager
def serving(store: str, workers: int = 2) -> Iterator[Service]:
    """A service on a store."""
    running = start_service("--store", store, "--workers", str(workers))
    try:
        yield running
    finally:
        stop(running)


def call(service: Service, sample: str, today: date, template: dict[str, str]) -> Answer:
    """Call for a sample patient."""
    return service.call(a_call(sample, today, template))


def overridden(card: dict[str, Any], code: str, **fields: Any) -> dict[str, Any]:
    """Feedback that sets a card aside for one of the reasons it offered."""
    (reason,) = (one for one in card["overrideReasons"] if one["code"] == code)
    given = {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": AT}
    return given | {"overrideReason": {"reason": reason}} | fields


def report(store: str, *options: str) -> Any:
    """What `ecm feedback report` says of the samples' cards."""
    done = subprocess.run(
        (*COMMAND, "feedback", "report", "--store", store, "--format", "json", *options),
        capture_output=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


@pytest.mark.requirement(
    "cds-hooks_2.0@148", "cds-hooks_2.0@152", "cds-hooks_2.0@153", "cds-hooks_2.0@163"
)
@pytest.mark.parametrize("kind", ("sqlite", "postgresql"))
def test_a_member_who_declined_is_left_alone_and_others_are_not(
    kind: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    today: date,
    template: dict[str, str],
):
    """From the card to the report, on either database; by the next service process as well."""
    store = f"sqlite:///{tmp_path}/store.sqlite"
    if kind == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        store = server.empty_database()
    with serving(store) as service:
        give_feedback(service, today, template)
    with serving(store, workers=1) as service:
        assert call(service, DECLINED, today, template).json == {"cards": []}
    told = report(store, "--by", "service,reason")
    assert told["total"] == {
        "shown": 3,
        "accepted": 1,
        "overridden": 1,
        "noFeedback": 1,
        "acceptanceRate": 0.3333,
        "overrideRate": 0.3333,
    }
    assert told["lines"] == [
        {
            "of": {"service": SERVICE, "reason": "member-declined"},
            "shown": 3,
            "overridden": 1,
            "overrideRate": 0.3333,
        }
    ]


def give_feedback(service: Service, today: date, template: dict[str, str]) -> None:
    """Show three cards; have one declined, one accepted, one ignored; call again for each."""
    card = the_card(call(service, DECLINED, today, template))
    accepted = the_card(call(service, ACCEPTED, today, template))
    the_card(call(service, IGNORED, today, template))
    declined = overridden(card, "member-declined")
    taken = {
        "card": accepted["uuid"],
        "outcome": "accepted",
        "acceptedSuggestions": [{"id": accepted["suggestions"][0]["uuid"]}],
        "outcomeTimestamp": AT,
    }
    for _ in range(2):
        answer = service.call({"feedback": [declined, taken, declined]}, FEEDBACK)
        assert answer.status == 200, answer.body
        assert answer.headers["cache-control"] == "no-store"
    assert call(service, DECLINED, today, template).json == {"cards": []}
    assert call(service, ACCEPTED, today, template).json == {"cards": []}
    the_card(call(service, IGNORED, today, template))


def test_epics_feedback_is_understood(
    keeping: Service, store: str, today: date, template: dict[str, str]
):
    """Its plural spelling counts like the other; what was odd is named in the log."""
    card = the_card(call(keeping, "five-months-pregnant", today, template))
    given = overridden(card, "already-enrolled")
    given["overrideReasons"] = given.pop("overrideReason")
    assert keeping.call({"feedback": [given]}, FEEDBACK).status == 200
    assert call(keeping, "five-months-pregnant", today, template).json == {"cards": []}
    lines = report(store, "--by", "reason")["lines"]
    assert "already-enrolled" in [line["of"]["reason"] for line in lines]
    assert "overrideReasons: spelled in the plural" in keeping.log.read_text()


def test_one_bad_item_refuses_the_batch_with_its_place(
    keeping: Service, today: date, template: dict[str, str]
):
    """Nothing of it is stored: the member's card is shown as before."""
    card = the_card(call(keeping, "ccs-and-food", today, template))
    good = overridden(card, "member-declined")
    answer = keeping.call({"feedback": [good, good | {"outcome": "ignored"}]}, FEEDBACK)
    assert answer.status == 400
    (issue,) = answer.json["issue"]
    assert issue["expression"] == ["feedback[1].outcome"]
    assert "nothing was stored" in issue["diagnostics"]
    the_card(call(keeping, "ccs-and-food", today, template))


@pytest.mark.requirement("cds-hooks_2.0@164")
def test_a_card_that_was_ignored_is_shown_again(
    keeping: Service, today: date, template: dict[str, str]
):
    """No message comes, and none is waited for."""
    first = the_card(call(keeping, "released-nine-months-ago", today, template))
    assert the_card(call(keeping, "released-nine-months-ago", today, template)) == first


def test_a_comment_is_in_no_log(keeping: Service, today: date, template: dict[str, str]):
    """It may name the patient; neither is anything else of the feedback's texts."""
    card = the_card(call(keeping, "foster-care", today, template))
    canary = "Canary Jones refuses"
    given = overridden(card, "need-more-information")
    given["overrideReason"]["userComment"] = canary
    given |= {"card": f"{canary} {card['uuid']}"}
    assert keeping.call({"feedback": [given]}, FEEDBACK).status == 200
    assert "Canary" not in keeping.log.read_text()


@pytest.mark.requirement("cds-hooks_2.0@151", "cds-hooks_2.0@153")
@pytest.mark.parametrize(
    ("method", "path", "status"),
    (
        ("POST", "/cds-services/no-such-service/feedback", 404),
        ("GET", f"/cds-services/{FEEDBACK}", 405),
        ("POST", f"/cds-services/{FEEDBACK}/more", 404),
    ),
)
def test_feedback_to_the_wrong_address_is_told(
    service: Service, method: str, path: str, status: int
):
    """With an OperationOutcome, as on every other endpoint."""
    body = json.dumps({"feedback": []}).encode()
    answer = service.request(method, path, body, {"Content-Type": "application/json"})
    assert answer.status == status
    assert answer.json["resourceType"] == "OperationOutcome"


def test_feedback_that_could_not_be_stored_is_never_acknowledged(keeping: Service, store: str):
    """Another program holds the database: 503 and the advice to send again, which then works."""
    body = {"feedback": [{"card": "c", "outcome": "overridden", "outcomeTimestamp": AT}]}
    file = store.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        refused = keeping.call(body, FEEDBACK)
        other.execute("ROLLBACK")
    taken = keeping.call(body, FEEDBACK)
    assert (refused.status, taken.status) == (503, 200)
    assert "send it again" in refused.json["issue"][0]["diagnostics"]
