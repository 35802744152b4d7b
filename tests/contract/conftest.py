"""A service as a client meets it: a process of its own on a free port of this machine."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import date
from http.client import HTTPConnection
from typing import Any

import pytest
from msgspec import Struct

COMMAND = (sys.executable, "-m", "adapter.cli.main")


class Answer(Struct, frozen=True):
    """What came back over HTTP."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, which must be JSON in UTF-8."""
        return json.loads(self.body.decode())


class Service(Struct, frozen=True):
    """A running service."""

    port: int
    process: subprocess.Popen[str]

    def request(
        self,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """One request on a connection of its own."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            chunked = (headers or {}).get("Transfer-Encoding") == "chunked"
            connection.request(method, path, body, headers or {}, encode_chunked=chunked)
            response = connection.getresponse()
            return Answer(
                response.status,
                {name.lower(): value for name, value in response.getheaders()},
                response.read(),
            )
        finally:
            connection.close()

    def call_in_chunks(self, data: bytes) -> Answer:
        """A hook call whose length the client does not announce."""
        headers = {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}
        size = 1024 * 1024
        chunks = (data[at : at + size] for at in range(0, len(data), size))
        path = "/cds-services/ecm-patient-view"
        return self.request("POST", path, chunks, headers)

    def get(self, path: str, **headers: str) -> Answer:
        """A GET."""
        return self.request("GET", path, headers=headers)

    def call(self, body: object, service: str = "ecm-patient-view") -> Answer:
        """A hook call with a JSON body; bytes are sent as they are."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.request(
            "POST", f"/cds-services/{service}", data, {"Content-Type": "application/json"}
        )


def start(*arguments: str) -> subprocess.Popen[str]:
    """Start `ecm` with these arguments, in a group of processes of its own."""
    return subprocess.Popen(
        (*COMMAND, *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def start_service() -> Service:
    """Start `ecm serve` on a free port and wait until it answers."""
    process = start("serve", "--port", "0")
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("Serving CDS Hooks at http://127.0.0.1:"), line
    service = Service(int(line.split("/cds-services")[0].rpartition(":")[2]), process)
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            assert service.get("/healthz").status == 200
            return service
        except OSError:
            assert process.poll() is None, process.stdout.read()
            time.sleep(0.05)
    pytest.fail("the service did not start within 30 seconds")


def stop(service: Service) -> str:
    """Stop it as a supervisor would; give what it printed meanwhile."""
    service.process.send_signal(signal.SIGTERM)
    printed, _ = service.process.communicate(timeout=20)
    return printed


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """One service for all tests; it must be alive and silent in the end."""
    running = start_service()
    yield running
    assert running.process.poll() is None, "the service died during the tests"
    printed = stop(running)
    assert printed == ""
    assert running.process.returncode == 0


@pytest.fixture(scope="session")
def template(service: Service) -> dict[str, str]:
    """The prefetch template as discovered."""
    found: dict[str, str] = service.get("/cds-services").json["services"][0]["prefetch"]
    return found


@pytest.fixture(scope="session")
def today(service: Service) -> date:
    """The day the running service takes for today, read off a sample it serves."""
    served = service.get("/samples/five-emergency-visits").json
    return date.fromisoformat(served["timestamp"][:10])
