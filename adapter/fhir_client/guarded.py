"""HTTP to addresses that somebody else names: a `requests` session that cannot be led astray.

A server's name comes with a call, so it is not believed: `connections` checks the address it leads
to. Redirects are handed back, never followed. Proxies, `.netrc` and cookies are not used. The
timeout bounds the whole call, and a body has an upper size, also one that comes compressed.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import Timeout

from adapter.fhir_client.connections import DEFAULT_SECONDS, Refused, pools

#: Largest body, decompressed.
DEFAULT_BYTES = 16 * 2**20


class AddressRefused(requests.ConnectionError):
    """The name leads to an address that may not be called; nothing was connected to."""


class BodyTooLarge(requests.RequestException):
    """More came than was asked for; the rest was not read."""


def guarded_session(
    *,
    allow_private: bool,
    pool: int = 32,
    at_most: int = DEFAULT_BYTES,
    ca_file: Path | None = None,
) -> requests.Session:
    """A session for URLs that others name; many threads may use it at once.

    Args:
        allow_private: whether loopback and private addresses may be called, as a development
            set-up or a server in the same network needs. Link-local addresses (where clouds keep
            credentials), multicast and unspecified ones are refused all the same.
        pool: connections kept open to one server.
        at_most: bytes of a body, after decompression.
        ca_file: certificates of the authorities to trust, as PEM; None: those of `certifi`.

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
    adapter = _Adapter(
        allow_private=allow_private, pool=pool, at_most=at_most, trusted=_trusting(ca_file)
    )
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """No answer is taken for a redirect."""
        del resp


class _Context(ssl.SSLContext):
    """One for all sessions: to read the authorities takes longer than to connect."""

    def set_alpn_protocols(self, alpn_protocols: Iterable[str]) -> None:
        """Nothing: urllib3 sets them at each connection, while others may be connecting."""
        del alpn_protocols


@cache
def _trusting(ca_file: Path | None) -> ssl.SSLContext:
    context = _Context(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH if ca_file is None else ca_file)
    return context


class _Adapter(HTTPAdapter):
    def __init__(
        self, *, allow_private: bool, pool: int, at_most: int, trusted: ssl.SSLContext
    ) -> None:
        self._trusted = trusted
        self._at_most = at_most
        super().__init__(pool_connections=pool, pool_maxsize=pool)
        self.poolmanager.pool_classes_by_scheme = pools(allow_private=allow_private)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._trusted, **options)

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Nothing: whom to trust stands in the context, whatever a call asks for."""

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002
        timeout: Any = None,
        verify: bool | str = True,  # noqa: FBT001, FBT002
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        del verify
        if timeout is None or isinstance(timeout, int | float):
            timeout = Timeout(total=DEFAULT_SECONDS if timeout is None else timeout)
        try:
            # Never without verification: that would change the context of every connection.
            response = super().send(request, stream, timeout, True, cert, proxies)
        except Refused:
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
