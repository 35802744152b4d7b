"""Who sees a resource, as a condition in SQL that every statement over resources carries.

A resource is seen by the operator of its tenant and by parties it was granted to. What is labelled,
or about a patient where the viewer is no covered entity, also needs a clearance or the patient's
consent in force (45 CFR 164, 42 CFR 2.31–2.33). Its author always sees it.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from adapter.store.records import ANYTHING, Viewer

#: A label of a clearance that stands for all.
_ALL = "*"


class Condition(Struct, frozen=True):
    """A condition over a row of `resource`, with the values it names."""

    sql: str
    #: Every name begins with `seen_`, so that it does not meet the names of a statement around it.
    values: dict[str, Any]


def seen_by(viewer: Viewer, now: int, *, row: str = "r", for_write: bool = False) -> Condition:
    """That the viewer sees the resource.

    Args:
        viewer: whose eyes.
        now: the instant that consents have to be in force at.
        row: the name of the row of `resource` in the statement. The values are the same for every
            row, so one statement may hold the condition of several.
        for_write: without the part about consent: who may close a loop still may when consent was
            revoked.
    """
    values: dict[str, Any] = {"seen_tenant": viewer.tenant}
    conditions = [f"{row}.tenant = :seen_tenant"]
    if not viewer.operator:
        names = []
        for number, party in enumerate(viewer.parties):
            values[f"seen_as_{number}"] = party
            names.append(f":seen_as_{number}")
        conditions.append(
            "EXISTS (SELECT 1 FROM resource_grant seen_grant"  # noqa: S608 - names of ours
            f" WHERE seen_grant.key = {row}.key AND seen_grant.party IN ({', '.join(names)}))"
        )
    consent = [] if for_write else _consent(viewer, row, values)
    if consent:
        values |= {"seen_party": viewer.party, "seen_now": now}
        conditions.append(f"({row}.author = :seen_party OR ({' AND '.join(consent)}))")
    return Condition(" AND ".join(conditions), values)


def sees_by_itself(viewer: Viewer, author: str, *, for_write: bool = False) -> bool:
    """Whether a viewer sees a resource of its tenant whatever is granted and consented to."""
    if author == viewer.party:
        return True
    return viewer.operator and (for_write or (_ALL in viewer.clearance and viewer.covered))


def _consent(viewer: Viewer, row: str, values: dict[str, Any]) -> list[str]:
    conditions = []
    in_force = (
        f"SELECT 1 FROM permit seen_permit WHERE seen_permit.tenant = {row}.tenant"  # noqa: S608
        f" AND seen_permit.patient = {row}.patient AND seen_permit.party = :seen_party"
        " AND seen_permit.starts_at <= :seen_now AND seen_permit.ends_at > :seen_now"
    )
    if _ALL not in viewer.clearance:
        names = []
        for number, label in enumerate(sorted(viewer.clearance)):
            values[f"seen_label_{number}"] = label
            names.append(f":seen_label_{number}")
        cleared = f" AND seen_label.label NOT IN ({', '.join(names)})" if names else ""
        conditions.append(
            f"({row}.labels = '' OR NOT EXISTS (SELECT 1 FROM resource_label seen_label"  # noqa: S608
            f" WHERE seen_label.key = {row}.key{cleared} AND NOT EXISTS ({in_force}"
            " AND seen_permit.label = seen_label.label)))"
        )
    if not viewer.covered:
        values["seen_anything"] = ANYTHING
        conditions.append(
            f"({row}.patient IS NULL OR EXISTS ({in_force}"  # noqa: S608
            " AND (seen_permit.label = :seen_anything OR seen_permit.label IN"
            f" (SELECT label FROM resource_label WHERE key = {row}.key))))"
        )
    return conditions
