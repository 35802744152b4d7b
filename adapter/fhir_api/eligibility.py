"""`$ecm-eligibility`: a determination over FHIR (docs/input-contract.md, section 1).

Parameters in: `patientData` (a resource or Bundle; may repeat), and optionally `plan`, `asOf`,
`policyDate`, `patient`, `complete` (may repeat). Parameters out. Nothing is stored but that it was
asked.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, get_args

import msgspec

from adapter.errors import UnusableInput
from adapter.fhir_api.faults import Refused, refused
from adapter.fhir_api.operations import Asked, Operation
from adapter.fhir_api.table import Definition
from adapter.question import before_ecm, read_completeness, read_day
from adapter.store.records import Viewer
from eligibility.errors import NoPolicyInForce, UnknownPlan
from eligibility.evaluate import evaluate
from eligibility.facts import Completeness, MemberFacts, Source
from mappings.errors import MappingError
from mappings.inbound.bundle import read_member
from mappings.outbound.parameters import as_parameters
from profiles.canonicals import DEFAULT_BASE

_ENCODER = msgspec.json.Encoder(decimal_format="number")


def eligibility_operation(today: Callable[[], date], base: str = DEFAULT_BASE) -> Operation:
    """The operation.

    Args:
        today: the member's local day, for `asOf` where it is not given.
        base: our canonical base in this deployment.
    """

    def answer(asked: Asked) -> dict[str, Any]:
        plan = asked.one("plan")
        as_of = _day(asked, "asOf") or today()
        try:
            determination = evaluate(
                _facts(asked, base),
                plan=plan,
                as_of=as_of,
                policy_date=_day(asked, "policyDate"),
                complete=_complete(asked),
            )
        except UnknownPlan:
            raise refused(
                422, "value", "plan is none there are policies of; give partnership, anthem, "
                "health-net or dhcs", "Parameters.parameter.where(name = 'plan')",
            ) from None  # fmt: skip
        except NoPolicyInForce as fault:
            raise refused(
                422,
                "business-rule",
                before_ecm(fault, "give a policyDate from then on"),
                "Parameters.parameter.where(name = 'policyDate')",
            ) from None
        return as_parameters(determination)

    definition = Definition(
        name="ecm-eligibility",
        definition=f"{base.rstrip('/')}/OperationDefinition/ecm-eligibility",
        system=True,
    )
    return Operation(definition=definition, answer=answer)


def _facts(asked: Asked, base: str) -> MemberFacts:
    given = asked.resources("patientData")
    if not given:
        raise refused(
            400,
            "required",
            "send Parameters with the member's resources or Bundles as parameter `patientData`",
        )
    try:
        return read_member(
            [_ENCODER.encode(one) for one in given],
            patient=asked.one("patient") or _reference(asked),
            base=base,
            clearance=_clearance(asked.viewer),
        )
    except MappingError as fault:
        raise refused(422, "processing", f"patientData: {fault}") from None


def _clearance(viewer: Viewer) -> frozenset[str] | None:
    return None if "*" in viewer.clearance else viewer.clearance


def _reference(asked: Asked) -> str | None:
    """`patient` as a reference."""
    for one in _given(asked, "patient"):
        found = one.get("valueReference")
        if isinstance(found, dict) and isinstance(found.get("reference"), str):
            return str(found["reference"])
    return None


def _complete(asked: Asked) -> tuple[Completeness, ...]:
    """`encounters=2025-02-01..2026-02-01`, or parts `source` and `period`."""
    texts = list(asked.params.get("complete", ()))
    for one in _given(asked, "complete"):
        parts = {part.get("name"): part for part in one.get("part", []) if isinstance(part, dict)}
        if parts:
            source = parts.get("source", {})
            period = parts.get("period", {}).get("valuePeriod") or {}
            name = source.get("valueCode") or source.get("valueString")
            texts.append(f"{name}={period.get('start')}..{period.get('end')}")
    return tuple(_completeness(one) for one in texts)


def _completeness(text: str) -> Completeness:
    try:
        return read_completeness(text)
    except UnusableInput:
        raise _incomplete(get_args(Source)) from None


def _incomplete(known: tuple[str, ...]) -> Refused:
    return refused(
        400,
        "value",
        f"`complete` is SOURCE=FROM..TO with a source of {', '.join(known)} and two days, the "
        "earlier first",
        "Parameters.parameter.where(name = 'complete')",
    )


def _day(asked: Asked, name: str) -> date | None:
    text = asked.one(name)
    if text is None:
        return None
    try:
        return read_day(text)
    except UnusableInput:
        where = f"Parameters.parameter.where(name = '{name}')"
        raise refused(400, "value", f"{name} is no day; write 2026-01-31", where) from None


def _given(asked: Asked, name: str) -> list[dict[str, Any]]:
    listed = asked.document.data.get("parameter") if asked.document else None
    return [
        one
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, dict) and one.get("name") == name
    ]
