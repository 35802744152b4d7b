"""What has to be told to partners, decided in the transaction of the change it tells of.

A Task whose owner is a partner is sent to the partner's server, which is authoritative for it from
then on. What its requester does to it here afterwards goes there too. A cancellation is a question:
until the partner has answered, the Task keeps its status and shows `cancellation-requested`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from adapter.fhir_api.lookup import StoreLookup, Surroundings
from adapter.partners.adopting import CANCELLATION_REQUESTED
from adapter.partners.partner import Partner
from adapter.partners.registry import Partners
from adapter.referrals.codes import business_status, kind_of, with_business_status
from adapter.referrals.lifecycle import is_live
from adapter.referrals.rules import exchange
from adapter.referrals.standing import is_exchange
from adapter.store.outbound import Outbound

if TYPE_CHECKING:
    from adapter.store.records import Change, Viewer
    from adapter.store.resources import Unit

Resource = dict[str, Any]


class Outbox:
    """Of one deployment; any number of threads may use it."""

    def __init__(self, partners: Partners, surroundings: Surroundings) -> None:
        self._partners = partners
        self._around = surroundings

    def record(self, unit: Unit, tenant: str) -> int:
        """Have partners told of what the unit wrote, before it is committed; of how much."""
        if not len(self._partners):
            return 0
        return sum(
            self._record(unit, tenant, change)
            for change in unit.changes
            if change.after.type == "Task" and not change.after.deleted
        )

    def withhold(
        self, unit: Unit, viewer: Viewer, before: Resource | None, after: Resource
    ) -> dict[str, Any]:
        """What to write in place of a cancellation that the partner has to answer first.

        Called with a write before the rules judge it. Elements to put in place of those of
        `after`; empty: it is written as it is.
        """
        if (
            before is None
            or after.get("resourceType") != "Task"
            or after.get("status") != "cancelled"
            or is_exchange(viewer)
            or not is_live(before)
            or not len(self._partners)
        ):
            return {}
        partner = self._partner(unit, viewer.tenant, before)
        if partner is None or not self._is_there(unit, partner, str(before["id"])):
            return {}
        base = self._around.base
        return {
            "status": before["status"],
            "businessStatus": with_business_status(before, CANCELLATION_REQUESTED, base),
        }

    def _record(self, unit: Unit, tenant: str, change: Change) -> bool:
        task = change.resource
        partner = self._partner(unit, tenant, task)
        if partner is None:
            return False
        rows = Outbound(unit.connection, tenant, partner.id)
        id, version = change.after.id, change.after.version
        link = rows.link("Task", id)
        sent = any(row.kind == "send" for row in rows.of_task(id))
        if link is None and not sent:
            begins = task.get("status") == "requested" and kind_of(task) == "fulfill"
            if begins:
                rows.add("send", id, version, unit.now)
            return begins
        if link is not None and version <= link.version:
            # The partner said so itself.
            return False
        before = msgspec.json.decode(change.before.body) if change.before else {}
        stops = self._asks_to_stop(task) and not self._asks_to_stop(before)
        if stops:
            rows.add("change", id, version, unit.now)
        return stops

    def _asks_to_stop(self, task: Resource) -> bool:
        asked = business_status(task, self._around.base) == CANCELLATION_REQUESTED
        return asked or task.get("status") in ("cancelled", "entered-in-error")

    def _is_there(self, unit: Unit, partner: Partner, id: str) -> bool:
        """Whether the partner has the Task, or may have it."""
        rows = Outbound(unit.connection, partner.tenant, partner.id)
        return rows.link("Task", id) is not None or any(
            row.kind == "send" and row.attempts and row.state == "waiting"
            for row in rows.of_task(id)
        )

    def _partner(self, unit: Unit, tenant: str, task: Resource) -> Partner | None:
        if not task.get("owner"):
            return None
        party = StoreLookup(unit, exchange(tenant), self._around).party_of(task["owner"])
        return self._partners.of_party(tenant, party) if party else None
