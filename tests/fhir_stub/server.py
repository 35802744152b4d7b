"""A FHIR server on 127.0.0.1, in a thread of the test: it reads, searches, pages, and misbehaves.

    with FhirStub() as stub:
        stub.hold({"resourceType": "Patient", "id": "p1"})
        stub.misbehave("/Coverage", faults.status(500))
        ...  # the server is at stub.base
        stub.seen  # what was asked, and with which headers

A search returns the resources of a type that name the patient asked for (`patient`, `subject` or
`beneficiary`), in the order in which they were given; other parameters change nothing.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

#: What answers a call instead of the server; takes the handler, whose `stub` it may ask.
Fault = Callable[["Handler"], None]

_PATIENT = ("patient", "subject", "beneficiary")


@dataclass(frozen=True)
class Seen:
    """One call that reached the server."""

    #: Path and query, as they came.
    target: str
    headers: dict[str, str]


class FhirStub:
    """The server; a context manager.

    Args:
        latency: seconds before each answer.
        page_size: entries of a page; None: all on one.
        tls: serve `https` with this context.
        port: of 127.0.0.1; 0: one that is free.
    """

    def __init__(
        self,
        *,
        latency: float = 0.0,
        page_size: int | None = None,
        tls: ssl.SSLContext | None = None,
        port: int = 0,
    ) -> None:
        self.latency = latency
        self.page_size = page_size
        self.seen: list[Seen] = []
        #: Set when the server closes; a fault that waits waits on it.
        self.closing = threading.Event()
        self._held: dict[tuple[str, str], dict[str, Any]] = {}
        self._faults: list[tuple[str, Fault]] = []
        self._server = _Server(self, port)
        self.connections = 0
        self.port = int(self._server.server_address[1])
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        scheme = "http" if tls is None else "https"
        self.base = f"{scheme}://127.0.0.1:{self.port}/fhir"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()
        self._thread.join()

    def hold(self, *resources: dict[str, Any]) -> None:
        """Have these resources; a Bundle's entries are held one by one."""
        for resource in resources:
            if resource["resourceType"] == "Bundle":
                self.hold(*(entry["resource"] for entry in resource.get("entry", ())))
            else:
                self._held[resource["resourceType"], resource["id"]] = resource

    def misbehave(self, beginning: str, fault: Fault) -> None:
        """Answer with a fault whatever is asked below the base by a target of this beginning."""
        self._faults.append(("/fhir" + beginning, fault))

    def fault_of(self, target: str) -> Fault | None:
        """The fault to answer with; None: answer as a server should."""
        return next((fault for start, fault in self._faults if target.startswith(start)), None)

    def answer(self, target: str) -> tuple[int, dict[str, Any]]:
        """Status and resource that answer a read or a search."""
        parts = urlsplit(target)
        names = parts.path.removeprefix("/fhir").strip("/").split("/")
        asked = parse_qs(parts.query)
        if len(names) == 2 and (names[0], names[1]) in self._held:
            return 200, self._held[names[0], names[1]]
        if len(names) != 1 or not names[0]:
            return 404, outcome("not-found")
        patients = {
            value.removeprefix("Patient/") for key in _PATIENT for value in asked.get(key, ())
        }
        found = [
            resource
            for (kind, _), resource in self._held.items()
            if kind == names[0] and (not patients or patients & patients_of(resource))
        ]
        return 200, self._page(names[0], parts.query, found, int(asked.get("_page", ["0"])[0]))

    def _page(
        self, kind: str, query: str, found: list[dict[str, Any]], number: int
    ) -> dict[str, Any]:
        size = self.page_size or max(len(found), 1)
        rest = "&".join(part for part in query.split("&") if not part.startswith("_page="))
        link = [{"relation": "self", "url": f"{self.base}/{kind}?{query}"}]
        if (number + 1) * size < len(found):
            link.append(
                {"relation": "next", "url": f"{self.base}/{kind}?{rest}&_page={number + 1}"}
            )
        return {
            "resourceType": "Bundle",
            "type": "searchset",
            "total": len(found),
            "link": link,
            "entry": [
                {"resource": resource, "search": {"mode": "match"}}
                for resource in found[number * size : (number + 1) * size]
            ],
        }


def patients_of(resource: dict[str, Any]) -> set[str]:
    """The ids of the patients a resource is about."""
    named = [resource.get(element) for element in _PATIENT]
    references = [one.get("reference", "") for one in named if isinstance(one, dict)]
    return {reference.rpartition("/")[2] for reference in references}


def outcome(code: str) -> dict[str, Any]:
    """An OperationOutcome with one issue."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": code}],
    }


class Handler(BaseHTTPRequestHandler):
    """One connection; many calls may come over it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    @property
    def stub(self) -> FhirStub:
        """The server it belongs to."""
        return self.server.stub

    def do_GET(self) -> None:
        """Notes the call, then answers it or misbehaves."""
        self.stub.seen.append(Seen(self.path, {k.lower(): v for k, v in self.headers.items()}))
        if self.stub.latency:
            time.sleep(self.stub.latency)
        fault = self.stub.fault_of(self.path)
        if fault is not None:
            fault(self)
            return
        status, resource = self.stub.answer(self.path)
        self.reply(status, json.dumps(resource).encode())

    def reply(
        self, status: int, body: bytes, kind: str = "application/fhir+json", **headers: str
    ) -> None:
        """Send a whole answer; `_` in the name of a header stands for `-`."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: a test's output is its own."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Waiting for threads would wait for those that stall.
    block_on_close = False
    request_queue_size = 128

    def __init__(self, stub: FhirStub, port: int) -> None:
        self.stub = stub
        self._open: list[socket.socket] = []
        super().__init__(("127.0.0.1", port), Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        self.stub.connections += 1
        connection, address = super().get_request()
        self._open.append(connection)
        return connection, address

    def hang_up(self) -> None:
        """End what clients keep open: another stub may get this port."""
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a client that hangs up is what the tests are about."""
