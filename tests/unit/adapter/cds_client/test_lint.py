"""`ecm cds-hooks lint`: what clients may stumble over."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from adapter.cds_client.discovery import discovery_faults
from tests.unit.adapter.cds_client.conftest import Ran
from tests.unit.adapter.cds_client.stub import SERVICE, Stub

Run = Callable[..., Ran]


@pytest.mark.parametrize(
    ("change", "rule", "words"),
    (
        ({"hook": None}, 7, "hook is missing"),
        ({"hook": "patient-opened"}, 7, "no hook of HL7's"),
        ({"title": ""}, 8, "title is missing"),
        ({"description": 5}, 9, "description is missing"),
        ({"id": ""}, 10, "id is missing"),
        ({"prefetch": []}, 11, "prefetch is no object"),
        ({"usageRequirements": ""}, 3, "usageRequirements is null or empty"),
        ({"prefetch": {"p": "Patient/{{context.userName}}"}}, 57, "prefetch key 'p'"),
        ({"prefetch": {"p": "Patient/{{patientId}}"}}, 59, "prefetch key 'p'"),
        ({"prefetch": {"p": "Condition?code:below=x"}}, 58, "prefetch key 'p'"),
        ({"prefetch": {"p": "Condition?_include=Condition:encounter"}}, 58, "prefetch key 'p'"),
    ),
)
def test_a_fault_is_told_with_service_and_rule(change: dict[str, object], rule: int, words: str):
    """Each fault names the service, what was found, the rule and a remedy."""
    told = [str(one) for one in discovery_faults({"services": [SERVICE | change]})]
    assert any(words in one and f"(cds-hooks_2.0@{rule})" in one for one in told), told


def test_a_service_without_faults_has_none():
    """Own hooks are named by domain; what their context holds is believed."""
    own = SERVICE | {
        "id": "own",
        "hook": "org.example.bed-view",
        "prefetch": {"bed": "Location/{{context.bedId}}"},
    }
    assert discovery_faults({"services": [SERVICE, own]}) == ()
    assert discovery_faults({"services": []}) == ()


@pytest.mark.requirement("cds-hooks_2.0@211")
def test_one_id_for_two_hooks_is_pointed_out():
    """It says that newer cards replace older ones, which is seldom meant."""
    twice = {"services": [SERVICE, SERVICE | {"hook": "order-sign"}]}
    (fault,) = discovery_faults(twice)
    assert (fault.service, fault.rule) == ("screen", "cds-hooks_2.0@211")


@pytest.mark.parametrize("discovery", ({}, [], None, {"services": {}}, {"services": [5]}))
def test_what_is_no_discovery_is_one_fault(discovery: object):
    """Not a crash."""
    (fault,) = discovery_faults(discovery)
    assert fault.rule == "cds-hooks_2.0@6"


def test_a_running_service_and_a_file_are_checked(stub: Stub, cds_hooks: Run, tmp_path: Path):
    """0 and a count, or 2 with a line for each fault; what cannot be read is told."""
    assert cds_hooks("lint", stub.url) == (0, "1 service, 0 faults\n", "")
    file = tmp_path / "discovery.json"
    file.write_text(json.dumps({"services": [SERVICE | {"title": None}]}))
    code, out, err = cds_hooks("lint", file)
    assert (code, out) == (2, "1 service, 2 faults\n")
    assert err.startswith("service screen: ")
    stub.answer("GET", "/cds-services", 401, {})
    assert cds_hooks("lint", stub.url)[0] == 2
    assert "No such file" in cds_hooks("lint", tmp_path / "nowhere")[2]
