"""Clients of the referral exchange in the clients file: how each fault is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapter.security.clients import check_clients
from tests.unit.adapter.security.signing import clients_file

HOOKS = """\
id = "valley"
issuer = "https://ehr.example.org"
tenant = "valley-health"
jwks_file = "keys.json"
"""
WHOLE = f"""{HOOKS}\
organization = "http://hl7.org/fhir/sid/us-npi|1234567893"
organization_name = "Valley Health"
covered_entity = true
scopes = ["system/Task.crus", "system/*.rs"]
"""


def faults(folder: Path, *tables: str) -> tuple[str, ...]:
    return check_clients(clients_file(folder, *tables))[1]


def changed(line: str) -> str:
    lines = {one.partition(" =")[0]: one for one in (*WHOLE.splitlines(), *line.splitlines())}
    return "\n".join(one for one in lines.values() if not one.endswith("= OUT"))


def test_an_organization_with_all_it_may_have_has_no_fault(tmp_path: Path):
    """Hosts, addresses, clearance for everything."""
    table = f"""{WHOLE}
role = "operator"
claims = true
strict_versions = true
clearance = ["*"]
notification_hosts = ["ehr.example.org", "ehr.example.org:8443", "[2001:db8::1]:443"]
mail_to = ["referrals@example.org"]
"""
    assert faults(tmp_path, table) == ()


@pytest.mark.parametrize(
    ("line", "words"),
    (
        ('organization = "1234567893"', "`organization` is '1234567893'; write system|value"),
        ('organization = "npi|1234567893"', "write system|value"),
        ('organization = "http://a b|1"', "write system|value"),
        ('organization = "http://a|"', "write system|value"),
        ('organization_name = " "', "`organization_name` is empty"),
        ('role = "admin"', "`role` is 'admin'; choose one of operator, partner"),
        ("covered_entity = OUT", "`covered_entity` is not said; write true for"),
        ('covered_entity = false\nrole = "operator"', "holds every record of the tenant"),
        ('covered_entity = OUT\nrole = "operator"', None),
        ("covered_entity = false", None),
        ('scopes = ["system/Task.dus"]', "`scopes` holds 'system/Task.dus'; write system/TYPE"),
        ('scopes = ["openid"]', "`scopes` holds 'openid'"),
        ('scopes = ["system/Task.r?a:b=c"]', "without modifiers or escapes"),
        ('scopes = ["system/Task.r?code=1", "system/Task.r?owner=2"]', "cannot stand together"),
        ('scopes = ["system/Tasks.r"]', "there is no type Tasks"),
        ('scopes = ["system/Task.r?colour=1"]', "Task has no search parameter colour"),
        ('notification_hosts = ["https://ehr.example.org"]', "`notification_hosts` holds"),
        ('notification_hosts = ["ehr.example.org/a"]', "`notification_hosts` holds"),
        ('notification_hosts = ["*"]', "`notification_hosts` holds"),
        ('notification_hosts = ["a@ehr.example.org"]', "`notification_hosts` holds"),
        ('mail_to = ["referrals"]', "`mail_to` holds 'referrals'"),
        ('mail_to = ["a@b\\r\\nBcc: c@d"]', "`mail_to` holds"),
        ('mail_to = ["a@b, c@d"]', "`mail_to` holds"),
    ),
)
def test_a_fault_is_told_with_its_remedy(tmp_path: Path, line: str, words: str | None):
    """One change to a good client; None: it is no fault."""
    found = faults(tmp_path, changed(line))
    if words is None:
        assert found == ()
    else:
        assert any(words in one for one in found), found


@pytest.mark.parametrize(
    "line",
    (
        *('organization_name = "Valley"', "covered_entity = true", "claims = true"),
        *('scopes = ["system/Task.r"]', "strict_versions = true", 'mail_to = ["a@example.org"]'),
        *('notification_hosts = ["ehr.example.org"]', 'role = "operator"'),
    ),
)
def test_what_is_an_organizations_needs_one(tmp_path: Path, line: str):
    """Or it would look as if it did something."""
    (fault,) = faults(tmp_path, HOOKS + line)
    assert "is an organization's; add `organization`, or leave it out" in fault


@pytest.mark.parametrize(
    ("line", "name"),
    (
        ('organization_name = "Another"', "organization_name"),
        ('role = "operator"', "role"),
        ("covered_entity = false", "covered_entity"),
        ("claims = true", "claims"),
        ('tenant = "elsewhere"\nclaims = true', ""),
        ('organization = "http://hl7.org/fhir/sid/us-npi|1"\nclaims = true', ""),
        ('scopes = ["system/Patient.r"]', ""),
    ),
)
def test_two_clients_of_one_organization_describe_it_alike(tmp_path: Path, line: str, name: str):
    """In one tenant; what each may be granted is its own."""
    second = changed(f'id = "second"\nissuer = "https://second.example.org"\n{line}')
    found = faults(tmp_path, WHOLE, second)
    if not name:
        assert found == ()
        return
    (fault,) = found
    assert "client 'second': its `" + name in fault
    assert "'valley'" in fault
