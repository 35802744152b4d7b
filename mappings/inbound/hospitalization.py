"""How an encounter came about and how it ended: planned or not, into hospice or not.

Input contract, section 2 (Encounter, "Unplanned") and 5 ("Exclusions": hospice codes).
"""

from __future__ import annotations

from collections.abc import Collection

from msgspec.json import Decoder

from eligibility.logic import MET, NOT_MET, UNKNOWN, Outcome
from mappings.inbound.codings import codes_or_bare
from mappings.inbound.elements import CodeableConcept, Element
from profiles.canonicals import ACT_PRIORITY, ADMIT_SOURCE, DISCHARGE_DISPOSITION


class Hospitalization(Element):
    """`Encounter.hospitalization`, as far as it is read."""

    admit_source: CodeableConcept | None = None
    discharge_disposition: CodeableConcept | None = None


HOSPITALIZATION = Decoder(Hospitalization)


def end_of_life(types: Collection[str], stay: Hospitalization | None) -> list[str]:
    """The concepts of hospice and palliative care that an encounter's codes stand for."""
    concepts = [concept for concept in ("hospice-care", "palliative-care") if concept in types]
    disposition = None if stay is None else stay.discharge_disposition
    into_hospice = "hosp" in codes_or_bare(disposition, DISCHARGE_DISPOSITION)
    if into_hospice and "hospice-care" not in concepts:
        concepts.append("hospice-care")
    return concepts


def unplanned(
    types: Collection[str], priority: CodeableConcept | None, stay: Hospitalization | None
) -> Outcome:
    """Unplanned, planned, or not said; a record that says both says neither."""
    said: set[Outcome] = set()
    if "planned-admission" in types:
        said.add(NOT_MET)
    for code in codes_or_bare(priority, ACT_PRIORITY):
        said.add(NOT_MET if code == "EL" else MET)
    if stay is not None and "emd" in codes_or_bare(stay.admit_source, ADMIT_SOURCE):
        said.add(MET)
    return said.pop() if len(said) == 1 else UNKNOWN
