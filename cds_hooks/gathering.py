"""What there is to decide by: the prefetch, and what it lacks fetched from the FHIR server.

Everything missing is asked for at once. When it is there, a second round fetches the few resources
that the first refer to and an answer turns on, such as the Organization that pays. Whatever could
not be had is named; nothing here decides what that means.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec import Raw, Struct

from cds_hooks.caller import Caller
from cds_hooks.host import Failure, Fetch, Fetched, Fetcher, Host
from cds_hooks.prefetch import State, next_page, states
from cds_hooks.queries import resolve
from cds_hooks.reading import Call
from mappings.inbound.clearing import cleared
from mappings.inbound.needed import needed_references
from mappings.inbound.requirement import DataRequirement

#: A document beside the call, and the prefetch key under which it is read.
Document = tuple[str, bytes]

_WHY = {
    State.NOT_SENT: "not sent",
    State.ERROR: "the client sent an error instead",
    State.PARTIAL: "only the first page was sent",
}


#: Keys without which silence would say too much. Every FHIR server of an EHR has them; of the
#: others many lack some, and always will.
_DECISIVE = ("encounters", "conditions")

_BY_CHOICE = (_WHY[State.NOT_SENT], Failure.REFUSED.value)


class Gathered(Struct, frozen=True, kw_only=True):
    """What came together."""

    #: To be read beside the call.
    more: tuple[Document, ...] = ()
    #: By key, why its data could not be had, or not all of them.
    lacking: dict[str, str] = {}
    #: How many fetches were tried.
    fetched: int = 0
    #: Visits or conditions were asked for and could not be read, or not whole. What a client does
    #: not send, and has no server for, is its choice and no failure.
    is_unread: bool = False

    @property
    def not_had(self) -> list[str]:
        """What a card says, e.g. `related persons (not sent)`."""
        return [f"{_words(key)} ({why})" for key, why in self.lacking.items()]


def gather(
    call: Call, requirements: Sequence[DataRequirement], caller: Caller, host: Host, *, base: str
) -> Gathered:
    """Look at the prefetch, fetch what it lacks, and say what is lacking still.

    Args:
        call: as its caller may see it (`clearance`).
        requirements: what there should be.
        caller: what is fetched is cleared for it too.
        host: knows the way to the FHIR server.
        base: canonical base of our own code systems.
    """
    found = states(requirements, call.prefetch, call.patient_id)
    if found["patient"] is State.NONE:
        # There is a patient: some clients say null where their query failed.
        found["patient"] = State.NOT_SENT
    lacking = {key: _WHY[state] for key, state in found.items() if state in _WHY}
    if call.access is None:
        return Gathered(lacking=lacking, is_unread=_is_unread(lacking))
    fetcher = host.fetcher(caller, call.access)
    wanted = [fetch for one in requirements if (fetch := _missing(one, found[one.key], call))]
    first = _fetch(fetcher, wanted)
    for one in first:
        if one.failure is None:
            del lacking[one.key]
        else:
            lacking[one.key] = one.failure.value
    more = _documents(first, caller)
    references = [
        Fetch(key=key, resource_type=resource_type, query=reference)
        for key, resource_type, reference in needed_references(call.body, more, base=base)
    ]
    second = _fetch(fetcher, references)
    for one in second:
        # A reference to another server is how some records are written, and no fault of this call.
        if one.failure is not None and one.failure is not Failure.REFUSED:
            lacking.setdefault(one.key, f"what they refer to: {one.failure.value}")
    return Gathered(
        more=(*more, *_documents(second, caller)),
        lacking=lacking,
        fetched=len(first) + len(second),
        is_unread=_is_unread(lacking),
    )


def _is_unread(lacking: Mapping[str, str]) -> bool:
    return any(lacking.get(key, _BY_CHOICE[0]) not in _BY_CHOICE for key in _DECISIVE)


def _missing(requirement: DataRequirement, state: State, call: Call) -> Fetch | None:
    """What to ask for: the page that follows, or else everything; None: nothing is lacking."""
    if state not in _WHY:
        return None
    query = None
    if state is State.PARTIAL:
        query = next_page(call.prefetch.get(requirement.key, Raw(b"null")))
    if query is None:
        query = resolve(requirement.search, {"context.patientId": call.patient_id})
    if query is None:
        return None
    return Fetch(key=requirement.key, resource_type=requirement.resource_type, query=query)


def _fetch(fetcher: Fetcher, wanted: Sequence[Fetch]) -> tuple[Fetched, ...]:
    return fetcher.fetch(wanted) if wanted else ()


def _documents(fetched: Sequence[Fetched], caller: Caller) -> tuple[Document, ...]:
    """What came, without what the caller is not cleared for."""
    return tuple(
        (one.key, cleared(document, caller.clearance))
        for one in fetched
        for document in one.documents
    )


def _words(key: str) -> str:
    """`relatedPersons` as a person writes it."""
    return re.sub("[A-Z]", lambda letter: f" {letter[0].lower()}", key)
