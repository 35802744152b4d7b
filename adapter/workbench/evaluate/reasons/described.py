"""What a FHIR resource says, in the words of people: a visit, a diagnosis, an answer.

What stands in a chart is shown as it stands there, cut where it is long; our own codes are told by
their displays. Nothing here raises: an element of a wrong shape is as good as absent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from msgspec import Struct

from adapter.dates import in_words
from profiles.codes import answers, attestations, programs

_MOST_CHARACTERS = 160

_TYPES: Mapping[str, str] = {
    "Condition": "Diagnosis",
    "Coverage": "Coverage",
    "Encounter": "Visit",
    "EpisodeOfCare": "Enrollment in a program",
    "ExplanationOfBenefit": "Claim",
    "Flag": "Flag",
    "Observation": "Recorded answer or finding",
    "Patient": "The member",
    "Procedure": "Procedure",
    "QuestionnaireResponse": "Answers of a form",
    "RelatedPerson": "Relative",
}
_CLASSES: Mapping[str, str] = {
    "ACUTE": "Hospital stay",
    "AMB": "Outpatient visit",
    "EMER": "Emergency visit",
    "HH": "Home visit",
    "IMP": "Hospital stay",
    "NONAC": "Stay, not acute",
    "OBSENC": "Observation stay",
    "VR": "Virtual visit",
}
#: In the URL of each of our code systems, whatever the base of a deployment.
_OURS = "/CodeSystem/ecm-"
#: Elements that say what a resource is about, the most telling first.
_ABOUT = ("code", "type", "relationship", "reasonCode")


class Described(Struct, frozen=True, kw_only=True):
    """A resource in words; what it does not say is empty."""

    #: What kind of thing it is: `Emergency visit`.
    kind: str
    #: What it says: a diagnosis, a question and its answer.
    what: str = ""
    status: str = ""


def describe(resource: Mapping[str, Any], codes: Collection[str] = ()) -> Described:
    """The resource in words.

    Args:
        resource: as it was given.
        codes: of a form, the questions that matter; none: all.
    """
    type = resource.get("resourceType")
    kind = _TYPES.get(str(type), str(type))
    if type == "Encounter":
        stated = _object(resource.get("class"))
        code = str(stated.get("code", ""))
        kind = _CLASSES.get(code, _text(stated.get("display")) or kind)
    return Described(
        kind=kind, what=_short(in_words(_what(resource, codes))), status=_status(resource)
    )


def name_of(patient: Mapping[str, Any]) -> str:
    """A person's name as one writes it; empty: none is given."""
    names = [one for one in _list(patient.get("name")) if isinstance(one, dict)]
    chosen = next((one for one in names if one.get("use") == "official"), names[0] if names else {})
    given = [part for part in _list(chosen.get("given")) if isinstance(part, str)]
    parts = [*given, _text(chosen.get("family"))]
    return _short(" ".join(filter(None, parts)) or _text(chosen.get("text")), 80)


def _what(resource: Mapping[str, Any], codes: Collection[str]) -> str:
    match resource.get("resourceType"):
        case "Patient":
            born = _text(resource.get("birthDate"))
            return ", ".join(filter(None, (name_of(resource), f"born {born}" if born else "")))
        case "QuestionnaireResponse":
            said = list(_answered(resource.get("item"), codes))
            return "; ".join(said[:4]) + (f"; and {len(said) - 4} more" if len(said) > 4 else "")
        case "Coverage":
            payors = [_object(one) for one in _list(resource.get("payor"))]
            return ", ".join(filter(None, (_payor(one, resource) for one in payors)))
        case "Observation":
            value = _value(resource)
            about = _concept(resource.get("code"))
            return f"{about}: {value}" if value else about
    for element in _ABOUT:
        for one in _list(resource.get(element)):
            if words := _concept(one):
                return words
    return ""


def _answered(items: Any, codes: Collection[str]) -> Iterator[str]:
    for item in (_object(one) for one in _list(items)):
        link = str(item.get("linkId", ""))
        if not codes or link in codes:
            values = [_value(_object(one)) for one in _list(item.get("answer"))]
            known = attestations().get(link)
            asked = known.display if known else _text(item.get("text")) or link
            if given := ", ".join(filter(None, values)):
                yield f"{asked}: {given}"
        yield from _answered(item.get("item"), codes)


def _payor(payor: Mapping[str, Any], coverage: Mapping[str, Any]) -> str:
    if display := _text(payor.get("display")):
        return display
    wanted = str(payor.get("reference", "")).removeprefix("#")
    for inner in (_object(one) for one in _list(coverage.get("contained"))):
        if inner.get("id") == wanted:
            return _text(inner.get("name"))
    return ""


def _value(holder: Mapping[str, Any]) -> str:
    """The value of an Observation or an answer, whatever type it has."""
    for name, value in holder.items():
        if not name.startswith("value"):
            continue
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, dict):
            quantity = " ".join(str(value[part]) for part in ("value", "unit") if part in value)
            return _concept(value) or _coding(value) or quantity
        return str(value)
    return ""


def _concept(concept: Any) -> str:
    """A CodeableConcept: our display, its text, a display or a code."""
    stated = _object(concept)
    codings = [_object(one) for one in _list(stated.get("coding"))]
    for coding in codings:
        if own := _own(coding):
            return own
    if text := _text(stated.get("text")):
        return text
    return next(filter(None, map(_coding, codings)), "")


def _coding(coding: Mapping[str, Any]) -> str:
    return _own(coding) or _text(coding.get("display")) or str(coding.get("code", ""))


def _own(coding: Mapping[str, Any]) -> str:
    """Our display of a code of ours; empty: it is none."""
    if _OURS not in str(coding.get("system", "")):
        return ""
    code = str(coding.get("code", ""))
    known = attestations().get(code) or programs().get(code)
    return known.display if known else answers().get(code, "")


def _status(resource: Mapping[str, Any]) -> str:
    clinical = resource.get("clinicalStatus")
    for coding in (_object(one) for one in _list(_object(clinical).get("coding"))):
        if code := _text(coding.get("code")):
            return code
    return _text(resource.get("status"))


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _short(text: str, most: int = _MOST_CHARACTERS) -> str:
    words = " ".join(text.split())
    return words if len(words) <= most else f"{words[: most - 1]}…"
