"""Clients nobody here wrote use the live endpoint: fhirclient, fhirpy, Medplum's, and a hospital.

The first three are libraries that others write their programs with; each runs a script of ours in
an environment of its own. SEKMET is a test hospital that runs its own scenarios against a server.
"""

from __future__ import annotations

import json
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.contract.fhir.conftest import Fhir
from tests.contract.test_peers import ask
from tests.missing import without
from tests.peers.environments import FHIR_CLIENTS, MEDPLUM, SEKMET, Unavailable

NO_OUTCOME = "'completed' needs at least one Task.output, which says what came of the referral"
STALE = "what you send was read from another version than the present one, {}; read it again and "
STALE += "decide on that"


@pytest.fixture(scope="module")
def by_fhirclient(fhir: Fhir) -> dict[str, Any]:
    """What fhirclient saw."""
    seen: dict[str, Any] = ask(FHIR_CLIENTS, "with_fhirclient.py", {"base": fhir.base})
    return seen


@pytest.fixture(scope="module")
def by_fhirpy(fhir: Fhir) -> dict[str, Any]:
    """What fhirpy saw."""
    seen: dict[str, Any] = ask(FHIR_CLIENTS, "with_fhirpy.py", {"base": fhir.base})
    return seen


@pytest.fixture(scope="module")
def by_medplum(fhir: Fhir) -> dict[str, Any]:
    """What Medplum's client saw."""
    seen: dict[str, Any] = ask(MEDPLUM, "exchange.mjs", {"base": fhir.base})
    return seen


def test_fhirclient_reads_the_capability_statement(by_fhirclient: dict[str, Any]):
    """By a model that refuses what is not R4, and finds that no token is needed."""
    assert by_fhirclient["ready"] is True
    assert by_fhirclient["version"] == "4.0.1"


def test_fhirclient_closes_a_loop(by_fhirclient: dict[str, Any]):
    """From a transaction to the outcome; a step that is refused says what is missing."""
    loop = by_fhirclient["the loop"]
    assert loop["found"] == ["Task", "ServiceRequest"]
    assert loop["too early"] == {"status": 422, "said": NO_OUTCOME}
    assert (loop["done"], loop["order"], loop["outcome"]) == ("completed",) * 3


def test_fhirclient_overwrites_nobody(by_fhirclient: dict[str, Any]):
    """It sends no If-Match, but the version that it read."""
    writers = by_fhirclient["two writers"]
    assert (writers["first"], writers["version"]) == ("female", "2")
    assert writers["second"] == {"status": 409, "said": STALE.format(2)}


def test_fhirclient_pages_and_deletes(by_fhirclient: dict[str, Any]):
    """To the last page; what is deleted is gone, not unknown."""
    assert by_fhirclient["pages"] == {"bundles": 3, "complete": True}
    assert by_fhirclient["deleted"] == {"gone": 410, "never": 404, "search": []}


def test_fhirpy_finds_or_makes(by_fhirpy: dict[str, Any]):
    """By POST, PUT and PATCH with the search in the URL; twenty at once make one."""
    seen = by_fhirpy["one of a kind"]
    assert seen["made"] == [True, False, False]
    assert (seen["one id"], seen["count"]) == (True, 1)
    assert seen["family"] == ["First", "First", "Replaced", "Replaced"]
    assert seen["gender"] == "female"
    assert by_fhirpy["at once"] == {"made": 1, "ids": 1}


def test_fhirpy_changes_one_field(by_fhirpy: dict[str, Any]):
    """PATCH with plain JSON is a merge; what has not changed is not sent again."""
    assert by_fhirpy["one field"] == {
        "had": "1980-02-29",
        "gender gone": True,
        "kept": "1980-02-29",
        "not modified": True,
        "modified": True,
    }


def test_fhirpy_searches(by_fhirpy: dict[str, Any]):
    """It follows pages only where they begin with the base that it was given."""
    assert by_fhirpy["searches"] == {
        "paged": 5,
        "count": 5,
        "first": "4",
        "included": 1,
        "several": True,
        "chained": 5,
    }


def test_fhirpy_is_told_its_mistakes(by_fhirpy: dict[str, Any]):
    """As its own exceptions, with the place."""
    assert by_fhirpy["mistakes"] == {"told": ["Task.intent"], "missing": True, "valid": False}


def test_medplum_finds_or_makes(by_medplum: dict[str, Any]):
    """Its createResourceIfNoneExist and upsertResource."""
    assert by_medplum["conditions"] == {
        "same": True,
        "replaced": "female",
        "made": True,
        "found": 1,
    }


