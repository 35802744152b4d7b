"""Sends discovery, calls and feedback to a CDS service, and takes whatever it answers.

Every answer is a `Reply`, whatever its status: errors are what an integration engineer wants to
see. Only where nothing was answered is there an exception. Redirects are not followed, since a
signed token would go along.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

import msgspec
import requests
from msgspec import Struct
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError, ReadTimeoutError

from adapter.errors import UnusableInput
from adapter.fhir_client.guarded import AddressRefused

ENDPOINT = "/cds-services"

#: Beside letters and digits, what stands unescaped in a segment of a path (RFC 3986, `pchar`).
_SEGMENT = ":@!$&'()*+,;="

#: Far more than the cards of one call.
_MOST_BYTES = 16 * 2**20


class Tokens(Protocol):
    """Gives the token of a call: signs one, or has one."""

    def token(self, url: str) -> str:
        """The token for one call of this URL."""
        ...


class GivenToken(Struct, frozen=True):
    """A token that somebody made elsewhere."""

    text: str

    def __repr__(self) -> str:
        """Tells nothing of it."""
        return "GivenToken(…)"

    def token(self, url: str) -> str:
        """The one there is, whatever is called."""
        del url
        return self.text


class Reply(Struct, frozen=True, kw_only=True):
    """What came back."""

    url: str
    status: int
    milliseconds: float
    #: The body where it is JSON; None otherwise.
    body: Any
    #: Why it is no JSON, as the service named its kind of body; empty where it is JSON.
    other: str = ""
    #: Names as they came, in their order.
    headers: tuple[tuple[str, str], ...] = ()
    #: The body as it came; bytes that are no text are replaced.
    text: str = ""

    def header(self, name: str) -> str:
        """The value of a header, in any case; empty: there is none."""
        return next((v for n, v in self.headers if n.lower() == name.lower()), "")


class _Bearer(AuthBase):
    """Set last, so that a `.netrc` does not take its place."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class _NoAuthorization(AuthBase):
    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class CdsService(Struct, frozen=True, kw_only=True):
    """A CDS service somewhere, and how to speak to it."""

    #: Without `/cds-services` and without a slash at the end.
    base: str
    signer: Tokens | None = None
    timeout_seconds: float = 30.0
    #: Makes what a call goes through; a guarded one where somebody else names the address.
    session: Callable[[], requests.Session] = requests.Session

    def endpoint(self, *parts: str) -> str:
        """The URL of discovery, of one service, or of its feedback."""
        # An id is somebody else's text, and the URL is shown on a terminal.
        return "/".join((self.base + ENDPOINT, *(quote(one, safe=_SEGMENT) for one in parts)))

    def discover(self) -> Reply:
        """Ask for the list of services."""
        return self._send("GET", self.endpoint(), None)

    def call(self, service_id: str, body: object) -> Reply:
        """Call one service; bytes are sent as they are, anything else as JSON."""
        return self._send("POST", self.endpoint(service_id), body)

    def feedback(self, service_id: str, body: object) -> Reply:
        """Send feedback on a service's cards."""
        return self._send("POST", self.endpoint(service_id, "feedback"), body)

    def ask(
        self, method: str, *parts: str, headers: Mapping[str, str], body: object = None
    ) -> Reply:
        """Any request of an endpoint, with further headers; OPTIONS goes without a token."""
        return self._send(method, self.endpoint(*parts), body, headers)

    def _send(
        self, method: str, url: str, body: object, more: Mapping[str, str] | None = None
    ) -> Reply:
        signer = self.signer if method != "OPTIONS" else None
        auth = _Bearer(signer.token(url)) if signer else _NoAuthorization()
        data = body if body is None or isinstance(body, bytes) else msgspec.json.encode(body)
        headers = {"Accept": "application/json", **(more or {})}
        if data is not None:
            headers["Content-Type"] = "application/json"
        try:
            with self.session() as session:
                started = perf_counter()
                with session.request(
                    method,
                    url,
                    data=data,
                    headers=headers,
                    auth=auth,
                    timeout=(5.0, self.timeout_seconds),
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    content = self._content(response, started)
                took = (perf_counter() - started) * 1000
        except (requests.RequestException, HTTPError) as fault:
            raise UnusableInput(f"{url}: {_why(fault)}") from None
        return _reply(url, response, content, took)

    def _content(self, response: requests.Response, started: float) -> bytes:
        """The body, piece by piece: who sends it may never end."""
        content = bytearray()
        while piece := response.raw.read1(65536, decode_content=True):
            content += piece
            if len(content) > _MOST_BYTES:
                raise _TooLarge
            if perf_counter() - started > self.timeout_seconds:
                raise requests.ReadTimeout
        return bytes(content)


class _TooLarge(requests.RequestException):
    pass


def service_at(url: str) -> tuple[str, str | None]:
    """The base of a service, and the id of the one meant, of any of its addresses.

    `https://host/x`, `https://host/x/cds-services` and `https://host/x/cds-services/ID` will do.

    Raises:
        UnusableInput: it is no http or https URL.
    """
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_address = False
    if not is_address:
        raise UnusableInput(
            f"{url!r} is no address of a service; write it like http://127.0.0.1:8080"
        )
    base, _, rest = url.partition(ENDPOINT)
    return base.rstrip("/"), rest.strip("/").partition("/")[0] or None


def _reply(url: str, response: requests.Response, content: bytes, took: float) -> Reply:
    kind = response.headers.get("Content-Type", "no Content-Type")
    try:
        body, other = msgspec.json.decode(content), ""
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        body, other = None, f"{len(content)} bytes of {kind}"
    return Reply(
        url=url,
        status=response.status_code,
        milliseconds=took,
        body=body,
        other=other,
        headers=tuple(response.headers.items()),
        text=content.decode(errors="replace"),
    )


def _why(fault: requests.RequestException | HTTPError) -> str:
    """What went wrong below HTTP, and what to do. The fault's own words may quote the token."""
    if isinstance(fault, requests.exceptions.SSLError):
        return (
            "its certificate is not trusted here; name the file of its authority in the "
            "environment variable REQUESTS_CA_BUNDLE"
        )
    if isinstance(fault, AddressRefused):
        return "the name leads to an address that may not be called from here; use a public one"
    if isinstance(fault, _TooLarge):
        return "the answer is larger than 16 MB; that is no answer with cards"
    if isinstance(fault, requests.ReadTimeout | ReadTimeoutError):
        return "no answer within the time given; raise --timeout, or ask why it is slow"
    if isinstance(fault, requests.ConnectionError | requests.ConnectTimeout):
        return "cannot be reached; is the service running, and is this its address?"
    return f"cannot be called ({type(fault).__name__}); check the address"
