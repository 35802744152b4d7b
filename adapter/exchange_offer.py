"""What the FHIR endpoint of a deployment offers: its operations, and its CapabilityStatement."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec

from adapter.assembly import Assembly
from adapter.fhir_api.capability import Described, capability_statement
from adapter.fhir_api.eligibility import eligibility_operation
from adapter.fhir_api.operations import Operation
from adapter.fhir_api.subscription_operations import subscription_operations
from adapter.fhir_api.validation import validate_operation
from adapter.notifications.topics import topics
from adapter.security.assertions import ENDPOINT
from adapter.settings import Settings
from profiles.canonicals import canonicals


def operations(assembly: Assembly, today: Callable[[], date]) -> tuple[Operation, ...]:
    """The `$operations` there are; `today`: the member's local day."""
    canonical = assembly.settings.canonical_base
    return (
        eligibility_operation(today, canonical),
        validate_operation(canonical),
        *subscription_operations(assembly.operations),
    )


def described(settings: Settings) -> Described:
    """What the CapabilityStatement says beside the tables."""
    canonical = settings.canonical_base
    return Described(
        canonical_base=canonical,
        token_endpoint=settings.public_base + ENDPOINT if settings.clients else "",
        topics=tuple(topics(canonical)),
        profiles=_profiles(canonical),
    )


def statement(assembly: Assembly, today: Callable[[], date]) -> dict[str, Any]:
    """The CapabilityStatement as a client gets it that knows the service by its public name."""
    definitions = [one.definition for one in operations(assembly, today)]
    body = capability_statement(assembly.fhir_base, described(assembly.settings), definitions)
    decoded: dict[str, Any] = msgspec.json.decode(body)
    return decoded


def _profiles(base: str) -> tuple[tuple[str, str], ...]:
    structure = canonicals(base).structure
    return (
        ("ServiceRequest", structure("ecm-referral")),
        ("Task", structure("ecm-referral-task")),
        ("Consent", structure("ecm-consent")),
        ("Procedure", structure("ecm-procedure")),
        ("EpisodeOfCare", structure("ecm-episode-of-care")),
        ("QuestionnaireResponse", structure("ecm-referral-response")),
    )
