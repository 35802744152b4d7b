"""Which FHIR server a client may name, and whether an address lies on it.

`fhirServer` comes with a call (cds-hooks_2.0@20), and so do the `next` links of its answers. The
token that came along goes nowhere else. So a server is only one that was registered, compared part
by part and never by the beginning of its text: `https://ehr.example.evil` is not
`https://ehr.example`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urljoin

from msgspec import Struct

_LONGEST = 8192
_PORTS = {"https": 443, "http": 80}

# No user information, no other alphabets, no percent signs, no empty or dotted segments: each is a
# way in which two readers of one address come to different places.
_BASE = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>(?:/[\w.~:@$+,=-]+)*)/?",
    re.IGNORECASE | re.ASCII,
)
_AUTHORITY = re.compile(r"[a-z]+://[^/?#]*", re.IGNORECASE)
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\#{}]")
_UNSAFE_PATH = re.compile(r"%(?:2e|2f|5c|00)|(?:^|/)\.\.?(?:[/;]|$)|//", re.IGNORECASE)


class Base(Struct, frozen=True):
    """The base URL of a FHIR server, in the one form in which it is compared."""

    scheme: str
    #: Lower case; an IPv6 address in its shortest form and in brackets.
    host: str
    port: int
    #: Without a slash at the end; empty for the root.
    path: str

    @property
    def url(self) -> str:
        """The base as text, without a slash at the end."""
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}{self.path}"


def read_base(url: str) -> Base | None:
    """The base URL of a FHIR server; None for text that is none or could be read in two ways."""
    match = _BASE.fullmatch(url)
    if match is None or len(url) > _LONGEST or _UNSAFE_PATH.search(match["path"]):
        return None
    scheme = match["scheme"].lower()
    host = _host(match["host"].lower())
    port = int(match["port"] or _PORTS[scheme])
    if host is None or not 0 < port < 65536:
        return None
    return Base(scheme, host, port, match["path"])


def registered(server: str, servers: Iterable[str]) -> Base | None:
    """The server a client names, if it is one of `servers`; else None.

    Scheme, host, port and path must all be the same; a slash at the end makes no difference. Plain
    `http` is taken only where the registered server says so itself.
    """
    base = read_base(server)
    if base is not None and any(base == read_base(one) for one in servers):
        return base
    return None


def on_server(base: Base, link: str, *, seen_at: str = "") -> str | None:
    """The URL to call for a query or a link, if it lies on the server; else None.

    Args:
        base: the server.
        link: relative to the server's base (`Coverage?patient=p1`), or absolute.
        seen_at: URL of the page on which the link stood; a relative one is read from there.
    """
    if _UNSAFE.search(link) or not link:
        return None
    url = urljoin(seen_at or base.url + "/", link)
    authority = _AUTHORITY.match(url)
    if authority is None or len(url) > _LONGEST:
        return None
    origin = read_base(authority[0])
    path = url[authority.end() :].partition("?")[0]
    if origin is None or _UNSAFE_PATH.search(path):
        return None
    within = path == base.path or path.startswith(base.path + "/")
    if not within or (origin.scheme, origin.host, origin.port) != (
        base.scheme,
        base.host,
        base.port,
    ):
        return None
    return Base(base.scheme, base.host, base.port, "").url + url[authority.end() :]


def _host(host: str) -> str | None:
    """A name or an address in the one form it has; None for `0x7f.1`, `2130706433`, `a..b`."""
    if host.startswith("["):
        try:
            return f"[{ipaddress.IPv6Address(host[1:-1]).compressed}]"
        except ValueError:
            return None
    labels = host.split(".")
    if "" in labels:
        return None
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            return None
    return host
