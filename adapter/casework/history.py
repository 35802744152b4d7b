"""What happened to a referral, in words: its Tasks and orders by version, and who was told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Literal

from msgspec import Struct, structs

from adapter.casework.access import Access
from adapter.casework.standing import who
from adapter.casework.wording import stands, why
from adapter.dates import instant_in_words
from adapter.fhir_client.partner_answers import Resource, objects, version_of
from adapter.fhir_client.partner_faults import PartnerFault
from adapter.referrals.codes import business_status, status_reason
from adapter.store.notices import Notice, notices_of

Kind = Literal["task", "order", "told", "waiting", "failed"]

_ORDERS = {
    "draft": "Order drafted",
    "active": "Order signed",
    "on-hold": "Order paused",
    "revoked": "Order revoked",
    "completed": "Order completed",
    "entered-in-error": "Order was entered in error",
}
#: By how an outgoing referral stands, what is said of it.
_DELIVERIES: Mapping[str, tuple[str, Kind]] = {
    "done": ("{what} sent to {partner}", "told"),
    "dead": ("{what} could not be sent to {partner}", "failed"),
    "waiting": ("{what} waits to be sent to {partner}", "waiting"),
}
_CHANNELS = {"rest-hook": "notification", "email": "e-mail"}


class Happening(Struct, frozen=True, kw_only=True):
    """Something that happened, or is to happen."""

    kind: Kind
    #: An instant as FHIR writes it, and in words in the member's zone.
    at: str
    when: str
    title: str
    details: tuple[str, ...] = ()
    #: The organization that did it; empty: the exchange itself, or nobody says.
    by: str = ""
    #: By which of its programs, as registered.
    client: str = ""
    #: `Task/12`, and its version; empty: of none.
    what: str = ""
    version: str = ""


class Histories:
    """The histories of a thread.

    Args:
        access: as who looks.
        names: of organizations, by reference.
        parties: names of registered organizations, by `system|value`.
    """

    def __init__(
        self, access: Access, names: Mapping[str, str], parties: Mapping[str, str]
    ) -> None:
        self._access, self._names, self._parties = access, names, parties
        #: Every version that was read, by `Task/12`, the earliest first.
        self.versions: dict[str, list[Resource]] = {}

    def of(self, tasks: Iterable[Resource]) -> list[Happening]:
        """What happened to these Tasks and their orders, the latest first."""
        tasks = list(tasks)
        found: list[Happening] = []
        for task in tasks:
            found += self._versions(f"Task/{task['id']}")
            found += self._sent_to_partners(task)
        begun = {one.at for one in found if one.version == "1"}
        for order in dict.fromkeys(map(_order_of, tasks)):
            # That an order is signed with its Task is told of the Task.
            found += [
                one for one in self._versions(order) if one.version != "1" or one.at not in begun
            ]
        found = [*_folded(found), *self._notices(tasks)]
        return sorted(found, key=lambda one: (one.at, one.kind, one.what), reverse=True)

    def _versions(self, reference: str) -> Iterator[Happening]:
        if not reference:
            return
        server = self._access.server
        try:
            pages = server.pages(f"{reference}/_history", [("_count", "200")])
            versions = [one for page in pages for one in page.matches][::-1]
            trails = server.search("Provenance", ("target", reference))
        except PartnerFault:
            return
        self.versions[reference] = versions
        by_version = {_target(one): one for one in trails}
        before: Resource = {}
        for version in versions:
            number = version_of(version)
            by, client = self._author(by_version.get(f"{reference}/_history/{number}", {}))
            title, details = self._changed(version, before)
            at = str((version.get("meta") or {}).get("lastUpdated", ""))
            yield Happening(
                kind="task" if reference.startswith("Task/") else "order",
                at=at,
                when=instant_in_words(datetime.fromisoformat(at)) if at else "",
                title=title,
                details=details,
                by=by,
                client=client,
                what=reference,
                version=number,
            )
            before = version

    def _changed(self, version: Resource, before: Resource) -> tuple[str, tuple[str, ...]]:
        """What a version says that the one before did not."""
        details = list(self._details(version, before))
        moved = version.get("status") != before.get("status")
        status = str(version.get("status"))
        if version["resourceType"] != "Task":
            return (_ORDERS.get(status, status) if moved else "Order changed"), tuple(details)
        base = self._access.canonical
        said = business_status(version, base) or ""
        if not before and status == "requested":
            owner = who(version.get("owner"), self._names) or "whoever claims it"
            asked = "asked to take the member on" if version.get("partOf") else "asked"
            return f"{owner}: {asked}", tuple(details)
        if moved or said != (business_status(before, base) or ""):
            return stands(status, said), tuple(details)
        if version.get("owner") != before.get("owner"):
            return f"Now with {who(version.get('owner'), self._names) or 'nobody'}", tuple(details)
        return (details.pop(0) if details else "Details changed"), tuple(details)

    def _details(self, version: Resource, before: Resource) -> Iterator[str]:
        reason = version.get("statusReason")
        if reason and reason != before.get("statusReason"):
            known = why(status_reason(version, self._access.canonical) or "")
            text = str(reason.get("text") or "")
            yield f"{known}: {text}" if known and text and text != known else text or known
        outputs = len(objects(version.get("output"))) - len(objects(before.get("output")))
        if outputs > 0:
            yield "Outcome added" if outputs == 1 else f"{outputs} outcomes added"
        for note in objects(version.get("note"))[len(objects(before.get("note"))) :]:
            yield f"Note: {note.get('text', '')}"

    def _author(self, trail: Resource) -> tuple[str, str]:
        """Organization and client that took a step, by its Provenance."""
        by = client = ""
        for agent in objects(trail.get("agent")):
            codes = {one.get("code") for one in objects((agent.get("type") or {}).get("coding"))}
            if "author" in codes:
                by = self._named(agent.get("who"))
                acted_for = self._named(agent.get("onBehalfOf"))
                by = f"{by}, for {acted_for}" if acted_for else by
            elif "assembler" in codes:
                known = (agent.get("who") or {}).get("identifier") or {}
                client = str(known.get("value", ""))
        return by, client

    def _named(self, reference: object) -> str:
        said = who(reference, self._names)
        return self._parties.get(said, said)

    def _sent_to_partners(self, task: Resource) -> Iterator[Happening]:
        assembly, viewer = self._access.assembly, self._access.viewer
        if assembly is None or viewer is None:
            return
        with assembly.store.reading() as unit:
            for partner in assembly.partners:
                if partner.tenant != viewer.tenant:
                    continue
                for row in assembly.here.outbound(unit, partner).of_task(task["id"]):
                    what = "Referral" if row.kind == "send" else "Cancellation"
                    title, kind = _DELIVERIES[row.state]
                    title = title.format(what=what, partner=partner.name)
                    yield self._told(kind, row.settled_at or row.created_at, title, row.fault)

    def _notices(self, tasks: list[Resource]) -> Iterator[Happening]:
        """Who was told by a subscription: the visitor's own, and those of who takes part."""
        assembly, viewer = self._access.assembly, self._access.viewer
        if assembly is None or viewer is None:
            return
        ids = [str(one["id"]) for one in tasks]
        instants = [
            int(datetime.fromisoformat(one["meta"]["lastUpdated"]).timestamp() * 1000 + 0.5)
            for place, versions in self.versions.items()
            if place.startswith("Task/")
            for one in versions
        ]
        taking_part = {
            self._named(task.get(end)) for task in tasks for end in ("requester", "owner")
        }
        with assembly.store.reading() as unit:
            notices = notices_of(unit.connection, viewer.tenant, ids, instants)
        for one in notices:
            subscriber = assembly.subscribers(viewer.tenant, one.client)
            party = subscriber.viewer.party if subscriber else ""
            name = self._parties.get(party, party)
            if party == viewer.party or (name and name in taking_part):
                yield self._noticed(one, name)

    def _noticed(self, one: Notice, name: str) -> Happening:
        what = _CHANNELS.get(one.channel, one.channel)
        if one.dead:
            return self._told("failed", one.at, f"{name} refused the {what}", one.error)
        if one.number > one.position:
            return self._told("waiting", one.at, f"A {what} waits for {name}", one.error)
        return self._told("told", one.at, f"{name} was told by {what}", "")

    def _told(self, kind: Kind, at: int, title: str, fault: str) -> Happening:
        instant = datetime.fromtimestamp(at / 1000, UTC)
        return Happening(
            kind=kind,
            at=instant.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            when=instant_in_words(instant),
            title=title,
            details=(fault,) if fault else (),
        )


def _folded(found: list[Happening]) -> Iterator[Happening]:
    """Without what the exchange did because of a step that says the same; the step tells of it."""
    followed: dict[tuple[str, str], Happening] = {
        (one.at[:18], one.title): one for one in found if one.kind == "task" and not one.by
    }
    for one in found:
        other = followed.get((one.at[:18], one.title))
        if one.by and other is not None and other.what != one.what:
            told = f"So the referral it is part of says the same (version {other.version})."
            yield structs.replace(one, details=(*one.details, told))
        elif one is not other or not any(
            each.by and (each.at[:18], each.title) == (one.at[:18], one.title) for each in found
        ):
            yield one


def _order_of(task: Resource) -> str:
    reference = str((task.get("focus") or {}).get("reference", ""))
    return reference if reference.startswith("ServiceRequest/") else ""


def _target(trail: Resource) -> str:
    targets = objects(trail.get("target"))
    return str(targets[0].get("reference", "")) if targets else ""
