"""`ecm referral` on a store of its own: sent, listed, acted on, and refused in one line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.stories.exchange.organizations import NPI, ORGANIZATIONS
from tests.stories.exchange.steps import referral
from tests.unit.adapter.command import ecm


class Desk:
    """Somebody at the command line with a store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._store = f"sqlite:///{folder}/store.sqlite"

    def tries(self, *arguments: str) -> Any:
        """What comes of a command."""
        return ecm("referral", *arguments, "--store", self._store)

    def says(self, *arguments: str) -> str:
        """What a command that succeeds prints."""
        run = self.tries(*arguments)
        assert run.returncode == 0, run.stderr.decode()
        return str(run.stdout.decode())

    def is_refused(self, *arguments: str) -> str:
        """What a command that is refused says: one line, exit code 2."""
        run = self.tries(*arguments)
        assert (run.returncode, run.stdout) == (2, b"")
        said = run.stderr.decode()
        assert said.count("\n") == 1
        return str(said)

    def sends(self, bundle: dict[str, Any]) -> str:
        """Send a referral; the id of its Task."""
        file = self.folder / "referral.json"
        file.write_text(json.dumps(bundle), encoding="utf-8")
        match = re.match(r"Task/(\S+)  requested", self.says("send", str(file)))
        assert match is not None
        return match[1]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """One for all tests."""
    return Desk(tmp_path_factory.mktemp("desk"))


def test_a_referral_that_is_sent_twice_is_one(desk: Desk) -> None:
    assert desk.sends(referral(1)) == desk.sends(referral(1))


def test_a_referral_is_acted_on_to_its_end(desk: Desk) -> None:
    """Each step says where it stands, what is next and by when."""
    task = desk.sends(referral(2))
    assert "(acknowledged)  " in desk.says("acknowledge", task)
    assert "in-progress (authorized)  assign-provider by " in desk.says("authorize", task)
    assert "on-hold (" in desk.says("hold", task, "--reason", "Documents are missing")
    assert "in-progress (" in desk.says("resume", task)
    assert "outreach-unsuccessful" in desk.says("contact", task, "--unsuccessful")
    assert f"Task/{task}  completed" in desk.says("complete", task, "--performed", "2026-04-01")
    shown = desk.says("show", task)
    assert "because: Documents are missing (other)" in shown
    assert shown.index("acknowledged") < shown.index("on-hold") < shown.index("output Procedure/")


def test_a_referral_is_closed_with_what_was_done_and_once(desk: Desk) -> None:
    """A slip closes nothing and changes nothing."""
    task = desk.sends(referral(7))
    asked = desk.says("status", task)
    assert "--performed" in desk.is_refused("complete", task)
    assert "nowhere.json" in desk.is_refused("complete", task, "--output", "nowhere.json")
    assert desk.says("status", task) == asked
    incomplete = desk.folder / "procedure.json"
    incomplete.write_text('{"resourceType": "Procedure", "status": "completed"}')
    refusal = desk.is_refused("complete", task, "--output", str(incomplete))
    assert "Procedure.subject: is required and is missing" in refusal
    desk.says("complete", task, "--performed", "2026-04-01")
    closed = desk.says("show", task)
    assert "already" in desk.is_refused("complete", task, "--performed", "2026-04-02")
    assert desk.says("show", task) == closed


def test_a_store_that_is_not_there_is_not_made_by_looking(desk: Desk) -> None:
    missing = desk.folder / "nowhere.sqlite"
    run = ecm("referral", "list", "--store", f"sqlite:///{missing}")
    assert (run.returncode, run.stdout) == (2, b"")
    assert b"cannot be opened" in run.stderr
    assert not missing.exists()


def test_what_has_ended_is_listed_only_if_asked_for(desk: Desk) -> None:
    task = desk.sends(referral(3))
    assert f"Task/{task}" in desk.says("list")
    desk.says("cancel", task, "--reason", "By mistake")
    assert f"Task/{task}" not in desk.says("list")
    assert f"Task/{task}  cancelled" in desk.says("list", "--all")


