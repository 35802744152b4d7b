"""The partners file: every fault is told with its remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapter.cds_client.keys import write_key
from adapter.errors import UnusableInput
from adapter.partners.registry import check_partners, read_partners
from tests.unit.adapter.command import ecm

GOOD: dict[str, Any] = {
    "id": "plan",
    "organization": "http://hl7.org/fhir/sid/us-npi|1000000012",
    "name": "Example Plan",
    "fhir_base": "https://plan.example.org/fhir",
    "client_id": "hospital",
    "key_file": "key/private-key.json",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a key."""
    made = tmp_path_factory.mktemp("partners")
    write_key(made / "key", "ES384")
    return made


def written(folder: Path, *partners: dict[str, Any]) -> Path:
    """A partners file."""
    lines = []
    for partner in partners:
        lines.append("[[partners]]")
        for name, value in partner.items():
            if value is not None:
                lines.append(f"{name} = {msgspec.json.encode(value).decode()}")
    file = folder / "partners.toml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def test_a_good_partner_is_found_by_its_organization(folder: Path) -> None:
    partners = read_partners(written(folder, GOOD))
    found = partners.of_party("development", GOOD["organization"])
    assert found is not None
    assert found.id == "plan"
    assert partners.of_party("elsewhere", GOOD["organization"]) is None


@pytest.mark.parametrize(
    ("url", "is_theirs"),
    (
        ("https://plan.example.org/fhir/Task/1", True),
        ("https://plan.example.org:443/fhir/Task/1", True),
        ("https://plan.example.org.evil.example/fhir/Task/1", False),
        ("https://plan.example.org/fhirx/Task/1", False),
        ("https://plan.example.org@evil.example/fhir/Task/1", False),
        ("http://plan.example.org/fhir/Task/1", False),
        ("Task/1", False),
    ),
)
def test_an_absolute_reference_belongs_to_whose_server_it_lies_on(
    folder: Path, url: str, is_theirs: bool
) -> None:
    found = read_partners(written(folder, GOOD)).of_url("development", url)
    assert (found is not None) == is_theirs


@pytest.mark.parametrize(
    ("changes", "told"),
    (
        ({"id": "The Plan"}, "`id` is for logs and URLs"),
        ({"organization": "1000000012"}, "write it as system|value"),
        ({"name": " "}, "`name` is empty"),
        ({"fhir_base": "https://user@plan.example.org"}, "`fhir_base` is no plain address"),
        ({"fhir_base": "http://plan.example.org/fhir"}, "`fhir_base` is not https"),
        ({"fhir_base": "https://127.0.0.1/fhir"}, "`fhir_base` is this machine"),
        ({"client_id": None}, "`client_id` is missing; register with the partner"),
        ({"key_file": None}, "`key_file` is missing, so no token can be signed"),
        ({"key_file": "nothing.json"}, "No such file"),
        ({"key_file": "key/jwks.json"}, "is no private RSA or EC key"),
        ({"algorithms": ["HS256"]}, "`algorithms` holds 'HS256'; choose of RS384, ES384"),
        ({"algorithms": ["RS384"]}, "its key signs ES384, which is not among `algorithms`"),
        ({"algorithms": []}, "`algorithms` is empty"),
        ({"scope": 'a"b'}, "`scope` is no list of scopes"),
        ({"changes": "hope"}, '`changes` is not as it should be; write "subscribe" or "poll"'),
        ({"poll_minutes": 1}, "`poll_minutes` is less than 15"),
        ({"poll_minutes": 0}, "`poll_minutes` is not from above 0 to 1440"),
        ({"timeout_seconds": 0}, "`timeout_seconds` is not from 1 to 120"),
        ({"covered": True}, "`covered` has no meaning; did you mean `covered_entity`?"),
        ({"fhir_base": None}, "`fhir_base` is missing; add it"),
        ({"name": 3}, '`name` is not as it should be; write a text in quotes, "…"'),
    ),
)
def test_a_fault_is_told_with_its_remedy(folder: Path, changes: dict[str, Any], told: str) -> None:
    _, faults = check_partners(written(folder, GOOD | changes))
    assert any(told in fault for fault in faults), faults
    assert all("partners.toml: partner " in fault for fault in faults)


def test_two_partners_of_one_organization_are_a_fault(folder: Path) -> None:
    _, faults = check_partners(written(folder, GOOD, GOOD | {"id": "other"}))
    assert any("a referral could go to either" in fault for fault in faults)


def test_a_partner_may_agree_to_be_asked_more_often(folder: Path) -> None:
    file = written(folder, GOOD | {"poll_minutes": 1, "polling_agreed": True})
    assert len(read_partners(file)) == 1


def test_a_faulty_file_is_told_in_one_line(folder: Path) -> None:
    with pytest.raises(UnusableInput, match=r"1 more; see `ecm partners check`"):
        read_partners(written(folder, GOOD | {"name": "", "scope": ""}))


def test_the_command_tells_every_fault(folder: Path) -> None:
    """One a line on standard error, exit code 2; 0 where there is none."""
    run = ecm("partners", "check", written(folder, GOOD | {"name": "", "scope": ""}))
    assert run.returncode == 2
    assert len(run.stderr.splitlines()) == 2
    run = ecm("partners", "check", written(folder, GOOD))
    assert (run.returncode, run.stdout) == (0, b"1 partner, no faults\n")


def test_the_command_lists_partners(folder: Path) -> None:
    run = ecm("partners", "list", written(folder, GOOD))
    assert run.stdout.decode().splitlines()[1].split()[:3] == ["plan", "development", "subscribe"]
