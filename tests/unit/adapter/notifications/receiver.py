"""A subscriber's endpoint on this machine: keeps what it is sent and answers as it is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from msgspec import Struct


class Received(Struct):
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The body decoded."""
        decoded: dict[str, Any] = json.loads(self.body)
        return decoded


#: Status and headers of the answer to a request.
Answer = Callable[[Received], tuple[int, dict[str, str]]]


class Receiver:
    """A running endpoint."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/in"
        self.received: list[Received] = []
        self.answer: Answer = lambda _: (200, {})

    @property
    def bundles(self) -> list[dict[str, Any]]:
        """What was received, decoded."""
        return [one.json for one in self.received]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """An endpoint that runs for a while."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            request = Received(self.path, dict(self.headers.items()), self.rfile.read(length))
            receiver.received.append(request)
            status, headers = receiver.answer(request)
            try:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()
            except OSError:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver = Receiver(server.server_port)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
