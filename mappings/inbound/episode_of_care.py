"""EpisodeOfCare → enrolments in the programmes of the CodeSystem `ecm-program`.

Input contract, section 2 (EpisodeOfCare) and 5 ("Enrolment": which statuses count).
"""

from __future__ import annotations

from msgspec import Raw
from msgspec.json import Decoder

from eligibility.facts import Enrolment
from mappings.inbound.codings import codes_in
from mappings.inbound.elements import ABSENT, AnyResource, CodeableConcept, Period, Reference
from mappings.inbound.organization import Organizations
from mappings.inbound.reading import Reading
from mappings.inbound.requirement import DataRequirement
from mappings.time_zones import state_code
from profiles.codes import programs

REQUIREMENTS = (
    DataRequirement(
        key="programs",
        resource_type="EpisodeOfCare",
        elements=("status", "type", "patient", "managingOrganization", "period"),
        search="EpisodeOfCare?patient={{context.patientId}}&_count=100",
        sources=("programs",),
    ),
)

_COUNTED = frozenset({"active", "onhold", "finished"})
_NOT_ENROLLED = frozenset({"planned", "waitlist", "cancelled"})
#: Every programme has such a variant, whether the CodeSystem lists it or not; it is no enrolment.
_WAIT_LIST = "-waitlist"


class EpisodeOfCare(AnyResource):
    """`EpisodeOfCare`, as far as it is read."""

    status: str | None = None
    type: list[CodeableConcept] | None = None
    patient: Reference | None = None
    managing_organization: Reference | None = None
    period: Period | None = None
    contained: Raw = ABSENT


EPISODE = Decoder(EpisodeOfCare)


def read_episodes_of_care(reading: Reading, organizations: Organizations) -> None:
    """Adds the enrolments."""
    read = reading.decode("EpisodeOfCare", EPISODE, "programs")
    for resource, episode in reading.of_member(read, "patient"):
        name = resource.called(episode.id)
        if reading.is_in_error(episode.status, name, "EpisodeOfCare.status"):
            continue
        codes = _programs(reading, episode, name)
        if not codes or not _counts(reading, episode, name):
            continue
        span = reading.span(episode.period, name, "EpisodeOfCare.period")
        for code in codes:
            reading.add_enrolment(
                Enrolment(
                    program=code,
                    span=span,
                    ended=episode.status == "finished",
                    state=_state(organizations, episode),
                    ref=name,
                )
            )


def _programs(reading: Reading, episode: EpisodeOfCare, name: str) -> list[str]:
    stated = {
        code for each in episode.type or () for code in codes_in(each, reading.canonical.program)
    }
    known = sorted(code for code in stated if code in programs())
    if any(code.removesuffix(_WAIT_LIST) not in programs() for code in stated.difference(known)):
        details = "is no programme code; left out: use a code of the CodeSystem ecm-program"
        reading.tell("warning", "unknown-program", details, name, "EpisodeOfCare.type")
        reading.incomplete.add("programs")
    return known


def _counts(reading: Reading, episode: EpisodeOfCare, name: str) -> bool:
    """Whether its status says that the member is or was enrolled."""
    status = episode.status
    if status in _COUNTED or status in _NOT_ENROLLED:
        return status in _COUNTED
    details = "has a status R4 does not know and is left out"
    reading.tell("warning", "unclear-status", details, name, "EpisodeOfCare.status")
    reading.incomplete.add("programs")
    return False


def _state(organizations: Organizations, episode: EpisodeOfCare) -> str | None:
    """The state of the managing organization, where its addresses agree on one."""
    organization = organizations.find(episode.managing_organization, episode.contained)
    if organization is None:
        return None
    states = {state_code(address.state) for address in organization.address or () if address.state}
    return states.pop() if len(states) == 1 else None
