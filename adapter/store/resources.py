"""What can be done with resources in a transaction. One file because it is one interface.

It is told here as a whole and carried out by the modules beside it.

A unit of work is a transaction. What it writes is on the disk when it ends, or nothing is. Whoever
looks sees what their viewer may see (`visibility`); the exchange itself sees everything of a tenant
(`current`). Any number of threads and processes may use one database.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from heapq import merge
from itertools import count, islice

from adapter.search.query import Query
from adapter.store import audit, granting, putting, replies, versions, worklists
from adapter.store.database import Database
from adapter.store.granting import Place
from adapter.store.records import (
    AuditEntry,
    Change,
    Draft,
    Found,
    IndexRows,
    Permit,
    Replay,
    Version,
    Viewer,
    Work,
)
from adapter.store.transactions import Transaction
from adapter.store.versions import Held, Span, Triple, anyone
from adapter.store.visibility import seen_by, sees_by_itself


class ResourceStore:
    """An open store of resources."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turns = count(os.getpid())

    @contextmanager
    def unit(self, *, durable: bool = True) -> Iterator[Unit]:
        """One transaction that writes; what is raised within undoes it.

        A thread has one at a time.

        Args:
            durable: whether it is on the disk once this ends.

        Raises:
            NotStored: the database failed; nothing was kept.
            VersionConflict: nothing was kept.
        """
        with self._database.transaction(durable=durable) as transaction:
            unit = Unit(transaction)
            yield unit
            unit.write_audit(next(self._turns))

    @contextmanager
    def reading(self) -> Iterator[Unit]:
        """To look, each time at what is committed then.

        What is audited is written in any case, and does not wait for the disk.

        Raises:
            NotStored: the database failed, or could not keep what is audited.
        """
        with self._database.looking() as transaction:
            unit = Unit(transaction)
            try:
                yield unit
            finally:
                if unit.audited:
                    with self._database.turn_to_write(), transaction.at_once():
                        unit.write_audit(next(self._turns))


