"""Who sees what through a resource: grants of (type, id, party).

A Task shows itself, what it refers to and what its order refers to, to who asks and to who is asked
(or to whoever may claim it). Nothing is followed further, and nothing upstream: a provider does not
see the Task of the plan nor the order that its own order is based on. What is referred to was seen
by who wrote the reference (`references.check_references`), so nobody can open what is closed to
them. Nobody keeps sight of something by referring to it: what an author's own resource leads to is
shown to the others, and to the author what the owner returns.
"""

from __future__ import annotations

from collections.abc import Iterable

from adapter.referrals import codes
from adapter.referrals.lookup import Lookup, Resource
from adapter.referrals.references import each, id_of, local, name, references
from adapter.referrals.standing import Standing
from adapter.store.records import CLAIMERS

Grants = frozenset[tuple[str, str, str]]

#: Names and addresses of organizations and people at work; every party of the tenant sees them.
DIRECTORY = frozenset({
    "Organization", "Practitioner", "PractitionerRole", "HealthcareService", "Location",
    "Endpoint", "Questionnaire",
})  # fmt: skip

#: Elements that lead upstream: to another hop, to an order before.
_UPSTREAM = frozenset({"partOf", "basedOn", "replaces"})
#: Statuses after which who was asked has no more need of the member's records.
_NO_NEED = frozenset({"rejected", "cancelled", "entered-in-error"})


def own(resource: Resource, author: str) -> Grants:
    """What is for its author alone."""
    return _granted([name(resource)], [author])


def of_task(task: Resource, stand: Standing, lookup: Lookup) -> Grants:
    """Who sees what through a Task."""
    itself = [name(task)]
    shown = [*itself, *_shown(task, lookup)]
    found = _granted(shown, {stand.asks} - {stand.author}) | _granted(itself, [stand.author])
    if stand.owner != stand.author:
        returned = _followed({"output": task.get("output")})
        found |= _granted(returned, [stand.author])
    if task.get("status") == "draft":
        return found
    asked = _asked(task, stand)
    if task.get("status") in _NO_NEED:
        order = [one for one in [local(task.get("focus"))] if one is not None]
        return found | _granted([*itself, *order], asked)
    return found | _granted(shown, asked - {stand.author})


def of_service_request(
    order: Resource, author: str, tasks: Iterable[Resource], lookup: Lookup
) -> Grants:
    """Who sees what through a ServiceRequest: its author, and the parties of its Tasks."""
    shown = [name(order), *_followed(order)]
    found = _granted([name(order)], [author])
    for task in tasks:
        if task.get("status") in ("draft", *_NO_NEED) or codes.kind_of(task) == "other":
            continue
        asks = lookup.party_of(task.get("requester")) or lookup.author_of(name(task)) or author
        owner = lookup.party_of(task["owner"]) if task.get("owner") else CLAIMERS
        found |= _granted(shown, {asks, owner or asks} - {author})
    return found


def of_provenance(provenance: Resource, author: str, lookup: Lookup) -> Grants:
    """Whoever sees what it is about sees the Provenance."""
    found = own(provenance, author)
    for target in each(provenance.get("target")):
        place = str(target.get("reference")).partition("/_history/")[0]
        if local(place) is not None:
            type, id = place.split("/")
            parties = {
                party
                for kind, key, party in lookup.granted_by(type, id)
                if (kind, key) == (type, id)
            }
            found |= _granted([name(provenance)], parties)
    return found


def _asked(task: Resource, stand: Standing) -> set[str]:
    if task.get("owner"):
        return {stand.owner} if stand.owner else set()
    return {CLAIMERS} if codes.kind_of(task) != "other" else set()


def _shown(task: Resource, lookup: Lookup) -> list[str]:
    """What a Task refers to, and what its order does."""
    found = _followed(task)
    focus = local(task.get("focus")) or ""
    if focus.startswith("ServiceRequest/") and codes.kind_of(task) != "other":
        found += _followed(lookup.any(focus) or {})
    return list(dict.fromkeys(found))


def _followed(resource: Resource) -> list[str]:
    down = {key: value for key, value in resource.items() if key not in _UPSTREAM}
    return [one for one in references(down) if one.partition("/")[0] not in DIRECTORY]


def _granted(shown: Iterable[str], parties: Iterable[str]) -> Grants:
    whom = tuple(parties)
    return frozenset((one.partition("/")[0], id_of(one), party) for one in shown for party in whom)
