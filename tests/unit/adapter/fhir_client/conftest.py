"""A stub FHIR server, a client to fetch from it, and look-ups of names answered by the test."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from adapter.fhir_client.fetching import FhirClient, Limits
from tests.fhir_stub import FhirStub


@pytest.fixture(scope="session")
def client() -> Iterator[FhirClient]:
    """A client whose limits a test can reach."""
    opened = FhirClient(limits=Limits(pages=5, document_bytes=100_000, call_bytes=250_000))
    yield opened
    opened.close()


@pytest.fixture
def stub() -> Iterator[FhirStub]:
    """A server that holds a small chart, two entries to a page."""
    with FhirStub(page_size=2) as server:
        server.hold(
            {"resourceType": "Patient", "id": "p1"},
            {"resourceType": "Organization", "id": "o1"},
            *(_of_patient("Observation", f"ob{number}") for number in range(5)),
            _of_patient("Condition", "c1"),
        )
        yield server


@pytest.fixture
def sink() -> Iterator[FhirStub]:
    """Another server, which no client may name."""
    with FhirStub() as server:
        yield server


@pytest.fixture
def resolving(monkeypatch: pytest.MonkeyPatch) -> Callable[[Iterator[list[str]]], list[str]]:
    """Answers look-ups of names one after another; numbers are what they are."""

    def install(answers: Iterator[list[str]]) -> list[str]:
        asked: list[str] = []

        def getaddrinfo(host: Any, port: Any, *_: Any, **__: Any) -> list[Any]:
            try:
                found = [str(ipaddress.ip_address(host))]
            except ValueError:
                asked.append(host)
                found = next(answers)
            return [
                (
                    socket.AF_INET6 if ":" in one else socket.AF_INET,
                    socket.SOCK_STREAM,
                    6,
                    "",
                    (one, port),
                )
                for one in found
            ]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        return asked

    return install


def _of_patient(kind: str, id: str) -> dict[str, Any]:
    return {"resourceType": kind, "id": id, "subject": {"reference": "Patient/p1"}}
