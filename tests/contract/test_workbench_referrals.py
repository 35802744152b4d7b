"""The referral board over HTTP: whose referrals each role sees, page by page, and what is told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from tests.contract.conftest import Answer, Service, start_service, stop

FORM = {"Content-Type": "application/x-www-form-urlencoded", "X-Fragment": "1"}
BOARD = "/workbench/referrals/"


class Bench:
    """The workbench of a sandbox with its sample referrals."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def board(self, role: str, **query: str) -> str:
        answer = self.service.get(f"{BOARD}?{urlencode({'as': role, **query})}")
        assert answer.status == 200, answer.body
        return answer.body.decode()

    def post(self, path: str, role: str, **fields: str) -> Answer:
        body = urlencode(fields).encode()
        return self.service.request("POST", f"{BOARD}{path}?as={role}", body, FORM)

    def rows(self, role: str, **fields: str) -> list[str]:
        answer = self.post("rows", role, **fields)
        assert answer.status == 200, answer.body
        return tasks_in(answer.body.decode())

    def mark(self, role: str) -> str:
        return self.service.get(f"{BOARD}changes?as={role}").headers["etag"]


def tasks_in(html: str) -> list[str]:
    return re.findall(r'<li id="r-([^"]+)"', html)


def members_in(html: str) -> set[str]:
    return set(re.findall(r'<a id="a-[^>]+>([^<]+)</a>', html))


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    running = start_service()
    made = Bench(running)
    assert made.post("samples", "plan").status == 303
    yield made
    logged = running.logged()
    stop(running)
    assert [line for line in logged if line["level"] == "error"] == []
    assert not any("Quillan" in json.dumps(line) for line in logged), "a name went to the log"


def test_samples_that_are_made_twice_are_there_once(bench: Bench):
    before = tasks_in(bench.board("plan"))
    assert bench.post("samples", "provider").status == 303
    assert tasks_in(bench.board("plan")) == before


def test_each_role_sees_its_own_part(bench: Bench):
    """The provider learns of those it was asked for and of nobody else."""
    hospital, plan = members_in(bench.board("referrer")), members_in(bench.board("plan"))
    assert hospital == plan
    assert len(plan) == 6
    provider = members_in(bench.board("provider"))
    assert provider == {"Rufus Nakagawa-Bell", "Wilhelmina Engstrom"}
    assert members_in(bench.board("provider", queue="closed")) == {"Emeric Lindqvist"}
    assert members_in(bench.board("referrer", queue="closed")) == {
        "Emeric Lindqvist",
        "Paz Saldivar",
    }
    (not_theirs,) = bench.rows("plan", text="Quillan")
    assert bench.rows("provider", text="Quillan") == []
    assert bench.rows("provider", text="sample-adult") == []
    for path in (not_theirs, f"{not_theirs}/changes"):
        answer = bench.service.get(f"{BOARD}{path}?as=provider")
        assert answer.status == 404
        assert b"Quillan" not in answer.body


def test_a_plan_is_shown_what_it_handed_on_once(bench: Bench):
    """It waits for the provider there, and the referrer is told of the plan."""
    (row,) = bench.rows("plan", text="Engstrom")
    (own,) = bench.rows("referrer", text="Engstrom")
    assert row != own
    assert bench.rows("provider", text="Engstrom") == [row]
    page = bench.service.get(f"{BOARD}{own}?as=plan").body.decode()
    assert "by Harbor ECM Provider (invented)" in page
    assert "by Harbor" not in bench.service.get(f"{BOARD}{own}?as=referrer").body.decode()


def test_filters_are_in_the_address_and_the_text_is_not(bench: Bench):
    """Without a script the form leads to an address, unless a name was typed."""
    body = urlencode({"queue": "open", "population": "birth-equity", "text": ""}).encode()
    headers = {"Content-Type": FORM["Content-Type"]}
    moved = bench.service.request("POST", f"{BOARD}?as=plan", body, headers)
    assert moved.status == 303
    assert "population=birth-equity" in moved.headers["location"]
    assert members_in(bench.board("plan", population="birth-equity")) == {"Thandie Adeyemi-Ross"}
    typed = bench.service.request("POST", f"{BOARD}?as=plan", b"text=Quillan", headers)
    assert typed.status == 200
    assert members_in(typed.body.decode()) == {"Bram Quillan"}
    links = re.findall(r'(?:href|action)="([^"]+)"', typed.body.decode())
    assert not any("Quillan" in one for one in links)
    for nonsense in ({"queue": "x", "sort": "y"}, {"after": "1~"}, {"due_from": "soon"}):
        assert len(tasks_in(bench.board("plan", **nonsense))) == 6


def test_the_pages_of_a_queue_are_complete(bench: Bench):
    """By two rows at a time nothing is missing and nothing comes twice."""
    found: list[str] = []
    after = ""
    while True:
        fields = {"after": after} if after else {}
        html = bench.post("rows", "plan", count="2", **fields).body.decode()
        found += tasks_in(html)
        more = re.search(r'data-after="([^"]+)"', html)
        if more is None:
            break
        after = more[1]
    assert found == tasks_in(bench.board("plan"))


def test_a_mark_changes_for_who_sees_the_change_and_for_nobody_else(bench: Bench):
    marks = {role: bench.mark(role) for role in ("plan", "referrer", "provider")}
    assert {role: bench.mark(role) for role in marks} == marks
    same = bench.service.get(f"{BOARD}changes?as=plan", **{"If-None-Match": marks["plan"]})
    assert same.status == 304
    (task,) = bench.rows("plan", text="Abernathy")
    page = bench.service.get(f"{BOARD}{task}?as=plan").body.decode()
    thread = bench.service.get(f"{BOARD}{task}/changes?as=referrer").headers["etag"]
    version = re.search(r'name="version" value="(\d+)"', page)
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert version is not None
    assert key is not None
    sent = {"version": version[1], "key": key[1]}
    assert bench.post(f"{task}/steps/acknowledge", "plan", **sent).status == 303
    assert bench.mark("plan") != marks["plan"]
    assert bench.mark("referrer") != marks["referrer"]
    assert bench.mark("provider") == marks["provider"]
    now = bench.service.get(f"{BOARD}{task}/changes?as=referrer").headers["etag"]
    assert now != thread


def test_what_is_shown_is_audited_and_asking_for_changes_is_not(bench: Bench):
    """Each member on a page has an entry, as of a search by that organization."""

    def entries() -> int:
        query = urlencode({"_total": "accurate", "_count": "0"})
        return int(bench.service.get(f"/fhir/AuditEvent?{query}").json["total"])

    before = entries()
    bench.mark("plan")
    # To ask for the number of entries is one itself.
    assert entries() == before + 1
    bench.board("plan")
    assert entries() - before >= 2 + 1 + 3 * 6


def test_what_is_restricted_stays_hidden_from_a_page_too(bench: Bench):
    """No such role, no such page, and no rows for a page of another site."""
    assert bench.service.get(f"{BOARD}?as=auditor").status == 403
    assert bench.service.get(f"{BOARD}no-such-task?as=plan").status == 404
    stranger = {**FORM, "Sec-Fetch-Site": "cross-site"}
    path = f"{BOARD}rows?as=plan"
    assert bench.service.request("POST", path, b"", stranger).status == 403
