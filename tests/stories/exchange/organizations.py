"""Three organizations, each with a service of its own, that exchange referrals over HTTP.

A hospital refers, a plan authorizes and assigns, a provider enrolls. Each has its own store, keys,
registered clients and partners, and knows of the others what an operator would write into its two
files; nothing is shared but the loopback interface. The plan notifies the hospital; the provider
does not notify the plan, which asks it instead.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct

from adapter.cds_client.keys import read_key, write_key
from adapter.deployment import free_port
from adapter.fhir_client.backend_token import BackendToken, Identity
from adapter.fhir_client.guarded import guarded_session
from adapter.fhir_client.partner import PartnerServer
from adapter.fhir_client.servers import read_base
from tests.contract.conftest import Service, start_service, stop
from tests.unit.adapter.command import ecm

NPI = "http://hl7.org/fhir/sid/us-npi"
#: Id, name and NPI.
ORGANIZATIONS = {
    "hospital": ("Valley Hospital", "1000000004"),
    "plan": ("Valley Health Plan", "1000000012"),
    "provider": ("Valley Community Care", "1000000020"),
}
#: Who refers to whom, and learns how of what became of it.
REFERS = {"hospital": ("plan", "subscribe"), "plan": ("provider", "poll")}
_SECONDS = 60.0

Resource = dict[str, Any]
_T = TypeVar("_T")


class Organization:
    """One organization: its service, and its staff at the command line and with its FHIR server."""

    def __init__(self, id: str, folder: Path, ports: dict[str, int]) -> None:
        self.id, self.folder, self._ports = id, folder, ports
        self.name, self.npi = ORGANIZATIONS[id]
        self.base = f"http://127.0.0.1:{ports[id]}"
        self.party = f"{NPI}|{self.npi}"
        folder.mkdir()
        self.private, self.public = write_key(folder, "ES384")
        self._service: Service | None = None
        self._staff: PartnerServer | None = None
        #: Errors in the logs of services that were stopped.
        self.errors: list[dict[str, Any]] = []

    def register(self, others: Iterable[Organization]) -> None:
        """Write the two files: its own staff and who refers to it; whom it refers to."""
        clients = [_client(f"{self.id}-staff", self, role="operator")]
        partners = []
        for other in others:
            if REFERS.get(other.id, ("",))[0] == self.id:
                hosts = [other.base.removeprefix("http://")]
                clients.append(_client(other.id, other, notification_hosts=hosts))
            if REFERS.get(self.id, ("",))[0] == other.id:
                partners.append(_partner(other, self))
        (self.folder / "clients.toml").write_text("\n".join(clients), encoding="utf-8")
        (self.folder / "partners.toml").write_text("\n".join(partners), encoding="utf-8")

    def start(self) -> None:
        """Start the service and wait until it answers."""
        options = ["--port", str(self._ports[self.id]), "--public-base", self.base]
        options += ["--clients", str(self.folder / "clients.toml")]
        options += ["--store", f"sqlite:///{self.folder / 'store.sqlite'}"]
        if self.id in REFERS:
            options += ["--partners", str(self.folder / "partners.toml")]
        self._service = start_service(*options)

    def stop(self) -> None:
        """Stop the service as a supervisor would."""
        if (service := self._ended()) is not None:
            stop(service)

    def switch_off(self) -> None:
        """End the service as if its machine lost power."""
        if (service := self._ended()) is not None:
            os.killpg(service.process.pid, signal.SIGKILL)
            service.process.communicate(timeout=20)
            service.log.unlink()

    def tries(self, *arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
        """`ecm referral …` of its staff at its service, whatever comes of it."""
        access = ("--service", self.base, "--client-id", f"{self.id}-staff", "--key", self.private)
        return ecm("referral", *arguments, *access)

    def says(self, *arguments: str | Path) -> str:
        """What it prints."""
        run = self.tries(*arguments)
        assert run.returncode == 0, run.stderr.decode()
        return run.stdout.decode()

    def staff(self) -> PartnerServer:
        """Its FHIR server, with a token of its staff."""
        if self._staff is None:
            base = read_base(f"{self.base}/fhir")
            assert base is not None
            session = guarded_session(allow_private=True)
            key = read_key(self.private)
            identity = Identity(client_id=f"{self.id}-staff", key=key, scope="system/*.cruds")
            token = BackendToken(base, identity, session, seconds=20)
            self._staff = PartnerServer(base, session, token, seconds=20)
        return self._staff

    def read(self, reference: str) -> Resource:
        """A resource by its relative reference."""
        found = self.staff().read(*reference.split("/")).resource
        assert found is not None
        return found

    def tasks(self, **query: str) -> list[Resource]:
        """Tasks that its staff finds, in the order they came."""
        asked = [(name.replace("_", "-"), value) for name, value in query.items()]
        return list(self.staff().search("Task", *asked))

    def _ended(self) -> Service | None:
        service, self._service = self._service, None
        if service is not None:
            self.errors += [line for line in service.logged() if line["level"] == "error"]
        return service


class Network(Struct, frozen=True):
    """The three of them."""

    hospital: Organization
    plan: Organization
    provider: Organization

    def stop(self) -> list[dict[str, Any]]:
        """Stop every service; the errors of their logs."""
        every = (self.hospital, self.plan, self.provider)
        with ThreadPoolExecutor() as side_by_side:
            list(side_by_side.map(Organization.stop, every))
        return [error for one in every for error in one.errors]


def network(folder: Path) -> Network:
    """Set the three up and start them."""
    ports = {id: free_port("127.0.0.1", 0) for id in ORGANIZATIONS}
    made = {id: Organization(id, folder / id, ports) for id in ORGANIZATIONS}
    for one in made.values():
        one.register(made.values())
    with ThreadPoolExecutor() as side_by_side:
        list(side_by_side.map(Organization.start, made.values()))
    return Network(**made)


def wait_until(look: Callable[[], _T | None], what: str) -> _T:
    """What is seen once there is something to see; fails after a while."""
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited in vain: {what}")


def _client(id: str, organization: Organization, **elements: Any) -> str:
    wanted = {
        "id": id,
        "tenant": "main",
        "issuer": f"urn:{id}",
        "jwks_file": str(organization.public),
        "organization": organization.party,
        "organization_name": organization.name,
        "covered_entity": True,
        "scopes": ["system/*.cruds"],
        "allow_private_addresses": True,
        **elements,
    }
    return _table("clients", wanted)


def _partner(partner: Organization, self: Organization) -> str:
    changes = REFERS[self.id][1]
    wanted: dict[str, Any] = {
        "id": partner.id,
        "tenant": "main",
        "organization": partner.party,
        "name": partner.name,
        "fhir_base": f"{partner.base}/fhir",
        "client_id": self.id,
        "key_file": str(self.private),
        "changes": changes,
        "covered_entity": True,
        "allow_private_addresses": True,
    }
    if changes == "poll":
        wanted |= {"poll_minutes": 0.005, "polling_agreed": True}
    return _table("partners", wanted)


def _table(name: str, elements: dict[str, Any]) -> str:
    lines = (f"{key} = {json.dumps(value)}" for key, value in elements.items())
    return "\n".join((f"[[{name}]]", *lines, ""))
