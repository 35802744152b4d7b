"""Coverage → periods of insurance, with who pays, of what type, and under which Medi-Cal aid codes.

Input contract, section 2 (Coverage) and 5 ("Membership", "Aid codes"). Coverage also stands
contained in ExplanationOfBenefit, the same in one claim after another: read once.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Raw
from msgspec.json import Decoder

from eligibility.facts import CoverageSpan
from mappings.inbound.codings import codes_in
from mappings.inbound.decoding import contained_of, decode_all
from mappings.inbound.elements import (
    ABSENT,
    AnyResource,
    CodeableConcept,
    Identifier,
    Period,
    Reference,
)
from mappings.inbound.organization import Organizations
from mappings.inbound.reading import Reading
from mappings.inbound.requirement import DataRequirement
from mappings.inbound.resources import Resource
from profiles.canonicals import ACT_CODE

REQUIREMENTS = (
    DataRequirement(
        key="coverages",
        resource_type="Coverage",
        elements=("status", "type", "beneficiary", "period", "payor"),
        search="Coverage?patient={{context.patientId}}&_count=50",
    ),
)

CoverageType = Literal["managed-care", "public", "commercial"]

_TYPES: dict[str, CoverageType] = {"MCPOL": "managed-care", "PUBLICPOL": "public"}
_NOT_IN_FORCE = frozenset({"draft", "entered-in-error"})


class Coverage(AnyResource):
    """`Coverage`, as far as it is read."""

    status: str | None = None
    type: CodeableConcept | None = None
    beneficiary: Reference | None = None
    period: Period | None = None
    payor: list[Reference] | None = None
    contained: Raw = ABSENT


class _ExplanationOfBenefit(AnyResource):
    status: str | None = None
    contained: Raw = ABSENT


COVERAGE = Decoder(Coverage)
_CLAIM = Decoder(_ExplanationOfBenefit)


def read_coverages(reading: Reading, organizations: Organizations) -> None:
    """Adds the periods of insurance."""
    own = reading.decode("Coverage", COVERAGE)
    in_claims, _ = decode_all(_in_claims(reading), COVERAGE, reading.issues)
    for resource, coverage in reading.of_member(own + in_claims, "beneficiary"):
        span = _span(reading, organizations, resource, coverage)
        if span is not None:
            reading.coverages.append(span)


def _in_claims(reading: Reading) -> list[Resource]:
    """The different Coverages contained in claims."""
    seen: dict[bytes, Resource] = {}
    for resource, claim in reading.decode("ExplanationOfBenefit", _CLAIM):
        if claim.status in _NOT_IN_FORCE:
            continue
        for inner in contained_of(claim.contained, "Coverage"):
            raw = bytes(inner.raw)
            inner.name = f"{resource.called(claim.id)}#coverage"
            if raw not in seen or inner.name < (seen[raw].name or ""):
                seen[raw] = inner
    return list(seen.values())


def _span(
    reading: Reading, organizations: Organizations, resource: Resource, coverage: Coverage
) -> CoverageSpan | None:
    name = resource.called(coverage.id)
    if reading.is_in_error(coverage.status, name, "Coverage.status") or coverage.status == "draft":
        return None
    if coverage.status is None:
        details = "does not say whether it is active and is left out"
        reading.tell("warning", "unclear-status", details, name, "Coverage.status")
        return None
    period = coverage.period
    return CoverageSpan(
        payors=_payors(organizations, coverage),
        type=_type(coverage.type),
        active=coverage.status == "active",
        span=None if period is None else reading.span(period, name, "Coverage.period"),
        aid_codes=tuple(
            sorted(
                {
                    code.strip().upper()
                    for code in codes_in(coverage.type, reading.canonical.aid_code)
                }
            )
        ),
        ref=name,
    )


def _type(stated: CodeableConcept | None) -> CoverageType | None:
    types = {_TYPES.get(code, "commercial") for code in codes_in(stated, ACT_CODE)}
    # Managed care is the more exact statement where both are made.
    for type in ("managed-care", "public", "commercial"):
        if type in types:
            return type
    return None


def _payors(organizations: Organizations, coverage: Coverage) -> tuple[str, ...]:
    """Every name and identifier of whoever pays, sorted."""
    names: set[str | None] = set()
    for payor in coverage.payor or ():
        names |= {payor.display, _spelled(payor.identifier)}
        organization = organizations.find(payor, coverage.contained)
        if organization is not None:
            names |= {organization.name, *(organization.alias or ())}
            names |= {_spelled(each) for each in organization.identifier or ()}
    return tuple(sorted(name for name in names if name and name.strip()))


def _spelled(identifier: Identifier | None) -> str | None:
    if identifier is None or not identifier.value:
        return None
    return f"{identifier.system or ''}|{identifier.value}"
