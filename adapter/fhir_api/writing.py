"""One write, from what was sent to what is stored, and everything that follows from it.

In this order: the references lead to what the writer may see, the resource is valid, the rules
allow it; then the version, who sees it, what a Consent permits, its place on a worklist and its
business identifiers are stored, and the follow-ups are written the same way by the exchange itself.
All in one transaction.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from adapter import ids
from adapter.fhir_api.checking import check_content, check_references
from adapter.fhir_api.document import Document, document_of
from adapter.fhir_api.faults import refused
from adapter.fhir_api.lookup import StoreLookup, Surroundings
from adapter.fhir_api.rulings import Rules
from adapter.referrals.references import each
from adapter.referrals.rules import exchange
from adapter.referrals.ruling import FollowUp, Ruling
from adapter.search.indexing import about, index
from adapter.search.references import target as target_of
from adapter.security.disclosure import labels_of
from adapter.store.records import AuditEntry, Change, Draft, IndexRows, Method, Version, Viewer

if TYPE_CHECKING:
    from adapter.store.resources import Unit

#: Follow-ups of follow-ups: a child's end reaches its parent, its order and their requester.
_DEEPEST = 12


class Write(Struct, frozen=True, kw_only=True):
    """What shall be written."""

    method: Method
    type: str
    id: str
    #: None: it is deleted.
    document: Document | None
    before: Version | None
    #: Whether a fault of content refuses it; not so what the exchange itself writes.
    check: bool = True


class Writer:
    """Writes within units of work."""

    def __init__(self, surroundings: Surroundings, rules: Rules) -> None:
        self._around, self._rules = surroundings, rules

    def write(self, unit: Unit, viewer: Viewer, write: Write, depth: int = 0) -> Version:
        """Write it and what follows.

        Raises:
            Refused: 409, 422 or 403; the whole unit is to be given up.
        """
        lookup = StoreLookup(unit, viewer, self._around)
        before = _decoded(write.before)
        after = dict(write.document.data, id=write.id) if write.document else None
        if write.document is not None and after is not None:
            elements = self._rules.withheld(unit, viewer, before, after)
            if elements:
                write = msgspec.structs.replace(write, document=_replaced(write.document, elements))
                after |= elements
        if after is not None and write.check:
            if not viewer.operator:
                check_references(unit, lookup, before, after)
            check_content(after, self._around.base)
        updated_at = max(unit.now, write.before.updated_at + 1 if write.before else 0)
        now = datetime.fromtimestamp(updated_at / 1000, UTC)
        if after is not None and write.type == "Task":
            _hold_what_it_leads_to(unit, viewer.tenant, lookup, after)
        ruling = self._rules.rule(unit, before, after, viewer, lookup, now)
        stored = self._store(unit, viewer, write, before, ruling, updated_at)
        for follow_up in ruling.follow_ups:
            if depth == _DEEPEST:
                raise refused(409, "processing", "more follows from this than can be done at once")
            self._follow(unit, viewer.tenant, follow_up, depth + 1)
        return stored

    def _store(
        self,
        unit: Unit,
        viewer: Viewer,
        write: Write,
        before: dict[str, Any] | None,
        ruling: Ruling,
        updated_at: int,
    ) -> Version:
        version = write.before.version + 1 if write.before else 1
        bases = self._around.own_bases
        previous = index(write.type, before, bases) if before else IndexRows()
        shown, body, rows = before or {}, b"", previous
        if write.document is not None:
            shown = _amended(write.document.data, ruling.amendments) | {"id": write.id}
            body = write.document.compose(write.id, version, updated_at, ruling.amendments)
            rows = index(write.type, shown, bases)
        patient = self._patient(unit, viewer.tenant, shown)
        stored = unit.put(
            Draft(
                tenant=viewer.tenant,
                type=write.type,
                id=write.id,
                method=write.method,
                version=version,
                updated_at=updated_at,
                body=body,
                author=write.before.author if write.before else viewer.party,
                patient=patient,
                labels=labels_of(shown) if body else frozenset(),
                index=rows,
            ),
            previous=previous,
        )
        here = (write.type, write.id)
        unit.grant(here, viewer.tenant, ruling.grants or frozenset())
        if ruling.permits is not None:
            unit.permit(viewer.tenant, here, ruling.permits)
        if write.type == "Task":
            unit.work(viewer.tenant, *here, ruling.work)
        for kind, system, value in ruling.unique:
            unit.claim_unique(viewer.tenant, stored.author, *here, kind, system, value)
        change = Change(before=write.before, after=stored, resource=shown, found_by=rows)
        unit.changes.append(change)
        unit.audit(_entry(viewer, write, stored, patient))
        return stored

    def _patient(self, unit: Unit, tenant: str, resource: dict[str, Any]) -> str | None:
        """Whom it is about; of a Provenance, whom what it tells of is about."""
        found = about(resource, self._around.own_bases)
        if found is None and resource["resourceType"] == "Provenance":
            for target in each(resource.get("target")):
                type, id, _ = target_of(str(target.get("reference")), self._around.own_bases)
                told = _decoded(unit.current(tenant, type, id)) if id else None
                found = found or about(told or {}, self._around.own_bases)
        return found

    def _follow(self, unit: Unit, tenant: str, follow_up: FollowUp, depth: int) -> None:
        viewer = exchange(tenant)
        if follow_up.method == "create":
            made = Write(
                method="create",
                type=follow_up.type,
                id=follow_up.id or ids.new_uuid(),
                document=document_of({"resourceType": follow_up.type, **follow_up.elements}),
                before=None,
                check=False,
            )
            self.write(unit, viewer, made, depth)
            return
        current = unit.current(tenant, follow_up.type, follow_up.id, lock=True)
        if current is None or current.deleted:
            return
        changed = with_elements(current, follow_up.elements)
        write = Write(
            method="update",
            type=follow_up.type,
            id=follow_up.id,
            document=changed,
            before=current,
            check=False,
        )
        self.write(unit, viewer, write, depth)


def with_elements(current: Version, elements: dict[str, Any]) -> Document:
    """A version with top-level elements replaced; None takes one away."""
    raw = msgspec.json.decode(current.body, type=dict[str, msgspec.Raw])
    return _replaced(Document(raw, _decoded(current) or {}), elements)


def _replaced(document: Document, elements: dict[str, Any]) -> Document:
    made = document_of({name: value for name, value in elements.items() if value is not None})
    kept = {name: value for name, value in document.raw.items() if name not in elements}
    return Document(kept | made.raw, _amended(document.data, elements))


def _amended(data: dict[str, Any], amendments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**data, **amendments}.items() if value is not None}


def _hold_what_it_leads_to(
    unit: Unit, tenant: str, lookup: StoreLookup, task: dict[str, Any]
) -> None:
    """Keep others from asking for the same, or from ending what is handed on, meanwhile."""
    parts = task.get("partOf")
    leading = [task.get("focus"), *(parts if isinstance(parts, list) else [])]
    written = (str(one.get("reference")) for one in leading if isinstance(one, dict))
    for place in sorted(filter(None, map(lookup.place, written))):
        unit.current(tenant, *place, lock=True)
        lookup.forget(place)


def _decoded(version: Version | None) -> dict[str, Any] | None:
    if version is None or version.deleted:
        return None
    resource: dict[str, Any] = msgspec.json.decode(version.body)
    return resource


def _entry(viewer: Viewer, write: Write, stored: Version, patient: str | None) -> AuditEntry:
    return AuditEntry(
        at=stored.updated_at,
        tenant=viewer.tenant,
        client=viewer.client,
        party=viewer.party,
        action=write.method,
        outcome="success",
        entity=f"{write.type}/{write.id}",
        version=stored.version,
        patient=patient or "",
        purpose=viewer.purpose,
    )