class Unit:
    """One transaction."""

    def __init__(self, connection: Transaction) -> None:
        #: For modules of `adapter.store`.
        self.connection = connection
        #: What was written, for whoever tells others of it before the transaction ends.
        self.changes: list[Change] = []
        #: Type and id of what is still to be written, so that it may be referred to already.
        self.promised: frozenset[Place] = frozenset()
        #: What was done, to be written when the transaction ends.
        self.audited: list[AuditEntry] = []
        self._held: dict[tuple[str, str, str], Held] = {}

    @property
    def now(self) -> int:
        """When it began, in milliseconds, by the clock that all who write share."""
        return self.connection.began_at

    def current(self, tenant: str, type: str, id: str, *, lock: bool = False) -> Version | None:
        """The newest version, whoever may see it; a deletion is one too. None: there is none.

        `lock`: nobody else writes it until the transaction ends.
        """
        if (held := self._held.get((tenant, type, id))) is not None:
            return held.present
        if not lock:
            return versions.read_present(self.connection, anyone(tenant), type, id)
        held = self._hold(tenant, type, id)
        return held.present if held is not None else None

    def visible(
        self, viewer: Viewer, type: str, id: str, *, lock: bool = False, for_write: bool = False
    ) -> Version | None:
        """The newest version, if the viewer sees it; a deletion is one too.

        Args:
            viewer: whose eyes.
            type: of the resource.
            id: of the resource.
            lock: nobody else writes it until the transaction ends.
            for_write: without regard to consent.
        """
        here = (viewer.tenant, type, id)
        held = self._held.get(here)
        if held is not None and sees_by_itself(viewer, held.present.author, for_write=for_write):
            return held.present
        # Without regard to consent no instant is needed, and none is asked of the server.
        seen = seen_by(viewer, 0 if for_write else self.now, for_write=for_write)
        if not lock or held is not None:
            return versions.read_present(self.connection, seen, type, id)
        held = versions.hold(self.connection, seen, type, id)
        if held is None:
            return None
        self._held[here] = held
        return held.present

    def version(self, viewer: Viewer, type: str, id: str, version: int) -> Version | None:
        """One version of a resource whose newest version the viewer sees."""
        seen = seen_by(viewer, self.now)
        return versions.read_version(self.connection, seen, type, id, version)

    def history(  # noqa: PLR0913 - the parameters of the interaction
        self,
        viewer: Viewer,
        type: str | None,
        id: str | None,
        *,
        since: int | None = None,
        at: int | None = None,
        count: int,
        before: tuple[int, int, int] | None = None,
    ) -> list[Version]:
        """Versions of what the viewer sees, the newest first.

        Args:
            viewer: whose eyes.
            type: None: of every type.
            id: None: of every resource of the type.
            since: written at this instant or later.
            at: in force at this instant.
            count: at most so many.
            before: (updated_at, key, version) of the last one of the page before.
        """
        span = Span(since=since, at=at, count=count, before=before)
        types = [type] if type else versions.types_of(self.connection, viewer.tenant)
        found = [
            versions.read_history(self.connection, viewer, self.now, (each, id), span)
            for each in types
        ]
        newest_first: Callable[[Version], tuple[int, int, int]] = lambda one: (
            -one.updated_at,
            -one.key,
            -one.version,
        )
        return list(islice(merge(*found, key=newest_first), count))

    def referring(self, tenant: str, types: Sequence[str], type: str, id: str) -> list[Version]:
        """Resources of some types that refer to one, whoever may see them."""
        return versions.read_referring(self.connection, tenant, types, (type, id))

    def search(self, viewer: Viewer, query: Query) -> Found:
        """A page of what the viewer sees and the query asks for."""
        from adapter.store.searching import search

        return search(self.connection, viewer, query, self.now)

    def put(
        self, draft: Draft, *, grants_to: Iterable[str] = (), previous: IndexRows | None = None
    ) -> Version:
        """Write the version after the present one.

        Args:
            draft: the version. Of a deletion the labels, the patient and the index do not count.
            grants_to: parties that see it beside its author.
            previous: what the version before was found by; None: it is looked up.

        Raises:
            VersionConflict: the present version is not the one before, here or when the unit ends;
                the unit is over.
        """
        here = (draft.tenant, draft.type, draft.id)
        held = self._held.get(here)
        if held is None and draft.version > 1:
            held = self._hold(*here)
        held = putting.put(self.connection, draft, held, previous)
        putting.grant_at_once(self.connection, held, draft, grants_to)
        self._held[here] = held
        return held.present

    def grant(self, source: Place, tenant: str, grants: Iterable[Triple]) -> None:
        """Have exactly this granted through a resource: type, id and the party that sees it.

        The author of the resource keeps sight of it. What leads nowhere is left out.
        """
        keys = {
            (type, id): held.key
            for (owner, type, id), held in self._held.items()
            if owner == tenant
        }
        granting.grant(self.connection, tenant, self._known(tenant, source), grants, keys)

    def granted_by(self, tenant: str, type: str, id: str) -> frozenset[Triple]:
        """What is granted through a resource, to its author too."""
        if (held := self._held.get((tenant, type, id))) is not None:
            return frozenset(held.grants)
        return granting.granted_by(self.connection, tenant, type, id)

    def permit(self, tenant: str, consent: Place, permits: Sequence[Permit]) -> None:
        """Have exactly this permitted by a Consent; whoever reads from now on sees by it."""
        granting.permit(self.connection, tenant, self._known(tenant, consent).key, permits)

    def permitted_by(
        self, tenant: str, patient: str, party: str, labels: Iterable[str], now: int
    ) -> str | None:
        """Reference of a Consent that permits a party one of these labels; None: none does.

        Of no labels: of any Consent in force about the patient.
        """
        found = granting.permitted_by(self.connection, tenant, patient, party, now)
        wanted = sorted(labels) or sorted(found)
        return next((found[label] for label in wanted if label in found), None)

    def work(self, tenant: str, type: str, id: str, work: Work | None) -> None:
        """Put a resource on the worklist; None: take it off."""
        worklists.put_work(self.connection, tenant, self._known(tenant, (type, id)), work)

    def work_of(self, tenant: str, type: str, id: str) -> Work | None:
        """Where a resource stands on the worklist, whoever sees it."""
        return worklists.work_of(self.connection, tenant, type, id)

    def worklist(  # noqa: PLR0913 - what a worklist is narrowed by
        self,
        viewer: Viewer,
        *,
        owner: str | None = None,
        queue: str | None = None,
        requester: str | None = None,
        due_before: int | None = None,
        status: str | None = None,
        count: int = 100,
        after: tuple[int, str] | None = None,
    ) -> list[tuple[str, str, Work]]:
        """Type, id and place of what is to be done and the viewer sees, the earliest due first.

        Args:
            viewer: whose eyes.
            owner: who has to act.
            queue: in which it waits for somebody to act.
            requester: for whom.
            due_before: this instant.
            status: of the Task.
            count: at most so many.
            after: (due_at, id) of the last one of the page before.
        """
        wanted = worklists.Wanted(
            owner=owner,
            queue=queue,
            requester=requester,
            status=status,
            due_before=due_before,
            count=count,
            after=after,
        )
        return worklists.read_worklist(self.connection, viewer, self.now, wanted)

    def claim_unique(  # noqa: PLR0913, PLR0917 - what makes an identifier one
        self, tenant: str, author: str, type: str, id: str, kind: str, system: str, value: str
    ) -> bool:
        """Take a business identifier for a resource; False: it has it already.

        It is given up when the resource is deleted.

        Raises:
            Duplicate: another resource of that type and author has it.
        """
        held = self._known(tenant, (type, id))
        return granting.claim(self.connection, tenant, author, held, (kind, system, value))

    def lock_for(self, tenant: str, text: str) -> None:
        """Go on once no other unit that locked the same text is open."""
        self.connection.wait_for(f"{tenant} {text}")

    def replay(self, tenant: str, client: str, key: str) -> Replay | None:
        """What was answered to this Idempotency-Key; None: nothing, and nobody else is at it."""
        return replies.find_reply(self.connection, tenant, client, key)

    def keep_reply(  # noqa: PLR0913, PLR0917 - the parts of a reply
        self,
        tenant: str,
        client: str,
        key: str,
        digest: bytes,
        status: int,
        headers: dict[str, str],
        body: bytes,
    ) -> None:
        """Answer this Idempotency-Key so from now on, if what was done is kept."""
        replay = Replay(digest=digest, status=status, headers=headers, body=body)
        replies.keep_reply(self.connection, tenant, client, key, replay, self.now)

    def audit(self, entry: AuditEntry) -> None:
        """Have an entry written when the unit ends."""
        self.audited.append(entry)

    def write_audit(self, turn: int) -> None:
        """Write what was audited; `turn`: any number, others of others, so that few wait."""
        if self.audited:
            audit.append(self.connection, self.audited, turn)
            self.audited = []

    def safe_until(self) -> int:
        """An instant up to which, itself not included, everything was committed that ever will be.

        For who polls: what is written from now on, or is being written, has this `updated_at` or a
        later one. The clock of the machine (of the server of PostgreSQL) is never set back.
        """
        return self.connection.safe_until()

    def _hold(self, tenant: str, type: str, id: str) -> Held | None:
        held = versions.hold(self.connection, anyone(tenant), type, id)
        if held is not None:
            self._held[(tenant, type, id)] = held
        return held

    def _known(self, tenant: str, place: Place) -> Held:
        """What this unit wrote or holds.

        Raises:
            LookupError: there is no such resource.
        """
        held = self._held.get((tenant, *place)) or self._hold(tenant, *place)
        if held is None:
            raise LookupError(f"there is no {place[0]} of that id")
        return held
