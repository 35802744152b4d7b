"""Connections to addresses that were checked, as urllib3's pools open them.

The name is resolved once, what it resolves to is checked, and that very address is connected to:
there is no second look-up that could answer something else (DNS rebinding). The timeout of a call
bounds the whole answer, also one that comes byte by byte.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
)
from urllib3.util.connection import create_connection

from adapter.fhir_client.addresses import may_call

#: Seconds for a call that gives no timeout.
DEFAULT_SECONDS = 10.0


class Refused(HTTPError):
    """The name leads to an address that may not be called; passes through urllib3 as it is."""


class _Timed(io.RawIOBase):
    """A socket read until a moment, however small the pieces are."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        seconds = sock.gettimeout()
        self._until = time.monotonic() + (DEFAULT_SECONDS if seconds is None else seconds)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_Timed(sock))


class _Http(HTTPConnection):
    allow_private = False
    response_class = _Answer

    def _new_conn(self) -> socket.socket:
        seconds = self.timeout if isinstance(self.timeout, float | int) else DEFAULT_SECONDS
        until = time.monotonic() + seconds
        addresses = self._addresses()
        # One forbidden address among them is enough: the name is not what it pretends to be.
        if not all(may_call(address, allow_private=self.allow_private) for address in addresses):
            raise Refused
        fault: HTTPError = NewConnectionError(self, "the name has no address")
        for position, address in enumerate(addresses):
            left = (until - time.monotonic()) / (len(addresses) - position)
            try:
                return create_connection(
                    (address, self.port or 0),
                    max(left, 0.001),
                    self.source_address,
                    self.socket_options,
                )
            except TimeoutError:
                fault = ConnectTimeoutError(self, "the server did not take the call in time")
            except OSError:
                fault = NewConnectionError(self, "the server does not take calls")
        raise fault

    def _addresses(self) -> list[str]:
        try:
            found = socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from None
        except UnicodeError:
            raise Refused from None
        return [str(entry[4][0]) for entry in found]


class _Https(_Http, HTTPSConnection):
    pass


class _AnyHttp(_Http):
    allow_private = True


class _AnyHttps(_Https):
    allow_private = True


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


class _AnyHttpPool(HTTPConnectionPool):
    ConnectionCls = _AnyHttp


class _AnyHttpsPool(HTTPSConnectionPool):
    ConnectionCls = _AnyHttps


def pools(*, allow_private: bool) -> dict[str, type[HTTPConnectionPool]]:
    """The kinds of pool for a `urllib3.PoolManager`, by scheme."""
    if allow_private:
        return {"http": _AnyHttpPool, "https": _AnyHttpsPool}
    return {"http": _HttpPool, "https": _HttpsPool}
