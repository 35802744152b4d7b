"""The application around the CDS services: who may call, FHIR servers, the memory, the watch.

`AdapterHost` puts finished parts together (`cds_hooks.host.Host`). With registered clients every
call has to bring a token. Without any, the service is in development mode: it believes everybody
who reaches it, so it has to be reached over loopback addresses only, which `ecm serve` sees to and
the `Host` header confirms: a page that made its own name point at this machine is refused.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct

from adapter.fhir_api.service import Served
from adapter.fhir_client.fetching import FhirClient, Limits
from adapter.operations.watch import Watch
from adapter.security.clients import Clients
from adapter.security.key_sets import KeySets
from adapter.security.tokens import Verifier
from adapter.setting_values import names_this_machine
from adapter.settings import Settings
from adapter.store import Store
from cds_hooks.caller import Caller
from cds_hooks.errors import NotTrusted
from cds_hooks.feedback import Feedback
from cds_hooks.host import CallRecord, Fetcher, FhirAccess, Issued

_LOG = logging.getLogger(__name__)


class Reach(Struct, frozen=True, kw_only=True):
    """Which FHIR servers a client may name, and how long fetching may take."""

    servers: tuple[str, ...]
    seconds: float
    allow_private: bool


_DEVELOPMENT = Caller(client="development", tenant="development")


class AdapterHost:
    """One for each process that answers calls; `clients` None: development mode."""

    def __init__(
        self,
        settings: Settings,
        *,
        clients: Clients | None,
        store: Store,
        watch: Watch,
        now: Callable[[], datetime],
    ) -> None:
        self._settings, self._store, self._watch, self._now = settings, store, watch, now
        self._clients = clients
        # A quarter of the threads is left for calls that fetch nothing, and for the probes.
        limits = Limits(calls=max(1, settings.threads * 3 // 4))
        self._fhir = FhirClient(limits=limits, ca_file=settings.ca_file)
        #: Tells who signed a token; None: development mode.
        self.verifier: Verifier | None = None
        if clients is not None:
            keys = KeySets(clients, ca_file=settings.ca_file)
            self.verifier = Verifier(clients, keys, store, settings.public_base, now)
        self._reach = {
            one.id: Reach(
                servers=one.fhir_servers,
                seconds=one.deadline_seconds,
                allow_private=one.allow_private_addresses,
            )
            for one in clients or ()
        }
        if clients is None:
            self._reach[_DEVELOPMENT.client] = Reach(
                servers=settings.fhir_servers,
                seconds=settings.deadline_seconds,
                allow_private=True,
            )

    def identify(self, authorization: str | None, path: str, host: str) -> Caller:
        """The registered client that signed the token; in development mode, anybody local."""
        if self.verifier is not None:
            return self.verifier.verify(authorization, path).caller()
        if not names_this_machine(host):
            _LOG.warning("a call in development mode came under the name of another machine")
            raise NotTrusted
        return _DEVELOPMENT

    def allows_origin(self, origin: str) -> bool:
        """Origins of the settings and the clients; in development mode, pages of this machine."""
        if origin in self._settings.origins:
            return True
        if self._clients is not None:
            return self._clients.allows_origin(origin)
        scheme, _, netloc = origin.partition("://")
        return scheme in ("http", "https") and names_this_machine(netloc)

    def fetcher(self, caller: Caller, access: FhirAccess) -> Fetcher:
        """The client's FHIR server, if it is one of those it may name."""
        reach = self._reach[caller.client]
        fetcher = self._fhir.fetcher(
            access,
            servers=reach.servers,
            seconds=reach.seconds,
            allow_private=reach.allow_private,
        )
        return self._watch.fetcher(fetcher, caller.client)

    def is_suppressed(self, caller: Caller, server: str, patient_id: str, topic: str) -> bool:
        """By what was answered to earlier cards."""
        return self._store.is_suppressed(caller, server, patient_id, topic, self._now())

    def remember(self, caller: Caller, cards: Sequence[Issued]) -> None:
        """In the store."""
        self._store.remember(caller, cards, self._now())

    def take_feedback(self, caller: Caller, service: str, feedback: Sequence[Feedback]) -> None:
        """In the store, on the disk when this returns."""
        self._store.take_feedback(caller, service, feedback, self._now())
        self._watch.feedback(caller.client, service, feedback)

    def observe(self, record: CallRecord) -> None:
        """One log line, a few counts."""
        self._watch.observe(record)

    def served(self, served: Served) -> None:
        """One log line, a few counts."""
        self._watch.served(served)
