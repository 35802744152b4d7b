"""Writing down what is told, with the patient, the labels and the consent it is told by.

Every disclosure has an entry in the audit (45 CFR 164.312(b)); what is told of substance use by a
patient's consent bears the statement of 42 CFR 2.32 as well. Both follow from the same entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from adapter.security.disclosure import PART_2, Disclosure, disclosure
from adapter.store.guards import Guard, guards
from adapter.store.records import AuditEntry, Version, Viewer

if TYPE_CHECKING:
    from adapter.store.resources import Unit

_NOBODY = Guard("", frozenset(), 0)


def told(
    unit: Unit, viewer: Viewer, action: str, versions: Sequence[Version], *, detail: str = ""
) -> list[AuditEntry]:
    """An entry for each version that is handed to the viewer.

    Args:
        unit: of the reads.
        viewer: who is told.
        action: the interaction.
        versions: each as it is told.
        detail: the same for all.
    """
    known = guards(unit.connection, (one.key for one in versions))
    consents: dict[tuple[str, frozenset[str]], str] = {}
    entries = []
    for one in versions:
        guard = known.get(one.key, _NOBODY)
        entries.append(
            AuditEntry(
                at=unit.now,
                tenant=viewer.tenant,
                client=viewer.client,
                party=viewer.party,
                action=action,
                outcome="success",
                entity=f"{one.type}/{one.id}",
                version=one.version,
                patient=guard.patient,
                purpose=viewer.purpose,
                consent=_consent(unit, viewer, one, guard, consents),
                labels=" ".join(sorted(guard.labels)),
                detail=detail,
            )
        )
    return entries


def notice(entries: Iterable[AuditEntry]) -> Disclosure | None:
    """What has to go along with everything that was told; None: nothing."""
    labels: set[str] = set()
    consents: set[str] = set()
    for one in entries:
        if one.consent and one.outcome == "success":
            labels.update(one.labels.split())
            consents.add(one.consent)
    return disclosure(labels, consents)


def _consent(
    unit: Unit,
    viewer: Viewer,
    version: Version,
    guard: Guard,
    known: dict[tuple[str, frozenset[str]], str],
) -> str:
    """Reference of a Consent without which this viewer would not see it; empty: none is needed."""
    if version.author == viewer.party or not guard.patient:
        return ""
    needed = frozenset() if "*" in viewer.clearance else guard.labels - viewer.clearance
    if viewer.covered and not needed:
        return ""
    place = (guard.patient, needed)
    if place not in known:
        tenant, party, now = viewer.tenant, viewer.party, unit.now
        # Where several consents are needed, the one that the statement is about.
        labels = needed & PART_2 or needed
        known[place] = unit.permitted_by(tenant, guard.patient, party, labels, now) or ""
    return known[place]
