"""One transaction of the exchange, for one viewer: what is written, told and audited together.

What is written in a session, the events that tell others and what has to be sent to partners are
committed together or not at all. What is refused is audited too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from adapter.fhir_api.faults import Refused, refused
from adapter.store.errors import Duplicate, VersionConflict
from adapter.store.records import AuditEntry, Viewer

if TYPE_CHECKING:
    from adapter.store.resources import ResourceStore, Unit


class Sessions:
    """Begins and ends them; any number of threads may."""

    def __init__(
        self,
        store: ResourceStore,
        at_end: Sequence[Callable[[Unit, str], int]] = (),
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        """Put it together.

        Args:
            store: keeps the resources.
            at_end: called with the unit and the tenant before a session that wrote is committed;
                how much there is to tell others.
            wake: called once it is committed, where there is anything to tell.
        """
        self._store = store
        self._at_end = tuple(at_end)
        self._wake = wake

    @contextmanager
    def session(self, viewer: Viewer, *, writing: bool = True) -> Iterator[Unit]:
        """One transaction; a refusal gives up all of it and is audited.

        Raises:
            Refused: passed on from within.
            NotStored: the database failed; nothing was kept.
        """
        to_tell = 0
        try:
            with self._store.unit() if writing else self._store.reading() as unit:
                yield unit
                if unit.changes:
                    to_tell = sum(tell(unit, viewer.tenant) for tell in self._at_end)
        except (VersionConflict, Duplicate) as conflict:
            # Found only as the transaction ended.
            fault = refused(
                409, "conflict", "somebody else wrote the same just now; read again and try again"
            )
            fault.action, fault.entity = "update", f"{conflict.type}/{conflict.id}"
            self.tell_refusal(viewer, fault)
            raise fault from None
        except Refused as fault:
            self.tell_refusal(viewer, fault)
            raise
        if to_tell:
            self._wake()

    def tell_refusal(self, viewer: Viewer, fault: Refused) -> None:
        """Audit what was refused."""
        detail = f"{fault.status} {fault.issues[0].code if fault.issues else ''}".strip()
        with self._store.reading() as unit:
            unit.audit(
                entry_of(
                    viewer,
                    fault.action or "request",
                    fault.entity,
                    unit.now,
                    outcome="refused",
                    detail=detail,
                )
            )


@contextmanager
def named(action: str, type: str, id: str = "") -> Iterator[None]:
    """Say in a refusal what was tried, for the audit."""
    try:
        yield
    except Refused as fault:
        fault.action = fault.action or action
        fault.entity = fault.entity or (f"{type}/{id}" if id else type)
        raise


def entry_of(
    viewer: Viewer,
    action: str,
    entity: str,
    at: int,
    *,
    outcome: str = "success",
    detail: str = "",
) -> AuditEntry:
    """What a viewer did at an instant (milliseconds since 1970), to be audited."""
    return AuditEntry(
        at=at,
        tenant=viewer.tenant,
        client=viewer.client,
        party=viewer.party,
        action=action,
        outcome=outcome,
        entity=entity,
        purpose=viewer.purpose,
        detail=detail,
    )
