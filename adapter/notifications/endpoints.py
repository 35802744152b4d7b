"""Where a subscription may send to: by the words of the endpoint, and by where its name leads.

Asked when a Subscription is written. When a notification is sent, the very address that is
connected to is checked again (`fhir_client.connections`), as a name may lead elsewhere by then. To
look a name up may take long, so it is waited for a second only: a name that could not be looked up
is not refused for that, the handshake will find out.
"""

from __future__ import annotations

import re
import socket
from concurrent.futures import Future
from threading import BoundedSemaphore, Thread
from urllib.parse import urlsplit

from msgspec import Struct

from adapter.fhir_client.addresses import may_call
from adapter.fhir_client.servers import Base, read_base

_URL = re.compile(r"https?://[^/?#]+[!-\[\]-~]*", re.IGNORECASE)
_MAIL = re.compile(
    r"mailto:(?P<address>[A-Za-z0-9.!#$%&'*+/=^_`{|}~-]{1,64}@"
    r"(?P<domain>[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?))"
)
_LOOK_UP_SECONDS = 1.0
_LOOK_UPS = BoundedSemaphore(8)


class Reach(Struct, frozen=True, kw_only=True):
    """Where the subscriptions of a client may send to, as it is registered."""

    #: `host` or `host:port`; empty: any that is public.
    hosts: frozenset[str] = frozenset()
    #: Whether these may be on loopback or private addresses, and without TLS.
    allow_private: bool = False
    #: Addresses for e-mail, or `@domain` for all of a domain; empty: none.
    mail_to: frozenset[str] = frozenset()


def mail_address(endpoint: str) -> str | None:
    """The address that a `mailto:` URL names alone; None: it is no such URL."""
    match = _MAIL.fullmatch(endpoint)
    return match["address"] if match else None


def origin(channel: str, endpoint: str) -> str:
    """What fails as one: scheme, host and port of a URL, the domain of a mail address."""
    if channel == "email":
        return f"mailto:{endpoint.rpartition('@')[2].lower()}"
    base = _base(endpoint)
    return f"{base.scheme}://{base.host}:{base.port}" if base else ""


def fault(channel: str, endpoint: str, reach: Reach, *, look_up: bool = True) -> str:
    """Why the endpoint may not be sent to; empty: it may.

    The answer repeats neither the endpoint nor an address.

    Args:
        channel: rest-hook or email.
        endpoint: a URL.
        reach: where the client may be told.
        look_up: whether to find out where its name leads.
    """
    if channel == "email":
        return _mail_fault(endpoint, reach)
    return _url_fault(endpoint, reach, look_up=look_up)


def _mail_fault(endpoint: str, reach: Reach) -> str:
    address = mail_address(endpoint)
    if address is None:
        return "the endpoint of an e-mail is mailto: with one address and nothing else"
    domain = address.rpartition("@")[2].lower()
    allowed = {one.lower() for one in reach.mail_to}
    if address.lower() not in allowed and f"@{domain}" not in allowed:
        return (
            "e-mail goes to addresses that are registered for this client alone; have this one "
            "registered (`mail_to`)"
        )
    return ""


def _url_fault(endpoint: str, reach: Reach, *, look_up: bool) -> str:
    base = _base(endpoint)
    if base is None:
        return "the endpoint is no https URL of a host, without user and fragment"
    if base.scheme == "http" and not reach.allow_private:
        return "the endpoint has to be https: notifications may tell of patients"
    names = {base.host, f"{base.host}:{base.port}"}
    if reach.hosts and not names & reach.hosts:
        return (
            "the endpoint's host is not registered for this client; have it registered "
            "(`notification_hosts`)"
        )
    found = _addresses(base) if look_up else []
    if not all(may_call(one, allow_private=reach.allow_private) for one in found):
        return "the endpoint leads to an address that this server may not call"
    return ""


def _base(endpoint: str) -> Base | None:
    if len(endpoint) > 2048 or not _URL.fullmatch(endpoint) or "#" in endpoint:
        return None
    try:
        parts = urlsplit(endpoint)
    except ValueError:
        return None
    return read_base(f"{parts.scheme}://{parts.netloc}")


def _addresses(base: Base) -> list[str]:
    """Where the name leads; none, where that cannot be found out soon."""
    if base.host.startswith("["):
        return [base.host[1:-1]]
    if not _LOOK_UPS.acquire(blocking=False):
        return []
    found: Future[list[str]] = Future()

    def look_up() -> None:
        try:
            listed = socket.getaddrinfo(base.host, base.port, type=socket.SOCK_STREAM)
            found.set_result([str(entry[4][0]) for entry in listed])
        except (OSError, UnicodeError):
            found.set_result([])
        finally:
            _LOOK_UPS.release()

    Thread(target=look_up, daemon=True).start()
    try:
        return found.result(_LOOK_UP_SECONDS)
    except TimeoutError:
        return []
