"""Who sees what through whom: grants of referrals, permits of Consents, identifiers taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from adapter.store.errors import Duplicate
from adapter.store.putting import GRANTS
from adapter.store.records import Permit
from adapter.store.transactions import Transaction
from adapter.store.versions import Held, Triple

#: Type and id.
Place = tuple[str, str]

_GRANTED = (
    "SELECT t.type, t.id, g.party FROM resource r JOIN resource_grant g ON g.source = r.key"
    " JOIN resource t ON t.key = g.key WHERE r.tenant = :tenant AND r.type = :type AND r.id = :id"
)
_REVOKE = "DELETE FROM permit WHERE source = :source"
_PERMIT = (
    "INSERT INTO permit (tenant, patient, party, label, source, starts_at, ends_at)"
    " VALUES (:tenant, :patient, :party, :label, :source, :starts_at, :ends_at)"
)
_PERMITTED = (
    "SELECT p.label, r.type, r.id FROM permit p JOIN resource r ON r.key = p.source"
    " WHERE p.tenant = :tenant AND p.patient = :patient AND p.party = :party"
    " AND p.starts_at <= :now AND p.ends_at > :now ORDER BY r.type, r.id"
)
_CLAIM = (
    "INSERT INTO unique_identifier (tenant, author, type, kind, system, value, key) VALUES"
    " (:tenant, :author, :type, :kind, :system, :value, :key) ON CONFLICT DO NOTHING"
)
_CLAIMED = (
    "SELECT r.type, r.id FROM unique_identifier u JOIN resource r ON r.key = u.key"
    " WHERE u.tenant = :tenant AND u.author = :author AND u.type = :type AND u.kind = :kind"
    " AND u.system = :system AND u.value = :value"
)


def grant(
    transaction: Transaction,
    tenant: str,
    held: Held,
    grants: Iterable[Triple],
    keys: Mapping[Place, int],
) -> None:
    """Have exactly this granted through a resource; what leads nowhere is left out.

    Its author keeps sight of it.

    Args:
        transaction: it is written in it, the latest when it ends.
        tenant: whose.
        held: the resource.
        grants: type and id of what is seen, and the party that sees it.
        keys: of resources, as far as they are known; the rest is looked up.
    """
    here = held.present
    wanted = set(grants) | {(here.type, here.id, here.author)}
    if wanted == held.grants:
        return
    gone, new = held.grants - wanted, wanted - held.grants
    places = {(type, id) for type, id, _ in gone | new}
    known = dict(keys) | _keys(transaction, tenant, sorted(places - keys.keys()))
    touches = f"grants {held.key}"
    if rows := [(known[(type, id)], party) for type, id, party in sorted(gone)]:
        transaction.drop_rows(GRANTS, (held.key,), rows, touches=touches)
    found = [one for one in sorted(new) if one[:2] in known]
    if rows := [(known[(type, id)], party) for type, id, party in found]:
        transaction.add_rows(GRANTS, (held.key,), rows, touches=touches)
    held.grants = held.grants - gone | set(found)


def _keys(transaction: Transaction, tenant: str, places: Sequence[Place]) -> dict[Place, int]:
    """Of those that are there."""
    if not places:
        return {}
    values: dict[str, Any] = {"tenant": tenant}
    pairs = []
    for number, (type, id) in enumerate(places):
        values |= {f"type_{number}": type, f"id_{number}": id}
        pairs.append(f"(:type_{number}, :id_{number})")
    rows = transaction.rows(
        "SELECT key, type, id FROM resource WHERE tenant = :tenant"  # noqa: S608 - names of ours
        f" AND (type, id) IN (VALUES {', '.join(pairs)})",
        values,
    )
    return {(type, id): key for key, type, id in rows}


def granted_by(transaction: Transaction, tenant: str, type: str, id: str) -> frozenset[Triple]:
    """What is granted through a resource; nothing where there is none."""
    rows = transaction.rows(_GRANTED, {"tenant": tenant, "type": type, "id": id})
    return frozenset((row[0], row[1], row[2]) for row in rows)


def permit(transaction: Transaction, tenant: str, key: int, permits: Sequence[Permit]) -> None:
    """Have exactly this permitted by a Consent."""
    transaction.run(_REVOKE, {"source": key})
    for each in dict.fromkeys(permits):
        values = {
            "tenant": tenant,
            "patient": each.patient,
            "party": each.party,
            "label": each.label,
            "source": key,
            "starts_at": each.start,
            "ends_at": each.end,
        }
        transaction.later(_PERMIT, values)


def permitted_by(
    transaction: Transaction, tenant: str, patient: str, party: str, now: int
) -> dict[str, str]:
    """Label → reference of a Consent in force that permits it."""
    values = {"tenant": tenant, "patient": patient, "party": party, "now": now}
    rows = transaction.rows(_PERMITTED, values)
    return {label: f"{type}/{id}" for label, type, id in reversed(rows)}


def claim(
    transaction: Transaction, tenant: str, author: str, held: Held, identifier: Triple
) -> bool:
    """Take an identifier; False: the resource has it already.

    Raises:
        Duplicate: another one of the author has it.
    """
    if identifier in held.claims:
        return False
    kind, system, value = identifier
    here = held.present
    values = {
        "tenant": tenant,
        "author": author,
        "type": here.type,
        "kind": kind,
        "system": system,
        "value": value,
        "key": held.key,
    }
    # Waits for whoever is about to take it, and sees afterwards what became of that.
    if transaction.run(_CLAIM, values) == 0:
        type, id = transaction.rows(_CLAIMED, values)[0]
        raise Duplicate(type, id)
    held.claims.add(identifier)
    return True
