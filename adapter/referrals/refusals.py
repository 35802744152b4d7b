"""What is said where a status cannot be reached: where it stands, and what is allowed next."""

from __future__ import annotations

from collections.abc import Iterable

from adapter.fhir_api.faults import Issue, Refused
from adapter.referrals.lifecycle import Actor, edge, next_for
from adapter.referrals.lookup import Resource
from adapter.referrals.provenance import version_of
from adapter.referrals.standing import Standing


def refuse_step(before: Resource, target: str, stand: Standing) -> Refused:
    """The refusal of a step: 409 where no way leads there, 422 where it is another's to take."""
    type, status = str(before["resourceType"]), str(before["status"])
    step = edge(type, status, target)
    where = f"the {type} is '{status}' (version {version_of(before)})"
    if step is None:
        found = f"{where}, and nothing leads from there to '{target}'"
        return conflict(before, f"{found}; {_allowed(type, status, stand)}", f"{type}.status")
    whose = " or ".join(sorted(step.actors))
    found = f"{where}, and to take it to '{target}' is for its {whose}; you are {stand.said()}"
    return _refusal(
        422, "forbidden", before, f"{found}; {_allowed(type, status, stand)}", f"{type}.status"
    )


def conflict(before: Resource, found: str, expression: str = "") -> Refused:
    """A refusal because of the state it is in: 409 with the version it has."""
    return _refusal(409, "conflict", before, found, expression)


def missing(before: Resource | None, found: str, expression: str) -> Refused:
    """A refusal because something has to come with the step: 422 with the version it has."""
    return _refusal(422, "required", before or {}, found, expression)


def _allowed(type: str, status: str, stand: Standing) -> str:
    said = _listed(next_for(type, status, stand.roles))
    return f"you may take it to {said}" if said else _others(type, status)


def _others(type: str, status: str) -> str:
    every: tuple[Actor, ...] = ("requester", "owner")
    said = "; ".join(
        f"the {one} may take it to {ways}"
        for one in every
        if (ways := _listed(next_for(type, status, [one])))
    )
    return said or "it stays as it is"


def _listed(statuses: Iterable[str]) -> str:
    return ", ".join(f"'{one}'" for one in statuses)


def _refusal(status: int, code: str, before: Resource, found: str, expression: str) -> Refused:
    version = version_of(before)
    return Refused(
        status,
        Issue(code=code, diagnostics=found, expression=expression),
        headers={"ETag": f'W/"{version}"'} if version else {},
    )
