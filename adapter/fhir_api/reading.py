"""What can be read, whatever asks: a resource, a version, a history, a search."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from adapter.fhir_api.document import check_id
from adapter.fhir_api.faults import gone, not_found, refused
from adapter.fhir_api.permissions import narrowed, readable, within
from adapter.fhir_api.sessions import Sessions, entry_of, named
from adapter.search.query import Query
from adapter.security.earlier_versions import tellable, tellable_page
from adapter.security.scopes import demand, insufficient, narrowed_to
from adapter.security.telling import told
from adapter.store.records import Found, Version, Viewer

if TYPE_CHECKING:
    from adapter.store.resources import Unit


class Reader(Sessions):
    """What is read, each time with a unit of a session."""

    def read(self, unit: Unit, viewer: Viewer, type: str, id: str) -> Version:
        """The resource as it is now.

        Raises:
            Refused: 404, or 410 where it was deleted.
        """
        with named("read", type, id):
            demand(viewer, type, "read")
            found = self.seen(unit, viewer, type, id, "read")
            if found.deleted:
                raise gone(type)
        self._audit(unit, viewer, "read", found)
        return found

    def vread(self, unit: Unit, viewer: Viewer, type: str, id: str, version: str) -> Version:
        """The resource as it was in one version.

        Raises:
            Refused: 404, or 410 where that version is its deletion.
        """
        with named("vread", type, id):
            demand(viewer, type, "vread")
            self.seen(unit, viewer, type, id, "read")
            number = int(version) if version.isascii() and version.isdecimal() else 0
            found = unit.version(viewer, type, id, number) if 0 < number < 2**31 else None
            if found is None or not tellable(unit, viewer, [found]):
                raise not_found(type, id)
            if found.deleted:
                raise gone(type)
        self._audit(unit, viewer, "vread", found)
        return found

    def history(  # noqa: PLR0913 - the parameters of the interaction
        self,
        unit: Unit,
        viewer: Viewer,
        type: str | None,
        id: str | None,
        *,
        since: int | None = None,
        at: int | None = None,
        count: int = 50,
        before: tuple[int, int, int] | None = None,
    ) -> list[Version]:
        """Versions, the newest first; `before` is (updated_at, key, version) of the last one had.

        Raises:
            Refused: 404 where one resource is asked for that is not there.
        """
        with named("history", type or "", id or ""):
            if type and id:
                demand(viewer, type, "history-instance")
                self.seen(unit, viewer, type, id, "history-instance")
            elif narrowed_to(viewer, type or "*", "history-type") != ():
                # A page of a narrowed history could not say where the next one begins.
                raise insufficient(type or "*", "history-type")
            page = partial(unit.history, viewer, type, id, since=since, at=at, count=count)
            found = tellable_page(unit, viewer, page, count, before)
        self._audit_many(unit, viewer, "history", type or "", found)
        return found

    def search(self, unit: Unit, viewer: Viewer, query: Query) -> Found:
        """A page of what matches, and what was to be included."""
        with named("search", query.type):
            found = unit.search(viewer, narrowed(viewer, query))
            included = readable(unit, viewer, found.included, "include")
            found = msgspec.structs.replace(found, included=included)
        self._audit_many(unit, viewer, "search", query.type, [*found.matches, *found.included])
        return found

    def only(self, unit: Unit, viewer: Viewer, query: Query) -> Version | None:
        """The one resource that matches, for whatever is done on a condition; None: there is none.

        Raises:
            Refused: 412 where there are several, 403 where its scopes let it search for nothing.
        """
        query = narrowed(viewer, query)
        found = self._at_most_one(unit, viewer, query)
        if found is None:
            # Whoever else looks for the same waits here, so that one of them makes it.
            unit.lock_for(viewer.tenant, f"{query.type}?{sorted(query.applied)}")
            found = self._at_most_one(unit, viewer, query)
        return found

    def _at_most_one(self, unit: Unit, viewer: Viewer, query: Query) -> Version | None:
        found = unit.search(viewer, msgspec.structs.replace(query, count=2)).matches
        if len(found) > 1:
            raise refused(
                412,
                "multiple-matches",
                f"the condition finds several resources of type {query.type}; make it name one",
            )
        return found[0] if found else None

    def seen(self, unit: Unit, viewer: Viewer, type: str, id: str, interaction: str) -> Version:
        """What the viewer sees, or 404; a deletion is a version too."""
        found = self.seen_or_none(unit, viewer, type, id, interaction)
        if found is None:
            raise not_found(type, id)
        return found

    def seen_or_none(
        self,
        unit: Unit,
        viewer: Viewer,
        type: str,
        id: str,
        interaction: str,
        *,
        for_write: bool = False,
    ) -> Version | None:
        """The same; `for_write` locks it, and asks for no consent."""
        check_id(id)
        found = unit.visible(viewer, type, id, lock=for_write, for_write=for_write)
        if found is None or found.deleted:
            return found
        return found if within(unit, viewer, type, id, interaction) else None

    def told_of(self, unit: Unit, viewer: Viewer, type: str, found: Sequence[Version]) -> None:
        """Audit what was found and is shown, as by a search of that type."""
        self._audit_many(unit, viewer, "search", type, found)

    def _audit(self, unit: Unit, viewer: Viewer, action: str, *versions: Version) -> None:
        for entry in told(unit, viewer, action, versions):
            unit.audit(entry)

    def _audit_many(
        self, unit: Unit, viewer: Viewer, action: str, type: str, found: Sequence[Version]
    ) -> None:
        """One entry for the request and one for each resource that is handed out."""
        unit.audit(entry_of(viewer, action, type, unit.now, detail=f"{len(found)} found"))
        self._audit(unit, viewer, action, *found)
