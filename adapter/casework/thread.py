"""A referral's thread as it happened: every Task and order of it, version by version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from adapter.casework.access import Access
from adapter.casework.standing import reasons, who
from adapter.fhir_client.partner_answers import Resource, escaped, objects
from adapter.fhir_client.partner_faults import Missing
from adapter.referrals.codes import business_status


class Moment(Struct, frozen=True, kw_only=True):
    """Something that happened in a thread."""

    at: str
    #: `Task/12`, `ServiceRequest/3`, or a partner.
    what: str
    version: str
    says: str


def thread(access: Access, task: Resource) -> list[Resource]:
    """Every Task of the thread, the one that was asked about among them."""
    thread = task.get("groupIdentifier") or {}
    if not thread.get("value"):
        return [task]
    written = f"{escaped(str(thread.get('system', '')))}|{escaped(str(thread['value']))}"
    found = access.server.search("Task", ("group-identifier", written))
    return sorted(found, key=lambda one: str(one.get("authoredOn", ""))) or [task]


def moments(access: Access, tasks: list[Resource], names: Mapping[str, str]) -> Iterator[Moment]:
    """What happened to these Tasks and their orders, and what partners were told.

    In no order; sort by `(at, what)`.
    """
    orders: dict[str, None] = {}
    for task in tasks:
        yield from _history(access, f"Task/{task['id']}", names)
        focus = str((task.get("focus") or {}).get("reference", ""))
        if focus.startswith("ServiceRequest/"):
            orders[focus] = None
        yield from _deliveries(access, str(task["id"]))
    for order in orders:
        yield from _history(access, order, names)


def _history(access: Access, reference: str, names: Mapping[str, str]) -> Iterator[Moment]:
    versions: list[Resource] = []
    try:
        for page in access.server.pages(f"{reference}/_history", [("_count", "200")]):
            versions += page.matches
    except Missing:
        return
    before: Resource = {}
    for version in reversed(versions):
        says = ", ".join(_changed(version, before, names, access.canonical))
        meta = version.get("meta") or {}
        yield Moment(
            at=str(meta.get("lastUpdated", "")),
            what=reference,
            version=str(meta.get("versionId", "")),
            says=says or "changed",
        )
        before = version


def _changed(
    version: Resource, before: Resource, names: Mapping[str, str], base: str
) -> Iterator[str]:
    """What a version says that the one before did not."""
    if version.get("status") != before.get("status"):
        yield str(version.get("status"))
    if version["resourceType"] == "Task":
        said, was = business_status(version, base), business_status(before, base)
        if said and said != was:
            yield said
    if version.get("owner") != before.get("owner") and version.get("owner"):
        yield f"owner {who(version['owner'], names)}"
    if version.get("statusReason") != before.get("statusReason") and version.get("statusReason"):
        yield f"because: {reasons(version)}"
    for output in objects(version.get("output"))[len(objects(before.get("output"))) :]:
        yield f"output {(output.get('valueReference') or {}).get('reference', 'a value')}"
    for note in objects(version.get("note"))[len(objects(before.get("note"))) :]:
        yield f"note: {note.get('text', '')}"


def _deliveries(access: Access, id: str) -> Iterator[Moment]:
    """What was told to partners, where the store is open."""
    assembly, viewer = access.assembly, access.viewer
    if assembly is None or viewer is None:
        return
    from adapter.fhir_api.document import instant

    with assembly.store.reading() as unit:
        for partner in assembly.partners:
            if partner.tenant != viewer.tenant:
                continue
            for row in assembly.here.outbound(unit, partner).of_task(id):
                what = "referral" if row.kind == "send" else "cancellation"
                state = {"done": "sent", "dead": "given up", "waiting": "waiting"}[row.state]
                told = f" ({row.fault})" if row.fault else ""
                yield Moment(
                    at=instant(row.settled_at or row.created_at),
                    what=partner.id,
                    version="",
                    says=f"{what} {state}{told}",
                )
