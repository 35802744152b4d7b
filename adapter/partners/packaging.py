"""A referral as one transaction for a partner: the Task, its order and what they refer to.

SDOH Clinical Care (refer-1) has everything a Task refers to copied to its owner. Here that is the
order and whatever it and the Task refer to, and of that again the people and organizations. What
the receiver may not see is left out, and so is every reference to it. Every entry is created only
where its identifier is not known there yet, so the same referral may be sent any number of times.
Pure: what is stored is asked of `Stock`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Protocol
from uuid import NAMESPACE_URL, uuid5

from msgspec import Struct

from adapter.fhir_client.partner_answers import identifier_query, objects
from adapter.partners.identifying import URI, named, telling, without_address
from adapter.partners.references import Resource, references, with_references

Place = tuple[str, str]

#: Copied wherever they are referred to; anything else only from the Task and the order themselves.
_PEOPLE_AND_PLACES = frozenset({
    "Patient", "RelatedPerson", "Organization", "Practitioner", "PractitionerRole", "Location",
    "HealthcareService", "Endpoint",
})  # fmt: skip

#: What has no place in the copy: another hop of the referral, which the receiver is no part of.
_HOPS = frozenset({"Task", "ServiceRequest"})

#: FHIR types that have no `identifier` to be found by, and are not sent.
_WITHOUT_IDENTIFIER = frozenset({"AuditEvent", "Binary", "Provenance", "Subscription"})

_NOT_SENT = frozenset({"id", "text"})


class Stock(Protocol):
    """What is stored, as the sender and the receiver see it."""

    def place(self, reference: str) -> Place | None:
        """Type and id of a reference to this server; None: to elsewhere."""

    def seen(self, place: Place) -> Resource | None:
        """What the receiver may see; None: nothing there, or not for it."""

    def exists(self, place: Place) -> Resource | None:
        """What is there, whoever may see it."""

    def linked(self, place: Place) -> str | None:
        """Its id at the receiver; None: not known to be there."""


class Package(Struct, frozen=True, kw_only=True):
    """A referral, ready to be sent."""

    #: A transaction Bundle.
    bundle: Resource
    #: The same for each attempt with the same content.
    key: str
    #: What each entry is here, in their order.
    places: tuple[Place, ...]
    #: What is there but not for the receiver: `Condition/12`.
    left_out: tuple[str, ...]


class NotForReceiver(Exception):
    """The receiver may not see something without which there is no referral."""

    def __init__(self, type: str) -> None:
        super().__init__(type)
        self.type = type


def package(
    task: Resource,
    stock: Stock,
    base: str,
    *,
    consents: Iterable[Place] = (),
    notice: str = "",
) -> Package:
    """Put a referral together.

    Args:
        task: the Task, as stored.
        stock: what it leads to.
        base: our FHIR base URL without a slash at the end, under which we are known to others.
        consents: Consents to go along even if nothing refers to them.
        notice: what has to be said with it; it becomes a note of the order.

    Raises:
        NotForReceiver: it may not see the Task, the order or the Patient.
    """
    packing = _Packing(stock, base)
    root = ("Task", str(task["id"]))
    packing.take(root)
    for consent in consents:
        packing.take(consent)
    for needed in (task.get("focus"), task.get("for")):
        place = packing.place_of(needed)
        if place is None or place not in packing.taken:
            raise NotForReceiver(place[0] if place else "ServiceRequest")
    if root not in packing.taken:
        raise NotForReceiver("Task")
    # The Task comes last: who is told of it finds everything else.
    places = tuple(sorted(packing.taken, key=lambda place: place == root))
    entries = packing.entries(places)
    if notice:
        for entry in entries:
            if entry["resource"]["resourceType"] == "ServiceRequest":
                notes = objects(entry["resource"].get("note"))
                entry["resource"]["note"] = [*notes, {"text": notice}]
    name = uuid5(NAMESPACE_URL, f"{base}/Task/{task['id']}")
    digest = sha256(repr([entry["resource"] for entry in entries]).encode()).hexdigest()
    return Package(
        bundle={
            "resourceType": "Bundle",
            "type": "transaction",
            "identifier": {"system": URI, "value": f"urn:uuid:{name}"},
            "entry": entries,
        },
        key=str(uuid5(name, digest)),
        places=places,
        left_out=tuple(f"{type}/{id}" for type, id in packing.left_out),
    )


class _Packing:
    def __init__(self, stock: Stock, base: str) -> None:
        self._stock = stock
        self._base = base
        self.taken: dict[Place, Resource] = {}
        self.left_out: dict[Place, None] = {}

    def place_of(self, reference: Any) -> Place | None:
        text = reference.get("reference") if isinstance(reference, dict) else None
        return self._stock.place(text) if isinstance(text, str) else None

    def take(self, root: Place) -> None:
        """Take the Task and what there is to go with it, the nearest first."""
        waiting = deque([(root, 0)])
        while waiting:
            place, depth = waiting.popleft()
            if place in self.taken or place in self.left_out:
                continue
            seen = self._stock.seen(place)
            if seen is not None and self._says_less(seen):
                seen = None
            if seen is None:
                if self._stock.exists(place) is not None:
                    self.left_out[place] = None
                continue
            self.taken[place] = seen
            for text in references(_sent(seen)):
                following = self._stock.place(text)
                if following is not None and self._goes_along(place, following, depth):
                    waiting.append((following, depth + 1))

    def _says_less(self, resource: Resource) -> bool:
        """Whether it is a Consent that would say something else without what is left out of it."""
        if resource.get("resourceType") != "Consent":
            return False
        places = map(self._stock.place, references(resource.get("provision")))
        return any(place and self._stock.seen(place) is None for place in places)

    def _goes_along(self, from_place: Place, place: Place, depth: int) -> bool:
        type = place[0]
        if type in _WITHOUT_IDENTIFIER:
            return False
        if type in _HOPS:
            return depth == 0 and type == "ServiceRequest" and self._is_focus(from_place, place)
        return from_place[0] in _HOPS or type in _PEOPLE_AND_PLACES

    def _is_focus(self, task: Place, place: Place) -> bool:
        return self.place_of(self.taken[task].get("focus")) == place

    def entries(self, places: tuple[Place, ...]) -> list[Resource]:
        return [self._entry(place) for place in places]

    def _entry(self, place: Place) -> Resource:
        type, id = place
        resource = with_references(_sent(self.taken[place]), self._resolve)
        identifier = telling(type, resource.get("identifier"))
        if identifier is None:
            identifier = {"system": URI, "value": f"{self._base}/{type}/{id}"}
            known = resource.get("identifier")
            resource["identifier"] = (
                identifier if type == "QuestionnaireResponse" else [*objects(known), identifier]
            )
        return {
            "fullUrl": self._urn(place),
            "resource": resource,
            "request": {
                "method": "POST",
                "url": type,
                "ifNoneExist": identifier_query(identifier["system"], identifier["value"]),
            },
        }

    def _resolve(self, reference: Resource) -> Resource | None:
        text = str(reference["reference"])
        place = self._stock.place(text)
        if place is None:
            # Elsewhere, by its absolute URL; a relative one would mean something else there.
            return reference if ":" in text else without_address(reference)
        rest = {name: value for name, value in reference.items() if name != "reference"}
        if place in self.taken:
            return {"reference": self._urn(place), **rest}
        if place in self.left_out:
            return None
        remote = self._stock.linked(place)
        if remote is not None:
            return {"reference": f"{place[0]}/{remote}", **rest}
        seen = self._stock.seen(place)
        if place[0] in _HOPS:
            return named(place[0], seen or self._stock.exists(place))
        # It may be asked for here, by whoever may see it.
        return (
            None if seen is None else {"reference": f"{self._base}/{place[0]}/{place[1]}", **rest}
        )

    def _urn(self, place: Place) -> str:
        return f"urn:uuid:{uuid5(NAMESPACE_URL, f'{self._base}/{place[0]}/{place[1]}')}"


def _sent(resource: Resource) -> Resource:
    """Without what is ours alone, and without the narrative, which may tell what is left out."""
    kept = {name: value for name, value in resource.items() if name not in _NOT_SENT}
    meta = {
        name: value
        for name, value in (resource.get("meta") or {}).items()
        if name in ("profile", "security")
    }
    kept.pop("meta", None)
    return {**kept, "meta": meta} if meta else kept
