"""What can go wrong with a hook call, as exceptions. Faults in the data are `Issue`s instead.

CdsHooksError
├── MalformedRequest   the body is not the JSON of a hook call: what was found, and where
├── WrongHook          the service answers another hook than the one called
├── UnknownService     there is no service of that id
├── DataMissing        without this prefetch no answer of any kind can be given
├── NotTrusted         the caller is not a client of this service
└── NotStored          something that must not be lost could not be stored

A message says what was found, where, and what to do. None repeats what the caller sent: it may be
patient data, and errors are logged by whoever receives them.
"""

from __future__ import annotations


class CdsHooksError(Exception):
    """Any failure this package raises."""

    #: FHIR issue type of the OperationOutcome that tells it (value set issue-type).
    issue_type = "processing"

    def __init__(self, message: str, *, expression: str | None = None) -> None:
        super().__init__(message)
        #: Where in the request, as a path: `context.patientId`, `prefetch.patient`.
        self.expression = expression


class MalformedRequest(CdsHooksError):
    """The body cannot be read as a hook call."""

    issue_type = "structure"


class WrongHook(CdsHooksError):
    """The hook called is not the one this service answers (cds-hooks_2.0@18)."""

    issue_type = "value"

    def __init__(self, service: str, hook: str) -> None:
        super().__init__(
            f"service {service!r} answers the hook {hook!r} and no other; "
            "call it with that hook, or call the service of the hook you mean",
            expression="hook",
        )


class UnknownService(CdsHooksError):
    """No service has the id that was called."""

    issue_type = "not-found"

    def __init__(self) -> None:
        super().__init__(
            "there is no CDS service of that id; GET /cds-services lists those there are"
        )


class DataMissing(CdsHooksError):
    """Data the service cannot do without were not sent (cds-hooks_2.0@54)."""

    issue_type = "required"

    def __init__(
        self, *, key: str, query: str, found: str, fetched: int = 0, not_had: int = 0
    ) -> None:
        super().__init__(
            f"{found}, so no determination of any kind is possible; "
            f"send prefetch key {key!r}: {query} (a resource with a security label this client is "
            "not cleared for counts as not sent)",
            expression=f"prefetch.{key}",
        )
        self.key = key
        self.query = query
        #: For the log: how many fetches were tried, and how many keys are lacking.
        self.fetched = fetched
        self.not_had = not_had


class NotTrusted(CdsHooksError):
    """The caller is not a client of this service; nothing says why (cds-hooks best practice)."""

    issue_type = "login"

    def __init__(self) -> None:
        super().__init__(
            "this call is not authenticated; send Authorization: Bearer with a JWT signed as "
            "registered with this service. The operator's log says what was wrong"
        )


class NotStored(CdsHooksError):
    """Something could not be stored durably; it is safe to send it again."""

    issue_type = "transient"

    def __init__(self) -> None:
        super().__init__("this could not be stored; nothing was kept, please send it again")
