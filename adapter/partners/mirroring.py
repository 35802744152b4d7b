"""Keeps our copy of a partner's Task in step with it.

Each version the partner's Task went through is applied in its order, one transaction each, as the
exchange; so local subscribers hear of every one, and a crash between two loses nothing. Where a
status was reached over others that were not seen (the partner keeps no history), the copy goes over
them too. What the Task's outputs refer to is fetched and copied, with references to the copies.
Each version taken over leaves a Provenance that says whose it was.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from adapter.fhir_api.document import instant
from adapter.fhir_api.faults import Refused
from adapter.fhir_client.partner_answers import ENCODER, version_of
from adapter.partners.adopting import elements_of, localized
from adapter.partners.fetching import newer, outputs_of
from adapter.partners.here import Here
from adapter.partners.partner import Partner
from adapter.partners.references import Resource
from adapter.referrals.lifecycle import path
from adapter.referrals.rules import exchange
from adapter.search.indexing import about
from adapter.store.outbound import Link

if TYPE_CHECKING:
    from adapter.store.records import Viewer
    from adapter.store.resources import Unit

#: What may be copied: what was done and found. Nothing that would decide here who sees what.
_OUTPUTS = frozenset({
    "CarePlan", "CareTeam", "Communication", "Condition", "DocumentReference", "EpisodeOfCare",
    "Observation", "Procedure", "QuestionnaireResponse",
})  # fmt: skip
_PROVENANCE = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"


class NotApplied(Exception):
    """The partner's Task says what cannot be said here; the message says what."""


class _NotCopied(Exception):
    def __init__(self, place: tuple[str, str]) -> None:
        super().__init__(place)
        self.place = place


class _Copying(Struct, frozen=True, kw_only=True):
    """One version of the partner's Task on its way to the copy."""

    here: Here
    partner: Partner
    #: FHIR base URL of the partner.
    base: str
    remote: Resource
    #: What its outputs refer to, as the partner has it.
    outputs: dict[tuple[str, str], Resource]


def pull(here: Here, partner: Partner, remote_id: str) -> bool:
    """Apply what became of a partner's Task since it was last seen.

    Returns:
        Whether we have a copy of it.

    Raises:
        PartnerFault: it could not be read.
        NotApplied: it says what cannot be said here.
    """
    with here.store.reading() as unit:
        link = here.outbound(unit, partner).linked_from("Task", remote_id)
    if link is None:
        return False
    server = here.servers.of(partner)
    for version in newer(server, link):
        outputs = outputs_of(server, version)
        _apply(
            _Copying(
                here=here,
                partner=partner,
                base=server.base.url,
                remote=version,
                outputs=outputs,
            )
        )
    return True


def _apply(copying: _Copying) -> None:
    outputs = dict(copying.outputs)
    while True:
        try:
            _apply_once(msgspec.structs.replace(copying, outputs=outputs))
        except _NotCopied as fault:
            outputs.pop(fault.place)
        except Refused as fault:
            codes = ", ".join(dict.fromkeys(one.code for one in fault.issues))
            raise NotApplied(
                f"version {version_of(copying.remote)} of the partner's Task cannot be applied "
                f"({fault.status} {codes}); compare the two and settle it with the partner"
            ) from None
        else:
            return


def _apply_once(copying: _Copying) -> None:
    here, partner = copying.here, copying.partner
    viewer = exchange(partner.tenant)
    with here.exchange.session(viewer) as unit:
        rows = here.outbound(unit, partner)
        link = rows.linked_from("Task", str(copying.remote["id"]))
        held = link and unit.current(partner.tenant, "Task", link.id, lock=True)
        if link is None or not held or held.deleted:
            return
        if version_of(copying.remote) and link.remote_version == version_of(copying.remote):
            return
        local = here.current(unit, partner, "Task", link.id) or {}
        for place, resource in copying.outputs.items():
            _copy(copying, unit, place, resource, about(local))
        elements = elements_of(
            copying.remote,
            local,
            lambda resource: _localized(copying, unit, resource),
            here.around.base,
        )
        version = held.version
        for change in _in_steps(local, elements):
            version += 1
            # Before it is written: what the partner says is not told to the partner.
            _see(copying, unit, link, version)
            here.exchange.patch(unit, viewer, "Task", link.id, partial(_with, change))
        _see(copying, unit, link, version)
        if version > held.version:
            _say_whose(copying, unit, viewer, link.id, version)


