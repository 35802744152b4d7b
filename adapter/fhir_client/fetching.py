"""Fetches from a client's FHIR server what its call did not bring (cds-hooks_2.0@54, @60, @61).

Everything wanted is read side by side, each search page after page, until the deadline of the call.
At the deadline the answer stands, whatever the server does: what came by then is kept, the rest is
told as a `Failure`. Each call has threads of its own, so that a server that stalls takes none from
the calls of others. They end with the call by the timeout of each read; one that still looks up a
name ends when the resolver gives up.

A read that failed is not tried again, but for one that met a connection which the server had closed
meanwhile. The access token goes to the registered server alone and is forgotten with the call.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import msgspec
import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError

from adapter.fhir_client.guarded import AddressRefused, guarded_session
from adapter.fhir_client.pages import Reading, Source
from adapter.fhir_client.servers import Base, registered
from cds_hooks.host import Failure, Fetch, Fetched, Fetcher, FhirAccess, NoFetcher

_TOKEN = re.compile(r"[\x21-\x7e]+")
_BOM = b"\xef\xbb\xbf"

_STATUS = {
    401: Failure.NOT_AUTHORIZED,
    403: Failure.NOT_AUTHORIZED,
    408: Failure.TOO_SLOW,
    504: Failure.TOO_SLOW,
}


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much one call may take, and all of them."""

    #: Reads at the same time.
    parallel: int = 32
    #: Pages of one search.
    pages: int = 20
    #: Bytes of one page or resource, decompressed.
    document_bytes: int = 8 * 2**20
    #: Bytes of everything together.
    call_bytes: int = 32 * 2**20
    #: Calls that may fetch at once in this process. Each holds a thread that answers calls, so with
    #: a server that stalls they would keep out those that need to fetch nothing.
    calls: int = 12


class FhirClient:
    """Connections to the FHIR servers of all clients; one for each process.

    Args:
        limits: how much one call may take, and all of them.
        ca_file: certificates of the authorities to trust, as PEM; None: those of `certifi`.
    """

    def __init__(self, *, limits: Limits | None = None, ca_file: Path | None = None) -> None:
        self._limits = limits or Limits()
        self._places = threading.BoundedSemaphore(self._limits.calls)
        self._sessions = {
            private: guarded_session(
                allow_private=private,
                pool=self._limits.parallel,
                at_most=self._limits.document_bytes,
                ca_file=ca_file,
            )
            for private in (False, True)
        }

    def fetcher(
        self,
        access: FhirAccess,
        *,
        servers: Iterable[str],
        seconds: float,
        allow_private: bool = False,
    ) -> Fetcher:
        """A way to the server a call names; its deadline starts now.

        Args:
            access: what the call brought.
            servers: the servers its client may name; to any other nothing is sent.
            seconds: until the deadline.
            allow_private: whether the server may have a loopback or private address.
        """
        base = registered(access.server, servers)
        if base is None:
            return NoFetcher()
        return _Call(
            base=base,
            access=access,
            session=self._sessions[allow_private],
            limits=self._limits,
            places=self._places,
            until=time.monotonic() + seconds,
        )

    def close(self) -> None:
        """Close the connections."""
        for session in self._sessions.values():
            session.close()


class _Call:
    """What all reads of one call share."""

    def __init__(
        self,
        *,
        base: Base,
        access: FhirAccess,
        session: requests.Session,
        limits: Limits,
        places: threading.Semaphore,
        until: float,
    ) -> None:
        self._source = Source(base=base, scope=access.scope, pages=limits.pages, get=self._get)
        self._parallel = limits.parallel
        self._places = places
        self._until = until
        self._session = session
        self._headers = {"Accept": "application/fhir+json", "User-Agent": "ecm-adapter"}
        self._token_fits = not access.token or _TOKEN.fullmatch(access.token) is not None
        if access.token and self._token_fits:
            self._headers["Authorization"] = f"Bearer {access.token}"
        self._bytes_left = limits.call_bytes
        self._lock = threading.Lock()

    def fetch(self, wanted: Sequence[Fetch]) -> tuple[Fetched, ...]:
        """All of them side by side; one answer for each, in their order. Never raises.

        Where too many calls are fetching already, nothing is waited for and all is `TOO_SLOW`.
        """
        if not wanted:
            return ()
        if not self._places.acquire(blocking=False):
            return tuple(Fetched(key=one.key, failure=Failure.TOO_SLOW) for one in wanted)
        try:
            return self._fetch(wanted)
        finally:
            self._places.release()

    def _fetch(self, wanted: Sequence[Fetch]) -> tuple[Fetched, ...]:
        reads = [Reading(self._source, one) for one in wanted]
        pool = ThreadPoolExecutor(min(len(reads), self._parallel), "fhir")
        try:
            futures = [pool.submit(read.run) for read in reads]
            wait(futures, timeout=max(0.0, self._until - time.monotonic()))
        except RuntimeError:
            # No thread could be started, as when the process ends: what was not read is told.
            pass
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        return tuple(read.fetched() for read in reads)

    def _get(self, url: str) -> bytes | Failure:
        """One page or resource. The body is not looked at."""
        if not self._token_fits:
            return Failure.NOT_AUTHORIZED
        try:
            response = self._send(url)
        except AddressRefused:
            return Failure.REFUSED
        except requests.Timeout:
            return Failure.TOO_SLOW
        except requests.RequestException as error:
            if time.monotonic() >= self._until:
                return Failure.TOO_SLOW
            return Failure.NO_CONNECTION if _is_unconnected(error) else Failure.ERROR
        if response.status_code != 200:
            if 300 <= response.status_code < 400:
                return Failure.REFUSED
            return _STATUS.get(response.status_code, Failure.ERROR)
        body = response.content.removeprefix(_BOM)
        with self._lock:
            self._bytes_left -= len(body)
            return body if self._bytes_left >= 0 else Failure.ERROR

    def _send(self, url: str) -> requests.Response:
        for last in (False, True):
            left = self._until - time.monotonic()
            if left <= 0:
                raise requests.Timeout
            try:
                return self._session.get(url, headers=self._headers, timeout=left)
            except requests.ConnectionError as error:
                closed_meanwhile = bool(error.args) and isinstance(error.args[0], ProtocolError)
                if last or not closed_meanwhile:
                    raise
        raise AssertionError("the second attempt returns or raises")


def _is_unconnected(error: requests.RequestException) -> bool:
    """Whether nothing was asked of the server yet: no address, nobody there, or no TLS with it."""
    if isinstance(error, requests.exceptions.SSLError):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
