"""The clients file: what it may say, and how each fault of it is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from adapter.errors import UnusableInput
from adapter.security.clients import check_clients, read_clients
from cds_hooks.cards.profiles import PROFILES
from tests.unit.adapter.security.signing import clients_file

GOOD = """\
id = "valley"
issuer = "https://ehr.example.org"
tenant = "valley-health"
"""
KEYS = 'jwks_file = "keys.json"\n'
WHOLE = GOOD + KEYS


def faults(folder: Path, *tables: str) -> tuple[str, ...]:
    return check_clients(clients_file(folder, *tables))[1]


def test_a_client_needs_a_name_an_issuer_a_tenant_and_keys(tmp_path: Path):
    """The rest has defaults: the least privilege, the recommended algorithms."""
    (client,) = read_clients(clients_file(tmp_path, WHOLE))
    assert client.algorithms == ("RS384", "ES384")
    assert (client.max_token_seconds, client.leeway_seconds) == (300, 60)
    assert not client.fhir_servers
    assert not client.origins
    assert not client.allow_private_addresses
    caller = client.caller()
    assert (caller.client, caller.tenant, caller.plans) == ("valley", "valley-health", ())
    assert (caller.purpose, caller.clearance) == ("TREAT", frozenset())
    assert caller.profile is PROFILES["standard"]


def test_everything_a_client_may_have_reaches_the_services(tmp_path: Path):
    """Plans, purpose, clearance and card profile."""
    table = f"""{WHOLE}
