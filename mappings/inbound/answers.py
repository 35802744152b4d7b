"""`value[x]` → the answer to an attestation question.

Input contract, section 2 (attestation codes and the type of their value) and 5 ("Answers": which
codings mean yes, no, unknown, declined; text is ignored).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Raw, Struct
from msgspec.json import Decoder

from eligibility.dates import Days
from eligibility.facts import Answer
from mappings.inbound.codings import is_of
from mappings.inbound.elements import ABSENT, AnyResource, CodeableConcept, Coding, Element, present
from mappings.inbound.reading import Reading
from mappings.inbound.resources import Resource
from profiles.canonicals import DATA_ABSENT_REASON, LOINC, SNOMED_CT, YES_NO
from profiles.codes import Attestation, attestations


class Valued(AnyResource):
    """An element with `value[x]`: Observation, its component, an answer of a questionnaire."""

    value_boolean: Raw = ABSENT
    value_codeable_concept: Raw = ABSENT
    value_coding: Raw = ABSENT
    value_integer: Raw = ABSENT
    value_decimal: Raw = ABSENT
    value_quantity: Raw = ABSENT
    value_date_time: Raw = ABSENT
    value_date: Raw = ABSENT
    value_string: Raw = ABSENT
    data_absent_reason: Raw = ABSENT


class Said(Struct, frozen=True, kw_only=True, gc=False):
    """Where and when something was said."""

    #: The resource, as evidence.
    ref: str
    #: FHIRPath of the value, for issues.
    expression: str
    on: Days | None
    encounter: str | None = None


class Codes(Struct, frozen=True, gc=False):
    """A coded value."""

    codings: tuple[Coding, ...]


class DateText(Struct, frozen=True, gc=False):
    """A date or time, not yet read."""

    text: str


class Nothing(Struct, frozen=True, gc=False):
    """No value that is read: there is none, it is text, or it is of another type."""

    stated: bool


Given = bool | int | float | Codes | DateText | Nothing


class Misfit(Exception):
    """The value is no answer to the question; the message says why, without the value."""


class _Quantity(Element):
    value: int | float | None = None


def _codes(concept: CodeableConcept) -> Given:
    return Codes(tuple(concept.coding)) if concept.coding else Nothing(stated=True)


def _amount(quantity: _Quantity) -> Given:
    return Nothing(stated=True) if quantity.value is None else quantity.value


#: Field, its type, and what is made of it.
_TYPES: tuple[tuple[str, Decoder[Any], Callable[[Any], Given]], ...] = (
    ("value_codeable_concept", Decoder(CodeableConcept), _codes),
    ("value_boolean", Decoder(bool), lambda value: value),
    ("value_coding", Decoder(Coding), lambda coding: Codes((coding,))),
    ("value_date_time", Decoder(str), DateText),
    ("value_date", Decoder(str), DateText),
    ("value_integer", Decoder(int | float), lambda value: value),
    ("value_decimal", Decoder(int | float), lambda value: value),
    ("value_quantity", Decoder(_Quantity), _amount),
)

#: Coded answers of other systems (contract 5, "Answers"); our own system spells them out.
_MEANINGS = {
    (YES_NO, "Y"): "yes",
    (YES_NO, "N"): "no",
    (SNOMED_CT, "373066001"): "yes",
    (SNOMED_CT, "373067005"): "no",
    (LOINC, "LA33-6"): "yes",
    (LOINC, "LA32-8"): "no",
    (DATA_ABSENT_REASON, "unknown"): "unknown",
    (DATA_ABSENT_REASON, "asked-unknown"): "unknown",
    (DATA_ABSENT_REASON, "asked-declined"): "declined",
}
_SYSTEMS = (YES_NO, SNOMED_CT, LOINC, DATA_ABSENT_REASON)
_OPEN = frozenset({"unknown", "declined"})
_UNKNOWN = Codes((Coding(system=DATA_ABSENT_REASON, code="unknown"),))


def given(value: Valued, reading: Reading, resource: Resource, element: str) -> Given:
    """The value as it is given, of the types that answer a question."""
    for field, decoder, made in _TYPES:
        raw = getattr(value, field)
        if raw is not ABSENT and present(raw):
            decoded = reading.part(raw, decoder, resource, element)
            return Nothing(stated=True) if decoded is None else made(decoded)
    if present(value.data_absent_reason):
        return _UNKNOWN
    return Nothing(stated=present(value.value_string))


def meaning(codes: Codes, answer_system: str) -> str | None:
    """What coded values mean: `yes`, `no`, `unknown`, `declined` or another of our answer codes.

    None: no coding is known, or two say different things.
    """
    said: set[str | None] = set()
    for coding in codes.codings:
        if coding.code and is_of(coding, answer_system):
            said.add(coding.code)
        else:
            system = next((name for name in _SYSTEMS if is_of(coding, name)), None)
            said.add(_MEANINGS.get((system or "", coding.code or "")))
    said.discard(None)
    return said.pop() if len(said) == 1 else None


def add_answer(code: str, value: Given, said: Said, reading: Reading) -> None:
    """Adds the answer to an attestation question; what is no answer to it is left out."""
    question = attestations().get(code)
    if question is None:
        details = "is no attestation code; left out: use a code of the CodeSystem ecm-attestation"
        reading.tell("warning", "unknown-attestation", details, said.ref, said.expression)
        return
    try:
        answered = _answer(question, value, said, reading)
    except Misfit as misfit:
        details = f"{misfit}; left out, the question stays open"
        reading.tell("warning", "not-an-answer", details, said.ref, said.expression)
        return
    reading.add_answer(
        Answer(code=code, value=answered, on=said.on, encounter=said.encounter, ref=said.ref)
    )


def _answer(
    question: Attestation, value: Given, said: Said, reading: Reading
) -> bool | int | Days | str | None:
    """The answer; None: unknown or declined. Raises `Misfit`."""
    if isinstance(value, Codes):
        return _coded(question, meaning(value, reading.canonical.answer))
    if isinstance(value, Nothing):
        raise Misfit("has no value of a type that is read; text is not interpreted")
    if question.value == "boolean" and isinstance(value, bool):
        return value
    if question.value == "integer" and isinstance(value, int | float):
        return _count(value)
    if question.value == "date" and isinstance(value, DateText):
        days = reading.days(value.text, said.ref, said.expression)
        if days is None:
            raise Misfit("has a date that cannot be read")
        return days
    raise Misfit(f"has a value of the wrong type; the question takes type {question.value}")


def _coded(question: Attestation, said: str | None) -> bool | str | None:
    if said is None:
        raise Misfit("has no code that is an answer, or codes that contradict one another")
    if said in _OPEN:
        return None
    if question.value == "boolean" and said in ("yes", "no"):
        return said == "yes"
    if question.value == "code" and said in question.answers:
        return said
    raise Misfit("has a coded answer that this question does not take")


def _count(value: int | float) -> int:
    if (
        isinstance(value, bool)
        or value < 0
        or (isinstance(value, float) and not value.is_integer())
    ):
        raise Misfit("has a number that is no count")
    return int(value)
