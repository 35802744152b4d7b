"""What can be done with resources, whatever carries it: HTTP, a partner's notification, a command.

Reading is in `reading`, what follows from a write in `writing`; here is what each write asks first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from adapter import ids
from adapter.fhir_api.contents import addressed, changed
from adapter.fhir_api.document import Document, check_id
from adapter.fhir_api.faults import Refused, gone, not_found, refused
from adapter.fhir_api.lookup import Surroundings
from adapter.fhir_api.permissions import demand_within
from adapter.fhir_api.preconditions import check_if_match, check_read_version
from adapter.fhir_api.reading import Reader
from adapter.fhir_api.rulings import Rules
from adapter.fhir_api.sessions import named
from adapter.fhir_api.unread import unread_fault, unread_patch
from adapter.fhir_api.writing import Write, Writer
from adapter.search.query import Query
from adapter.security.scopes import demand, narrowed_to
from adapter.store.errors import Duplicate, VersionConflict
from adapter.store.records import Version, Viewer

if TYPE_CHECKING:
    from adapter.store.resources import ResourceStore, Unit


class Outcome(Struct, frozen=True, kw_only=True):
    """What a write came to."""

    #: 200, 201 or 204.
    status: int
    version: Version
    #: Whether the body must not be returned: the writer may close a referral it may no longer read.
    hidden: bool = False


class Exchange(Reader):
    """The resources of every tenant; any number of threads may use it."""

    def __init__(
        self,
        store: ResourceStore,
        surroundings: Surroundings,
        rules: Rules,
        at_end: Sequence[Callable[[Unit, str], int]] = (),
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        """Put it together.

        Args:
            store: keeps the resources.
            surroundings: what the deployment knows of parties and partners.
            rules: what may be written.
            at_end: as of `Sessions`.
            wake: as of `Sessions`.
        """
        super().__init__(store, at_end, wake)
        self._writer = Writer(surroundings, rules)

    def create(
        self,
        unit: Unit,
        viewer: Viewer,
        type: str,
        body: bytes | Document,
        *,
        if_none_exist: Query | None = None,
        id: str = "",
    ) -> Outcome:
        """Store a new resource.

        Args:
            unit: of a session.
            viewer: who creates it.
            type: as addressed; the body has to be of that type.
            body: the resource; an `id` in it is not used.
            if_none_exist: create nothing where this finds one.
            id: the id it gets; empty: a new one. For entries of a transaction.

        Raises:
            Refused: 412 where several are found; 400, 403, 409, 422.
        """
        with named("create", type):
            demand(viewer, type, "create")
            if if_none_exist is not None:
                found = self.only(unit, viewer, if_none_exist)
                if found is not None:
                    return self._outcome(unit, viewer, found, 200)
            document = addressed(body, type)
            write = Write(
                method="create",
                type=type,
                id=id or ids.new_uuid(),
                document=document,
                before=None,
            )
            return self._outcome(unit, viewer, self._write(unit, viewer, write), 201)

    def update(
        self,
        unit: Unit,
        viewer: Viewer,
        type: str,
        id: str,
        body: bytes | Document,
        *,
        if_match: str | None = None,
    ) -> Outcome:
        """Store the next version; the first one, where an operator gives the id.

        Raises:
            Refused: 412 where the version is not the one named, 409 where the body was read from
                another version, 400 where a strict client names none; 404, 403, 422.
        """
        with named("update", type, id):
            check_id(id)
            demand(viewer, type, "update")
            document = addressed(body, type, id)
            before = self._before(unit, viewer, type, id, if_match)
            if before is None:
                if not viewer.operator:
                    raise not_found(type, id)
                demand(viewer, type, "create")
            else:
                check_read_version(unit, document, before)
            new = before is None or before.deleted
            write = Write(
                method="create" if new else "update",
                type=type,
                id=id,
                document=document,
                before=before,
            )
            version = self._write(unit, viewer, write)
            return self._outcome(unit, viewer, version, 201 if new else 200)

    def patch(
        self,
        unit: Unit,
        viewer: Viewer,
        type: str,
        id: str,
        change: Callable[[dict[str, Any]], dict[str, Any]],
        *,
        if_match: str | None = None,
    ) -> Outcome:
        """Store the next version, changed from the present one.

        Args:
            unit: of a session.
            viewer: who changes it.
            type: of the resource.
            id: of the resource.
            change: gets a copy of the resource, decimals as `Decimal`, and gives it changed.
            if_match: the version it must have.

        Raises:
            Refused: as for `update`, and what `change` raises.
        """
        with named("patch", type, id):
            demand(viewer, type, "update")
            before = self._before(unit, viewer, type, id, if_match)
            if before is None:
                raise not_found(type, id)
            if before.deleted:
                raise gone(type)
            document = changed(before, unread_patch(unit, viewer, before, change))
            write = Write(method="update", type=type, id=id, document=document, before=before)
            return self._outcome(unit, viewer, self._write(unit, viewer, write), 200)

    def delete(
        self, unit: Unit, viewer: Viewer, type: str, id: str, *, if_match: str | None = None
    ) -> Outcome:
        """Delete it; its history stays.

        Raises:
            Refused: 404, 409 where it is needed, 412.
        """
        with named("delete", type, id):
            demand(viewer, type, "delete")
            before = self._before(unit, viewer, type, id, if_match, "delete")
            if before is None:
                raise not_found(type, id)
            if before.deleted:
                return Outcome(status=204, version=before)
            write = Write(method="delete", type=type, id=id, document=None, before=before)
            return Outcome(status=204, version=self._write(unit, viewer, write))

    def _write(self, unit: Unit, viewer: Viewer, write: Write) -> Version:
        try:
            version = self._writer.write(unit, viewer, write)
            if not version.deleted:
                interaction = "create" if write.before is None else "update"
                demand_within(unit, viewer, version.type, version.id, interaction)
            return version
        except Refused as fault:
            raise unread_fault(unit, viewer, write.before, fault) from None
        except VersionConflict:
            words = "it was changed by somebody else just now; read it again"
            raise refused(409, "conflict", words) from None
        except Duplicate as fault:
            raise refused(
                409,
                "duplicate",
                f"its identifier is that of {fault.type}/{fault.id}, which you sent before; use "
                "that one, or create it with If-None-Exist",
            ) from None

    def _before(
        self,
        unit: Unit,
        viewer: Viewer,
        type: str,
        id: str,
        if_match: str | None,
        interaction: str = "update",
    ) -> Version | None:
        """The version to be replaced, locked, if it is the one that is meant."""
        before = self.seen_or_none(unit, viewer, type, id, interaction, for_write=True)
        check_if_match(unit, viewer, before, if_match)
        return before

    def _outcome(self, unit: Unit, viewer: Viewer, version: Version, status: int) -> Outcome:
        readable = narrowed_to(viewer, version.type, "read") is not None
        hidden = not readable or unit.visible(viewer, version.type, version.id) is None
        return Outcome(status=status, version=version, hidden=hidden)
