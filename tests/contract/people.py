"""People at the workbench: a service where they sign in, and the browser of one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from html import unescape
from pathlib import Path
from re import search
from urllib.parse import urlencode

from adapter.workbench.sign_in.passwords import hashed
from tests.contract.conftest import Answer, Service, start_service
from tests.contract.fhir.tenants import CLIENTS, CLINIC, NPI, OTHER_PLAN, PLAN, _table
from tests.unit.adapter.security.signing import clients_file

PASSWORD = "Sunflower tree 12 bikes"
COOKIE = "ecm-session"

#: Name, role, tenant, organization.
ACCOUNTS = (
    ("ana", "plan", "alpha", PLAN),
    ("rex", "referrer", "alpha", CLINIC),
    ("pia", "provider", "alpha", CLINIC),
    ("eno", "engineer", "alpha", PLAN),
    ("aud", "auditor", "alpha", PLAN),
    ("ben", "plan", "beta", OTHER_PLAN),
    ("bea", "auditor", "beta", OTHER_PLAN),
)

#: Which pages a role has.
PAGES = {
    "ana": {"evaluate", "referrals", "policies"},
    "rex": {"evaluate", "referrals", "policies"},
    "pia": {"evaluate", "referrals", "policies"},
    "eno": {"evaluate", "hooks", "policies", "operations"},
    "aud": {"policies", "operations"},
}


#: A field and its value, or its values.
Form = Mapping[str, str | list[str]]


@cache
def hash_of(name: str, password: str = PASSWORD) -> str:
    """A hash of the password; each account has its own."""
    del name
    return hashed(password)


def account(name: str, role: str, tenant: str, value: str, **more: str) -> str:
    """An `[[accounts]]` table; more: further lines, as they are written in TOML."""
    lines = {
        "name": f'"{name}"',
        "password_hash": f'"{hash_of(name)}"',
        "role": f'"{role}"',
        "tenant": f'"{tenant}"',
        "organization": f'"{NPI}|{value}"',
    } | more
    return "\n".join(["[[accounts]]", *(f"{key} = {text}" for key, text in lines.items()), ""])


def write_accounts(file: Path, *tables: str, head: str = "") -> Path:
    """The sign-in file, as the service takes it."""
    file.touch(mode=0o600)
    proxy = 'address_header = "X-Real-IP"'
    file.write_text("\n".join([proxy, head, *(tables or (account(*one) for one in ACCOUNTS))]))
    file.chmod(0o600)
    return file


def clients(folder: Path) -> Path:
    """The clients file: two tenants."""
    return clients_file(folder, *(_table(*one, 9) for one in CLIENTS))


def start(folder: Path, *options: str, head: str = "") -> Service:
    """The service where everybody of `ACCOUNTS` may sign in, with `sign-in.toml` in the folder."""
    file = write_accounts(folder / "sign-in.toml", head=head)
    return start_service(
        *("--clients", str(clients(folder)), "--sign-in", str(file)),
        *("--store", f"sqlite:///{folder / 'ecm.sqlite'}"),
        *options,
    )


def file_of(service: Service) -> Path:
    """The sign-in file of a service."""
    arguments = service.process.args
    assert isinstance(arguments, tuple)
    return Path(str(arguments[arguments.index("--sign-in") + 1]))


@contextmanager
def written(service: Service, change: Callable[[str], str]) -> Iterator[None]:
    """For a while another sign-in file."""
    file = file_of(service)
    was = file.read_text()
    file.write_text(change(was))
    try:
        yield
    finally:
        file.write_text(was)


class Person:
    """Somebody with a browser, at an address of their own."""

    def __init__(self, service: Service, address: str = "192.0.2.1") -> None:
        self.service, self.address = service, address
        self.cookies: dict[str, str] = {}

    def __call__(self, method: str, path: str, form: Form | None = None, **headers: str) -> Answer:
        """A request on a connection of its own; `X_Fragment` stands for the header X-Fragment."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent.setdefault("X-Real-IP", self.address)
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = None
        if form is not None:
            body = urlencode(form, doseq=True).encode()
            sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
        answer = self.service.request(method, path, body, sent)
        if told := answer.headers.get("set-cookie"):
            name, _, value = told.partition(";")[0].partition("=")
            self.cookies.pop(name, None)
            if value:
                self.cookies[name] = value
        return answer

    def get(self, path: str, **headers: str) -> Answer:
        """A GET."""
        return self("GET", path, None, **headers)

    def sign_in(self, name: str, password: str = PASSWORD, wanted: str = "/") -> Answer:
        """Send the form."""
        form = {"name": name, "password": password, "next": wanted}
        return self("POST", "/workbench/sign-in", form)

    @property
    def csrf(self) -> str:
        """The token of the session; empty: there is none."""
        state = self.get("/workbench/sign-in/state")
        return str(state.json.get("csrf", "")) if state.status == 200 else ""

    @property
    def is_signed_in(self) -> bool:
        """Whether a page opens that everybody has."""
        return self.get("/workbench/policies/").status == 200


def signed_in(service: Service, name: str, address: str = "192.0.2.1") -> Person:
    """Somebody who is."""
    person = Person(service, address)
    answer = person.sign_in(name)
    assert answer.status == 303, said(answer)
    return person


def said(answer: Answer) -> str:
    """What a page announces as wrong."""
    found = search(r'role="alert"[^>]*>(.*?)</', answer.body.decode())
    return unescape(found[1]) if found else ""
