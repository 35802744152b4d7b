"""Which CDS services the pages may call: the one guard for addresses that a visitor names.

In the sandbox any: whoever is there could call it from this machine as well. Elsewhere https to
public addresses, or this service itself: a visitor must not reach through it into its network.
Redirects are not followed, and a name is checked where it leads to when it is connected to.

A call of this service itself takes a second thread of it, so only so many are under way or wait at
once that threads are left to answer them, and everybody else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import BoundedSemaphore
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from adapter.cds_client.calling import CdsService, GivenToken, service_at
from adapter.errors import UnusableInput
from adapter.fhir_client.guarded import guarded_session

if TYPE_CHECKING:
    from flask import Request

    from adapter.workbench.roles import Visitor
    from adapter.workbench.site import Site


def service_for(
    site: Site,
    visitor: Visitor,
    url: str,
    *,
    token: str | None = None,
    timeout_seconds: float = 30.0,
) -> CdsService:
    """The service at an address that a visitor named.

    Args:
        site: this deployment.
        visitor: who asks.
        url: its base, its discovery, or one of its services; empty: this deployment's own.
        token: sent with each call; None: none is.
        timeout_seconds: how long an answer may take.

    Raises:
        UnusableInput: it is no address, or not one that this visitor may have called.
    """
    base, _ = service_at(url.strip() or own_base(site))
    parts = urlsplit(base)
    if parts.username is not None or parts.query or parts.fragment:
        raise UnusableInput(
            "the address of the service has a user, a query or a fragment; leave that out"
        )
    token = (token or "").strip()
    if not (token.isascii() and token.isprintable()):
        raise UnusableInput("the token holds a character that no header can; paste all of it anew")
    is_own = base == own_base(site)
    if not (visitor.sandbox or is_own) and parts.scheme != "https":
        raise UnusableInput(f"{base} is not https; only this service itself may be called so")
    return CdsService(
        base=base,
        signer=GivenToken(token) if token else None,
        timeout_seconds=timeout_seconds,
        session=partial(
            guarded_session,
            allow_private=visitor.sandbox or is_own,
            ca_file=site.settings.ca_file,
        ),
    )


class Room:
    """Room in a process for calls that it makes for visitors, whatever page they come from."""

    def __init__(self, site: Site) -> None:
        self._site = site
        threads = site.settings.threads
        # Who waits holds a thread too.
        self._inside = BoundedSemaphore(max(1, threads * 3 // 4))
        self._calling = BoundedSemaphore(max(1, threads // 2))

    @contextmanager
    def to_call(self, service: CdsService) -> Iterator[None]:
        """While calls of one service are under way.

        Raises:
            UnusableInput: there is no room, or this service cannot call itself.
        """
        settings = self._site.settings
        if service.base == own_base(self._site) and settings.threads < 2 and settings.workers < 2:
            raise UnusableInput(
                "this service answers one call at a time and so cannot call itself; set its "
                "setting threads to 2 or more"
            )
        with _held(self._inside, 0), _held(self._calling, 5):
            yield


@contextmanager
def _held(places: BoundedSemaphore, seconds: float) -> Iterator[None]:
    if not places.acquire(timeout=seconds):
        raise UnusableInput("too many calls are under way; try again in a moment")
    try:
        yield
    finally:
        places.release()


def own_base(site: Site) -> str:
    """The URL by which clients know this service, without a slash at the end."""
    return site.settings.public_base


def is_asked_here(asked: Request) -> bool:
    """Whether a GET may have another service called: a page of elsewhere did not cause it.

    A link of somebody else's page would have this service call whom that page names.
    """
    return asked.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin")