def _in_steps(local: Resource, elements: dict[str, Any]) -> list[dict[str, Any]]:
    """The changes one after the other: statuses in between alone, the last with everything."""
    status = elements.get("status")
    if not elements:
        return []
    if status is None:
        return [elements]
    between = path(str(local.get("status")), str(status))[:-1]
    return [*({"status": each} for each in between), elements]


def _with(elements: dict[str, Any], task: dict[str, Any]) -> dict[str, Any]:
    made = {**task, **elements}
    return {name: value for name, value in made.items() if value is not None}


def _see(copying: _Copying, unit: Unit, link: Link, version: int) -> None:
    seen = msgspec.structs.replace(link, remote_version=version_of(copying.remote), version=version)
    copying.here.outbound(unit, copying.partner).put_link(seen, unit.now)


def _localized(copying: _Copying, unit: Unit, resource: Resource) -> Resource:
    rows = copying.here.outbound(unit, copying.partner)

    def here(type: str, id: str) -> str | None:
        link = rows.linked_from(type, id)
        return f"{link.type}/{link.id}" if link else None

    return localized(resource, here, copying.base)


def _copy(
    copying: _Copying,
    unit: Unit,
    place: tuple[str, str],
    resource: Resource,
    patient: str | None,
) -> None:
    """Write or renew the copy of what an output refers to, as the partner's."""
    here, partner = copying.here, copying.partner
    rows = here.outbound(unit, partner)
    link = rows.linked_from(*place)
    if link is not None and (link.origin == "here" or link.remote_version == version_of(resource)):
        return
    made = _localized(copying, unit, resource)
    if place[0] not in _OUTPUTS or patient is None or about(made) != patient:
        raise _NotCopied(place)
    made.pop("id", None)
    meta = made.pop("meta", None) or {}
    kept = {name: meta[name] for name in ("profile", "security", "tag") if name in meta}
    viewer = msgspec.structs.replace(exchange(partner.tenant), party=partner.organization)
    try:
        if link is None:
            body = ENCODER.encode({**made, **({"meta": kept} if kept else {})})
            outcome = here.exchange.create(unit, viewer, place[0], body)
        else:
            body = ENCODER.encode({**made, "id": link.id, **({"meta": kept} if kept else {})})
            outcome = here.exchange.update(unit, viewer, place[0], link.id, body)
    except Refused:
        raise _NotCopied(place) from None
    rows.put_link(
        Link(
            type=place[0],
            id=outcome.version.id,
            remote_id=place[1],
            remote_version=version_of(resource),
            version=outcome.version.version,
            origin="there",
        ),
        unit.now,
    )


def _say_whose(copying: _Copying, unit: Unit, viewer: Viewer, id: str, version: int) -> None:
    """A Provenance: who decided it, and which version of theirs it was."""
    system, _, value = copying.partner.organization.rpartition("|")
    source = f"{copying.base}/Task/{copying.remote['id']}"
    if seen := version_of(copying.remote):
        source += f"/_history/{seen}"
    recorded = (copying.remote.get("meta") or {}).get("lastUpdated")
    agent = {"identifier": {"system": system, "value": value}, "display": copying.partner.name}
    made = {
        "resourceType": "Provenance",
        "target": [{"reference": f"Task/{id}/_history/{version}"}],
        "recorded": recorded or instant(unit.now),
        "activity": {"coding": [{"system": _PROVENANCE, "code": "UPDATE"}]},
        "agent": [{"who": agent}],
        "entity": [{"role": "source", "what": {"reference": source}}],
    }
    copying.here.exchange.create(unit, viewer, "Provenance", ENCODER.encode(made))
