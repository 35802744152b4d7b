"""Whether a resource is one that FHIR R4, our profiles, codes and labels allow.

`validate(resource)` tells every fault at once, each with its place and its remedy, and repeats no
value of the resource. Structure and data types come from fhir.resources, required codes and FHIR's
invariants from the published definitions, the profiles from `definitions/structure/`. Slow to
import (a tenth of a second); after a first resource of its type, a Task takes a fraction of a
millisecond.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from profiles.canonicals import DEFAULT_BASE, canonicals
from profiles.validate.elements import element_faults, json_faults
from profiles.validate.fault import FHIR, Fault
from profiles.validate.form_answers import form_faults
from profiles.validate.own_codes import code_faults
from profiles.validate.profile import profile_faults
from profiles.validate.structure import is_resource_type, read
from profiles.validate.structure_definitions import profiles

__all__ = ["Fault", "validate"]

#: The profile whose resources are also held to the questions they answer.
_FORM = "ecm-referral-response"


def validate(
    resource: object, *, base: str = DEFAULT_BASE, warnings: bool = False
) -> tuple[Fault, ...]:
    """All that is wrong with a resource, decoded from JSON; empty: nothing.

    Resources within it (contained, or entries of a Bundle) are checked alike. A profile it claims
    is checked if it is one of ours; those of others are not held here.

    Args:
        resource: a JSON object with `resourceType`.
        base: our canonical base in this deployment.
        warnings: whether to tell what is only advised, too.
    """
    base = base.rstrip("/")
    if not isinstance(resource, dict) or not is_resource_type(resource.get("resourceType")):
        found = "is no resource: no object with the name of a FHIR resource type"
        return (Fault("$this", FHIR, found, "Give a resource with its resourceType."),)
    path = str(resource["resourceType"])
    faults = list(json_faults(resource, path))
    if not any("deep" in one.found for one in faults):
        faults += _typed(resource, path)
        for each, place in _resources(resource, path):
            faults += _by_profiles(each, place, base, warnings=warnings)
            if ".contained[" not in place:
                faults += code_faults(each, place, base)
    return tuple(dict.fromkeys(faults))


def _typed(resource: dict[str, Any], path: str) -> Iterator[Fault]:
    """Structure, and if that holds, the elements."""
    unknown = [
        place
        for each, place in _resources(resource, path)
        if not is_resource_type(each.get("resourceType"))
    ]
    for place in unknown:
        yield Fault(place, FHIR, "is no resource of a known type", "Give its resourceType.")
    if unknown:
        return
    model, faults = read(resource, path)
    yield from faults
    if model is not None:
        yield from element_faults(model, resource, path)


def _by_profiles(
    resource: dict[str, Any], path: str, base: str, *, warnings: bool
) -> Iterator[Fault]:
    meta = resource.get("meta")
    claimed = meta.get("profile") if isinstance(meta, dict) else None
    for index, url in enumerate(claimed if isinstance(claimed, list) else []):
        name = str(url).partition("|")[0]
        profile = profiles(base).get(name)
        if profile is not None:
            yield from profile_faults(profile, resource, path, base, warnings=warnings)
            if profile.id == _FORM:
                yield from form_faults(resource, path, base)
        elif name.startswith(canonicals(base).structure("")):
            remedy = f"Claim one of: {', '.join(sorted(profiles(base)))}."
            place = f"{path}.meta.profile[{index}]"
            yield Fault(place, "own profiles", "is no profile of ours", remedy)


def _resources(resource: dict[str, Any], path: str) -> Iterator[tuple[dict[str, Any], str]]:
    """The resource and those within it, each with its FHIRPath."""
    yield resource, path
    contained, entries = resource.get("contained"), resource.get("entry")
    for index, each in enumerate(contained if isinstance(contained, list) else []):
        if isinstance(each, dict):
            yield from _resources(each, f"{path}.contained[{index}]")
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        if path.endswith("Bundle") and isinstance(entry, dict):
            inner = entry.get("resource")
            if isinstance(inner, dict):
                yield from _resources(inner, f"{path}.entry[{index}].resource")
