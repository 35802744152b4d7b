"""HTTP to addresses that somebody else names: a `requests` session that cannot be led astray.

A server's name comes with a call, so it is not believed. Each connection resolves the name once,
checks what it resolves to and connects to that very address: there is no second look-up that could
answer something else (DNS rebinding). Redirects are handed back, never followed. Proxies, `.netrc`
and cookies are not used. The timeout bounds the whole answer, also one that comes byte by byte,
and the body has an upper size, also one that was compressed.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import logging
import socket
import time
from collections.abc import Iterator, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

#: Seconds for a call that gives no timeout.
DEFAULT_SECONDS = 10.0
#: Largest body, decompressed.
DEFAULT_BYTES = 16 * 2**20

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_PUBLIC_IPV6 = ipaddress.ip_network("2000::/3")
#: Addresses that some versions of Python take for public ones: protocol assignments (RFC 6890).
_SPECIAL_IPV4 = ipaddress.ip_network("192.0.0.0/24")


class AddressRefused(requests.ConnectionError):
    """The name leads to an address that may not be called; nothing was connected to."""


class BodyTooLarge(requests.RequestException):
    """More came than was asked for; the rest was not read."""


def guarded_session(
    *, allow_private: bool, pool: int = 32, at_most: int = DEFAULT_BYTES
) -> requests.Session:
    """A session for URLs that others name; many threads may use it at once.

    Args:
        allow_private: whether loopback and private addresses may be called, as a development
            set-up or a server in the same network needs. Link-local addresses (where clouds keep
            credentials), multicast and unspecified ones are refused all the same.
        pool: connections kept open to one server.
        at_most: bytes of a body, after decompression.

    `timeout=seconds` of a call bounds all of it: connecting, headers and body. A redirect comes
    back as the answer it is (status 3xx). Raises what `requests` raises, and of that family
    `AddressRefused` and `BodyTooLarge`.
    """
    # urllib3 logs URLs, and the query of a URL names a patient.
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)
    session = _Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    session.adapters.clear()
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Adapter(allow_private=allow_private, pool=pool, at_most=at_most))
    return session


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """No answer is taken for a redirect."""
        del resp


class _Adapter(HTTPAdapter):
    def __init__(self, *, allow_private: bool, pool: int, at_most: int) -> None:
        super().__init__(pool_connections=pool, pool_maxsize=pool)
        self._at_most = at_most
        self.poolmanager.pool_classes_by_scheme = (
            {"http": _AnyHttpPool, "https": _AnyHttpsPool}
            if allow_private
            else {"http": _HttpPool, "https": _HttpsPool}
        )

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002
        timeout: Any = None,
        verify: bool | str = True,  # noqa: FBT001, FBT002
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        if not isinstance(timeout, Timeout):
            timeout = Timeout(total=DEFAULT_SECONDS if timeout is None else timeout)
        try:
            response = super().send(request, stream, timeout, verify, cert, proxies)
        except _Refused:
            raise AddressRefused("the name leads to an address that may not be called") from None
        response.__class__ = _Response
        assert isinstance(response, _Response)
        response.at_most = self._at_most
        return response


class _Response(requests.Response):
    """Counts what it hands out: `content`, `json()`, `iter_lines()` all read through here."""

    at_most: int

    def iter_content(self, *args: Any, **options: Any) -> Iterator[Any]:
        count = 0
        for chunk in super().iter_content(*args, **options):
            count += len(chunk)
            if count > self.at_most:
                self.close()
                raise BodyTooLarge(f"the answer is larger than {self.at_most} bytes")
            yield chunk


class _Refused(HTTPError):
    """Passes through urllib3 as it is, which takes an `OSError` for a network fault."""


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


class _HttpResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_Timed(sock))


class _Guarded(HTTPConnection):
    """A connection to an address that was checked."""

    allow_private = False
    response_class = _HttpResponse

    def _new_conn(self) -> socket.socket:
        seconds = self.timeout if isinstance(self.timeout, float | int) else DEFAULT_SECONDS
        until = time.monotonic() + seconds
        try:
            found = socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            fault = error if isinstance(error, socket.gaierror) else socket.gaierror()
            raise NameResolutionError(self.host, self, fault) from None
        addresses = [str(entry[4][0]) for entry in found]
        # One forbidden address among them is enough: the name is not what it pretends to be.
        if not all(may_call(address, allow_private=self.allow_private) for address in addresses):
            raise _Refused
        fault_seen: OSError | None = None
        for address in addresses:
            left = until - time.monotonic()
            if left <= 0:
                break
            try:
                return create_connection(
                    (address, self.port or 0), left, self.source_address, self.socket_options
                )
            except OSError as error:
                fault_seen = error
        raise NewConnectionError(self, f"no connection: {type(fault_seen).__name__}")


def may_call(address: str, *, allow_private: bool) -> bool:
    """Whether an IP address may be called; False for what is no address."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped or ip.sixtofour or ip in _NAT64:
            inner = ip.ipv4_mapped or ip.sixtofour or ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
            return may_call(str(inner), allow_private=allow_private)
        public = ip in _PUBLIC_IPV6 and ip.is_global
    else:
        public = ip.is_global and ip not in _SPECIAL_IPV4 and not ip.is_reserved
    if ip.is_multicast or ip.is_unspecified or ip.is_link_local:
        return False
    return public or allow_private


class _Http(_Guarded):
    pass


class _Https(_Guarded, HTTPSConnection):
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