def test_medplum_closes_a_loop(by_medplum: dict[str, Any]):
    """By a transaction, a JSON Patch and updates; all of its history is there."""
    assert by_medplum["loop"] == {
        "tooEarly": {"code": "required", "said": NO_OUTCOME},
        "stale": {"code": "conflict", "said": STALE.format(3)},
        "done": "completed",
        "order": "completed",
        "history": ["completed", "accepted", "requested"],
        "first": "requested",
        "found": ["match", "include"],
    }


def test_medplum_searches_and_asks_for_several(by_medplum: dict[str, Any]):
    """Pages, batches, what was deleted, and what never was."""
    assert by_medplum["searches"] == {"pages": [2, 2, 1], "left": 4, "valid": True}
    assert by_medplum["batch"] == ["200", "404"]
    assert by_medplum["never"]["code"] == "not-found"


#: The scenarios of SEKMET 0.1.1 that pass, every step of them, and one of ours in its language.
PASS = {
    "adt_admit_transfer_discharge",
    "adt_merge_update",
    "clinical_documentation",
    "conformance_smoke",
    "lab_order_to_result",
    "medication_order_dispense",
    "rad_order_imaging_report",
    "referral_notifications",
}

#: Those that do not: how far they get, what is said there, and why that is as it should be.
EXCEPTIONS = {
    # No scheduling: a referral is not an appointment, and Schedule and Slot are not kept here.
    "appointment_book_cancel": (
        "Create schedule and slots",
        "error",
        "no resources of such a type",
    ),
    # No billing: Coverage is kept, as it decides who authorizes; Account, ChargeItem and Claim go
    # to the payer's own system.
    "billing_claim": ("Account", "error", "no resources of such a type"),
    # No bulk export: who sees what is decided for each reader and each record.
    "bulk_export_group": ("Patient A", "skipped", "does not advertise $export"),
    # The peer would have to be a laboratory that fills orders by itself; an exchange waits for one.
    "lab_order_peer_fills": ("Register patient", "skipped", "does not play role 'lab-filler'"),
    # REST and Subscriptions are the ways here; FHIR messaging is a third one.
    "messaging_adt_orders": (
        "Register (A04 message)",
        "skipped",
        "does not advertise FHIR messaging",
    ),
    # Its topic is SEKMET's own, about encounters; here are the topics of SDOH Clinical Care and
    # ours, about referrals, which `referral_notifications` subscribes to instead.
    "subscription_backport_roundtrip": (
        "Subscribe to the topic, filtered to this patient",
        "failed",
        "`criteria` names no topic of this server",
    ),
    # FHIR R4's first subscriptions, by a search as criteria and without events that can be asked
    # for again: something could get lost.
    "subscription_roundtrip": (
        "Subscribe to this patient's encounters",
        "failed",
        "`criteria` names no topic of this server",
    ),
}


@pytest.fixture(scope="module")
def scenarios(fhir: Fhir, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What came of every scenario, by name; skips where SEKMET cannot be run, and in CI fails."""
    try:
        command = SEKMET.command("run.py")
    except Unavailable as reason:
        without(str(reason))
    folder = tmp_path_factory.mktemp("sekmet")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {
        "base_url": f"http://127.0.0.1:{port}/fhir",
        "host": "127.0.0.1",
        "port": port,
        "data_dir": str(folder / "data"),
        "own_private_key_path": str(folder / "key.pem"),
        "peers": {"ecm": {"base_url": fhir.base}},
    }
    (folder / "settings.yaml").write_text(json.dumps(settings))
    options = ("--config", str(folder / "settings.yaml"), "--report-dir", str(folder / "reports"))
    # Beside its own it runs those in the folder `scenarios` where it is started.
    done = subprocess.run(
        (*command, "scenario", "run", "all", "--peer", "ecm", *options),
        cwd=SEKMET.folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    reports = list((folder / "reports").glob("*/results.json"))
    assert reports, done.stdout[-2000:] + done.stderr[-2000:]
    return {Path(one["file"]).stem: one for one in json.loads(reports[0].read_text())}


def test_every_scenario_is_expected(scenarios: dict[str, Any]):
    """A new version of SEKMET with others needs a look."""
    assert set(scenarios) == PASS | EXCEPTIONS.keys()


@pytest.mark.parametrize("name", sorted(PASS))
def test_a_scenario_passes(scenarios: dict[str, Any], name: str):
    """Each step of it, those that are only advised too."""
    steps = scenarios[name]["steps"]
    left = [(one["name"], one["status"], one["message"]) for one in steps]
    assert [one for one in left if one[1] != "passed"] == []


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_a_scenario_stops_where_something_else_begins(scenarios: dict[str, Any], name: str):
    """For the reason that is named above, and told so."""
    step, status, said = EXCEPTIONS[name]
    stop = next(one for one in scenarios[name]["steps"] if one["status"] != "passed")
    assert (stop["name"], stop["status"]) == (step, status)
    assert said in stop["message"]
