"""A service as a client meets it: a process of its own on a free port of this machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from adapter.cli.main import main

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
    #: What it writes to standard error.
    log: Path = Path(os.devnull)

    def logged(self, event: str | None = None) -> list[dict[str, Any]]:
        """The lines of its log, each of which must be JSON; only those of one event."""
        lines = [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]
        return [line for line in lines if event in (None, line["event"])]

    def workers(self) -> set[int]:
        """Ids of the processes that answer."""
        parent = self.process.pid
        listed = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
        return {int(one) for one in listed.split()}

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


def start(*arguments: str, log: Path | None = None, **variables: str) -> subprocess.Popen[str]:
    """Start `ecm` with these arguments, in a group of processes of its own.

    Args:
        arguments: the subcommand and its options.
        log: where standard error goes; None: with standard output. A service logs there, and would
            stop once a pipe that nobody reads is full.
        variables: set in its environment.
    """
    with (log or Path(os.devnull)).open("wb") as errors:
        return subprocess.Popen(
            (
                "env",
                *(f"{name}={value}" for name, value in variables.items()),
                *COMMAND,
                *arguments,
            ),
            stdout=subprocess.PIPE,
            stderr=errors if log else subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )


def start_service(*options: str, **variables: str) -> Service:
    """Start `ecm serve` on a free port and wait until it answers."""
    number, name = tempfile.mkstemp(prefix="ecm-log-")
    os.close(number)
    process = start("serve", "--port", "0", *options, log=Path(name), **variables)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("Serving CDS Hooks at http://"), line + Path(name).read_text()
    if "--clients" not in options:
        assert process.stdout.readline().startswith("DEVELOPMENT MODE: ")
    port = int(line.split("/cds-services")[0].rpartition(":")[2])
    service = Service(port, process, Path(name))
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
    """Stop it as a supervisor would; give what it printed meanwhile. Its log is gone then."""
    service.process.send_signal(signal.SIGTERM)
    printed, _ = service.process.communicate(timeout=20)
    service.log.unlink(missing_ok=True)
    return printed


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs `ecm` with arguments that it refuses: exit code 2, one line, which is returned."""

    def run(*arguments: str) -> str:
        assert main(arguments) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith("ecm: ")
        assert said.err.count("\n") == 1
        return said.err

    return run


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """One service for all tests; it must be alive in the end, and no error in its log."""
    running = start_service()
    yield running
    is_alive, logged = running.process.poll() is None, running.logged()
    printed = stop(running)
    assert is_alive, "the service died during the tests"
    assert [line for line in logged if line["level"] == "error"] == []
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
