"""Elements that the resources we write have in common: references, codes, identifiers, labels."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from profiles.canonicals import IDENTIFIER_TYPE, Canonicals
from profiles.codes import populations_of_focus

_REFERENCE = re.compile(r"([A-Z][A-Za-z]{1,63})/[A-Za-z0-9\-.]{1,64}")


def reference(name: str | None, types: Iterable[str] | None = None) -> dict[str, str] | None:
    """A Reference to `Type/id`; None for another form, or a type that is not among `types`."""
    match = _REFERENCE.fullmatch(name or "")
    if match is None or (types is not None and match[1] not in types):
        return None
    return {"reference": match[0]}


def meta(*profiles: str, populations: Iterable[str] = ()) -> dict[str, Any]:
    """The profiles, and the labels of the populations that the resource names."""
    known = populations_of_focus()
    labels = dict.fromkeys(label for one in populations for label in known[one].labels)
    security = [{"system": one.system, "code": one.code, "display": one.display} for one in labels]
    return without_empty({"profile": list(profiles), "security": security})


def placer(canonical: Canonicals, kind: str, value: str) -> dict[str, Any]:
    """The identifier that the ordering side gives, by which a repeat is recognized."""
    return {
        "type": concept(IDENTIFIER_TYPE, "PLAC", "Placer Identifier"),
        "system": canonical.identifier_system(kind),
        "value": value,
    }


def thread(canonical: Canonicals, value: str) -> dict[str, str]:
    """What a referral, its Tasks and later re-referrals have in common."""
    return {"system": canonical.identifier_system("referral-thread"), "value": value}


def concept(system: str, code: str, display: str, text: str | None = None) -> dict[str, Any]:
    """A CodeableConcept of one coding."""
    coded: dict[str, Any] = {"coding": [{"system": system, "code": code, "display": display}]}
    return coded if text is None else {**coded, "text": text}


def without_empty(resource: dict[str, Any]) -> dict[str, Any]:
    """The elements that hold something: FHIR knows no null and no empty list."""
    return {name: value for name, value in resource.items() if value not in (None, [], {})}
