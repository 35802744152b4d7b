"""The store as the rules of referrals see it during one write (`referrals.lookup.Lookup`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from adapter.referrals.choices import Choices
from adapter.referrals.lookup import Lookup, Resource
from adapter.search.query import Clause, Parameter, Query, Value
from adapter.security.audit_rendering import organization_id
from adapter.store.records import Version, Viewer, Work
from profiles.canonicals import DEFAULT_BASE

if TYPE_CHECKING:
    from adapter.store.resources import Unit

_LOCAL = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?")
_MOST = 1000
#: Type and id.
Place = tuple[str, str]
#: Of Task and ServiceRequest.
_ENDED = frozenset({
    "rejected", "cancelled", "failed", "completed", "entered-in-error", "revoked",
})  # fmt: skip


class Surroundings(Struct, frozen=True, kw_only=True):
    """What a deployment knows beside its store."""

    #: Whether a party (`system|value`) is registered in a tenant.
    is_party: Callable[[str, str], bool]
    #: The party of a tenant on whose FHIR server an absolute reference lies; None: nobody's.
    partner_of: Callable[[str, str], str | None]
    #: Under which this server itself is known, with the path of the FHIR endpoint.
    own_bases: tuple[str, ...] = ()
    #: Under which our own code systems are named.
    base: str = DEFAULT_BASE
    #: Of the tenants that have any.
    chosen: Mapping[str, Choices] = {}

    def choices(self, tenant: str) -> Choices:
        """What the rules go by in a tenant."""
        return self.chosen.get(tenant) or Choices(base=self.base)


class StoreLookup(Lookup):
    """The store during one write by one viewer; sees what the unit of work wrote before.

    What was looked up is remembered, as the rules ask for the same again and again.
    """

    def __init__(self, unit: Unit, viewer: Viewer, surroundings: Surroundings) -> None:
        self._unit, self._viewer, self._around = unit, viewer, surroundings
        self._current: dict[Place, Version | None] = {}
        self._visible: dict[Place, Version | None] = {}
        self._decoded: dict[tuple[Place, int], Resource] = {}
        self._all = msgspec.structs.replace(
            viewer, operator=True, clearance=frozenset({"*"}), covered=True
        )

    @property
    def choices(self) -> Choices:
        """What the tenant has chosen."""
        return self._around.choices(self._viewer.tenant)

    def resource(self, reference: str) -> Resource | None:
        """What the writer may see."""
        found = self.place(reference)
        if found is None:
            return None
        if found not in self._visible:
            # Whether a consent covers it decides what may be read, not what may be named.
            self._visible[found] = self._unit.visible(self._viewer, *found, for_write=True)
        return self._content(found, self._visible[found])

    def any(self, reference: str) -> Resource | None:
        """What is there."""
        found = self.place(reference)
        return self._content(found, self._present(found)) if found is not None else None

    def party_of(self, reference: object) -> str | None:
        """The registered party that a Reference means."""
        return self._party_of(reference, 2)

    def organization_of(self, reference: Any) -> str | None:
        """The Organization here that a reference by identifier alone means; None: there is none."""
        party = self.party_of(reference)
        if party is None:
            return None
        found = f"Organization/{organization_id(self._viewer.tenant, party)}"
        return found if self.any(found) is not None else None

    def author_of(self, reference: str) -> str | None:
        """The party that created it."""
        found = self.place(reference)
        version = self._present(found) if found is not None else None
        return version.author if version is not None and not version.deleted else None

    def partner_of(self, url: str) -> str | None:
        """The party whose server an absolute reference leads to."""
        return None if self.place(url) else self._around.partner_of(self._viewer.tenant, url)

    def children(self, task: str) -> Sequence[Resource]:
        """Tasks that are part of this one."""
        return self._referring("part-of", "Task", task)

    def tasks_focused_on(self, service_request: str) -> Sequence[Resource]:
        """Tasks whose focus is this order."""
        return self._referring("focus", "ServiceRequest", service_request)

    def aborts_of(self, task: str) -> Sequence[Resource]:
        """Tasks whose focus is this Task."""
        return self._referring("focus", "Task", task)

    def live_referrals_to(self, reference: str) -> Sequence[str]:
        """Tasks and ServiceRequests that have not ended and refer to it."""
        place = self.place(reference)
        if place is None:
            return ()
        found = self._unit.referring(self._viewer.tenant, ("Task", "ServiceRequest"), *place)
        return [
            f"{one.type}/{one.id}"
            for one in found
            if (_decoded(one) or {}).get("status") not in _ENDED
        ]

    def work(self, task: str) -> Work | None:
        """Its place on a worklist."""
        return self._unit.work_of(self._viewer.tenant, "Task", task)

    def granted_by(self, type: str, id: str) -> frozenset[tuple[str, str, str]]:
        """What was granted through it."""
        return self._unit.granted_by(self._viewer.tenant, type, id)

    def place(self, reference: str) -> tuple[str, str] | None:
        """Type and id of a reference to this server; None: to elsewhere, or none at all."""
        for base in self._around.own_bases:
            if reference.startswith(base + "/"):
                reference = reference[len(base) + 1 :]
                break
        match = _LOCAL.fullmatch(reference)
        return (match[1], match[2]) if match else None

    def forget(self, place: Place) -> None:
        """Look again, as who had it locked before may have written it."""
        self._current.pop(place, None)
        self._visible.pop(place, None)

    def _present(self, place: Place) -> Version | None:
        if place not in self._current:
            seen = self._visible.get(place)
            self._current[place] = seen or self._unit.current(self._viewer.tenant, *place)
        return self._current[place]

    def _content(self, place: Place, version: Version | None) -> Resource | None:
        if version is None or version.deleted:
            return None
        known = (place, version.version)
        if known not in self._decoded:
            self._decoded[known] = _decoded(version) or {}
        return self._decoded[known]

    def _party_of(self, reference: object, steps: int) -> str | None:
        if isinstance(reference, str):
            reference = {"reference": reference}
        if not isinstance(reference, dict):
            return None
        text = reference.get("reference")
        if isinstance(text, str) and steps:
            found = self.any(text) or {}
            if found.get("resourceType") == "PractitionerRole":
                return self._party_of(found.get("organization"), steps - 1)
            if found.get("resourceType") == "Organization":
                return self._registered(found.get("identifier"))
        if "identifier" in reference:
            return self._registered([reference["identifier"]])
        return None

    def _registered(self, identifiers: Any) -> str | None:
        for one in identifiers if isinstance(identifiers, list) else []:
            if isinstance(one, dict):
                party = f"{one.get('system', '')}|{one.get('value', '')}"
                if self._around.is_party(self._viewer.tenant, party):
                    return party
        return None

    def _referring(self, name: str, target: str, id: str) -> Sequence[Resource]:
        query = Query(
            type="Task",
            count=_MOST,
            clauses=(
                Clause(
                    parameter=Parameter("Task", name, "reference", (target,)),
                    values=(Value(target_type=target, target_id=id),),
                ),
            ),
        )
        found = self._unit.search(self._all, query).matches
        return [one for one in map(_decoded, found) if one is not None]


def _decoded(version: Version | None) -> Resource | None:
    if version is None or version.deleted:
        return None
    resource: Resource = msgspec.json.decode(version.body)
    return resource
