"""Signing in with an account: who reaches what, how a session begins and ends, who is kept out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median
from typing import Any

import pytest

from tests.contract.conftest import Service, stop
from tests.contract.fhir.parties import order, party, task
from tests.contract.fhir.tenants import CLINIC, PLAN, Caller
from tests.contract.people import (
    COOKIE,
    PAGES,
    PASSWORD,
    Person,
    account,
    hash_of,
    said,
    signed_in,
    start,
    written,
)

_ALL = {"evaluate", "referrals", "hooks", "policies", "operations"}
_WRONG = "Name or password is not right. Passwords tell capital and small letters apart."


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Two processes, over one file of a store."""
    running = start(tmp_path_factory.mktemp("people"), "--workers", "2")
    yield running
    logged = running.log.read_text()
    stop(running)
    assert '"level":"error"' not in logged
    for hidden in (PASSWORD, "a wrong password", "nobody-at-all", "scrypt"):
        assert hidden not in logged


@pytest.mark.parametrize("name", PAGES)
def test_a_role_reaches_its_pages_only(service: Service, name: str):
    person = signed_in(service, name)
    found = {page: person.get(f"/workbench/{page}/").status for page in _ALL}
    assert found == {page: 200 if page in PAGES[name] else 403 for page in _ALL}
    first = person.get("/").body.decode()
    assert {page for page in _ALL if f'href="/workbench/{page}/"' in first} == PAGES[name]


def test_who_is_not_signed_in_is_asked_and_then_led_on(service: Service):
    person = Person(service)
    asked = person.get("/workbench/referrals/?queue=new")
    assert asked.status == 302
    assert asked.headers["location"] == "/workbench/sign-in?next=/workbench/referrals/?queue%3Dnew"
    assert person.cookies == {}, "nothing is kept of who only looks"
    answer = person.sign_in("ana", wanted="/workbench/referrals/?queue=new")
    assert answer.headers["location"] == "/workbench/referrals/?queue=new"
    assert person.get("/workbench/sign-in").status == 303
    for path in ("/", "/static/common.js", "/cds-services", "/fhir/metadata"):
        assert Person(service).get(path).status == 200
    assert b"Sign in to the workbench" in Person(service).get("/").body


def test_a_part_of_a_page_is_refused_in_words(service: Service):
    person = Person(service)
    part = person.get("/workbench/referrals/", X_Fragment="1")
    sent = person("POST", "/workbench/evaluate/", {})
    assert (part.status, sent.status) == (401, 401)
    assert "your session has ended" in part.body.decode()


def test_the_cookie_tells_nothing_and_goes_nowhere_else(service: Service):
    person = Person(service)
    cookie = person.sign_in("ana").headers["set-cookie"]
    value, *attributes = cookie.split("; ")
    assert value.startswith(f"{COOKIE}=")
    assert len(value) == len(COOKIE) + 1 + 43
    assert set(attributes) == {"HttpOnly", "Path=/", "SameSite=Lax"}


def test_an_id_from_before_is_nobodys_afterwards(service: Service):
    """Fixation: neither an id that was planted nor one that was used before is signed in."""
    person = Person(service)
    planted = "A" * 43
    person.cookies[COOKIE] = planted
    assert person.sign_in("ana").status == 303
    first = person.cookies[COOKIE]
    assert first != planted
    assert person.sign_in("ana").status == 303
    for old in (planted, first):
        other = Person(service)
        other.cookies[COOKIE] = old
        assert not other.is_signed_in
    assert person.is_signed_in


@pytest.mark.parametrize("value", ("", "x", "A" * 43, "é" * 43, "A" * 5000, '"quoted"'))
def test_a_cookie_that_is_no_id_is_nobodys(service: Service, value: str):
    answer = Person(service).get(
        "/workbench/policies/", Cookie=f"{COOKIE}={value}".encode().decode("latin-1")
    )
    assert answer.status in (302, 400)


def test_what_changes_something_brings_the_sessions_token(service: Service):
    person = signed_in(service, "ana")
    other = signed_in(service, "rex")
    for form in ({}, {"csrf": ""}, {"csrf": "x"}, {"csrf": other.csrf}, {"csrf": "\u00e9"}):
        assert person("POST", "/workbench/sign-in/out", form).status == 403
        assert person("POST", "/workbench/evaluate/", form).status == 403
    assert person("POST", "/workbench/evaluate/", {"csrf": person.csrf}).status != 403
    own = {"csrf": person.csrf}
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ):
        assert person("POST", "/workbench/sign-in/out", own, **headers).status == 403
        form = {"name": "ana", "password": PASSWORD}
        assert Person(service)("POST", "/workbench/sign-in", form, **headers).status == 403
    assert person.is_signed_in


