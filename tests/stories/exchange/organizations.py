"""Three organizations, each with a service of its own, that exchange referrals over HTTP.

A hospital refers, a plan authorizes and assigns, a provider enrolls. Each has its own database,
keys, registered clients and partners, and knows of the others what an operator would write into
its two files; nothing is shared but the loopback interface.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from msgspec import Struct

from adapter.cds_client.keys import read_key, write_key
from adapter.fhir_client.backend_token import BackendToken, Identity
from adapter.fhir_client.guarded import guarded_session
from adapter.fhir_client.partner import PartnerServer
from adapter.fhir_client.servers import read_base

NPI = "http://hl7.org/fhir/sid/us-npi"
#: Id, name and NPI.
ORGANIZATIONS = {
    "hospital": ("Valley Hospital", "1000000004"),
    "plan": ("Valley Health Plan", "1000000012"),
    "provider": ("Valley Community Care", "1000000020"),
}
#: Who calls whom.
CALLS = {"hospital": ("plan",), "plan": ("provider",), "provider": ()}
_SECONDS = 40.0


class Organization:
    """One organization: its service, and its staff as a client of it."""

    def __init__(self, id: str, folder: Path, ports: dict[str, int], learns: str) -> None:
        self.id, self.port = id, ports[id]
        self.folder = folder
        self.name, self.npi = ORGANIZATIONS[id]
        self._ports, self._learns = ports, learns
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir()
        self.private, self.public = write_key(folder, "ES384")
        self._staff: PartnerServer | None = None

    @property
    def base(self) -> str:
        """URL of its service."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def party(self) -> str:
        """As it is registered everywhere."""
        return f"{NPI}|{self.npi}"

    def register(self, others: dict[str, Organization]) -> None:
        """Write its clients file and its partners file."""
        clients = [_client(f"{self.id}-staff", self, role="operator")]
        clients += [
            _client(other.id, other, role="partner", hosts=(f"127.0.0.1:{other.port}",))
            for other in others.values()
            if self.id in CALLS[other.id]
        ]
        partners = [_partner(others[id], self, self._learns) for id in CALLS[self.id]]
        (self.folder / "clients.toml").write_text("\n".join(clients))
        (self.folder / "partners.toml").write_text("\n".join(partners))

    def start(self) -> None:
        """Start the service and wait until it answers."""
        arguments = ["--port", str(self.port), "--public-base", self.base]
        arguments += ["--clients", str(self.folder / "clients.toml")]
        arguments += ["--store", f"sqlite:///{self.folder / 'store.sqlite'}"]
        if CALLS[self.id]:
            arguments += ["--partners", str(self.folder / "partners.toml")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                (sys.executable, "-m", "adapter.cli.main", "serve", *arguments),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(self._answers, f"{self.id} answers")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop the service; SIGKILL: as if the machine were switched off."""
        if self._process is not None:
            os.killpg(self._process.pid, how)
            self._process.wait(30)
            self._process = None

    def staff(self) -> PartnerServer:
        """What its staff works with: a client of its own service, with a token."""
        if self._staff is None:
            self._staff = server(self, f"{self.id}-staff", self.private)
        return self._staff

    def patch(self, task: dict[str, Any], *operations: dict[str, Any]) -> dict[str, Any]:
        """Change a Task as staff would, by JSON Patch on the version it was read in."""
        version = task["meta"]["versionId"]
        answer = self.staff().patch("Task", task["id"], list(operations), if_match=version)
        changed: dict[str, Any] = answer.resource
        return changed

    def tasks(self, **query: str) -> list[dict[str, Any]]:
        """Tasks that its staff finds, in the order they came."""
        return self.staff().search("Task", *query.items())

    def logged(self) -> str:
        """What its service wrote."""
        return (self.folder / "log").read_text(encoding="utf-8")

    def _answers(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/fhir/metadata")
            return connection.getresponse().status == 200
        except OSError:
            assert self._process is not None
            assert self._process.poll() is None, self.logged()
            return False
        finally:
            connection.close()


class Network(Struct, frozen=True):
    """The three of them."""

    hospital: Organization
    plan: Organization
    provider: Organization

    def stop(self) -> None:
        """Stop every service."""
        for one in (self.hospital, self.plan, self.provider):
            one.stop(signal.SIGKILL)


def network(folder: Path, *, learns: str = "subscribe") -> Network:
    """Set the three up and start them.

    Args:
        folder: for their files.
        learns: how each learns of changes at a partner, `subscribe` or `poll`.
    """
    ports = {id: _free_port() for id in ORGANIZATIONS}
    made = {id: Organization(id, folder / id, ports, learns) for id in ORGANIZATIONS}
    for one in made.values():
        one.register(made)
    for one in made.values():
        one.start()
    return Network(**made)


def server(organization: Organization, client: str, key: Path) -> PartnerServer:
    """A client of an organization's FHIR server."""
    base = read_base(f"{organization.base}/fhir")
    assert base is not None
    session = guarded_session(allow_private=True)
    identity = Identity(client_id=client, key=read_key(key), scope="system/*.cruds")
    token = BackendToken(base, identity, session, seconds=20)
    return PartnerServer(base, session, token, seconds=20)


def wait_until(holds: Callable[[], Any], what: str) -> Any:
    """What the function gives once that is something; fails after a while."""
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        found = holds()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited in vain: {what}")


def _client(id: str, organization: Organization, *, role: str, hosts: tuple[str, ...] = ()) -> str:
    return f"""
[[clients]]
id = "{id}"
tenant = "{{tenant}}"
issuer = "urn:{id}"
jwks_file = "{organization.public}"
organization = "{organization.party}"
organization_name = "{organization.name}"
role = "{role}"
covered_entity = true
scopes = ["system/*.cruds"]
notification_hosts = {json.dumps(list(hosts))}
allow_private_addresses = true
""".replace("{tenant}", "main")


def _partner(partner: Organization, self: Organization, learns: str) -> str:
    return f"""
[[partners]]
id = "{partner.id}"
tenant = "main"
organization = "{partner.party}"
name = "{partner.name}"
fhir_base = "{partner.base}/fhir"
client_id = "{self.id}"
key_file = "{self.private}"
changes = "{learns}"
poll_minutes = 0.02
polling_agreed = true
covered_entity = true
allow_private_addresses = true
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
