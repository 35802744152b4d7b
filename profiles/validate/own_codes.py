"""Our own codes in a resource: that they exist, and that what is sensitive bears its labels.

A resource that names a Population of Focus with security labels (`ecm-population-of-focus`,
property `label`) has to bear all of them in `meta.security`, wherever in it the code stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from profiles.canonicals import CONFIDENTIALITY, canonicals
from profiles.code_systems import Label, codes_of
from profiles.codes import populations_of_focus
from profiles.validate.fault import FHIR, Fault

#: HL7 v3 Confidentiality, from open to closed; the system is the whole of the code list.
#: What defines codes and questions names the populations, and tells of no member.
_OF_NOBODY = frozenset(
    {"CodeSystem", "ConceptMap", "Questionnaire", "StructureDefinition", "ValueSet"}
)
_CONFIDENTIALITY = ("U", "L", "M", "N", "R", "V")


def code_faults(resource: dict[str, Any], path: str, base: str) -> Iterator[Fault]:
    """Codes of ours that there are not, and labels that are missing.

    Args:
        resource: looked through with what it contains, which bears no labels of its own.
        path: its FHIRPath.
        base: our canonical base in this deployment.
    """
    canonical = canonicals(base)
    needed: dict[Label, None] = {}
    for coding, place in _codings(resource, path):
        system, code = coding.get("system"), coding.get("code")
        if system == CONFIDENTIALITY and code not in _CONFIDENTIALITY:
            remedy = f"Use one of: {', '.join(_CONFIDENTIALITY)}."
            yield Fault(f"{place}.code", FHIR, "is no code of v3-Confidentiality", remedy)
        if not isinstance(system, str) or not system.startswith(f"{canonical.base}/CodeSystem/"):
            continue
        known = codes_of(system.rpartition("/")[2])
        if known is None:
            remedy = "Name one of the CodeSystems in profiles/definitions/code_systems."
            yield Fault(f"{place}.system", "own codes", "is no CodeSystem of ours", remedy)
        elif code not in known:
            remedy = f"Use a code of {system}."
            yield Fault(f"{place}.code", "own codes", "is no code of its CodeSystem", remedy)
        elif system == canonical.population_of_focus:
            needed.update(dict.fromkeys(_labels(str(code))))
    if resource.get("resourceType") not in _OF_NOBODY:
        yield from _label_faults(resource, path, needed)


def _label_faults(
    resource: dict[str, Any], path: str, needed: dict[Label, None]
) -> Iterator[Fault]:
    meta = resource.get("meta")
    security = meta.get("security") if isinstance(meta, dict) else None
    borne = {
        (one.get("system"), one.get("code")) for one in security or [] if isinstance(one, dict)
    }
    for label in needed:
        if (label.system, label.code) not in borne:
            found = "names a sensitive Population of Focus without its security label"
            remedy = f"Add {label.code} of {label.system}."
            yield Fault(f"{path}.meta.security", "labels", found, remedy)


def _labels(code: str) -> tuple[Label, ...]:
    """The labels of a population, named as a whole or by age group."""
    for population in populations_of_focus().values():
        if code == population.code or code in (one for one, _ in population.variants.values()):
            return population.labels
    return ()


def _codings(value: object, path: str) -> Iterator[tuple[dict[str, Any], str]]:
    if isinstance(value, dict):
        if "system" in value and "code" in value:
            yield value, path
        for name, child in value.items():
            if name != "resource":  # of an entry, which is looked through by itself
                yield from _codings(child, f"{path}.{name}")
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _codings(child, f"{path}[{index}]")
