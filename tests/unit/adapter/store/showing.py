"""Cards as tests show them, and what they are answered with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from adapter.setting_values import SUPPRESSION_DAYS
from adapter.store import Store
from adapter.store.database import Database
from cds_hooks.caller import Caller
from cds_hooks.feedback import Feedback
from cds_hooks.host import Issued

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

VALLEY = Caller(client="valley-hospital", tenant="valley")

CARD = Issued(
    uuid="11111111-1111-4111-8111-111111111111",
    suggestions=("22222222-2222-4222-8222-222222222222",),
    service="ecm-patient-view",
    topic="ecmEligible",
    patient_id="p1",
    server="https://fhir.example.org/r4",
    populations=("homelessness",),
)

ACCEPTED = Feedback(
    card=CARD.uuid, outcome="accepted", suggestions=CARD.suggestions, at="2026-03-02T12:00:00Z"
)


def opened(url: str, **days: int) -> Store:
    """The store at noon; days of suppression as by default, but for those given."""
    known = {name.replace("_", "-"): many for name, many in days.items()}
    return Store(Database(url), suppression_days=SUPPRESSION_DAYS | known, now=lambda: NOON)


def card(**changes: Any) -> Issued:
    """The card, with other values."""
    return replace(CARD, **changes)


def overridden(*codes: str, system: str = "", **changes: Any) -> Feedback:
    """The card set aside for reasons of these codes."""
    reasons = tuple((system, code) for code in codes)
    given = Feedback(
        card=CARD.uuid, outcome="overridden", reasons=reasons, at="2026-03-02T12:00:00Z"
    )
    return replace(given, **changes)
