"""Which versions of what somebody sees may be told: what it said before may be more than it says.

Labels, grants and consents are kept of the newest version. An earlier one may hold what was taken
out of it since, or be a draft that was its requester's alone; it is judged by what it says itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from adapter.security.disclosure import labels_of
from adapter.store.guards import Guard, guards
from adapter.store.records import Version, Viewer

if TYPE_CHECKING:
    from adapter.store.resources import Unit

Place = tuple[int, int, int]


class Page(Protocol):
    """Reads on in a history."""

    def __call__(self, *, before: Place | None) -> list[Version]:
        """The next versions."""


#: A draft of these is its requester's.
_ASKING = frozenset({"Task", "ServiceRequest"})


def tellable(unit: Unit, viewer: Viewer, versions: Sequence[Version]) -> list[Version]:
    """Those that the viewer may be told of, in their order.

    Args:
        unit: of the read.
        viewer: who sees the newest version of each.
        versions: newest ones, which are told as they are, and earlier ones.
    """
    if viewer.operator and "*" in viewer.clearance:
        return list(versions)
    theirs = [one for one in versions if one.author != viewer.party and not one.deleted]
    known = guards(unit.connection, (one.key for one in theirs))
    hidden = {
        (one.key, one.version)
        for one in theirs
        if one.version != known[one.key].version
        and not _may_be_told(unit, viewer, one, known[one.key])
    }
    return [one for one in versions if (one.key, one.version) not in hidden]


def tellable_page(
    unit: Unit, viewer: Viewer, page: Page, count: int, before: Place | None
) -> list[Version]:
    """A page of a history, as full as it can be.

    Args:
        unit: of the read.
        viewer: who sees the newest version of each.
        page: gives the next `count` versions after those that end at `before`.
        count: at most so many.
        before: (updated_at, key, version) of the last one of the page before.
    """
    found: list[Version] = []
    while len(found) < count:
        more = page(before=before)
        found += tellable(unit, viewer, more)
        if len(more) < count:
            break
        before = (more[-1].updated_at, more[-1].key, more[-1].version)
    return found[:count]


def _may_be_told(unit: Unit, viewer: Viewer, version: Version, guard: Guard) -> bool:
    said: dict[str, Any] = msgspec.json.decode(version.body)
    if version.type in _ASKING and said.get("status") == "draft" and not viewer.operator:
        return False
    if "*" in viewer.clearance:
        return True
    return all(
        unit.permitted_by(viewer.tenant, guard.patient, viewer.party, (label,), unit.now)
        for label in labels_of(said) - viewer.clearance
    )