def test_a_referral_is_made_of_what_is_there(desk: Desk) -> None:
    """By the organizations' identifiers; the line tells whose turn it is."""
    desk.sends(referral(4))
    file = desk.folder / "member.json"
    member = {"resourceType": "Patient", "name": [{"family": "Doe"}]}
    request = {"method": "PUT", "url": "Patient/member"}
    entry = {"resource": {**member, "id": "member"}, "request": request}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
    file.write_text(json.dumps(bundle))
    assert "It holds no Task" in desk.says("send", str(file))
    hospital, plan = (f"{NPI}|{ORGANIZATIONS[one][1]}" for one in ("hospital", "plan"))
    made = (
        *("send", "--patient", "Patient/member", "--requester", hospital, "--owner", plan),
        *("--population", "homelessness-adult", "--id", "N-1"),
    )
    said = desk.says(*made)
    assert "requested (sent-to-plan)  acknowledge by " in said
    assert said.endswith(": Example Medi-Cal Managed Care Plan\n")
    assert "homelessness-adult" in desk.is_refused(*made, "--population", "homeless")


def test_a_referral_nobody_owns_waits_to_be_claimed(desk: Desk) -> None:
    bundle = referral(5)
    del bundle["entry"][-1]["resource"]["owner"]
    task = desk.sends(bundle)
    said = desk.says("list", "--queue", "claimable")
    assert f"Task/{task}  requested" in said
    assert said.count("\n") == 1
    assert "claim by " in said


@pytest.mark.parametrize(
    ("arguments", "told"),
    (
        (("accept", "nobody"), "there is no Task of that id that you may see"),
        (("status", "a/b/../c"), "no"),
        (("send",), "name either FILE or --patient"),
        (("send", "--patient", "Patient/1"), "--requester is missing"),
        (
            ("send", "--patient", "Patient/1", "--requester", "urn:a|1"),
            "no Organization has the identifier urn:a|1",
        ),
        (("list", "--owner", "somebody"), "write system|value"),
        (("list", "--queue", "claimable", "--owner", "urn:a|1"), "leave --owner out"),
        (("sync",), "no partner is registered"),
        (("cancel", "1"), "--reason"),
    ),
)
def test_what_cannot_be_done_is_told_in_one_line(
    desk: Desk, arguments: tuple[str, ...], told: str
) -> None:
    assert told in desk.is_refused(*arguments)


def test_a_step_that_does_not_lead_on_says_what_does(desk: Desk) -> None:
    task = desk.sends(referral(6))
    desk.says("decline", task, "--reason", "Not a member")
    assert "nothing leads from there to 'accepted'" in desk.is_refused("accept", task)
    said = desk.is_refused("decline", task, "--reason", "x", "--code", "because")
    assert "there are services-received, " in said


def test_the_input_has_to_be_a_transaction(desk: Desk) -> None:
    file = desk.folder / "collection.json"
    file.write_text('{"resourceType": "Bundle", "type": "collection"}')
    assert "give one of type transaction" in desk.is_refused("send", str(file))
    file.write_text('{"resourceType": "Patient"}')
    assert "is no Bundle" in desk.is_refused("send", str(file))


def test_without_a_service_or_a_store_it_says_which_to_name() -> None:
    run = ecm("referral", "list")
    assert run.returncode == 2
    assert b"neither a service nor a store is named" in run.stderr


@pytest.mark.parametrize(
    ("service", "told"),
    (
        ("http://ecm.example.org", "--service is not https"),
        ("https://user@ecm.example.org", "is no plain address"),
        ("http://127.0.0.1:1", "no connection"),
    ),
)
def test_a_service_that_cannot_be_called_is_told(service: str, told: str) -> None:
    run = ecm("referral", "list", "--service", service)
    assert run.returncode == 2
    assert told in run.stderr.decode()