plans = ["partnership", "anthem"]
purpose = "HPAYMT"
clearance = ["ETH", "R"]
card_profile = "epic"
"""
    (client,) = read_clients(clients_file(tmp_path, table))
    caller = client.caller()
    assert caller.plans == ("partnership", "anthem")
    assert caller.clearance == {"ETH", "R"}
    assert not caller.sees_reasons
    assert caller.profile is PROFILES["epic"]


def test_origins_of_all_clients_may_call_and_no_others(tmp_path: Path):
    """Compared as a browser sends them."""
    clients = read_clients(
        clients_file(
            tmp_path,
            WHOLE + 'origins = ["https://ehr.example.org", "http://localhost:8000"]',
            WHOLE.replace("valley", "other") + 'origins = ["https://[2001:db8::1]:8443"]',
        )
    )
    assert clients.allows_origin("https://ehr.example.org")
    assert clients.allows_origin("http://localhost:8000")
    assert clients.allows_origin("https://[2001:db8::1]:8443")
    for origin in ("https://ehr.example.org:8443", "http://ehr.example.org", "null", "*", ""):
        assert not clients.allows_origin(origin)


@pytest.mark.parametrize(
    ("line", "words"),
    (
        ('id = "Valley"', "`id` is for logs"),
        ('id = ""', "`id` is for logs"),
        ('issuer = ""', "`issuer` is no URI"),
        ('issuer = "valley"', "`issuer` is no URI"),
        ('issuer = "https://ehr.example.org "', "`issuer` is no URI"),
        ('tenant = " "', "`tenant` is empty"),
        ("tenant = 7", '`tenant` is not as it should be; write a text in quotes, "…"'),
        ('plans = "partnership"', "`plans` is not as it should be; write a list in brackets"),
        ('plans = ["kaiser"]', "`plans` holds 'kaiser'; choose of anthem"),
        ('purpose = "treatment"', "`purpose` is 'treatment'; choose one of TREAT"),
        ('card_profile = "cerner"', "`card_profile` is 'cerner'; choose one of standard"),
        ('clearance = ["ETH, PSY"]', "`clearance` holds 'ETH, PSY'"),
        ("algorithms = []", "`algorithms` is empty"),
        ('algorithms = ["none"]', "`none` and algorithms with a shared secret are never taken"),
        ('algorithms = ["HS256"]', "`none` and algorithms with a shared secret are never taken"),
        ('audiences = [""]', "`audiences` holds an empty text"),
        ("max_token_seconds = 3601", "`max_token_seconds` is not from 1 to 3600"),
        ("max_token_seconds = 0", "`max_token_seconds` is not from 1 to 3600"),
        ("leeway_seconds = 301", "`leeway_seconds` is not from 0 to 300"),
        ("leeway_seconds = 1.5", "`leeway_seconds` is not as it should be; write a whole number"),
        ("deadline_seconds = 0", "`deadline_seconds` is not from 0.1 to 30"),
        ("deadline_seconds = nan", "`deadline_seconds` is not from 0.1 to 30"),
        ("allow_private_addresses = 1", "write true or false"),
        ("jku_required = true", "`jku_required` compares"),
        ('fhir_servers = ["ehr.example.org"]', "is no plain address"),
        ('fhir_servers = ["https://a@ehr.example.org/r4"]', "is no plain address"),
        ('fhir_servers = ["http://ehr.example.org/r4"]', "is not https"),
        ('fhir_servers = ["https://127.0.0.1/r4"]', "is this machine"),
        ('fhir_servers = ["https://[::1]/r4"]', "is this machine"),
        ('origins = ["*"]', "There is no *"),
        ('origins = ["null"]', "`origins` holds 'null'"),
        ('origins = ["https://ehr.example.org/"]', "`origins` holds"),
        ('origins = ["https://EHR.example.org"]', "`origins` holds"),
        ('jwks_url = "https://ehr.example.org/jwks"', "exactly one of"),
        ("jwks = {keys = []}", "both `jwks_file` and `jwks`"),
        ('jwks_file = "missing.json"', "cannot be read: No such file"),
        ('jwks_file = "clients.toml"', "is no JSON object"),
        ('jwks_url = "https://ehr.example.org/jwks"\njwks_file = ""', None),
        ('jwks_url = "http://ehr.example.org/jwks"\njwks_file = ""', "is not https"),
        ('jwks_url = "https://localhost/jwks"\njwks_file = ""', "is this machine"),
        ('jwks_url = "https://a@ehr.example.org/"\njwks_file = ""', "has a user"),
        ('jwks_url = "https://ehr.example.org/#a"\njwks_file = ""', "has a user or a fragment"),
        ('jwks_url = "ftp://ehr.example.org/"\njwks_file = ""', "is no address"),
        ('jwks_url = "https://[ehr/"\njwks_file = ""', "is no address"),
        ('jwks_url = "https://ehr.example.org:x/"\njwks_file = ""', "is no address"),
        ('jwks_url = "https://ehr.example.org/ jwks"\njwks_file = ""', "is no address"),
        ('jwks = {key = []}\njwks_file = ""', "is no JSON Web Key Set"),
        ('jwks = {keys = []}\njwks_file = ""', "holds no key that can be used"),
        ('jwks = {keys = [{kty = "oct", kid = "a", k = "c2VjcmV0"}]}\njwks_file = ""', "keys[0]"),
        ('tennant = "valley"', "`tennant` has no meaning; did you mean `tenant`?"),
        ('zzz = "valley"', "`zzz` has no meaning; there are id, issuer, tenant"),
    ),
)
def test_a_fault_is_told_with_file_client_and_remedy(tmp_path: Path, line: str, words: str | None):
    """One change to a good client; None: it is no fault."""
    changed = {one.partition(" =")[0]: one for one in (*WHOLE.splitlines(), *line.splitlines())}
    found = faults(tmp_path, "\n".join(changed.values()))
    if words is None:
        assert found == ()
        return
    assert any(words in one for one in found), found
    assert all(one.startswith(f"{tmp_path / 'clients.toml'}: client '") for one in found)


@pytest.mark.parametrize("element", ("id", "issuer", "tenant"))
def test_an_element_that_is_missing_is_named(tmp_path: Path, element: str):
    """A client without an id by its place."""
    lines = [one for one in WHOLE.splitlines() if not one.startswith(element)]
    (fault,) = faults(tmp_path, "\n".join(lines))
    assert f"`{element}` is missing; add it" in fault
    assert ("client number 1" if element == "id" else "client 'valley'") in fault


def test_a_private_key_is_refused_and_not_repeated(tmp_path: Path):
    """Whoever registers it has given it away."""
    jwk = 'jwks = {keys = [{kty = "EC", crv = "P-384", kid = "a", x = "AA", d = "c2VjcmV0"}]}'
    found = faults(tmp_path, GOOD + jwk)
    assert "private" in found[0]
    assert "new key pair" in found[0]
    assert "c2VjcmV0" not in " ".join(found)


@pytest.mark.parametrize(
    ("one", "other", "is_refused"),
    (
        ("", "", True),
        ('subject = "1"', "", True),
        ('subject = "1"', 'subject = "1"', True),
        ('subject = "1"', 'subject = "2"', False),
        ("", 'tenant = "elsewhere"', False),
    ),
)
def test_clients_that_cannot_be_told_apart_are_refused(
    tmp_path: Path, one: str, other: str, is_refused: bool
):
    """A token of their issuer could be either's."""
    second = WHOLE.replace('id = "valley"', 'id = "second"')
    if "tenant" in other:
        second = second.replace('tenant = "valley-health"', "")
    found = faults(tmp_path, WHOLE + one, second + other)
    assert bool(found) is is_refused
    assert all("client 'second'" in fault and "'valley'" in fault for fault in found)


