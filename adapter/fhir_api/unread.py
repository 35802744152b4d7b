"""Writing what the writer may not read: a referral is answered though its consent was revoked.

Whoever cannot read a Task must not learn what it says by trying: by a `test` of a patch, by a path
that fits or does not, by which elements are refused because they differ.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from adapter.fhir_api.faults import Refused, refused
from adapter.store.records import Version, Viewer

if TYPE_CHECKING:
    from adapter.store.resources import Unit

Change = Callable[[dict[str, Any]], dict[str, Any]]

#: What an answer sets, and what it adds to.
_SET = ("status", "statusReason", "businessStatus", "executionPeriod")
_ADDED = ("note", "output")


def unread_patch(unit: Unit, viewer: Viewer, before: Version, change: Change) -> Change:
    """The change; where the viewer may not read the resource, made without a look at it.

    Args:
        unit: of the write.
        viewer: who patches.
        before: the version to change.
        change: what the patch does. It is shown no more than the id, and empty lists to add to.

    Raises:
        Refused: 422, when the change is made, for a patch that asks for more.
    """
    if _reads(unit, viewer, before):
        return change

    def changed(resource: dict[str, Any]) -> dict[str, Any]:
        here = {"resourceType": before.type, "id": before.id}
        try:
            new = change({**here, **{name: [] for name in _ADDED}})
        except Refused:
            raise _refusal() from None
        given = {name: new[name] for name in new if name not in here}
        added = {name: given.pop(name) for name in _ADDED if name in given}
        if (
            any(new.get(name) != value for name, value in here.items())
            or not given.keys() <= set(_SET)
            or not all(isinstance(one, list) for one in added.values())
        ):
            raise _refusal()
        grown = {name: [*resource.get(name, []), *more] for name, more in added.items() if more}
        return {**resource, **given, **grown}

    return changed


def unread_fault(unit: Unit, viewer: Viewer, before: Version | None, fault: Refused) -> Refused:
    """A refusal of a write, without what it says of content that the viewer may not read."""
    if fault.status != 422 or before is None or _reads(unit, viewer, before):
        return fault
    return _refusal()


def _reads(unit: Unit, viewer: Viewer, version: Version) -> bool:
    return unit.visible(viewer, version.type, version.id) is not None


def _refusal() -> Refused:
    """The answer to whatever asks about the content."""
    return refused(
        422,
        "business-rule",
        "you may answer this Task and not read it; send a merge-patch, or a JSON Patch of `add`, "
        f"with {', '.join(_SET)} alone, and `add` to /note/- and /output/- what you report",
    )
