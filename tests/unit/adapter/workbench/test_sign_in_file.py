"""The sign-in file: every fault is told with its place and what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from adapter.cli.main import main
from adapter.errors import UnusableInput
from adapter.security.viewers import Parties, Party
from adapter.workbench.sign_in.account import SCOPES
from adapter.workbench.sign_in.passwords import NOBODYS, hash_fault, hashed, matches, unfit
from adapter.workbench.sign_in.registry import Registry, check_accounts, read_accounts
from tests.architecture.sources import ROOT

PLAN = "http://hl7.org/fhir/sid/us-npi|1000000012"
CLINIC = "http://hl7.org/fhir/sid/us-npi|1234567893"
PARTIES = Parties(
    (
        Party(tenant="plan", id=PLAN, name="Plan", operator=True, covered=True),
        Party(tenant="plan", id=CLINIC, name="Clinic", covered=True, claims=True),
    )
)
HASH = "scrypt:32768:8:3$abcdefghijklmnop$" + "0123456789abcdef" * 8
OTHER_HASH = HASH.replace("abcdefghijklmnop", "ponmlkjihgfedcba")

ANA = f"""
[[accounts]]
name = "ana"
password_hash = "{HASH}"
role = "plan"
tenant = "plan"
organization = "{PLAN}"
"""
OPENID = """
[openid]
issuer = "https://login.example.org/realms/care"
client_id = "ecm-workbench"
client_secret_file = "openid-secret"
"""
GROUP = f"""
[[groups]]
value = "ecm-referrers"
role = "referrer"
tenant = "plan"
organization = "{CLINIC}"
"""


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "sign-in.toml"
        path.touch(mode=0o600)
        path.write_text(text)
        secret = tmp_path / "openid-secret"
        secret.touch(mode=0o600)
        secret.write_text("k3Jf8sLq0ZpWv7TnXy2RbMc5\n")
        return path

    return write


def test_a_file_without_fault_is_read(file: Callable[[str], Path]):
    known = read_accounts(file("idle_minutes = 15\n" + ANA + OPENID + GROUP), PARTIES)
    assert set(known.accounts) == {"ana"}
    assert [one.value for one in known.groups] == ["ecm-referrers"]
    assert (known.limits.idle, known.limits.whole) == (15 * 60_000, 8 * 3_600_000)
    assert known.secret == "k3Jf8sLq0ZpWv7TnXy2RbMc5"
    assert known.secret not in repr(known)


ALL = ANA + OPENID + GROUP
FAULTS = {
    "nobody": ("", "nobody may sign in; add"),
    "a slip": (ANA.replace("role", "rolle"), "account 'ana': `rolle` has no meaning; did you mean"),
    "a missing one": (ANA.replace('tenant = "plan"', ""), "account 'ana': `tenant` is missing"),
    "a wrong role": (ANA.replace('"plan"\nt', '"boss"\nt'), '"engineer", "referrer", "plan"'),
    "no text": (ANA.replace('"ana"', "1"), "account number 1: `name` is not as it should be"),
    "a name": (ANA.replace('"ana"', '"Ana R"'), "write it with lower-case letters"),
    "twice": (ANA + ANA, "its name is another one's as well"),
    "a copied password": (ANA + ANA.replace('"ana"', '"ben"'), "its `password_hash` is that of"),
    "a password": (ANA.replace(HASH, "Sunflower tree 12"), "is no hash; write what `ecm accounts"),
    "an example": (ANA.replace(HASH, "scrypt:..."), "is no hash"),
    "a cheap hash": (ANA.replace(":8:3$", ":8:1$"), "is made too cheaply or too dearly"),
    "a dear hash": (ANA.replace("32768:8:3", "1048576:8:1"), "is made too cheaply or too dearly"),
    "an old hash": (ANA.replace("scrypt:32768:8:3", "pbkdf2:sha256:1000"), "is no hash"),
    "a tenant": (ANA.replace('tenant = "plan"', 'tenant = "p"'), "`tenant` is 'p'; the clients"),
    "an organization": (ANA.replace("0012", "0013"), "which is no client's or partner's"),
    "a purpose": (ANA + 'purpose = "FUN"', "`purpose` is 'FUN'; choose one of TREAT"),
    "a label": (ANA + 'clearance = ["a b"]', "`clearance` holds 'a b'"),
    "an engineer's": (ANA + "patient_data = true", "`patient_data` is an engineer's"),
    "an auditor": (
        ANA.replace(PLAN, CLINIC).replace('"plan"\nt', '"auditor"\nt'),
        "only the operator has the audit",
    ),
    "another table": (ANA + "[acounts]", "'acounts' has no meaning here"),
    "a single table": (ANA.replace("[[accounts]]", "[accounts]"), "write [[accounts]], doubled"),
    "idle": ("idle_minutes = 0\n" + ANA, "`idle_minutes` is not more than 0"),
    "a day": ("session_hours = 25\n" + ANA, "`session_hours` is not more than 0"),
    "no number": ('idle_minutes = "30"\n' + ANA, "are numbers"),
    "a header": ('address_header = "X Real"\n' + ANA, "`address_header` is no name of a header"),
    "groups alone": (ANA + GROUP, "add its [openid] table"),
    "no groups": (OPENID, "nobody of it may sign in; add a [[groups]] table"),
    "http": (ALL.replace("https:", "http:"), "`issuer` is not https"),
    "no issuer": (ALL.replace("https://login", "login"), "`issuer` is no address"),
    "a user": (ALL.replace("https://login", "https://a:b@login"), "`issuer` has a user"),
    "no client": (ALL.replace('"ecm-workbench"', '""'), "`client_id` is empty"),
    "no secret": (ALL.replace('"openid-secret"', '"other"'), "cannot be read: No such file"),
    "no openid": (ALL.replace("[[groups]]", 'scope = "profile"\n[[groups]]'), "lacks openid"),
    "none": (
        ALL.replace("[[groups]]", 'algorithms = ["none"]\n[[groups]]'),
        "algorithms with a shared secret are never taken",
    ),
    "HS256": (ALL.replace("[[groups]]", 'algorithms = ["HS256"]\n[[groups]]'), "holds 'HS256'"),
    "a group twice": (ALL + GROUP, "group 'ecm-referrers': it is there twice"),
    "no TOML": ("[[accounts", "is not TOML"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_with_its_remedy(file: Callable[[str], Path], name: str):
    text, words = FAULTS[name]
    path = file(text)
    with pytest.raises(UnusableInput) as told:
        read_accounts(path, PARTIES)
    assert str(told.value).startswith(str(path))
    found = str(told.value)
    if words not in found:
        _, faults = check_accounts(path, PARTIES)
        found = "\n".join(faults)
    assert words in found
    assert HASH not in found


@pytest.mark.parametrize(
    "secret", ("", "short", "change-me-change-me-change-me", "a" * 40, "your-client-secret-here-1")
)
def test_a_secret_that_anybody_guesses_is_refused(file: Callable[[str], Path], secret: str):
    path = file(ALL)
    (path.parent / "openid-secret").write_text(secret)
    with pytest.raises(UnusableInput, match="holds no secret that nobody guesses"):
        read_accounts(path, PARTIES)


@pytest.mark.parametrize("mode", (0o644, 0o604, 0o602, 0o660, 0o666, 0o777))
@pytest.mark.parametrize("name", ("sign-in.toml", "openid-secret"))
def test_a_file_that_others_can_read_is_refused(file: Callable[[str], Path], name: str, mode: int):
    path = file(ALL)
    (path.parent / name).chmod(mode)
    with pytest.raises(UnusableInput, match=rf"chmod 600 .*{name}"):
        read_accounts(path, PARTIES)
    (path.parent / name).chmod(0o640)
    assert "ana" in read_accounts(path, PARTIES).accounts


def test_what_changed_is_read_again(file: Callable[[str], Path]):
    path = file(ANA)
    registry = Registry(path, PARTIES)
    before = registry.known.mark("account:ana")
    path.write_text(ANA + 'clearance = ["ETH"]')
    assert registry.known.mark("account:ana") not in ("", before)
    path.write_text("[[")
    assert registry.known.rights("account:ana") is not None
    path.write_text(ANA.replace("ana", "ben").replace(HASH, OTHER_HASH))
    assert registry.known.rights("account:ana") is None
    assert registry.known.mark("account:ana") == ""


@pytest.mark.parametrize(
    "password",
    (
        *("short", "password1234567", "correct horse battery staple", "aaaaaaaaaaaaaaaaaaaa"),
        *("ana-ana-ana-ana-12", "changeme-changeme!", "ecm workbench admin", "123456789012345678"),
        "x" * 1001,
    ),
)
def test_a_password_that_is_guessed_early_is_refused(password: str):
    assert unfit(password, "ana")


@pytest.mark.parametrize("password", ("Sunflower tree 12 bikes", "我們他們是不是一二三四五六七八"))
def test_words_of_ones_own_are_a_password(password: str):
    assert unfit(password, "ana") == ""
    kept = hashed(password)
    assert hash_fault(kept) == ""
    assert matches(kept, password)
    assert not matches(kept, password + " ")
    assert not matches(NOBODYS, password)
    assert hash_fault(NOBODYS)


def test_roles_have_the_least_they_need():
    """No scope of all types, none to delete; who does not care for patients sees none."""
    for role, scopes in SCOPES.items():
        assert not any("*" in scope or "d" in scope.rpartition(".")[2] for scope in scopes), role
    for role in ("engineer", "auditor"):
        for type in ("Patient", "Task", "ServiceRequest", "Condition", "Consent"):
            assert not any(f"/{type}." in scope for scope in SCOPES[role])
    assert SCOPES["auditor"] == ("system/AuditEvent.rs", "system/Organization.rs")
    for role in ("referrer", "plan", "provider", "engineer"):
        assert not any("AuditEvent" in scope for scope in SCOPES[role])


def test_the_command_counts_lists_and_finds(
    file: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
):
    path = file(ALL)
    assert main(["accounts", "check", str(path)]) == 0
    assert "1 account and 1 group of https://login.example.org" in capsys.readouterr().out
    assert main(["accounts", "list", str(path)]) == 0
    listed = capsys.readouterr().out
    assert "account ana" in listed
    assert "group ecm-referrers" in listed
    assert HASH not in listed
    assert main(["accounts", "check", str(file(ANA.replace("role", "rolle")))]) == 2
    assert capsys.readouterr().err.count("\n") == 2


def test_the_example_is_refused_for_its_placeholder_alone(file: Callable[[str], Path]):
    """Nobody signs in by what everybody can read."""
    example = (ROOT / "deploy" / "sign-in.example.toml").read_text(encoding="utf-8")
    _, (fault,) = check_accounts(file(example))
    assert "`password_hash` is no hash" in fault
    opened = example.replace("# [openid]", "[openid]").replace("# [[groups]]", "[[groups]]")
    for name in ("issuer", "client_id", "client_secret_file", "value", "role", "tenant"):
        opened = opened.replace(f"# {name} =", f"{name} =")
    opened = opened.replace("# organization =", "organization =").replace("…", HASH)
    filled = opened.replace(f'password_hash = "{HASH}"', f'password_hash = "{OTHER_HASH}"')
    assert check_accounts(file(filled))[1] == ()
