"""The paper trail: a Provenance for every step of a referral.

Says which organization took the step, by which client, for what purpose and reason, and which
version it left behind (FHIR R4 Provenance).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from adapter.referrals import codes
from adapter.referrals.choices import Choices
from adapter.referrals.lookup import Resource
from adapter.referrals.references import each, name, same
from adapter.referrals.ruling import FollowUp
from adapter.referrals.standing import Standing, is_exchange
from adapter.store.records import Viewer
from profiles.canonicals import canonicals

_ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_OPERATION = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"
_PARTICIPANT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"


def is_step(before: Resource | None, after: Resource, choices: Choices) -> bool:
    """Whether a write moves a referral: its status, its business status or its owner."""
    if before is None or before.get("status") != after.get("status"):
        return True
    if after["resourceType"] != "Task":
        return False
    said = codes.business_status(before, choices.base), codes.business_status(after, choices.base)
    return said[0] != said[1] or not same(before.get("owner"), after.get("owner"))


def trail(
    before: Resource | None,
    after: Resource,
    viewer: Viewer,
    stand: Standing,
    now: datetime,
    choices: Choices,
) -> FollowUp:
    """The Provenance of one step, as a resource to create."""
    version = version_of(before)
    here = name(after)
    clients = canonicals(choices.base).identifier_system("client")
    client = {"identifier": {"system": clients, "value": viewer.client}}
    agents: list[dict[str, Any]] = [
        {"type": _concept(_PARTICIPANT, "assembler"), "who": {"type": "Device", **client}}
    ]
    if not is_exchange(viewer):
        author = {"type": _concept(_PARTICIPANT, "author"), "who": _organization(viewer.party)}
        acted_for = stand.owner if stand.owner != viewer.party else None
        if stand.roles == {"admin"} and acted_for:
            author["onBehalfOf"] = _organization(acted_for)
        agents.insert(0, author)
    elements: dict[str, Any] = {
        "target": [{"reference": f"{here}/_history/{version + 1}"}],
        "recorded": instant(now),
        "activity": _concept(_OPERATION, "UPDATE" if before else "CREATE"),
        "reason": [_concept(_ACT_REASON, viewer.purpose), *_reasons(before, after)],
        "agent": agents,
    }
    if before is not None:
        what = {"reference": f"{here}/_history/{version}"}
        elements["entity"] = [{"role": "revision", "what": what}]
    security = (after.get("meta") or {}).get("security")
    if security:
        elements["meta"] = {"security": security}
    return FollowUp(method="create", type="Provenance", elements=elements)


def version_of(resource: Resource | None) -> int:
    """The version of a stored resource; 0: of none."""
    meta = (resource or {}).get("meta")
    text = str(meta.get("versionId", "")) if isinstance(meta, dict) else ""
    return int(text) if text.isascii() and text.isdecimal() else 0


def instant(now: datetime) -> str:
    """An instant as FHIR writes it."""
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _reasons(before: Resource | None, after: Resource) -> list[dict[str, Any]]:
    """The codes of a reason that came with the step; its words stay in the Task."""
    why = after.get("statusReason")
    if not isinstance(why, dict) or why == (before or {}).get("statusReason"):
        return []
    coded = list(each(why.get("coding")))
    return [{"coding": coded}] if coded else []


def _organization(party: str) -> dict[str, Any]:
    system, _, value = party.rpartition("|")
    return {"type": "Organization", "identifier": {"system": system, "value": value}}


def _concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}
