"""The FHIR endpoint as a client meets it: a service of its own, and requests that are short."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from msgspec import Struct

from tests.contract.conftest import Answer, Service, start_service, stop

FHIR_JSON = "application/fhir+json"

#: Of a query: by name, or as it is written.
Params = Mapping[str, str] | str


class Fhir(Struct, frozen=True):
    """A running endpoint."""

    service: Service

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.service.port}/fhir"

    def __call__(
        self, method: str, path: str, body: Any = None, params: Params | None = None, **headers: str
    ) -> Answer:
        """A request below the base; `If_Match` stands for the header If-Match.

        Bytes are sent as they are, anything else as JSON of FHIR unless Content_Type says more.
        """
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            sent.setdefault("Content-Type", FHIR_JSON)
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        query = params if isinstance(params, str | None) else urlencode(params)
        separator = "" if not path or path.startswith("?") else "/"
        place = (
            f"/fhir{separator}{quote(path, safe='/?=&$%*:,|+')}{'?' if query else ''}{query or ''}"
        )
        return self.service.request(method, place, data, sent)

    def get(self, path: str, params: Params | None = None, **headers: str) -> Answer:
        return self("GET", path, None, params, **headers)

    def create(self, resource: dict[str, Any], **headers: str) -> dict[str, Any]:
        """Create it and give what is stored."""
        answer = self("POST", resource["resourceType"], resource, **headers)
        assert answer.status == 201, answer.body
        made: dict[str, Any] = answer.json
        return made

    def found(self, path: str, params: Params | None = None) -> list[dict[str, Any]]:
        """The matches of a search."""
        answer = self.get(path, params)
        assert answer.status == 200, answer.body
        return [
            one["resource"]
            for one in answer.json.get("entry", [])
            if one["search"]["mode"] == "match"
        ]


def told(answer: Answer, status: int, code: str, words: str = "") -> dict[str, Any]:
    """An OperationOutcome with one error; gives its issue."""
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/fhir+json; charset=utf-8"
    outcome = answer.json
    assert outcome["resourceType"] == "OperationOutcome"
    issue: dict[str, Any] = outcome["issue"][0]
    assert (issue["severity"], issue["code"]) == ("error", code), outcome
    assert words in issue["diagnostics"], outcome
    for hidden in ("Traceback", ".py", "sqlite", "SELECT"):
        assert hidden not in answer.body.decode()
    return issue


def patient(family: str, **elements: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "name": [{"family": family}], **elements}


def identified(type: str, value: str, **elements: Any) -> dict[str, Any]:
    """A resource with a business identifier."""
    identifier = [{"system": "urn:test", "value": value}]
    return {"resourceType": type, "identifier": identifier, **elements}


@pytest.fixture(scope="session")
def fhir() -> Iterator[Fhir]:
    """One service in development mode; it must be alive in the end, and no error in its log."""
    running = start_service()
    yield Fhir(running)
    is_alive, logged = running.process.poll() is None, running.logged()
    stop(running)
    assert is_alive, "the service died during the tests"
    assert [line for line in logged if line["level"] == "error"] == []
