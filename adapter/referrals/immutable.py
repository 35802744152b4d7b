"""What stays as it is once a referral has been asked for, and what only grows.

A Task keeps its identifiers, to which its owner adds, what it asks for, for whom and by whom. Once
it is no draft, an update changes its status with the reason, its business status, and adds notes
and outputs. Elements that the exchange filled in come back where a client leaves them out.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from adapter.fhir_api.faults import Issue, Refused, refused
from adapter.referrals.identifiers import placers
from adapter.referrals.lookup import Resource
from adapter.referrals.references import each, same
from adapter.referrals.standing import Standing

#: Never changes, in a draft neither.
FIXED = {
    "Task": (
        "identifier", "code", "intent", "focus", "for", "requester", "partOf", "authoredOn",
        "basedOn", "groupIdentifier",
    ),
    "ServiceRequest": (
        "identifier", "intent", "subject", "requester", "authoredOn", "basedOn", "replaces",
        "requisition",
    ),
}  # fmt: skip
#: What may change in a Task that is no draft; `owner` by rules of its own.
CHANGING = frozenset({
    "resourceType", "id", "meta", "text", "status", "statusReason", "businessStatus", "note",
    "output", "owner", "executionPeriod", "lastModified",
})  # fmt: skip
#: What may change in a ServiceRequest that has ended.
_AFTER_THE_END = frozenset({"resourceType", "id", "meta", "text", "status", "note"})
#: Elements that are references: what is displayed beside one may change.
_REFERENCES = frozenset({
    "focus", "for", "requester", "partOf", "basedOn", "subject", "replaces", "owner",
})  # fmt: skip
#: Filled in by the exchange where it was missing; kept where a client leaves it out.
_FILLED = ("groupIdentifier", "restriction", "requisition", "lastModified")


def restored(before: Resource, after: Resource) -> dict[str, Any]:
    """What the exchange had filled in and the writer left out."""
    found = {one: before[one] for one in _FILLED if one in before and one not in after}
    if before.get("status") == after.get("status") and "statusReason" not in after:
        found |= {one: before[one] for one in ("statusReason",) if one in before}
    return found


def check_task(before: Resource, after: Resource, stand: Standing) -> None:
    """Refuse a change of a Task that nobody, or not this writer, may make.

    Raises:
        Refused: 422, naming each element.
    """
    _check_identifiers(before, after, stand)
    changed = _changed(before, after) - {"identifier"}
    if before.get("status") == "draft":
        _refuse_changes(changed & set(FIXED["Task"]), "Task", "never changes")
        return
    if before.get("status") == after.get("status") and "businessStatus" not in changed:
        _refuse_changes(changed & {"statusReason"}, "Task", "changes with the status only")
    _refuse_changes(changed - CHANGING, "Task", "does not change once the Task is asked for")
    notes, were = _listed(after, "note"), _listed(before, "note")
    if notes[: len(were)] != were:
        raise refused(
            422,
            "business-rule",
            "notes are only added at the end; send those that are there as they are",
            "Task.note",
        )
    left = _listed(after, "output")
    for output in _listed(before, "output"):
        if output not in left:
            raise refused(
                422,
                "business-rule",
                "outputs are only added; where one was wrong, mark what it refers to as entered "
                "in error",
                "Task.output",
            )
        left.remove(output)
    if left and not (stand.on_behalf or "owner" in stand.roles):
        raise refused(
            422, "forbidden", "outputs are for the owner of the Task to add", "Task.output"
        )


def check_other_task(before: Resource, after: Resource, stand: Standing) -> None:
    """Refuse a change of what a Task that is no referral is, for whom and by whom.

    Raises:
        Refused: 422, naming each element.
    """
    _check_identifiers(before, after, stand)
    fixed = set(FIXED["Task"]) - {"identifier"}
    _refuse_changes(_changed(before, after) & fixed, "Task", "never changes")


def _check_identifiers(before: Resource, after: Resource, stand: Standing) -> None:
    """Those that are there stay; who fulfils a Task adds its own, such as the filler's number."""
    left = _listed(after, "identifier")
    for one in _listed(before, "identifier"):
        if one not in left:
            raise refused(
                422,
                "business-rule",
                "identifiers of a Task stay; send those that are there as they are",
                "Task.identifier",
            )
        left.remove(one)
    if left and not (stand.on_behalf or "owner" in stand.roles):
        raise refused(
            422, "forbidden", "identifiers are for the owner of the Task to add", "Task.identifier"
        )
    if placers({"resourceType": "Task", "identifier": left}):
        raise refused(
            422,
            "business-rule",
            "a placer's identifier comes with the request and is not added to it later",
            "Task.identifier",
        )


def check_service_request(before: Resource, after: Resource, *, ended: bool) -> None:
    """Refuse a change of a ServiceRequest that nobody may make.

    Raises:
        Refused: 422, naming each element.
    """
    changed = _changed(before, after)
    if before.get("status") != "draft":
        fixed = set(FIXED["ServiceRequest"])
        _refuse_changes(changed & fixed, "ServiceRequest", "does not change once it is no draft")
    if ended:
        _refuse_changes(changed - _AFTER_THE_END, "ServiceRequest", "does not change any more")


def _listed(resource: Resource, element: str) -> list[object]:
    return [_rounded(one) for one in each(resource.get(element))]


def _changed(before: Resource, after: Resource) -> set[str]:
    names = (before.keys() | after.keys()) - {"meta", "resourceType", "id"}
    return {one for one in names if not _equal(one, before.get(one), after.get(one))}


def _equal(element: str, one: object, other: object) -> bool:
    if one == other:
        return True
    if element in _REFERENCES:
        return same(one, other)
    return _rounded(one) == _rounded(other)


def _rounded(value: object) -> object:
    """Decimals as the floats that a stored resource is decoded with."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return value


def _refuse_changes(changed: set[str], type: str, why: str) -> None:
    if changed:
        raise Refused(
            422,
            *(
                Issue(
                    code="business-rule",
                    diagnostics=f"{type}.{one} {why}; send it as it is",
                    expression=f"{type}.{one}",
                )
                for one in sorted(changed)
            ),
        )
