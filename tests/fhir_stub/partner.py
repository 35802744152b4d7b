"""A partner's FHIR server on 127.0.0.1: versions, transactions, SMART tokens, Subscriptions.

    with PartnerStub(key=public_jwk) as plan:
        ...  # the server is at plan.base
        plan.change("Task", id, status="accepted")   # its owner works on it
        plan.lose_answers = 1                        # what is written next is never answered

It does what the client needs of a server and little more. Searches know `identifier`, `url`,
`requester` and `_lastUpdated`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

import jwt

Resource = dict[str, Any]


class PartnerStub:
    """The server; a context manager.

    Args:
        key: public JWK that signs assertions; None: no token is asked for.
    """

    def __init__(self, *, key: Resource | None = None) -> None:
        self.key = key
        self.versions: dict[tuple[str, str], list[Resource]] = {}
        #: (method, path and query, headers in lower case, body) of each call.
        self.calls: list[tuple[str, str, dict[str, str], Any]] = []
        #: Assertions that came to the token endpoint.
        self.assertions: list[Resource] = []
        #: So many writes are carried out and their connection closed without an answer.
        self.lose_answers = 0
        #: Answer to everything, with headers; None: as it should be.
        self.refuse: tuple[int, dict[str, str]] | None = None
        #: Called before a PATCH is carried out, once.
        self.meanwhile: Callable[[], object] | None = None
        self.keeps_history = True
        self.takes_subscriptions = True
        self.events: list[str] = []
        self.tokens = 0
        self.token_seconds = 300
        self._clock = datetime(2026, 3, 18, 16, 0, tzinfo=UTC)
        self._lock = threading.RLock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.stub = self  # type: ignore[attr-defined]
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}/fhir"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def all(self, type: str) -> list[Resource]:
        """Every resource of a type as it is now."""
        return [versions[-1] for (kind, _), versions in self.versions.items() if kind == type]

    def the(self, type: str) -> Resource:
        """The only one of a type."""
        (found,) = self.all(type)
        return found

    def put(self, resource: Resource, id: str = "") -> Resource:
        """Store a version; without an id a new resource."""
        with self._lock:
            type = resource["resourceType"]
            id = id or f"{type.lower()}-{len(self.versions) + 1}"
            versions = self.versions.setdefault((type, id), [])
            self._clock += timedelta(seconds=1)
            meta = {**resource.get("meta", {}), "versionId": str(len(versions) + 1)}
            meta["lastUpdated"] = self._clock.strftime("%Y-%m-%dT%H:%M:%SZ")
            versions.append({**deepcopy(resource), "id": id, "meta": meta})
            return versions[-1]

    def change(self, type: str, id: str, **elements: Any) -> Resource:
        """Store the next version with other elements; None takes one away."""
        with self._lock:
            made = {**self.versions[type, id][-1], **elements}
            made = {name: value for name, value in made.items() if value is not None}
            if type == "Task":
                self.events.append(f"Task/{id}")
            return self.put(made, id)

    def requests(self, method: str, beginning: str = "") -> list[Any]:
        """Bodies of calls of a method below the base whose path begins so."""
        return [
            body
            for was, path, _, body in self.calls
            if was == method and path.startswith("/fhir" + beginning)
        ]

    def answer(self, method: str, target: str, headers: dict[str, str], body: Any) -> Any:
        """(status, resource, version) that answers a call."""
        parts = urlsplit(target)
        names = [name for name in parts.path.removeprefix("/fhir").split("/") if name]
        with self._lock:
            if method == "PATCH" and self.meanwhile is not None:
                meanwhile, self.meanwhile = self.meanwhile, None
                meanwhile()
            if method == "POST" and not names:
                return 200, self._transaction(body), ""
            if method == "GET":
                return self._get(names, parts.query)
            if method == "POST":
                return self._create(body, headers.get("if-none-exist", ""))
            versions = self.versions.get((names[0], names[1]))
            if versions is None:
                return 404, outcome("not-found"), ""
            wanted = headers.get("if-match", "").removeprefix("W/").strip('"')
            if wanted and wanted != versions[-1]["meta"]["versionId"]:
                return 412, outcome("conflict"), ""
            made = dict(versions[-1])
            if method == "PUT":
                made = body
            else:
                for operation in body:
                    made[operation["path"].removeprefix("/")] = operation["value"]
            put = self.put(made, names[1])
            return 200, put, put["meta"]["versionId"]

    def _create(self, resource: Resource, condition: str) -> Any:
        if resource["resourceType"] == "Subscription" and not self.takes_subscriptions:
            return 422, outcome("not-supported"), ""
        found = self._search(resource["resourceType"], condition) if condition else []
        if len(found) > 1:
            return 412, outcome("multiple-matches"), ""
        made = found[0] if found else self.put(resource)
        return (200 if found else 201), made, made["meta"]["versionId"]

    def _transaction(self, bundle: Resource) -> Resource:
        entries: list[tuple[int, Resource]] = []
        places: dict[str, str] = {}
        waiting = list(bundle["entry"])
        while waiting:
            # Each after what it refers to.
            entry = next(
                one
                for one in waiting
                if not any(
                    other["fullUrl"] in json.dumps(one["resource"])
                    for other in waiting
                    if other is not one
                )
            )
            waiting.remove(entry)
            text = json.dumps(entry["resource"])
            for urn, place in places.items():
                text = text.replace(urn, place)
            status, made, _ = self._create(json.loads(text), entry["request"]["ifNoneExist"])
            places[entry["fullUrl"]] = f"{made['resourceType']}/{made['id']}"
            location = f"{places[entry['fullUrl']]}/_history/{made['meta']['versionId']}"
            response = {"response": {"status": f"{status} OK", "location": location}}
            entries.append((bundle["entry"].index(entry), response))
        return {
            "resourceType": "Bundle",
            "type": "transaction-response",
            "entry": [entry for _, entry in sorted(entries, key=lambda one: one[0])],
        }

    def _get(self, names: list[str], query: str) -> Any:
        if names[-1].startswith("$"):
            return self._operation(names, dict(parse_qsl(query)))
        if len(names) == 1:
            return 200, self._searchset(self._search(names[0], query)), ""
        versions = self.versions.get((names[0], names[1]))
        if versions is None:
            return 404, outcome("not-found"), ""
        if names[2:] == ["_history"]:
            if not self.keeps_history:
                return 405, outcome("not-supported"), ""
            return 200, self._searchset(versions[::-1]) | {"type": "history"}, ""
        return 200, versions[-1], versions[-1]["meta"]["versionId"]

    def _operation(self, names: list[str], query: dict[str, str]) -> Any:
        subscription = self.versions.get((names[0], names[1]))
        if subscription is None:
            return 404, outcome("not-found"), ""
        first = int(query.get("eventsSinceNumber", "1"))
        numbers = range(first, len(self.events) + 1) if names[2] == "$events" else ()
        kind = "query-event" if names[2] == "$events" else "query-status"
        return 200, self.notification(kind, numbers), ""

    def notification(self, kind: str, numbers: Any = ()) -> Resource:
        """A notification of some events; the first has the number 1."""
        subscription = self.the("Subscription")
        parameters: list[Resource] = [
            _parameter("subscription", valueReference=f"Subscription/{subscription['id']}"),
            _parameter("status", valueCode=subscription["status"]),
            _parameter("type", valueCode=kind),
            _parameter("events-since-subscription-start", valueString=str(len(self.events))),
        ]
        for number in numbers:
            part = [
                _parameter("event-number", valueString=str(number)),
                _parameter("focus", valueReference=self.events[number - 1]),
            ]
            parameters.append({"name": "notification-event", "part": part})
        status = {"resourceType": "Parameters", "parameter": parameters}
        return {"resourceType": "Bundle", "type": "history", "entry": [{"resource": status}]}

    def _search(self, type: str, query: str) -> list[Resource]:
        asked = {name: unquote(value[0]) for name, value in parse_qs(query).items()}
        found = self.all(type)
        if "identifier" in asked:
            found = [one for one in found if asked["identifier"] in _identifiers(one)]
        if "url" in asked:
            found = [one for one in found if one["channel"]["endpoint"] == asked["url"]]
        if "requester" in asked:
            wanted = asked["requester"].split(",")
            found = [one for one in found if one["requester"]["reference"] in wanted]
        if "_lastUpdated" in asked:
            since = datetime.fromisoformat(asked["_lastUpdated"].removeprefix("ge"))
            found = [
                one for one in found if datetime.fromisoformat(one["meta"]["lastUpdated"]) >= since
            ]
        return found

    def _searchset(self, found: list[Resource]) -> Resource:
        return {
            "resourceType": "Bundle",
            "type": "searchset",
            "meta": {"lastUpdated": self._clock.strftime("%Y-%m-%dT%H:%M:%SZ")},
            "entry": [{"resource": one} for one in found],
        }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def _do(self) -> None:
        stub: PartnerStub = self.server.stub  # type: ignore[attr-defined]
        length = int(self.headers.get("Content-Length", 0))
        sent = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        if self.path.endswith("/.well-known/smart-configuration"):
            self._reply(200, {"token_endpoint": stub.base.removesuffix("/fhir") + "/token"})
            return
        if self.path == "/token":
            self._token(stub, sent)
            return
        body = json.loads(sent) if sent else None
        stub.calls.append((self.command, self.path, headers, body))
        if stub.refuse is not None:
            status, extra = stub.refuse
            self._reply(status, outcome("transient"), **extra)
            return
        if stub.key and headers.get("authorization") != f"Bearer token-{stub.tokens}":
            self._reply(401, outcome("login"))
            return
        status, resource, version = stub.answer(self.command, self.path, headers, body)
        if self.command != "GET" and stub.lose_answers:
            stub.lose_answers -= 1
            self.close_connection = True
            self.connection.close()
            return
        self._reply(status, resource, **({"ETag": f'W/"{version}"'} if version else {}))

    do_GET = do_POST = do_PUT = do_PATCH = _do  # noqa: N815

    def _token(self, stub: PartnerStub, sent: bytes) -> None:
        form = dict(parse_qsl(sent.decode()))
        try:
            claims = jwt.decode(
                form["client_assertion"],
                jwt.PyJWK(stub.key or {}),
                algorithms=["RS384", "ES384"],
                audience=stub.base.removesuffix("/fhir") + "/token",
            )
        except jwt.PyJWTError:
            self._reply(400, {"error": "invalid_client"})
            return
        stub.assertions.append(claims | {"scope": form["scope"]})
        stub.tokens += 1
        self._reply(
            200,
            {
                "access_token": f"token-{stub.tokens}",
                "token_type": "bearer",
                "expires_in": stub.token_seconds,
            },
        )

    def _reply(self, status: int, body: Any, **headers: str) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/fhir+json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)


def outcome(code: str) -> Resource:
    """An OperationOutcome that names a patient, as servers do."""
    issue = {"severity": "error", "code": code, "diagnostics": "Patient Avery Doe is known"}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def _parameter(name: str, **value: str) -> Resource:
    ((kind, text),) = value.items()
    return {"name": name, kind: {"reference": text} if kind == "valueReference" else text}


def _identifiers(resource: Resource) -> list[str]:
    known = resource.get("identifier", [])
    return [
        f"{one.get('system', '')}|{one.get('value', '')}"
        for one in (known if isinstance(known, list) else [known])
    ]
