"""A live service with two tenants and five clients, and requests on behalf of each.

`alpha` is run by a plan; a clinic sends it a referral; a kitchen, no covered entity, has no part in
that. `beta` is another plan with a clinic of its own, which is the same organization as alpha's.
"""

from __future__ import annotations

import json
import time
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlencode

from adapter import clock
from adapter.security.smart import ASSERTION_TYPE
from tests.contract.conftest import Service, start_service
from tests.unit.adapter.security.signing import clients_file, header, signed

NPI = "http://hl7.org/fhir/sid/us-npi"
PLAN, CLINIC, KITCHEN, OTHER_PLAN = (f"100000000{number}" for number in range(1, 5))

_TABLE = """\
id = "{id}"
issuer = "https://{id}.example.org"
tenant = "{tenant}"
jwks_file = "keys.json"
organization = "{system}|{value}"
organization_name = "{id}"
role = "{role}"
covered_entity = {covered}
scopes = ["system/*.cruds"]
notification_hosts = ["127.0.0.1:{port}"]
allow_private_addresses = true
"""


#: Id, tenant, organization, role.
CLIENTS = (
    ("plan", "alpha", PLAN, "operator"),
    ("clinic", "alpha", CLINIC, "partner"),
    ("kitchen", "alpha", KITCHEN, "partner"),
    ("other-plan", "beta", OTHER_PLAN, "operator"),
    ("other-clinic", "beta", CLINIC, "partner"),
)


def _table(id: str, tenant: str, value: str, role: str, port: int) -> str:
    covered = "false" if value == KITCHEN else "true"
    table = _TABLE.format(
        id=id, tenant=tenant, system=NPI, value=value, role=role, covered=covered, port=port
    )
    return table + ('clearance = ["*"]\n' if role == "operator" else "")


Reply = tuple[int, bytes]

#: A connection that was idle for longer is not used again.
_IDLE_SECONDS = 2.0


class Receiver:
    """Takes every notification, by the path it comes to."""

    def __init__(self) -> None:
        received: list[tuple[str, bytes]] = []

        class _Taking(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                received.append((self.path, body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing is printed."""

        self._received = received
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Taking)
        self.port: int = self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def at(self, path: str) -> list[bytes]:
        """What came to a path."""
        return [body for place, body in list(self._received) if place == path]

    def close(self) -> None:
        """Take nothing more."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Caller:
    """One client, on a connection that stays open."""

    def __init__(self, service: Service, client: str, scope: str = "system/*.cruds") -> None:
        self._connection = HTTPConnection("127.0.0.1", service.port, timeout=30)
        self._used = time.monotonic()
        self.client = client
        self.token = self.asked_for(scope)

    def __call__(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """A request below `/fhir`; status and body."""
        sent = {"Authorization": f"Bearer {self.token}"} | (headers or {})
        if body is not None:
            sent.setdefault("Content-Type", "application/fhir+json")
        self._renew()
        self._connection.request(method, f"/fhir{path}", body, sent)
        response = self._connection.getresponse()
        return response.status, response.read()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def written(self, resource: dict[str, Any]) -> dict[str, Any]:
        """Write a resource, by its id if it has one."""
        id, type = resource.get("id"), resource["resourceType"]
        method, path = ("PUT", f"/{type}/{id}") if id else ("POST", f"/{type}")
        status, body = self(method, path, json.dumps(resource).encode())
        assert status in (200, 201), body
        made: dict[str, Any] = json.loads(body)
        return made

    def read(self, path: str) -> dict[str, Any]:
        """A resource."""
        status, body = self("GET", path)
        assert status == 200, body
        found: dict[str, Any] = json.loads(body)
        return found

    def asked_for(self, scope: str) -> str:
        """An access token with this scope."""
        at = int(clock.now().timestamp())
        claims = {
            "iss": self.client,
            "sub": self.client,
            "aud": f"http://127.0.0.1:{self._connection.port}/auth/token",
            "exp": at + 300,
            "jti": f"{self.client}-{time.monotonic_ns()}",
        }
        form = {
            "grant_type": "client_credentials",
            "scope": scope,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": signed(header(), claims),
        }
        self._renew()
        self._connection.request(
            "POST",
            "/auth/token",
            urlencode(form),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )
        given = json.loads(self._connection.getresponse().read())
        return str(given["access_token"])

    def _renew(self) -> None:
        if time.monotonic() > self._used + _IDLE_SECONDS:
            self._connection.close()  # the service may have closed it; the next request opens one
        self._used = time.monotonic()


def start(folder: Path, port: int) -> Service:
    """The service, over a SQLite file in the folder; it may notify this port of this machine."""
    file = clients_file(folder, *(_table(*client, port) for client in CLIENTS))
    return start_service("--clients", str(file), "--store", f"sqlite:///{folder / 'ecm.sqlite'}")
