"""What goes wrong with FHIR servers: each fault answers one call of a `FhirStub`."""

from __future__ import annotations

import gzip
import json
import socket
import struct
from functools import cache
from typing import Any

from tests.fhir_stub.server import Fault, Handler, outcome

#: A proxy's page in place of FHIR, as seen from real servers.
HTML = b"<html><head><title>Apache Tomcat</title></head><body>HTTP Status 500</body></html>"


def status(code: int) -> Fault:
    """An error with its OperationOutcome."""
    return lambda handler: handler.reply(code, json.dumps(outcome("exception")).encode())


def body(content: bytes, kind: str = "application/fhir+json") -> Fault:
    """200 with a body that is not what was asked for."""
    return lambda handler: handler.reply(200, content, kind)


def html() -> Fault:
    """200 with a web page."""
    return body(HTML, "text/html")


def redirect(to: str, code: int = 302) -> Fault:
    """Elsewhere."""
    return lambda handler: handler.reply(code, b"", Location=to)


def next_page(to: str, kind: str = "Observation") -> Fault:
    """A page of a search whose next page is elsewhere."""
    bundle: dict[str, Any] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "link": [{"relation": "next", "url": to}],
        "entry": [{"resource": {"resourceType": kind, "id": "first"}}],
    }
    return body(json.dumps(bundle).encode())


def stall(handler: Handler) -> None:
    """No answer at all."""
    handler.stub.closing.wait(30)
    handler.close_connection = True


def trickle(handler: Handler) -> None:
    """A body of which a byte comes every 20 ms."""
    _send(handler, b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    _drip(handler, b" ")


def trickle_headers(handler: Handler) -> None:
    """Headers of which a byte comes every 20 ms."""
    _send(handler, b"HTTP/1.1 200 OK\r\nX-Long: ")
    _drip(handler, b"x")


def endless(handler: Handler) -> None:
    """A chunked body of 10 GB."""
    _send(handler, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    for _ in range(10 * 2**30 // 0x10000):
        if handler.stub.closing.is_set():
            break
        _send(handler, chunk)


def bomb(handler: Handler) -> None:
    """100 MB of spaces in 100 KB."""
    handler.reply(200, _bomb(), Content_Encoding="gzip")


@cache
def _bomb() -> bytes:
    return gzip.compress(b" " * 100_000_000, compresslevel=1)


def reset(handler: Handler) -> None:
    """The connection breaks off without an answer."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.connection.close()


def half(handler: Handler) -> None:
    """The connection breaks off in the middle of the body."""
    _send(handler, b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"resourceType": "Bun')
    handler.close_connection = True


def _drip(handler: Handler, byte: bytes) -> None:
    while not handler.stub.closing.wait(0.02):
        _send(handler, byte)


def _send(handler: Handler, data: bytes) -> None:
    handler.wfile.write(data)
    handler.wfile.flush()
