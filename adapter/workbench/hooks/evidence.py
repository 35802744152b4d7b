"""Why our own service answered so: the evaluation of what was sent, criterion by criterion.

The call is answered once more in this process, without anything being remembered or counted: as it
was answered, or as the service answers a client that is registered for a plan or with a profile.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from cds_hooks.answering import Advice
from cds_hooks.caller import Caller
from cds_hooks.cards.profiles import PROFILES
from cds_hooks.errors import CdsHooksError
from cds_hooks.feedback import Feedback
from cds_hooks.host import CallRecord, Fetcher, FhirAccess, Host, Issued
from cds_hooks.services import Services
from eligibility.report import as_object
from eligibility.wording import POPULATION_TITLES


class Evidence(Struct, frozen=True, kw_only=True):
    """The evaluation of one call."""

    #: As `eligibility.report.as_object` has it.
    determination: dict[str, Any]
    #: Populations with something to show, and the others: id, title, outcome, possible, variants.
    populations: tuple[dict[str, Any], ...]
    others: tuple[dict[str, Any], ...]
    exclusions: tuple[dict[str, Any], ...]
    #: What could not be had, and why, by prefetch key.
    lacking: dict[str, str]
    #: Cards kept back because of earlier feedback.
    suppressed: int


class _Quiet:
    """The host, but nothing is remembered or counted."""

    def __init__(self, host: Host, caller: Caller) -> None:
        self._host, self._caller = host, caller

    def identify(self, authorization: str | None, path: str, host: str) -> Caller:
        del authorization, path, host
        return self._caller

    def allows_origin(self, origin: str) -> bool:
        return self._host.allows_origin(origin)

    def fetcher(self, caller: Caller, access: FhirAccess) -> Fetcher:
        return self._host.fetcher(caller, access)

    def is_suppressed(self, caller: Caller, server: str, patient_id: str, topic: str) -> bool:
        return self._host.is_suppressed(caller, server, patient_id, topic)

    def remember(self, caller: Caller, cards: Sequence[Issued]) -> None:
        del caller, cards

    def take_feedback(self, caller: Caller, service: str, feedback: Sequence[Feedback]) -> None:
        del caller, service, feedback

    def observe(self, record: CallRecord) -> None:
        del record


def answered(
    services: Services, host: Host, service: str, body: bytes, caller: Caller
) -> Advice | None:
    """What our own service answers to that caller; None: it refuses the call.

    Args:
        services: those of this deployment.
        host: asked for FHIR servers and earlier feedback.
        service: id of the service called.
        body: the call as it was sent.
        caller: as whom it is answered.
    """
    try:
        return services.answer(service, services.read(service, body), caller, _Quiet(host, caller))
    except CdsHooksError:
        return None


def evidence_of(advice: Advice | None) -> Evidence | None:
    """The evaluation behind an answer; None: nothing was decided."""
    if advice is None or advice.determination is None:
        return None
    told = as_object(advice.determination)
    populations = [
        one | {"title": POPULATION_TITLES.get(one["id"], one["id"])}
        for one in (*told["populations"], *told["overlays"])
    ]
    shown = sorted((one for one in populations if _speaks(one)), key=_rank)
    return Evidence(
        determination=told,
        populations=tuple(shown),
        others=tuple(one for one in populations if one not in shown),
        exclusions=tuple(one for one in told["exclusions"] if one["outcome"] != "not-met"),
        lacking=advice.gathered.lacking,
        suppressed=advice.suppressed,
    )


def as_profile(caller: Caller, profile: str, plan: str | None) -> Caller:
    """The caller, registered with that card profile and for that plan (None: every plan)."""
    plans = (plan,) if plan else caller.plans
    return msgspec.structs.replace(
        caller, profile=PROFILES.get(profile, caller.profile), plans=plans
    )


def _speaks(population: dict[str, Any]) -> bool:
    """Whether it is met, possible, or open with something in the chart that points to it."""
    if population["outcome"] == "unknown" and not population["possible"]:
        return any(
            _has_evidence(one) for each in population["variants"] for one in each["criteria"]
        )
    return bool(population["outcome"] != "not-met")


def _rank(population: dict[str, Any]) -> int:
    return 0 if population["outcome"] == "met" else 1 if population["possible"] else 2


def _has_evidence(criterion: dict[str, Any]) -> bool:
    below = criterion.get("criteria", ())
    return bool(criterion.get("evidence")) or any(_has_evidence(one) for one in below)
