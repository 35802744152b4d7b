"""Security labels of what is written: none gets lost, and what is sensitive by name gets them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adapter.fhir_api.faults import refused
from adapter.referrals.lookup import Resource
from adapter.referrals.references import each
from mappings.inbound.labels import restricting
from profiles.canonicals import canonicals
from profiles.code_systems import Label
from profiles.codes import populations_of_focus


def security(resource: Resource) -> object:
    """`meta.security`, whatever is there."""
    meta = resource.get("meta")
    return meta.get("security") if isinstance(meta, dict) else None


def check_kept(before: Resource, after: Resource, *, vouches: bool) -> None:
    """Refuse to take a label away that restricts who may see a resource.

    Args:
        before: as it is stored.
        after: as it is to be.
        vouches: whether the writer is the author of the resource, or the operator.

    Raises:
        Refused: 403.
    """
    if not vouches and restricting(security(before)) - restricting(security(after)):
        raise refused(
            403,
            "forbidden",
            "security labels that restrict who may see this are for its author to take away; send "
            "those that are there",
            f"{after['resourceType']}.meta.security",
        )


def obliged(resource: Resource, base: str) -> dict[str, Any] | None:
    """`meta` with the labels of the populations that `reasonCode` names; None: it has them."""
    meta = resource.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    present = {(one.get("system"), one.get("code")) for one in each(meta.get("security"))}
    wanted = [one for one in _labels(resource, base) if (one.system, one.code) not in present]
    if not wanted:
        return None
    new = [{"system": one.system, "code": one.code, "display": one.display} for one in wanted]
    return {**meta, "security": [*each(meta.get("security")), *new]}


def _labels(resource: Resource, base: str) -> Iterator[Label]:
    known = {
        code: one.labels
        for one in populations_of_focus().values()
        for code in (one.code, *(variant for variant, _ in one.variants.values()))
    }
    system = canonicals(base).population_of_focus
    concepts = resource.get("reasonCode")
    found: dict[Label, None] = {}
    for concept in each(concepts if isinstance(concepts, list) else [concepts]):
        for coding in each(concept.get("coding")):
            if coding.get("system") == system:
                found |= dict.fromkeys(known.get(str(coding.get("code")), ()))
    yield from found
