"""The status of a Subscription as this server sets it: a new version of the resource.

`active` after a handshake, `error` when it cannot be told, `off` when it ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from adapter.fhir_api.writing import with_elements
from adapter.referrals.rules import exchange
from adapter.search.indexing import index
from adapter.store.records import AuditEntry, Draft
from adapter.store.subscribing import set_status

if TYPE_CHECKING:
    from adapter.store.resources import Unit


def change_status(unit: Unit, tenant: str, id: str, status: str, error: str = "") -> None:
    """Write the Subscription with another status.

    Args:
        unit: the unit of work.
        tenant: whose.
        id: of the Subscription.
        status: the new one.
        error: what went wrong, in words that hold no secret; empty: nothing.
    """
    current = unit.current(tenant, "Subscription", id, lock=True)
    if current is None or current.deleted:
        set_status(unit.connection, tenant, id, "deleted")
        return
    document = with_elements(current, {"status": status, "error": error or None})
    version, at = current.version + 1, max(unit.now, current.updated_at + 1)
    unit.put(
        Draft(
            tenant=tenant,
            type="Subscription",
            id=id,
            method="update",
            version=version,
            updated_at=at,
            body=document.compose(id, version, at, {}),
            author=current.author,
            index=index("Subscription", document.data),
        ),
        previous=index("Subscription", msgspec.json.decode(current.body)),
    )
    set_status(unit.connection, tenant, id, status)
    actor = exchange(tenant)
    unit.audit(
        AuditEntry(
            at=at,
            tenant=tenant,
            client=actor.client,
            party=actor.party,
            action="update",
            outcome="success",
            entity=f"Subscription/{id}",
            version=version,
            detail=status,
        )
    )
