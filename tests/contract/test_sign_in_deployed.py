"""How a service begins where people sign in: what it refuses, and what it has behind a proxy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract.conftest import start_service, stop
from tests.contract.fhir.tenants import PLAN
from tests.contract.people import (
    ACCOUNTS,
    PASSWORD,
    Person,
    account,
    clients,
    start,
    write_accounts,
)

ANA = ACCOUNTS[0]
Refused = Callable[..., str]


@pytest.fixture
def arguments(tmp_path: Path) -> Callable[..., tuple[str, ...]]:
    """Arguments of a service that may start, with others put in their place; None: left out."""

    def made(file: Path | None = None, **changed: str | None) -> tuple[str, ...]:
        file = file or write_accounts(tmp_path / "sign-in.toml", account(*ANA))
        given: dict[str, str | None] = {
            "--clients": str(clients(tmp_path)),
            "--sign-in": str(file),
            "--store": f"sqlite:///{tmp_path / 'ecm.sqlite'}",
            "--port": "0",
        }
        given |= {f"--{name.replace('_', '-')}": value for name, value in changed.items()}
        pairs = ((name, value) for name, value in given.items() if value is not None)
        return ("serve", *(word for pair in pairs for word in pair))

    return made


@pytest.mark.parametrize(
    ("changed", "words"),
    (
        ({"clients": None}, "REFUSED: people who sign in work for registered organizations"),
        (
            {"host": "0.0.0.0", "public_base": "http://localhost:8080"},  # noqa: S104
            "REFUSED: --host 0.0.0.0 serves other machines, and http://localhost:8080 would send",
        ),
        ({"public_base": "http://ecm.example.org"}, "must be https"),
        ({"host": "0.0.0.0"}, "REFUSED: --host 0.0.0.0 serves other machines, whose"),  # noqa: S104
        ({"sign_in": "/nowhere/sign-in.toml"}, "cannot be read: No such file"),
    ),
)
def test_what_would_let_anybody_in_does_not_start(
    arguments: Callable[..., tuple[str, ...]],
    refused: Refused,
    changed: dict[str, str | None],
    words: str,
):
    assert words in refused(*arguments(**changed))


def test_a_file_with_a_fault_does_not_start(
    arguments: Callable[..., tuple[str, ...]], refused: Refused, tmp_path: Path
):
    """Read by everybody, a placeholder for a password, an organization that nobody registered."""
    file = write_accounts(tmp_path / "sign-in.toml", account(*ANA))
    file.chmod(0o644)
    assert "chmod 600" in refused(*arguments(file))
    placeholder = account(*ANA, password_hash='"scrypt:..."')
    write_accounts(file, placeholder)
    assert "is no hash; write what `ecm accounts hash` prints" in refused(*arguments(file))
    write_accounts(file, account("ana", "plan", "alpha", "1999999999"))
    assert "which is no client's or partner's of the tenant" in refused(*arguments(file))
    write_accounts(file, account("ana", "plan", "gamma", PLAN))
    assert "`tenant` is 'gamma'; the clients file has alpha, beta" in refused(*arguments(file))
    openid = '[openid]\nissuer = "http://login.example.org"\nclient_id = "ecm"\n'
    group = account("ana", "plan", "alpha", PLAN).replace("accounts", "groups")
    group = group.replace("name =", "value =").replace("password_hash", "#")
    write_accounts(file, openid, group)
    assert "`client_secret_file` is missing" in refused(*arguments(file))


def test_without_a_file_there_is_no_workbench(request: pytest.FixtureRequest, tmp_path: Path):
    """And all that clients call is there as before."""
    service = start_service(
        "--clients", str(clients(tmp_path)), "--store", f"sqlite:///{tmp_path / 'ecm.sqlite'}"
    )
    request.addfinalizer(lambda: stop(service))
    person = Person(service)
    for path in ("", "/", "/referrals/", "/sign-in", "/sign-in/openid", "/hooks/x/y"):
        for method in ("GET", "POST"):
            answer = person(method, f"/workbench{path}", {} if method == "POST" else None)
            assert answer.status == (404 if method == "GET" else 405), path
            if method == "GET":
                assert "sign_in" in answer.body.decode()
                assert "content-security-policy" in answer.headers
    first = person.get("/")
    assert first.status == 200
    assert b'href="/workbench' not in first.body
    assert b"/cds-services" in first.body
    assert person.get("/cds-services").status == 200
    assert person.get("/fhir/metadata").status == 200
    assert person.get("/fhir/Task").status == 401
    assert person.cookies == {}
    assert '"level":"error"' not in service.log.read_text()


def test_behind_a_proxy_the_cookie_is_of_https_and_of_this_host_alone(
    request: pytest.FixtureRequest, tmp_path: Path
):
    """Below a path, too: the page one is led to has it."""
    service = start(tmp_path, "--public-base", "https://ecm.example.org/care")
    request.addfinalizer(lambda: stop(service))
    person = Person(service)
    asked = person.get("/care/workbench/referrals/", Host="ecm.example.org")
    assert asked.headers["location"] == "/care/workbench/sign-in?next=/workbench/referrals/"
    form = {"name": "ana", "password": PASSWORD, "next": "/workbench/referrals/"}
    own = {"Origin": "https://ecm.example.org", "Host": "ecm.example.org"}
    answer = person("POST", "/care/workbench/sign-in", form, **own)
    assert answer.headers["location"] == "/care/workbench/referrals/"
    value, *attributes = answer.headers["set-cookie"].split("; ")
    assert value.startswith("__Host-ecm-session=")
    assert set(attributes) == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}
    page = person.get("/care/workbench/referrals/", Host="ecm.example.org")
    assert page.status == 200
    assert b'action="/care/workbench/sign-in/out"' in page.body
    assert b'data-form="/care/workbench/sign-in?next=/workbench/sign-in/done"' in page.body
