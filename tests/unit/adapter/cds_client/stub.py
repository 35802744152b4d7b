"""A CDS service on loopback that says what it is told to and keeps what it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SERVICE = {
    "hook": "patient-view",
    "id": "screen",
    "title": "Screen",
    "description": "Screens.",
    "prefetch": {
        "patient": "Patient/{{context.patientId}}",
        "conditions": "Condition?patient={{context.patientId}}",
        "encounter": "Encounter/{{context.encounterId}}",
    },
}

CARD = {
    "uuid": "c1",
    "summary": "Look \x1b[31mhere",
    "indicator": "info",
    "detail": "- one\n- two",
    "source": {"label": "A guideline", "topic": {"system": "urn:t", "code": "aTopic"}},
    "selectionBehavior": "any",
    "suggestions": [
        {
            "label": "Refer",
            "uuid": "s1",
            "isRecommended": True,
            "actions": [
                {
                    "type": "create",
                    "description": "Create a referral",
                    "resource": {"resourceType": "ServiceRequest"},
                }
            ],
        }
    ],
    "links": [{"label": "More", "url": "https://example.org/more", "type": "absolute"}],
    "overrideReasons": [{"system": "urn:r", "code": "declined", "display": "Declined"}],
}


class Stub:
    """What it answers, by method and path, and what came."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: dict[tuple[str, str], tuple[int, bytes]] = {}
        self.requests: list[tuple[str, str, dict[str, str], Any]] = []
        self.answer("GET", "/cds-services", 200, {"services": [SERVICE]})
        self.answer("POST", "/cds-services/screen", 200, {"cards": [CARD]})

    def answer(self, method: str, path: str, status: int, body: object) -> None:
        """From now on, answer that with this; bytes are sent as they are."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers[method, path] = status, data

    @property
    def last(self) -> Any:
        """The body that came last."""
        return self.requests[-1][3]


@contextmanager
def running_stub() -> Iterator[Stub]:
    """A stub on a free port, stopped in the end."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.loads(sent) if sent else None
            stub.requests.append((self.command, self.path, dict(self.headers), body))
            status, data = stub.answers.get((self.command, self.path), (404, b"<html>no</html>"))
            self.send_response(status)
            if status in (301, 307):
                self.send_header("Location", "https://elsewhere.example.org/")
            self.send_header(
                "Content-Type", "application/json" if data[:1] == b"{" else "text/html"
            )
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _answer  # noqa: N815 - http.server names them

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        stub = Stub(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield stub
        finally:
            server.shutdown()
            thread.join()
