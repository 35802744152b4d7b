"""What an EHR's analyst is told is what the service does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from adapter.cds_client.vendor_sheets import Vendor, vendor_sheet
from adapter.errors import UnusableInput
from adapter.security.clients import read_clients
from cds_hooks.cards.overrides import offered
from cds_hooks.cards.profiles import PROFILES
from cds_hooks.hooks import patient_view
from mappings.requirements import all_requirements
from profiles.canonicals import DEFAULT_BASE
from profiles.codes import card_topics
from tests.unit.adapter.command import ecm

URL = "https://ecm.example.org/hooks"


@pytest.mark.parametrize("vendor", get_args(Vendor))
def test_the_sheet_holds_what_the_service_says(vendor: Vendor):
    """Endpoints, every prefetch line, every override reason and topic."""
    sheet = vendor_sheet(vendor, f"{URL}/cds-services")
    assert f"`{URL}/cds-services/ecm-patient-view`" in sheet
    assert f"`{URL}/cds-services/ecm-patient-view/feedback`" in sheet
    for one in all_requirements():
        assert f"\n{one.key}={one.search}\n" in sheet
    for reason in offered(DEFAULT_BASE):
        assert f"| `{reason.code}` | {reason.display} |" in sheet
    for topic in card_topics():
        assert f"| `{topic}` |" in sheet


def test_epic_is_told_the_hooks_it_fires_and_no_others():
    """Three services; patient-view with every trigger that is answered by another hook's logic."""
    sheet = vendor_sheet("epic", URL)
    assert re.findall(r"- Hook: `(.*)`", sheet) == ["patient-view", "order-select", "order-sign"]
    for trigger in patient_view._EPIC_TRIGGERS:
        assert re.search(rf"\b{trigger}\b", sheet.partition("## Services")[0]), trigger
    assert all(re.fullmatch("[A-Za-z0-9]{1,100}", topic) for topic in card_topics())


@pytest.mark.parametrize("vendor", get_args(Vendor))
def test_the_clients_table_is_one_that_loads(vendor: Vendor, tmp_path: Path):
    """With the capitals filled in, `ecm clients check` has nothing to say."""
    table = re.search(r"```toml\n(.*?)```", vendor_sheet(vendor, URL), re.DOTALL)
    assert table is not None
    filled = re.sub(
        r"(?<=://)[A-Z-]+", "ehr.example.org", table[1].replace("-ORGANIZATION", "-one")
    )
    file = tmp_path / "clients.toml"
    file.write_text(filled.replace("ORGANIZATION", "one").replace("TENANT-ID", "t1"))
    (client,) = read_clients(file)
    assert client.card_profile in PROFILES
    assert vendor == "epic" or client.algorithms == ("RS384", "ES384")


def test_own_code_systems_are_named_as_this_deployment_publishes_them():
    """The system of the override reasons follows the setting canonical_base."""
    sheet = vendor_sheet("epic", URL, canonical_base="https://plan.example.org/fhir")
    assert "`https://plan.example.org/fhir/CodeSystem/ecm-override-reason`" in sheet


def test_the_address_comes_from_the_settings_or_is_a_placeholder():
    """`--url`, else public_base; what is no URL is refused."""
    assert (
        b"https://YOUR-SERVICE/cds-services/" in ecm("cds-hooks", "vendor-sheet", "athena").stdout
    )
    ran = ecm("cds-hooks", "vendor-sheet", "oracle", ECM_PUBLIC_BASE="https://ecm.plan.example.org")
    assert b"`https://ecm.plan.example.org/cds-services/ecm-patient-view`" in ran.stdout
    with pytest.raises(UnusableInput, match="no address"):
        vendor_sheet("epic", "ecm")
