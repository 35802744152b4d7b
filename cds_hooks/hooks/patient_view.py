"""patient-view: somebody opens a member's chart; does ECM come into question?

Hook definition: patient-view 1.0. `userId` may name staff, the patient or a relative; clients leave
it out at times. The plan comes from Coverage, the day is today in California.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from cds_hooks.cards import Reader, cards_for
from cds_hooks.errors import DataMissing, MalformedRequest
from cds_hooks.prefetch import State, states
from cds_hooks.protocol import Call, Card
from cds_hooks.services import Service
from eligibility.evaluate import evaluate
from eligibility.facts import MemberFacts
from mappings.errors import EmptyBundle, MappingError, NoPatient, NotJson, PatientNotFound
from mappings.inbound.bundle import read_member
from mappings.inbound.requirement import DataRequirement
from mappings.requirements import all_requirements
from profiles.canonicals import DEFAULT_BASE

SERVICE_ID = "ecm-patient-view"

_WHY = {
    State.NOT_SENT: "not sent",
    State.ERROR: "the client sent an error instead",
    State.PARTIAL: "only the first page was sent",
}


def patient_view(
    *,
    today: Callable[[], date],
    canonical_base: str = DEFAULT_BASE,
    public_base: str | None = None,
) -> Service:
    """The service that answers patient-view.

    Args:
        today: the member's local day.
        canonical_base: base of our own code systems.
        public_base: where users reach this service; None: cards carry no link.
    """
    requirements = tuple(all_requirements())

    def answer(call: Call) -> tuple[Card, ...]:
        facts = _facts(call, requirements, canonical_base)
        determination = evaluate(facts, plan=None, as_of=today())
        reader = Reader(
            hook_instance=call.hook_instance,
            is_staff=not call.user_id.startswith(("Patient/", "RelatedPerson/")),
            canonical_base=canonical_base,
            public_base=public_base,
        )
        return cards_for(determination, reader, not_had=_not_had(call, requirements))

    return Service(
        id=SERVICE_ID,
        hook="patient-view",
        title="Enhanced Care Management (ECM)",
        description=(
            "Says whether a Medi-Cal member may qualify for Enhanced Care Management, by which "
            "rule of which text, or which questions would decide it. Silent where nothing points "
            "to it."
        ),
        usage_requirements=(
            "Prefetch key 'patient' is required. Every other key is optional; what is left out is "
            "treated as unknown, never as absent, and the card says so."
        ),
        prefetch=requirements,
        answer=answer,
    )


def _facts(call: Call, requirements: tuple[DataRequirement, ...], base: str) -> MemberFacts:
    try:
        return read_member(call.body, patient=f"Patient/{call.patient_id}", base=base)
    except (NoPatient, EmptyBundle) as fault:
        raise _patient_missing(requirements, "the Patient was not sent") from fault
    except PatientNotFound as fault:
        found = "the Patient sent is not the one of context.patientId"
        raise _patient_missing(requirements, found) from fault
    except NotJson as fault:
        raise MalformedRequest("the body is not JSON to its end; send one JSON object") from fault
    except MappingError as fault:
        raise _patient_missing(requirements, "no FHIR resource was sent") from fault


def _patient_missing(requirements: tuple[DataRequirement, ...], found: str) -> DataMissing:
    patient = next(one for one in requirements if one.resource_type == "Patient")
    return DataMissing(key=patient.key, query=patient.search, found=found)


def _not_had(call: Call, requirements: tuple[DataRequirement, ...]) -> list[str]:
    """What could not be looked at, e.g. `coverage (not sent)`."""
    found = states(requirements, call.prefetch)
    return [f"{_words(key)} ({_WHY[state]})" for key, state in found.items() if state in _WHY]


def _words(key: str) -> str:
    """`relatedPersons` as a person writes it."""
    return re.sub("[A-Z]", lambda letter: f" {letter[0].lower()}", key)
