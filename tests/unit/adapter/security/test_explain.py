"""`ecm clients`: what an engineer learns of a file, and of a token refused with a bare 401."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from adapter.cli.main import main
from tests.unit.adapter.command import ecm
from tests.unit.adapter.security.signing import (
    AT,
    BASE,
    NOW,
    PATH,
    claims,
    clients_file,
    header,
    jwks,
    signed,
    token,
)

CLIENT = """\
id = "valley"
issuer = "https://ehr.example.org"
tenant = "valley-health"
jwks_file = "keys.json"
"""
CALLED = ("--url", f"{BASE}{PATH}", "--at", NOW.isoformat())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return clients_file(tmp_path, CLIENT)


def explained(file: Path, sent: str, *more: str) -> subprocess.CompletedProcess[bytes]:
    return ecm("clients", "explain-token", file, *CALLED, *more, stdin=sent.encode())


def test_a_good_token_breaks_no_rule(file: Path):
    """With the client it is judged as, and what cannot be known from outside the service."""
    shown = explained(file, f"Bearer {token()}\n")
    assert (shown.returncode, shown.stderr) == (0, b"")
    assert shown.stdout.decode().splitlines() == [
        "Judged as client valley.",
        "No rule is broken.",
        "not judged here: whether the token was used before: each is good for one call",
    ]


def test_every_rule_a_token_breaks_is_told_at_once_with_its_remedy(file: Path):
    """The service stops at the first; who mends a client wants them all."""
    sent = signed(
        header(typ="jwt"),
        claims(exp=AT - 300, iat=AT - 600, jti="", aud=f"http://ecm.example.org:8080{PATH}/"),
        "P-384/stranger",
    )
    shown = explained(file, sent)
    assert shown.returncode == 2
    lines = shown.stdout.decode().splitlines()
    assert [one.split()[1] for one in lines if one.startswith("refused")] == [
        "(type):",
        "(signature):",
        "(audience):",
        "(expired):",
        "(token-id):",
    ]
    assert "in the scheme and the port and the slash at the end" in shown.stdout.decode()
    assert "300 seconds before the time of the call" in shown.stdout.decode()
    assert "    make a new token for each call" in lines


@pytest.mark.parametrize(
    ("changed", "words"),
    (
        ({"aud": f"{BASE}{PATH}/"}, "it differs in the slash at the end"),
        ({"aud": f"{BASE}/cds-services"}, "it differs in the path"),
        ({"aud": f"https://ecm{PATH}"}, "it differs in the host"),
        ({"aud": f"{BASE}{PATH}?"}, "it differs in spelling"),
        ({"aud": "https://[x"}, "it is no URL"),
        ({"aud": None}, "it is missing, or not a text"),
        ({"exp": AT + 4000}, "it ends 4000 seconds after the time of the call"),
        ({"exp": "soon"}, "`exp` is missing or no number"),
        ({"iat": AT + 100}, "100 seconds after the time of the call"),
        ({"nbf": AT + 100}, "claim `nbf` is in the future"),
        ({"iss": "https://nobody.example"}, "no client is registered with the value of claim"),
        ({"tenant": "x"}, "claim `tenant` is not the client's"),
        ({"sub": 7}, "claim `sub` is not a text"),
    ),
)
def test_what_is_wrong_with_a_claim_is_said_without_repeating_it(
    file: Path,
    changed: dict[str, Any],
    words: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    """In which part an audience differs, by how many seconds a time is off."""
    shown = explain_here(file, token(**changed), capsys, monkeypatch)
    assert words in shown
    for claim in changed.values():
        assert not isinstance(claim, str) or claim not in shown


@pytest.mark.parametrize(
    ("sent", "words"),
    (
        ("", "there is no `Authorization: Bearer`"),
        ("Basic abc", "there is no `Authorization: Bearer`"),
        ("abc", "not three base64url parts"),
        ("a.b.c", "not three base64url parts"),
        ("x" * 9000, "longer than 8 KB"),
        (signed(header(alg="none"), claims()), "none of the client's algorithms"),
        (signed(header(alg="HS256"), claims()), "none of the client's algorithms"),
        (signed(header(alg=["ES384"]), claims()), "none of the client's algorithms"),
        (signed(header(kid="x"), claims()), "no usable key with the token's `kid`"),
        (signed(header(kid=None), claims()), "header `kid` is missing"),
        (signed(header(kid="rsa"), claims()), "is not for the token's `alg`"),
        (signed(header(crit=["exp"]), claims()), "the header asks for an extension"),
        (signed(header(jku="https://x.example"), claims()), "is not the client's registered"),
    ),
)
def test_what_is_wrong_with_header_and_form_is_said(
    file: Path,
    sent: str,
    words: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    """Whatever is pasted."""
    assert words in explain_here(file, sent, capsys, monkeypatch)


def explain_here(
    file: Path, sent: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> str:
    """The same in this process, which is faster; it must find something."""
    from io import StringIO

    monkeypatch.setattr("sys.stdin", StringIO(sent))
    assert main(["clients", "explain-token", str(file), *CALLED]) == 2
    shown = capsys.readouterr()
    assert shown.err == ""
    return shown.out


PARTNER = f"""{CLIENT}
organization = "http://hl7.org/fhir/sid/us-npi|1234567893"
organization_name = "Valley Health"
covered_entity = true
scopes = ["system/Task.rs"]
"""


@pytest.mark.parametrize(
    ("changed", "told"),
    (
        ({}, "Judged as client valley.\nNo rule is broken."),
        ({"sub": "valley-health"}, "refused (client-id): `iss`, `sub` and `client_id` are not one"),
        ({"iss": "nobody", "sub": "nobody"}, "refused (issuer): "),
        ({"exp": AT + 900, "iat": AT}, "refused (too-long-lived): "),
        ({"aud": f"{BASE}/fhir"}, "refused (audience): "),
    ),
)
def test_a_client_assertion_is_judged_where_the_url_is_the_token_endpoint(
    tmp_path: Path, changed: dict[str, Any], told: str
):
    """By the rules of SMART Backend Services, which are stricter."""
    file = clients_file(tmp_path, PARTNER + "max_token_seconds = 3600")
    body = claims(iss="valley", sub="valley", aud=f"{BASE}/auth/token") | changed
    url = ("--url", f"{BASE}/auth/token", "--at", NOW.isoformat())
    sent = signed(header(), body).encode()
    shown = ecm("clients", "explain-token", file, *url, stdin=sent)
    assert told in shown.stdout.decode()


def test_a_client_that_has_no_part_in_the_exchange_is_told_so(file: Path):
    """Its tokens are for hook calls."""
    sent = signed(header(), claims(iss="valley", sub="valley", aud=f"{BASE}/auth/token"))
    url = ("--url", f"{BASE}/auth/token", "--at", NOW.isoformat())
    shown = ecm("clients", "explain-token", file, *url, stdin=sent.encode())
    assert "refused (no-part): the client has no part in the referral exchange" in (
        shown.stdout.decode()
    )


def test_no_claim_is_shown(file: Path):
    """They may stand for a person."""
    canary = "canary-7"
    sent = signed(
        header(canary=canary),
        claims(iss=canary, sub=canary, tenant=canary, jti=canary, aud=canary, name=canary),
    )
    assert canary.encode() not in explained(file, sent).stdout
    mine = signed(header(), claims(sub=canary, tenant=canary, jti=canary, aud=canary))
    shown = explained(file, mine)
    assert shown.returncode == 2
    assert canary.encode() not in shown.stdout + shown.stderr


def test_keys_at_a_url_are_not_fetched_but_can_be_given(tmp_path: Path):
    """The command sends nothing; `--jwks` names the set as downloaded."""
    by_url = CLIENT.replace('jwks_file = "keys.json"', 'jwks_url = "https://ehr.example.org/jwks"')
    file = clients_file(tmp_path, by_url)
    sent = signed(header(), claims(), "P-384/stranger")
    unsure = explained(file, sent)
    assert unsure.returncode == 0
    assert b"not judged here: the signature" in unsure.stdout
    (tmp_path / "downloaded.json").write_text(json.dumps(jwks("P-384")))
    sure = explained(file, sent, "--jwks", str(tmp_path / "downloaded.json"))
    assert sure.returncode == 2
    assert b"refused (signature)" in sure.stdout


@pytest.mark.parametrize("time", ("yesterday", "2026-03-18", "2026-03-18T09:30:00"))
def test_a_time_without_its_zone_is_refused(file: Path, time: str):
    """Half the mistakes with `exp` are zones."""
    shown = ecm("clients", "explain-token", file, "--url", BASE, "--at", time)
    assert shown.returncode == 2
    assert b"is not a time with its zone" in shown.stderr


def test_clients_are_listed_one_on_a_line(tmp_path: Path):
    """Who they are, whose data they bring, where their keys are."""
    other = CLIENT.replace("valley", "other").replace("ehr.", "other.") + 'plans = ["anthem"]'
    shown = ecm("clients", "list", clients_file(tmp_path, CLIENT, other))
    assert shown.returncode == 0
    head, first, second = shown.stdout.decode().splitlines()
    assert head.split() == [
        *("client", "tenant", "plans", "purpose", "cards", "keys", "issuer"),
        *("organization", "role"),
    ]
    assert first.startswith("valley  valley-health  every plan  TREAT")
    assert "anthem" in second


def test_a_good_file_has_no_faults(file: Path):
    """Exit code 0."""
    shown = ecm("clients", "check", file)
    assert (shown.returncode, shown.stdout) == (0, b"1 client, no faults\n")


def test_every_fault_of_a_file_is_told_on_a_line(tmp_path: Path):
    """On standard error, exit code 2."""
    file = clients_file(tmp_path, CLIENT + 'purpose = "x"\nplans = ["z"]', "id = 7")
    shown = ecm("clients", "check", file)
    assert (shown.returncode, shown.stdout) == (2, b"")
    assert len(shown.stderr.splitlines()) == 4