def test_two_clients_cannot_share_an_id(tmp_path: Path):
    """It keys feedback and metrics."""
    other = WHOLE.replace("https://ehr.example.org", "https://other.example")
    (fault,) = faults(tmp_path, WHOLE, other)
    assert "its id is another client's" in fault


@pytest.mark.parametrize(
    ("text", "words"),
    (
        (b"", "no client is registered; add a [[clients]] table"),
        (b"[[clients]", "is not TOML"),
        (b"a = 1", "'a' has no meaning here"),
        (b"[clients]\nid = 'a'", "write [[clients]], doubled"),
        (b"clients = [7]", "client number 1"),
        (b"\xff", "is not UTF-8"),
        (b"#" * (4 * 2**20 + 1), "larger than 4 MB"),
        (b"a = " + b"[" * 100_000, "is not TOML"),
    ),
)
def test_a_file_that_is_something_else_is_told(tmp_path: Path, text: bytes, words: str):
    """In one line, with its name."""
    file = tmp_path / "clients.toml"
    file.write_bytes(text)
    with pytest.raises(UnusableInput) as told:
        read_clients(file)
    assert str(told.value).startswith(str(file))
    assert words in str(told.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path):
    """With the reason of the system."""
    with pytest.raises(UnusableInput, match="cannot be read: No such file"):
        read_clients(tmp_path / "nowhere.toml")
    with pytest.raises(UnusableInput, match="cannot be read: Is a directory"):
        read_clients(tmp_path)


def test_the_first_of_several_faults_is_told_with_their_number(tmp_path: Path):
    """A service that will not start says so in one line."""
    file = clients_file(tmp_path, WHOLE + 'purpose = "x"\ncard_profile = "y"\nplans = ["z"]')
    with pytest.raises(UnusableInput, match=r"`plans` holds 'z'.*2 more; see `ecm clients check`"):
        read_clients(file)


def test_every_element_that_is_wrong_is_told_at_once(tmp_path: Path):
    """Whoever mends a file needs one look, not one for each fault."""
    found = faults(tmp_path, 'id = "a"\nfhirservers = []\n')
    assert [re.search(r"`\w+`", one)[0] for one in found] == [  # type: ignore[index]
        "`fhirservers`",
        "`issuer`",
        "`tenant`",
    ]
