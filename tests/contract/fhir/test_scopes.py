"""Tokens with every set of letters for one type: what is done with them over HTTP, and what is not.

The client itself may do everything and wrote what it asks about, so the scope alone decides.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from itertools import combinations
from typing import Any

import pytest
from msgspec import Struct

from tests.contract.conftest import stop
from tests.contract.fhir.tenants import Caller, start

SUBSETS = tuple("".join(letters) for size in range(6) for letters in combinations("cruds", size))
CANARY = b"canary-7b21"
MERGE = {"Content-Type": "application/merge-patch+json"}


class Kept(Struct, kw_only=True):
    """The client with all its scopes, and one whose token is changed."""

    whole: Caller
    narrow: Caller
    patient: str
    #: A Goal with a canary.
    goal: str


def _goal(patient: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": CANARY.decode()},
        "subject": {"reference": f"Patient/{patient}"},
    } | more


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    with ExitStack() as opened:
        service = start(tmp_path_factory.mktemp("scopes"), 9)
        opened.callback(stop, service)
        whole = opened.enter_context(closing(Caller(service, "clinic")))
        narrow = opened.enter_context(closing(Caller(service, "clinic", "system/Patient.c")))
        patient = {"resourceType": "Patient", "name": [{"family": "Canary", "text": "canary-7b21"}]}
        patient_id = str(whole.written(patient)["id"])
        identifier = [{"system": "urn:scopes", "value": "kept"}]
        goal = whole.written(_goal(patient_id, identifier=identifier))
        yield Kept(whole=whole, narrow=narrow, patient=patient_id, goal=str(goal["id"]))
        assert [line for line in service.logged() if line["level"] == "error"] == []


def requests(kept: Kept) -> Iterator[tuple[str, str, str, Any, dict[str, str]]]:
    """The letters a request needs, and the request."""
    here, condition = f"/Goal/{kept.goal}", "/Goal?identifier=urn:scopes|kept"
    resource = _goal(kept.patient)
    known = _goal(kept.patient, identifier=[{"system": "urn:scopes", "value": "kept"}])
    yield "c", "POST", "/Goal", resource, {"Prefer": "return=minimal"}
    yield "r", "GET", here, None, {}
    yield "r", "HEAD", here, None, {}
    yield "r", "GET", f"{here}/_history/1", None, {}
    yield "r", "GET", f"{here}/_history", None, {}
    yield "u", "PATCH", here, {"startDate": "2026-01-01"}, {**MERGE, "Prefer": "return=minimal"}
    yield "s", "GET", "/Goal", None, {}
    yield "s", "GET", f"/Goal?_id={kept.goal}&_summary=count", None, {}
    yield "s", "GET", f"/?_type=Goal&_id={kept.goal}", None, {}
    yield "s", "GET", "/Goal/_history", None, {}
    yield "s", "GET", f"/Patient/{kept.patient}/Goal", None, {}
    yield "cs", "POST", "/Goal", known, {"If-None-Exist": "identifier=urn:scopes|kept"}
    yield "us", "PATCH", condition, {"startDate": "2026-01-02"}, MERGE


@pytest.mark.parametrize("letters", SUBSETS, ids=lambda letters: letters or "none")
def test_a_token_is_good_for_its_letters_and_no_others(kept: Kept, letters: str):
    """Alone and as an entry of a Bundle; what is not granted is 403 with the scope it needs."""
    mine = f"system/Goal.{letters} " if letters else ""
    kept.narrow.token = kept.whole.asked_for(f"{mine}system/Coverage.c")
    for needed, method, path, body, headers in requests(kept):
        sent = None if body is None else json.dumps(body).encode()
        status, answered = kept.narrow(method, path, sent, headers)
        is_allowed = set(needed) <= set(letters)
        assert (status != 403) is is_allowed, (method, path, status, answered)
        if is_allowed:
            assert status < 300, (method, path, status, answered)
        else:
            assert CANARY not in answered
            if method != "HEAD":
                assert json.loads(answered)["issue"][0]["code"] == "forbidden"
        if not {"r", "s"} & set(letters):
            assert CANARY not in answered, (method, path, status, answered)
    for kind in ("batch", "transaction"):
        entry = {"request": {"method": "GET", "url": f"Goal/{kept.goal}"}}
        bundle = {"resourceType": "Bundle", "type": kind, "entry": [entry]}
        _, answered = kept.narrow("POST", "/", json.dumps(bundle).encode())
        assert (CANARY in answered) is ("r" in letters)


def test_a_token_to_delete_deletes_and_does_nothing_else(kept: Kept):
    """Not so the other letters together."""
    goal = kept.whole.written(_goal(kept.patient))["id"]
    kept.narrow.token = kept.whole.asked_for("system/Goal.crus")
    assert kept.narrow("DELETE", f"/Goal/{goal}")[0] == 403
    kept.narrow.token = kept.whole.asked_for("system/Goal.d")
    assert kept.narrow("DELETE", f"/Goal/{goal}")[0] == 204


def test_a_write_gives_back_no_more_than_may_be_read(kept: Kept):
    """A patch with the scope to update alone is done, and shows nothing of what it changed."""
    kept.narrow.token = kept.whole.asked_for("system/Goal.cu")
    for method, path, body, headers in (
        ("PATCH", f"/Goal/{kept.goal}", {"startDate": "2026-01-03"}, MERGE),
        (
            "PATCH",
            f"/Goal/{kept.goal}",
            {"startDate": "2026-01-04"},
            MERGE | {"Prefer": "return=representation"},
        ),
    ):
        status, answered = kept.narrow(method, path, json.dumps(body).encode(), headers)
        assert status == 200
        assert CANARY not in answered


@pytest.mark.parametrize(
    "path",
    (
        "/Goal?patient.name=Canary",
        "/Goal?subject:Patient.name=Canary",
        "/Goal?subject:Patient._id={patient}",
        "/Goal?patient.family:exact=Canary",
        "/Patient?_has:Goal:patient:lifecycle-status=active",
    ),
)
def test_a_search_asks_about_no_type_that_is_not_covered(kept: Kept, path: str):
    """A chain tells of what it goes through: 403, whatever would be found."""
    asked = path.format(patient=kept.patient)
    other = "Goal" if path.startswith("/Goal") else "Patient"
    kept.narrow.token = kept.whole.asked_for(f"system/{other}.rs")
    assert kept.narrow("GET", asked)[0] == 403
    kept.narrow.token = kept.whole.asked_for("system/Goal.rs system/Patient.rs")
    status, answered = kept.narrow("GET", asked)
    assert status == 200
    assert CANARY in answered


@pytest.mark.parametrize(
    ("path", "scope"),
    (
        ("/Goal?_id={goal}&_include=Goal:subject", "system/Goal.rs"),
        ("/Goal?_id={goal}&_include=Goal:patient", "system/Goal.rs"),
        ("/Goal?_id={goal}&_include=*", "system/Goal.rs"),
        ("/Goal?_id={goal}&_include=Goal:subject", "system/Goal.rs system/Patient.s"),
        ("/Patient?_id={patient}&_revinclude=Goal:patient", "system/Patient.rs"),
        ("/Patient/{patient}/*", "system/Goal.rs"),
    ),
)
def test_nothing_comes_along_that_is_not_covered(kept: Kept, path: str, scope: str):
    """What is included, or is of a compartment, is left out."""
    kept.narrow.token = kept.whole.asked_for(scope)
    status, answered = kept.narrow("GET", path.format(goal=kept.goal, patient=kept.patient))
    found = json.loads(answered)
    assert status == 200
    of_one_type = {one["resource"]["resourceType"] for one in found.get("entry", [])}
    assert of_one_type <= {"Goal" if "Goal.rs" in scope else "Patient"}


def test_a_scope_with_a_search_covers_what_the_search_finds(kept: Kept):
    """Of the same type; what is outside is as if it were not there, and cannot be written."""
    other = kept.whole.written(_goal(kept.patient, lifecycleStatus="proposed"))["id"]
    kept.narrow.token = kept.whole.asked_for("system/Goal.cruds?lifecycle-status=proposed")
    assert kept.narrow("GET", f"/Goal/{other}")[0] == 200
    assert kept.narrow("GET", f"/Goal/{kept.goal}")[0] == 404
    assert kept.narrow("GET", f"/Goal/{kept.goal}/_history/1")[0] == 404
    patch = b'{"startDate": "2026-02-02"}'
    assert kept.narrow("PATCH", f"/Goal/{kept.goal}", patch, MERGE)[0] == 404
    assert kept.narrow("DELETE", f"/Goal/{kept.goal}")[0] == 404
    found = json.loads(kept.narrow("GET", f"/Goal?subject=Patient/{kept.patient}")[1])
    assert [one["resource"]["id"] for one in found["entry"]] == [other]
    made = json.dumps(_goal(kept.patient)).encode()
    assert kept.narrow("POST", "/Goal", made)[0] == 403
    made = json.dumps(_goal(kept.patient, lifecycleStatus="proposed")).encode()
    assert kept.narrow("POST", "/Goal", made)[0] == 201
