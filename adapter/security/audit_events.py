"""The audit as FHIR R4 AuditEvents, for clients of the operator.

An AuditEvent is not stored: it is written from the entry of the audit when it is asked for, so it
is as safe from change as that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from adapter.fhir_api.faults import not_found, refused
from adapter.search.query import Clause, Query, Value
from adapter.security.audit_rendering import (
    ACTIONS,
    OTHER,
    OUTCOMES,
    audit_event,
    organization_id,
)
from adapter.security.scopes import demand
from adapter.security.viewers import Parties
from adapter.store.audit_rows import Numbered, Wanted, count_entries, find_entries, read_entry
from adapter.store.records import AuditEntry, Found, Version, Viewer

if TYPE_CHECKING:
    from adapter.store.resources import Unit

_ID = re.compile(r"([0-9]{1,4})-([0-9]{1,18})")
_FOREVER = 253_402_300_799_999


class AuditEvents:
    """AuditEvents by id and by search.

    Args:
        parties: those that may be agents.
        site: names this service as the source, its FHIR base URL.
    """

    def __init__(self, parties: Parties, site: str) -> None:
        self._parties, self._site = parties, site

    def read(self, unit: Unit, viewer: Viewer, id: str) -> Version:
        """One AuditEvent.

        Raises:
            Refused: 403 to who is no client of the operator, 404.
        """
        demand_audit(viewer, "read")
        match = _ID.fullmatch(id)
        found = None
        if match is not None:
            found = read_entry(unit.connection, viewer.tenant, int(match[1]), int(match[2]))
        if found is None:
            raise not_found("AuditEvent", id)
        return self._version(found)

    def search(self, unit: Unit, viewer: Viewer, query: Query) -> Found:
        """A page of AuditEvents, the newest first.

        Raises:
            Refused: 403 to who is no client of the operator; 400 for a parameter that is none of
                date, patient, agent, entity, action, outcome, `_id` and `_lastUpdated`.
        """
        demand_audit(viewer, "search-type")
        wanted: Wanted | None = Wanted(tenant=viewer.tenant)
        for clause in query.clauses:
            wanted = wanted and self._narrowed(wanted, clause)
        if any(parameter.name not in ("date", "_lastUpdated") for parameter, _ in query.sort):
            raise _unsupported("_sort")
        if query.includes or query.revincludes:
            raise _unsupported("_include")
        ids = [clause for clause in query.clauses if clause.parameter.name == "_id"]
        if ids:
            return self._by_ids(unit, viewer, ids)
        if wanted is None:
            return Found(matches=[], total=0)
        total = count_entries(unit.connection, wanted) if _counts(query) else None
        if not query.count:
            return Found(matches=[], total=total)
        if query.after:
            place = msgspec.json.decode(query.after, type=tuple[int, int, int])
            wanted = msgspec.structs.replace(wanted, before=place)
        found = find_entries(unit.connection, wanted, query.count + 1)
        page, more = found[: query.count], len(found) > query.count
        last = page[-1] if more else None
        following = (last.entry.at, last.shard, last.number) if last else None
        return Found(
            matches=[self._version(one) for one in page],
            total=total,
            next=msgspec.json.encode(following).decode() if following else "",
        )

    def _by_ids(self, unit: Unit, viewer: Viewer, clauses: list[Clause]) -> Found:
        if len(clauses) > 1 or clauses[0].modifier:
            raise _unsupported("_id")
        found = []
        for value in clauses[0].values:
            match = _ID.fullmatch(value.text)
            place = (int(match[1]), int(match[2])) if match else (0, 0)
            one = read_entry(unit.connection, viewer.tenant, *place)
            found += [self._version(one)] if one else []
        return Found(matches=found, total=len(found))

    def _narrowed(self, wanted: Wanted, clause: Clause) -> Wanted | None:
        """With the condition of one clause; None: nothing can meet it."""
        name = clause.parameter.name
        if clause.chain or clause.has or clause.alternatives:
            raise _unsupported(name)
        if name == "_id":
            return wanted
        if clause.modifier not in _MODIFIERS.get(name, ()):
            raise _unsupported(f"{name}:{clause.modifier}" if clause.modifier else name)
        if name in ("date", "_lastUpdated"):
            return _within(wanted, clause)
        if name == "action":
            codes = {value.text for value in clause.values}
            if OTHER in codes:
                others = {ours for ours, (code, _) in ACTIONS.items() if code not in codes}
                return msgspec.structs.replace(
                    wanted, not_actions=(*wanted.not_actions, *sorted(others))
                )
        field, allowed = self._allowed(name, clause)
        before = getattr(wanted, field)
        kept = tuple(dict.fromkeys(one for one in allowed if before is None or one in before))
        return msgspec.structs.replace(wanted, **{field: kept}) if kept else None

    def _allowed(self, name: str, clause: Clause) -> tuple[str, list[str]]:
        """Which field of an entry a clause is about, and what it may be."""
        values = clause.values
        if name == "patient":
            return "patients", [v.target_id for v in values if v.target_type in ("", "Patient")]
        if name == "entity":
            return "entities", [f"{v.target_type}/{v.target_id}" for v in values if v.target_type]
        if name == "agent":
            return "parties", [one for v in values for one in self._agents(v)]
        if name == "outcome":
            codes = {v.text for v in values}
            return "outcomes", [ours for ours, code in OUTCOMES.items() if code in codes]
        codes = {v.text for v in values}
        place = 1 if name == "subtype" else 0
        return "actions", [ours for ours, both in ACTIONS.items() if both[place] in codes]

    def _agents(self, value: Value) -> list[str]:
        if value.text:
            return [value.text]
        wanted = value.target_id if value.target_type in ("", "Organization") else ""
        return [one.id for one in self._parties if organization_id(one.tenant, one.id) == wanted]

    def _version(self, found: Numbered) -> Version:
        resource = audit_event(found, self._parties, self._site)
        return Version(
            key=0,
            type="AuditEvent",
            id=resource["id"],
            version=1,
            updated_at=found.entry.at,
            method="create",
            body=msgspec.json.encode(resource),
            author="",
        )


#: Modifiers of each parameter that can be asked for.
_MODIFIERS: Mapping[str, tuple[str, ...]] = {
    "date": ("",),
    "_lastUpdated": ("",),
    "patient": ("", "Patient"),
    "entity": ("",),
    "agent": ("", "identifier", "Organization"),
    "action": ("",),
    "subtype": ("",),
    "outcome": ("",),
}


def _within(wanted: Wanted, clause: Clause) -> Wanted | None:
    if len(clause.values) != 1:
        raise _unsupported("several dates in one parameter")
    (value,) = clause.values
    low, high = int(value.low), min(int(value.high), _FOREVER)
    if value.prefix == "ne":
        return msgspec.structs.replace(wanted, not_between=(*wanted.not_between, (low, high)))
    since, until = {
        "gt": (high + 1, None),
        "sa": (high + 1, None),
        "ge": (low, None),
        "lt": (None, low - 1),
        "eb": (None, low - 1),
        "le": (None, high),
    }.get(value.prefix, (low, high))
    if since is not None:
        wanted = msgspec.structs.replace(wanted, since=max(since, wanted.since or since))
    if until is not None:
        earlier = until if wanted.until is None else min(until, wanted.until)
        wanted = msgspec.structs.replace(wanted, until=earlier)
    return wanted


def _counts(query: Query) -> bool:
    return query.total == "accurate" or not query.count


def demand_audit(viewer: Viewer, interaction: str = "search-type") -> None:
    """Refuse (403) who is no client of the operator."""
    demand(viewer, "AuditEvent", interaction)
    if not viewer.operator:
        raise refused(
            403,
            "forbidden",
            "AuditEvents are for clients of the organization that runs this exchange; ask it for "
            "an accounting of disclosures",
        )


def note_look(unit: Unit, viewer: Viewer, action: str, entity: str, detail: str = "") -> None:
    """Record that somebody looked at the record of accesses.

    One entry for a page: one for each AuditEvent on it would make more of them than it shows.
    """
    unit.audit(
        AuditEntry(
            at=unit.now,
            tenant=viewer.tenant,
            client=viewer.client,
            party=viewer.party,
            action=action,
            outcome="success",
            entity=entity,
            purpose=viewer.purpose,
            detail=detail,
        )
    )


def _unsupported(name: str) -> Exception:
    return refused(
        400,
        "not-supported",
        f"AuditEvents cannot be searched by {name}; there are date, patient, agent, entity, "
        "action, subtype and outcome",
    )
