"""Why a visit took place: whether it was due to mental health or substance use.

Input contract, section 2 (Encounter): the principal diagnosis says, else the reason given.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Raw, Struct
from msgspec.json import Decoder

from eligibility.logic import MET, NOT_MET, UNKNOWN, Outcome
from mappings.inbound.codings import codes_in, concepts_in
from mappings.inbound.condition import CONDITION, Condition, is_ruled_out
from mappings.inbound.decoding import contained
from mappings.inbound.elements import ABSENT, CodeableConcept, Element, Reference, present
from mappings.inbound.envelopes import UNREADABLE
from mappings.inbound.reading import Reading
from mappings.inbound.references import Directory
from mappings.inbound.resources import Resource
from profiles.canonicals import ICD_10_CM, SNOMED_CT

_BEHAVIOURAL = frozenset({"serious-mental-illness", "substance-use-disorder"})
#: An overdose or a suicide attempt may or may not be due to either: a person decides.
_UNDECIDED = frozenset({"overdose", "suicide-risk"})
#: Mental disorders of ICD-10-CM that no value set lists; tobacco (F17) counts as no substance use.
_MENTAL_CHAPTER, _TOBACCO = "F", "F17"


class _Diagnosis(Element):
    condition: Reference | None = None
    rank: int | float | None = None


DIAGNOSES = Decoder(list[_Diagnosis])
_CONCEPTS = Decoder(list[CodeableConcept])
REFERENCES = Decoder(list[Reference])


class Stated(Struct, gc=False):
    """What an encounter states about its reasons, undecoded."""

    diagnosis: Raw = ABSENT
    reason_code: Raw = ABSENT
    reason_reference: Raw = ABSENT
    contained: Raw = ABSENT


class Reasons:
    """Decides by the diagnoses that were given."""

    def __init__(self, reading: Reading, conditions: Directory[Condition]) -> None:
        self._reading = reading
        self._conditions = conditions

    def behavioural(self, resource: Resource, stated: Stated) -> Outcome:
        """Whether the visit was due to mental health or substance use; unstated is unknown."""
        part = self._reading.part
        if present(stated.diagnosis):
            diagnoses = part(stated.diagnosis, DIAGNOSES, resource, "diagnosis")
            if diagnoses is None:
                return UNKNOWN
            if diagnoses:
                return _agreed(
                    self._by_condition(diagnosis.condition, stated)
                    for diagnosis in principal(diagnoses)
                )
        codes = part(stated.reason_code, _CONCEPTS, resource, "reasonCode") or []
        references = part(stated.reason_reference, REFERENCES, resource, "reasonReference") or []
        by_code = [_by_codings(concept) for concept in codes]
        return _agreed([*by_code, *(self._by_condition(each, stated) for each in references)])

    def _by_condition(self, reference: Reference | None, stated: Stated) -> Outcome:
        text = reference.reference if reference is not None else None
        if text and text.startswith("#"):
            condition = _contained_condition(stated.contained, text)
        else:
            target = self._conditions.find(reference)
            condition = None if target is None else target.value
        if condition is None or is_ruled_out(condition):
            return UNKNOWN
        return _by_codings(condition.code)


def _contained_condition(raw: Raw, reference: str) -> Condition | None:
    resource = contained(raw, reference, "Condition")
    if resource is None:
        return None
    try:
        return CONDITION.decode(resource.raw)
    except UNREADABLE:
        return None


def principal(diagnoses: list[_Diagnosis]) -> list[_Diagnosis]:
    """The diagnoses of the lowest rank (a rank is given once per role); unranked ones: all."""
    ranked = [diagnosis.rank for diagnosis in diagnoses if diagnosis.rank is not None]
    if not ranked:
        return diagnoses
    return [diagnosis for diagnosis in diagnoses if diagnosis.rank == min(ranked)]


def _agreed(outcomes: Iterable[Outcome]) -> Outcome:
    said = set(outcomes)
    return said.pop() if len(said) == 1 else UNKNOWN


def _by_codings(concept: CodeableConcept | None) -> Outcome:
    concepts = concepts_in(concept)
    if not _BEHAVIOURAL.isdisjoint(concepts):
        return MET
    if not _UNDECIDED.isdisjoint(concepts):
        return UNKNOWN
    codes = codes_in(concept, ICD_10_CM)
    if any(code.startswith(_MENTAL_CHAPTER) and not code.startswith(_TOBACCO) for code in codes):
        return UNKNOWN
    return NOT_MET if codes or codes_in(concept, SNOMED_CT) else UNKNOWN
