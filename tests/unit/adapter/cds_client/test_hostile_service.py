"""A service that answers to harm: who calls it with `ecm cds-hooks` gets one line, in time."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.unit.adapter.cds_client.conftest import Ran
from tests.unit.adapter.cds_client.stub import SERVICE, Stub

Run = Callable[..., Ran]


def test_the_id_of_a_service_drives_no_terminal(stub: Stub, cds_hooks: Run, chart: Path):
    """It becomes a part of the URL that is shown."""
    stub.answer("GET", "/cds-services", 200, {"services": [SERVICE | {"id": "x\x1b[2J\x9b/?"}]})
    stub.answer("POST", "/cds-services/x%1B%5B2J%C2%9B%2F%3F", 200, {"cards": []})
    code, out, _ = cds_hooks("call", stub.url, "--bundle", chart)
    assert code == 0
    assert "x%1B%5B2J%C2%9B%2F%3F: 200" in out


def test_an_answer_that_is_too_large_is_not_kept(stub: Stub, cds_hooks: Run, chart: Path):
    stub.answer("POST", "/cds-services/screen", 200, b" " * (17 * 2**20))
    code, _, err = cds_hooks("call", stub.url, "--bundle", chart)
    assert code == 2
    assert "larger than 16 MB" in err


def test_an_answer_that_never_ends_is_given_up(cds_hooks: Run, chart: Path):
    """`--timeout` bounds the whole answer, not each byte of it."""
    given_up = threading.Event()

    def trickle(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n")
            while not given_up.wait(0.02):
                connection.sendall(b" ")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=lambda: trickle(server.accept()[0]))
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        code, _, err = cds_hooks("call", url, "--bundle", chart, "--timeout", "0.3")
        given_up.set()
        thread.join()
    assert code == 2
    assert "no answer within the time given" in err