def test_signing_out_ends_it_in_every_process(service: Service):
    person = signed_in(service, "ana")
    copy = Person(service)
    copy.cookies = dict(person.cookies)
    assert all(copy.is_signed_in for _ in range(10))
    gone = person("POST", "/workbench/sign-in/out", {"csrf": person.csrf})
    assert (gone.status, gone.headers["location"]) == (303, "/workbench/sign-in?out=1")
    assert person.cookies == {}
    assert b"You are signed out" in person.get("/workbench/sign-in?out=1").body
    assert not any(copy_of(copy).is_signed_in for _ in range(20))


def copy_of(other: Person) -> Person:
    """The same cookies, whatever the other was told to forget."""
    made = Person(other.service)
    made.cookies = dict(other.cookies)
    return made


def test_who_does_nothing_is_signed_out_and_who_does_something_is_not(service: Service):
    with written(service, lambda was: "idle_minutes = 0.05\n" + was):
        idle, busy = signed_in(service, "ana"), signed_in(service, "rex")
        until = time.monotonic() + 4.0
        while time.monotonic() < until:
            assert busy.is_signed_in
            idle.get("/workbench/sign-in/state", X_Unattended="1")
            time.sleep(0.4)
        assert not idle.is_signed_in
        assert busy.is_signed_in


def test_a_session_ends_whatever_one_does(service: Service):
    with written(service, lambda was: "session_hours = 0.0008\n" + was):
        person = signed_in(service, "ana")
        until = time.monotonic() + 3.2
        while time.monotonic() < until:
            person.get("/workbench/policies/")
            time.sleep(0.3)
        assert not person.is_signed_in


@pytest.mark.parametrize(
    "change",
    (
        lambda was: was.replace('name = "ana"', 'name = "anna"'),
        lambda was: was.replace(hash_of("ana"), hash_of("ana-anew")),
        lambda was: was.replace('role = "plan"', 'role = "provider"', 1),
        lambda was: was.replace('role = "plan"', 'role = "plan"\nclearance = ["ETH"]', 1),
    ),
    ids=("gone", "password", "role", "clearance"),
)
def test_who_is_changed_in_the_file_is_out_at_once(service: Service, change: Any):
    ana, rex = signed_in(service, "ana"), signed_in(service, "rex")
    with written(service, change):
        assert not any(copy_of(ana).is_signed_in for _ in range(6))
        assert rex.is_signed_in


def test_a_file_that_is_broken_meanwhile_changes_nothing(service: Service):
    """And the log says so; that is the only error it may hold."""
    person = signed_in(service, "ana")
    # Each process goes on with what it read last.
    assert all(person.is_signed_in for _ in range(12))
    with written(service, lambda was: was + "[[accounts]]\nname = 1\n"):
        assert person.is_signed_in
    told = [line for line in service.logged() if line["level"] == "error"]
    assert told
    assert all("who may sign in stays as it was" in line["message"] for line in told)
    service.log.write_text("")


@pytest.mark.parametrize("wanted", ("//evil.example/", "/workbench/\r\nLocation: //evil.example"))
def test_signing_in_leads_to_no_other_place(service: Service, wanted: str):
    person = Person(service)
    assert person.sign_in("ana", wanted=wanted).headers["location"] == "/"


@pytest.mark.parametrize(
    ("name", "password"),
    (
        *(("ana", "a wrong password"), ("nobody-at-all", "a wrong password"), ("", "")),
        *(("ana", "x" * 5000), ("ana", "\x00"), ("admin", "admin")),
    ),
)
def test_a_wrong_name_and_a_wrong_password_are_answered_alike(
    service: Service, name: str, password: str
):
    person = Person(service, f"198.51.100.{len(name) + len(password) % 200}")
    answer = person.sign_in(name, password)
    assert (answer.status, said(answer)) == (403, _WRONG)
    assert person.cookies == {}
    assert signed_in(service, "ana", "198.51.100.250").is_signed_in


def test_they_take_about_the_same_time(service: Service):
    """An account that is not there is not told by an answer that comes at once."""

    def seconds(name: str, address: str) -> float:
        began = time.perf_counter()
        Person(service, address).sign_in(name, "a wrong password")
        return time.perf_counter() - began

    known = [seconds(name, "203.0.113.1") for name in ("rex", "pia", "eno")]
    unknown = [seconds(f"nobody-{number}", "203.0.113.2") for number in range(3)]
    assert median(unknown) > median(known) / 2


