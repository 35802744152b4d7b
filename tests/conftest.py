"""What every test shares: a closed network, a database server, the large sample data."""

from __future__ import annotations

import ipaddress
import os
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.missing import without
from tests.postgres import postgres

#: Offered here so that one server does for all tests.
__all__ = ["postgres"]

# A slow machine is no failure, and the same examples every time make a failure repeatable.
settings.register_profile("ecm", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("ecm")


class NetworkClosedError(RuntimeError):
    """A test tried to reach another machine."""

    def __init__(self, host: object) -> None:
        super().__init__(
            f"a test tried to reach {host!r}; only loopback addresses are open. Answer the request "
            "with `responses`, or start a server on 127.0.0.1"
        )


def _is_loopback(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def _closed_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only loopback addresses and local sockets can be reached, by name or by number."""
    connect, connect_ex, getaddrinfo = (
        socket.socket.connect,
        socket.socket.connect_ex,
        socket.getaddrinfo,
    )

    def check(sock: socket.socket, address: Any) -> None:
        if sock.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
            raise NetworkClosedError(address[0])

    def guarded_connect(sock: socket.socket, address: Any) -> None:
        check(sock, address)
        connect(sock, address)

    def guarded_connect_ex(sock: socket.socket, address: Any) -> int:
        check(sock, address)
        return connect_ex(sock, address)

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not _is_loopback(host):
            raise NetworkClosedError(host)
        return getaddrinfo(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)


@pytest.fixture(scope="session")
def ecm_test_data() -> Path:
    """The folder of large sample data that ECM_TEST_DATA names.

    Skips the test where the variable is unset; in CI fails it.
    """
    named = os.environ.get("ECM_TEST_DATA")
    if not named:
        without("set ECM_TEST_DATA to the folder of sample data to run this test")
    folder = Path(named)
    if not folder.is_dir():
        pytest.fail(f"ECM_TEST_DATA names {folder}, which is no folder")
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks every test that asks for the sample data, so that `-m "not data"` leaves it out."""
    for item in items:
        if "ecm_test_data" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.data)
