"""Steps of a referral over plain HTTP: what is offered is taken, what is not is refused, once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.conftest import start_service, stop
from tests.contract.referral_desk import Desk, Way, words

ROLES = ("referrer", "plan", "provider")
STEPS = (
    *("acknowledge", "return", "authorize", "accept", "decline", "contact", "enroll", "hold"),
    *("resume", "complete", "fail", "cancel", "assign"),
)

_AUTHORIZED: Way = (("plan", "authorize"),)
_ASKED: Way = (*_AUTHORIZED, ("plan", "assign"))
_ACCEPTED: Way = (*_ASKED, ("provider", "accept"))

#: How a referral gets there, and who may do what then; whoever is not named may do nothing.
PLAN: dict[str, tuple[Way, dict[str, set[str]]]] = {
    "sent": (
        (),
        {
            "referrer": {"cancel"},
            "plan": {"acknowledge", "authorize", "accept", "return", "decline", "cancel"},
        },
    ),
    "acknowledged": (
        (("plan", "acknowledge"),),
        {
            "referrer": {"cancel"},
            "plan": {"authorize", "accept", "return", "decline", "cancel"},
        },
    ),
    "screening": (
        (("plan", "accept"),),
        {"referrer": {"cancel"}, "plan": {"authorize", "hold", "fail", "cancel"}},
    ),
    "held before it is decided": (
        (("plan", "accept"), ("plan", "hold")),
        {"referrer": {"cancel"}, "plan": {"authorize", "fail", "cancel"}},
    ),
    "authorized": (
        _AUTHORIZED,
        {
            "referrer": {"cancel"},
            "plan": {"assign", "contact", "enroll", "hold", "complete", "fail", "cancel"},
        },
    ),
    "held": (
        (*_AUTHORIZED, ("plan", "hold")),
        {"referrer": {"cancel"}, "plan": {"assign", "resume", "complete", "fail", "cancel"}},
    ),
    "handed on": (_ASKED, {"referrer": {"cancel"}, "plan": {"fail", "cancel"}}),
    "declined by the provider": (
        (*_ASKED, ("provider", "decline")),
        {
            "referrer": {"cancel"},
            "plan": {"assign", "contact", "enroll", "hold", "complete", "fail", "cancel"},
        },
    ),
    "returned": ((("plan", "return"),), {"referrer": {"refer"}}),
    "not authorized": ((("plan", "decline"),), {"referrer": {"refer"}}),
    "withdrawn": ((("referrer", "cancel"),), {}),
    "failed": ((*_AUTHORIZED, ("plan", "fail")), {}),
    "closed": ((*_AUTHORIZED, ("plan", "complete")), {}),
}
#: The same of the Task that asks the provider.
PROVIDER: dict[str, tuple[Way, dict[str, set[str]]]] = {
    "asked": (
        _ASKED,
        {
            "plan": {"cancel"},
            "provider": {"acknowledge", "accept", "return", "decline", "cancel"},
        },
    ),
    "accepted": (
        _ACCEPTED,
        {
            "plan": {"cancel"},
            "provider": {"contact", "enroll", "hold", "complete", "fail", "cancel"},
        },
    ),
    "contacted": (
        (*_ACCEPTED, ("provider", "contact")),
        {
            "plan": {"cancel"},
            "provider": {"contact", "enroll", "hold", "complete", "fail", "cancel"},
        },
    ),
    "enrolled": (
        (*_ACCEPTED, ("provider", "enroll")),
        {
            "plan": {"cancel"},
            "provider": {"contact", "hold", "complete", "fail", "cancel"},
        },
    ),
    "held": (
        (*_ACCEPTED, ("provider", "hold")),
        {"plan": {"cancel"}, "provider": {"resume", "complete", "fail", "cancel"}},
    ),
    "declined": ((*_ASKED, ("provider", "decline")), {}),
    "closed": ((*_ACCEPTED, ("provider", "complete")), {}),
}


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    running = start_service()
    yield Desk(running)
    logged = running.logged()
    stop(running)
    assert [line for line in logged if line["level"] == "error"] == []


_STATES = [
    pytest.param(way, allowed, part, id=f"{'provider' if part else 'plan'}: {name}")
    for part, table in ((False, PLAN), (True, PROVIDER))
    for name, (way, allowed) in table.items()
]


@pytest.mark.parametrize(("way", "allowed", "part"), _STATES)
def test_what_is_offered_is_taken_and_nothing_else(
    desk: Desk, way: Way, allowed: dict[str, set[str]], part: bool
):
    """Of every role and step: offered and taken, or neither, whatever is sent."""
    task = desk.at(way, part=part)
    version = desk.version(task)
    for role in ROLES:
        offered = desk.offers(task, role)
        assert offered == allowed.get(role, set()), role
        for step in set(STEPS) - offered:
            answer = desk.posts(task, role, step, key=f"{task}-{role}-{step}")
            assert answer.status in (403, 404, 409), (role, step, words(answer))
    assert desk.version(task) == version
    for role, steps in allowed.items():
        for step in steps - {"refer"}:
            other = desk.at(way, part=part)
            answer = desk.posts(other, role, step, key=f"{other}-{step}")
            assert answer.status == 303, (role, step, words(answer))
            assert desk.version(other) != version


def test_a_form_that_is_sent_twice_is_taken_once(desk: Desk):
    """A double click has the page of a click; nothing is written a second time."""
    for way, role, step in (
        ((), "plan", "authorize"),
        ((), "plan", "return"),
        (_AUTHORIZED, "plan", "assign"),
        (_AUTHORIZED, "plan", "contact"),
        (_AUTHORIZED, "plan", "complete"),
    ):
        task = desk.at(way, part=False)
        before = desk.version(task)
        first = desk.posts(task, role, step, version=before, key=f"{task}-twice")
        after = desk.version(task)
        second = desk.posts(task, role, step, version=before, key=f"{task}-twice")
        assert (first.status, second.status) == (303, 303), (step, words(second))
        assert desk.version(task) == after != before
        assert len(desk.fhir.found("Task", {"part-of": f"Task/{task}"})) <= 1


def test_who_comes_second_is_told_what_changed(desk: Desk):
    """Nothing of theirs is written, and the steps are offered as they are now."""
    task = desk.refers()
    seen = desk.version(task)
    assert desk.posts(task, "referrer", "cancel", code="other", words="Moved away").status == 303
    after = desk.version(task)
    answer = desk.posts(task, "plan", "authorize", version=seen, key=f"{task}-late")
    assert answer.status == 409
    assert "Somebody was faster" in words(answer)
    assert "Moved away" in words(answer)
    assert desk.version(task) == after


def test_what_a_step_needs_is_told_at_its_field(desk: Desk):
    """And what was entered is still there."""
    task = desk.refers()
    version = desk.version(task)
    answer = desk.posts(task, "plan", "decline", code="other")
    assert answer.status == 422
    assert "Say in words which reason it is" in words(answer)
    answer = desk.posts(task, "plan", "return", faults="", words="")
    assert "Say what has to be corrected" in words(answer)
    answer = desk.posts(task, "plan", "decline", code="no-such-reason", words="<b>Sorry</b>")
    assert "Choose one of these" in words(answer)
    assert b"&lt;b&gt;Sorry&lt;/b&gt;" in answer.body
    assert desk.version(task) == version


def test_a_step_there_is_not_is_no_page(desk: Desk):
    assert desk.posts(desk.refers(), "plan", "delete").status == 404
