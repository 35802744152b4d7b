"""What can be done with resources, whatever carries it: HTTP, a partner's notification, a command.

One `session` is one transaction: what is written in it, the events that tell others and what has to
be sent to partners are committed together or not at all. What is refused is audited too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from adapter import ids
from adapter.fhir_api.document import Document, check_id, document_of, read_document
from adapter.fhir_api.faults import Refused, gone, not_found, refused
from adapter.fhir_api.lookup import Surroundings
from adapter.fhir_api.writing import Write, Writer
from adapter.search.query import Query
from adapter.security.scopes import check_scope, narrowed
from adapter.store.records import AuditEntry, Version, Viewer
from adapter.store.resources import Duplicate, VersionConflict

if TYPE_CHECKING:
    from adapter.store.resources import Unit
    from adapter.store.searching import Found
    from adapter.store.resources import ResourceStore


class Outcome(Struct, frozen=True, kw_only=True):
    """What a write came to."""

    #: 200, 201 or 204.
    status: int
    version: Version
    #: Whether the body must not be returned: the writer may close a referral it may no longer read.
    hidden: bool = False


class Exchange:
    """The resources of every tenant; any number of threads may use it."""

    def __init__(
        self,
        store: ResourceStore,
        surroundings: Surroundings,
        at_end: Sequence[Callable[[Unit, str], None]] = (),
    ) -> None:
        """Put it together.

        Args:
            store: keeps the resources.
            surroundings: what the deployment knows of parties and partners.
            at_end: called with the unit and the tenant before a session that wrote is committed.
        """
        self._store = store
        self._writer = Writer(surroundings)
        self._at_end = tuple(at_end)

    @contextmanager
    def session(self, viewer: Viewer, *, writing: bool = True) -> Iterator[Unit]:
        """One transaction; a refusal gives up all of it and is audited.

        Raises:
            Refused: passed on from within.
            NotStored: the database failed; nothing was kept.
        """
        try:
            with self._store.unit() if writing else self._store.reading() as unit:
                yield unit
                if unit.changes:
                    for tell in self._at_end:
                        tell(unit, viewer.tenant)
        except Refused as fault:
            self.tell_refusal(viewer, fault)
            raise

    def tell_refusal(self, viewer: Viewer, fault: Refused) -> None:
        """Audit what was refused."""
        with self._store.reading() as unit:
            unit.audit(
                _entry(
                    viewer,
                    fault.action or "request",
                    fault.entity,
                    unit.now,
                    outcome="refused",
                    detail=f"{fault.status} {fault.issues[0].code if fault.issues else ''}".strip(),
                )
            )

    def read(self, unit: Unit, viewer: Viewer, type: str, id: str) -> Version:
        """The resource as it is now.

        Raises:
            Refused: 404, or 410 where it was deleted.
        """
        with _named("read", type, id):
            check_scope(viewer, type, "read")
            found = self._seen(unit, viewer, type, id, "r")
            if found.deleted:
                raise gone(type)
        self._audit(unit, viewer, "read", found)
        return found

    def vread(self, unit: Unit, viewer: Viewer, type: str, id: str, version: str) -> Version:
        """The resource as it was in one version.

        Raises:
            Refused: 404, or 410 where that version is its deletion.
        """
        with _named("vread", type, id):
            check_scope(viewer, type, "vread")
            self._seen(unit, viewer, type, id, "r")
            number = int(version) if version.isascii() and version.isdecimal() else 0
            found = unit.version(viewer, type, id, number) if 0 < number < 2**31 else None
            if found is None:
                raise not_found(type, id)
            if found.deleted:
                raise gone(type)
        self._audit(unit, viewer, "vread", found)
        return found

    def history(
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
        with _named("history", type or "", id or ""):
            check_scope(viewer, type, "history")
            if type and id:
                self._seen(unit, viewer, type, id, "r")
            found = unit.history(
                viewer, type, id, since=since, at=at, count=count, before=before
            )
        self._audit_many(unit, viewer, "history", type or "", found)
        return found

    def search(self, unit: Unit, viewer: Viewer, query: Query) -> Found:
        """A page of what matches, and what was to be included."""
        with _named("search", query.type):
            check_scope(viewer, query.type, "search")
            found = unit.search(viewer, narrowed(viewer, query))
        self._audit_many(unit, viewer, "search", query.type, [*found.matches, *found.included])
        return found

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
        with _named("create", type):
            check_scope(viewer, type, "create")
            if if_none_exist is not None:
                found = self.only(unit, viewer, if_none_exist)
                if found is not None:
                    return Outcome(status=200, version=found)
            document = _document(body, type)
            write = Write(
                method="create",
                type=type,
                id=id or ids.new_uuid(),
                document=document,
                before=None,
            )
            return Outcome(status=201, version=self._write(unit, viewer, write))

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
        with _named("update", type, id):
            check_id(id)
            check_scope(viewer, type, "update")
            document = _document(body, type, id)
            before = self._before(unit, viewer, type, id, if_match)
            if before is None:
                if not viewer.operator:
                    raise not_found(type, id)
                check_scope(viewer, type, "create")
            else:
                _check_read_version(document, before)
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
        with _named("patch", type, id):
            check_scope(viewer, type, "update")
            before = self._before(unit, viewer, type, id, if_match)
            if before is None:
                raise not_found(type, id)
            if before.deleted:
                raise gone(type)
            document = _changed(before, change)
            write = Write(method="update", type=type, id=id, document=document, before=before)
            return self._outcome(unit, viewer, self._write(unit, viewer, write), 200)

    def delete(
        self, unit: Unit, viewer: Viewer, type: str, id: str, *, if_match: str | None = None
    ) -> Outcome:
        """Delete it; its history stays.

        Raises:
            Refused: 404, 409 where it is needed, 412.
        """
        with _named("delete", type, id):
            check_scope(viewer, type, "delete")
            before = self._before(unit, viewer, type, id, if_match)
            if before is None:
                raise not_found(type, id)
            if before.deleted:
                return Outcome(status=204, version=before)
            write = Write(method="delete", type=type, id=id, document=None, before=before)
            return Outcome(status=204, version=self._write(unit, viewer, write))

    def only(self, unit: Unit, viewer: Viewer, query: Query) -> Version | None:
        """The one resource that matches, for whatever is done on a condition; None: there is none.

        Raises:
            Refused: 412 where there are several.
        """
        unit.lock_for(viewer.tenant, f"{query.type}?{sorted(query.applied)}")
        # Whoever may create on a condition may know what the condition finds.
        found = unit.search(viewer, msgspec.structs.replace(query, count=2)).matches
        if len(found) > 1:
            raise refused(
                412,
                "multiple-matches",
                f"the condition finds several resources of type {query.type}; make it name one",
            )
        return found[0] if found else None

    def _write(self, unit: Unit, viewer: Viewer, write: Write) -> Version:
        try:
            return self._writer.write(unit, viewer, write)
        except VersionConflict:
            raise refused(
                409, "conflict", "it was changed by somebody else just now; read it again"
            ) from None
        except Duplicate as fault:
            raise refused(
                409,
                "duplicate",
                f"its identifier is that of {fault.type}/{fault.id}, which you sent before; use "
                "that one, or create it with If-None-Exist",
            ) from None

    def _before(
        self, unit: Unit, viewer: Viewer, type: str, id: str, if_match: str | None
    ) -> Version | None:
        """The version to be replaced, locked, if it is the one that is meant."""
        before = self._seen_or_none(unit, viewer, type, id, "u", for_write=True)
        if if_match is None:
            if viewer.strict_versions and before is not None and not before.deleted:
                raise refused(
                    400,
                    "required",
                    "this client has to say which version it replaces; send If-Match with the "
                    "ETag of the version you read",
                )
            return before
        wanted = if_match.strip().removeprefix("W/").strip('"')
        if before is None or (wanted != str(before.version) and wanted != "*"):
            raise Refused(
                412,
                *refused(
                    412,
                    "conflict",
                    f"the resource has version {before.version if before else 'none'}; read it "
                    "again and decide on that",
                ).issues,
                headers={"ETag": f'W/"{before.version}"'} if before else {},
            )
        return before

    def _seen(self, unit: Unit, viewer: Viewer, type: str, id: str, right: str) -> Version:
        found = self._seen_or_none(unit, viewer, type, id, right)
        if found is None:
            raise not_found(type, id)
        return found

    def _seen_or_none(
        self,
        unit: Unit,
        viewer: Viewer,
        type: str,
        id: str,
        right: str,
        *,
        for_write: bool = False,
    ) -> Version | None:
        check_id(id)
        found = unit.visible(viewer, type, id, lock=for_write, for_write=for_write)
        if found is None or found.deleted:
            return found
        narrow = narrowed(viewer, by_id(type, id), right)
        if narrow.clauses[1:] and not unit.search(viewer, narrow).matches:
            return None
        return found

    def _outcome(self, unit: Unit, viewer: Viewer, version: Version, status: int) -> Outcome:
        seen = unit.visible(viewer, version.type, version.id)
        return Outcome(status=status, version=version, hidden=seen is None)

    def _audit(self, unit: Unit, viewer: Viewer, action: str, version: Version) -> None:
        entity = f"{version.type}/{version.id}"
        unit.audit(_entry(viewer, action, entity, unit.now, version=version.version))

    def _audit_many(
        self, unit: Unit, viewer: Viewer, action: str, type: str, found: Sequence[Version]
    ) -> None:
        """One entry for the request and one for each resource that is handed out."""
        unit.audit(_entry(viewer, action, type, unit.now, detail=f"{len(found)} found"))
        for each in found:
            self._audit(unit, viewer, action, each)


@contextmanager
def _named(action: str, type: str, id: str = "") -> Iterator[None]:
    """Say in a refusal what was tried, for the audit."""
    try:
        yield
    except Refused as fault:
        fault.action = fault.action or action
        fault.entity = fault.entity or (f"{type}/{id}" if id else type)
        raise


def by_id(type: str, id: str) -> Query:
    """A search for one resource by its id."""
    from adapter.search.query import Clause, Parameter, Value

    clause = Clause(parameter=Parameter(type, "_id", "token"), values=(Value(text=id),))
    return Query(type=type, clauses=(clause,), count=1)


def _document(body: bytes | Document, type: str, id: str = "") -> Document:
    document = read_document(body) if isinstance(body, bytes) else body
    if document.type != type:
        raise refused(
            400,
            "structure",
            f"this address takes {type}; send a resource with that resourceType",
            "resourceType",
        )
    if id and document.data.get("id") != id:
        raise refused(
            400, "value", "the resource has to have the id of the address it is sent to", "id"
        )
    return document


def _check_read_version(document: Document, before: Version) -> None:
    """A client that sends no If-Match often sends back the version it read: then that counts."""
    meta = document.data.get("meta")
    read = meta.get("versionId") if isinstance(meta, dict) else None
    if read is not None and str(read) != str(before.version):
        raise Refused(
            409,
            *refused(
                409,
                "conflict",
                f"what you send was read from another version than the present one, "
                f"{before.version}; read it again and decide on that",
                "meta.versionId",
            ).issues,
            headers={"ETag": f'W/"{before.version}"'},
        )


def _changed(before: Version, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Document:
    """The version changed; of elements that stay the same, the bytes stay too."""
    was = read_document(before.body, exact=True)
    new = change(read_document(before.body, exact=True).data)
    for name in ("resourceType", "id"):
        if new.get(name) != was.data[name]:
            raise refused(422, "value", f"a patch cannot change {name}", name)
    made = document_of(new)
    kept = {name: was.raw[name] for name in new if name in was.raw and new[name] == was.data[name]}
    return Document(made.raw | kept, new)


def _entry(
    viewer: Viewer,
    action: str,
    entity: str,
    at: int,
    *,
    outcome: str = "success",
    version: int = 0,
    detail: str = "",
) -> AuditEntry:
    return AuditEntry(
        at=at,
        tenant=viewer.tenant,
        client=viewer.client,
        party=viewer.party,
        action=action,
        outcome=outcome,
        entity=entity,
        version=version,
        purpose=viewer.purpose,
        detail=detail,
    )