@pytest.mark.parametrize("name", ("bea", "nobody-to-lock"))
def test_too_many_attempts_lock_an_account_for_a_while(service: Service, name: str):
    """Whether it is there or not, from wherever they come."""
    answers = [
        Person(service, f"203.0.113.{10 + n}").sign_in(name, "a wrong password") for n in range(6)
    ]
    assert [one.status for one in answers] == [403] * 5 + [429]
    right = Person(service, "203.0.113.30").sign_in(name)
    assert right.status == 429
    assert 850 < int(right.headers["retry-after"]) <= 900
    assert "Come back at" in said(right)
    assert "in 15 minutes" in said(right)


def test_too_many_attempts_lock_an_address_for_a_while(service: Service):
    """And nobody else; one who signs in there counts as no attempt."""
    address = "203.0.113.99"
    for _ in range(5):
        signed_in(service, "ana", address)
    answers = [
        Person(service, address).sign_in(f"guess-{number}", "a wrong password").status
        for number in range(26)
    ]
    assert answers == [403] * 25 + [429]
    assert Person(service, address).sign_in("ana").status == 429
    assert signed_in(service, "ana", "203.0.113.98").is_signed_in


def test_an_address_that_a_caller_makes_up_is_believed_only_where_a_proxy_names_them(
    service: Service,
):
    """Without `address_header` who tries from one address is locked, whatever they call it."""
    with written(service, lambda was: was.replace('address_header = "X-Real-IP"\n', "")):
        answers = [
            Person(service, f"198.51.100.{n}").sign_in(f"made-up-{n}", "a wrong password")
            for n in range(30)
        ]
    assert answers[0].status == 403
    assert answers[-1].status == 429


def test_a_form_of_many_megabytes_is_not_read_of_who_is_nobody_yet(service: Service):
    """Millions of fields once took seconds of a core each time."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for path in ("/workbench/sign-in", "/workbench/sign-in/out"):
        assert service.request("POST", path, b"a=&" * 100_000, form).status == 413


def test_a_password_that_everybody_knows_opens_nothing(service: Service):
    """As its hash may have been made elsewhere."""
    table = account("mia", "auditor", "alpha", PLAN)
    table = table.replace(hash_of("mia"), hash_of("mia", "password password"))
    with written(service, lambda was: was + table):
        answer = Person(service, "203.0.113.3").sign_in("mia", "password password")
    assert answer.status == 403


def test_who_signed_in_is_in_the_audit(service: Service):
    person = signed_in(service, "ana", "203.0.113.77")
    person("POST", "/workbench/sign-in/out", {"csrf": person.csrf})
    Person(service, "203.0.113.77").sign_in("ana", "a wrong password")
    plan = Caller(service, "plan")
    found = plan.read("/AuditEvent?_count=500&_sort=-date")["entry"]
    told = [
        (
            one["resource"]["subtype"][0]["display"],
            one["resource"]["outcome"],
            one["resource"]["agent"][0]["altId"],
        )
        for one in found
        if "203.0.113.77" in one["resource"].get("outcomeDesc", "")
    ]
    plan.close()
    assert sorted(told) == [
        ("Login", "0", "user:ana"),
        ("Login", "4", "user:ana"),
        ("Logout", "0", "user:ana"),
    ]


def test_two_tenants_see_nothing_of_each_other(service: Service):
    """Neither on the board, nor in the thread, nor in the operations."""
    clinic = Caller(service, "clinic")
    who = clinic.written({"resourceType": "Patient", "name": [{"family": "Canary-Person"}]})["id"]
    made = clinic.written(order(who, CLINIC))["id"]
    id = clinic.written(task(f"ServiceRequest/{made}", who, CLINIC, PLAN))["id"]
    clinic.close()
    assert party(PLAN)["identifier"]["value"] == PLAN
    ana, ben = signed_in(service, "ana"), signed_in(service, "ben")
    thread = f"/workbench/referrals/{id}"
    assert b"Canary-Person" in ana.get(thread).body
    for path in ("/workbench/referrals/", thread, f"{thread}?tenant=alpha", "/workbench/policies/"):
        answer = ben.get(path)
        assert b"Canary" not in answer.body
        assert id.encode() not in answer.body.replace(path.encode(), b"")
    assert ben.get(thread).status == 404
    with written(service, lambda was: was.replace('"bea"', '"bia"').replace(
        'role = "plan"\ntenant = "beta"', 'role = "engineer"\ntenant = "beta"'
    )):  # fmt: skip
        bia = signed_in(service, "bia", "192.0.2.9")
        engineer = signed_in(service, "ben", "192.0.2.9")
        pages = [bia.get(f"/workbench/operations/{part}") for part in ("", "audit")]
        pages += [
            engineer.get(f"/workbench/operations/{part}")
            for part in ("", "partners", "subscriptions")
        ]
    for answer in pages:
        assert answer.status in (200, 308)
        for alpha in (b"alpha", b"Canary", b"user:ana"):
            assert alpha not in answer.body
