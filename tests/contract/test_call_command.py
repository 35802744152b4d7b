"""`ecm cds-hooks` against the live service, as an integration engineer uses it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from adapter.cli.main import main
from adapter.samples import sample
from cds_hooks.hooks.every import SERVICES
from tests.contract.conftest import Service

HOOKS = tuple(one.hook for one in SERVICES)


@pytest.fixture
def chart(tmp_path: Path, today: Any) -> Path:
    """A patient who meets the criteria today."""
    file = tmp_path / "chart.json"
    file.write_text(json.dumps(sample("five-emergency-visits", today).bundle))
    return file


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_can_be_fired(
    service: Service, chart: Path, hook: str, capsys: pytest.CaptureFixture[str]
):
    """One command, one card with a referral, for each of the hooks served."""
    url = f"http://127.0.0.1:{service.port}"
    arguments = ["call", url, "--hook", hook, "--bundle", str(chart), "--format", "json"]
    assert main(["cds-hooks", *arguments]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["hook"] == hook
    (card,) = shown["answer"]["cards"]
    assert card["suggestions"][0]["actions"][0]["resource"]["resourceType"] == "ServiceRequest"


def test_the_help_names_every_hook(capsys: pytest.CaptureFixture[str]):
    """Nobody has to know them by heart."""
    with pytest.raises(SystemExit):
        main(["cds-hooks", "call", "--help"])
    shown = "".join(capsys.readouterr().out.split())
    assert [hook for hook in HOOKS if hook not in shown] == []


@pytest.mark.requirement("cds-hooks_2.0@56", "cds-hooks_2.0@57", "cds-hooks_2.0@58")
def test_our_discovery_has_no_faults(service: Service, capsys: pytest.CaptureFixture[str]):
    """Our own linter finds nothing in what the service says of itself."""
    assert main(["cds-hooks", "lint", f"http://127.0.0.1:{service.port}"]) == 0
    assert capsys.readouterr().out == f"{len(SERVICES)} services, 0 faults\n"


@pytest.mark.requirement("cds-hooks_2.0@54")
def test_a_refusal_is_told_with_its_remedy(
    service: Service, chart: Path, capsys: pytest.CaptureFixture[str]
):
    """412: which key, which query, and how to send it."""
    url = f"http://127.0.0.1:{service.port}/cds-services/ecm-patient-view"
    assert main(["cds-hooks", "call", url, "--bundle", str(chart), "--prefetch", "none"]) == 1
    shown = capsys.readouterr().out
    assert "required prefetch.patient: the Patient was not sent" in shown
    assert "--fhir-server with --token-file" in shown
    for state, said in (("error", "sent an error instead"), ("null", "Patient was not sent")):
        main(["cds-hooks", "call", url, "--bundle", str(chart), "--prefetch", state])
        assert said in capsys.readouterr().out
