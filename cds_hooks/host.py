"""What an application that mounts the services brings: trust, a way to FHIR servers, a memory.

`cds_hooks` reads no network, store or clock. It asks a `Host`. `OpenHost` is the least there can
be: it trusts every caller, fetches nothing and remembers nothing, for tests and for trying out.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Protocol

from msgspec import Struct

from cds_hooks.caller import Caller
from cds_hooks.feedback import Feedback


class FhirAccess(Struct, frozen=True, kw_only=True):
    """`fhirServer` and `fhirAuthorization` of a call: transient, never stored or logged."""

    #: As sent, without a slash at the end.
    server: str
    #: The access token; empty: the client gave none.
    token: str = ""
    #: As granted: SMART v1 or v2 scopes, or a vendor's own strings; empty: not said.
    scope: str = ""

    def __repr__(self) -> str:
        """Tells neither token nor server."""
        return "FhirAccess(…)"


class Fetch(Struct, frozen=True, kw_only=True):
    """One thing to fetch."""

    #: The prefetch key it stands in for.
    key: str
    resource_type: str
    #: Relative to the server (`Coverage?patient=p1&_count=50`, `Organization/o1`), or the absolute
    #: URL of a next page as the client sent it.
    query: str


class Failure(Enum):
    """Why something could not be had, as a card says it."""

    #: The token's scopes do not cover it, or the server answered 401 or 403.
    NOT_AUTHORIZED = "the access token does not allow it"
    #: The deadline of the call passed.
    TOO_SLOW = "the FHIR server did not answer in time"
    #: Its name has no address, nobody takes calls there, or its certificate is not trusted.
    NO_CONNECTION = "no connection to the FHIR server could be made"
    #: The server failed, or sent something that is no FHIR.
    ERROR = "the FHIR server answered with an error"
    #: The address is not one this client may name, or leads elsewhere.
    REFUSED = "the address is not one this client may name"
    #: Some pages came, not all.
    PARTIAL = "only a part of it came"


class Fetched(Struct, frozen=True, kw_only=True):
    """What came of one `Fetch`."""

    key: str
    #: The bodies that came: a resource, or the pages of a search. May be empty.
    documents: tuple[bytes, ...] = ()
    #: None: everything came.
    failure: Failure | None = None


class Fetcher(Protocol):
    """Fetches for one call, within the call's deadline, which started when this was made."""

    def fetch(self, wanted: Sequence[Fetch]) -> tuple[Fetched, ...]:
        """All of them side by side; one answer for each, in their order. Never raises."""


class Issued(Struct, frozen=True, kw_only=True):
    """A card that was shown, so that feedback on it can be understood."""

    uuid: str
    suggestions: tuple[str, ...]
    service: str
    #: `source.topic.code`.
    topic: str
    #: `context.patientId` and `fhirServer` of the call: together they name the member.
    patient_id: str
    server: str
    #: Ids of the populations shown; never written to a log.
    populations: tuple[str, ...]


class CallRecord(Struct, frozen=True, kw_only=True):
    """One call as the log and the metrics know it. Nothing in it is about a person."""

    #: Service id as routed; empty where there is no such service.
    service: str
    hook: str = ""
    #: Only where it is a UUID: other text could be anything.
    hook_instance: str = ""
    client: str = ""
    tenant: str = ""
    #: HTTP status of the answer.
    status: int
    milliseconds: float
    #: `partnership/ccs@2024-11-13` for each policy that was met or possible.
    policies: tuple[str, ...] = ()
    #: How many populations came out `met`, `possible`, `unknown`, `not-met`.
    outcomes: dict[str, int] = {}
    #: Topics of the cards shown.
    cards: tuple[str, ...] = ()
    #: Cards kept back because of earlier feedback.
    suppressed: int = 0
    #: How many keys were fetched, and how many of those not had.
    fetched: int = 0
    not_had: int = 0
    #: What was accepted though the specification says otherwise (names, no values).
    deviations: tuple[str, ...] = ()
    #: Kind of the error told, e.g. `DataMissing`.
    error: str = ""


class Host(Protocol):
    """The application around the services."""

    def identify(self, authorization: str | None, path: str, host: str) -> Caller:
        """Who calls.

        Args:
            authorization: the `Authorization` header.
            path: path of the endpoint called, e.g. `/cds-services/ecm-patient-view`.
            host: the `Host` header, as sent.

        Raises:
            NotTrusted: for every reason alike.
        """

    def allows_origin(self, origin: str) -> bool:
        """Whether pages of this origin may call (CORS)."""

    def fetcher(self, caller: Caller, access: FhirAccess) -> Fetcher:
        """A way to the client's FHIR server, whose deadline starts now."""

    def is_suppressed(self, caller: Caller, server: str, patient_id: str, topic: str) -> bool:
        """Whether earlier feedback keeps cards of this topic from this member for now."""

    def remember(self, caller: Caller, cards: Sequence[Issued]) -> None:
        """Keep what was shown; called before the answer is sent."""

    def take_feedback(self, caller: Caller, service: str, feedback: Sequence[Feedback]) -> None:
        """Store it durably; repeats change nothing. Raises `NotStored` where that failed."""

    def observe(self, record: CallRecord) -> None:
        """Log and count one call. Never raises."""


class NoFetcher:
    """Fetches nothing."""

    def fetch(self, wanted: Sequence[Fetch]) -> tuple[Fetched, ...]:
        """Refuses everything."""
        return tuple(Fetched(key=one.key, failure=Failure.REFUSED) for one in wanted)


class OpenHost:
    """Trusts every caller, fetches nothing, remembers nothing."""

    def __init__(self, caller: Caller | None = None) -> None:
        self._caller = caller or Caller(client="open", tenant="open")

    def identify(self, authorization: str | None, path: str, host: str) -> Caller:
        """The same caller for everybody."""
        del authorization, path, host
        return self._caller

    def allows_origin(self, origin: str) -> bool:
        """No page of another origin may call."""
        del origin
        return False

    def fetcher(self, caller: Caller, access: FhirAccess) -> Fetcher:
        """Nothing can be fetched."""
        del caller, access
        return NoFetcher()

    def is_suppressed(self, caller: Caller, server: str, patient_id: str, topic: str) -> bool:
        """Nothing is remembered."""
        del caller, server, patient_id, topic
        return False

    def remember(self, caller: Caller, cards: Sequence[Issued]) -> None:
        """Nothing is remembered."""

    def take_feedback(self, caller: Caller, service: str, feedback: Sequence[Feedback]) -> None:
        """Taken and dropped: only for trying out."""

    def observe(self, record: CallRecord) -> None:
        """Nobody watches."""
