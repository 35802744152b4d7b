"""`ecm referral show`: a thread as it happened, every Task and order of it, version by version."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec
from msgspec import Struct

from adapter import clock
from adapter.casework.access import Access
from adapter.cli.output import write
from adapter.cli.referral_access import opened
from adapter.cli.referral_actions import read_task
from adapter.cli.referral_list import names_of, reasons, standing, who
from adapter.cli.screen import Screen
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


def show(options: argparse.Namespace) -> int:
    """Write the thread of a Task."""
    with opened(options) as access:
        asked = read_task(access, options.id)
        tasks = _thread(access, asked)
        names = names_of(access, tasks)
        moments = sorted(_moments(access, tasks, names), key=lambda one: (one.at, one.what))
        standings = [standing(access, task, names) for task in tasks]
    if options.format == "json":
        found = {"tasks": standings, "history": moments}
        write(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
        return 0
    screen = Screen()
    for one in standings:
        screen.line((one.line(), "bold"))
    screen.line()
    for moment in moments:
        place = f"{moment.what} v{moment.version}" if moment.version else moment.what
        screen.line((f"{_local(moment.at)}  ", "dim"), f"{place}: {moment.says}")
    write(screen.content())
    return 0


def _thread(access: Access, task: Resource) -> list[Resource]:
    """Every Task of the thread, the one that was asked about among them."""
    thread = task.get("groupIdentifier") or {}
    if not thread.get("value"):
        return [task]
    written = f"{escaped(str(thread.get('system', '')))}|{escaped(str(thread['value']))}"
    found = access.server.search("Task", ("group-identifier", written))
    return sorted(found, key=lambda one: str(one.get("authoredOn", ""))) or [task]


def _moments(access: Access, tasks: list[Resource], names: Mapping[str, str]) -> Iterator[Moment]:
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


def _local(at: str) -> str:
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        return at
    return found.astimezone(clock.MEMBER_ZONE).strftime("%Y-%m-%d %H:%M:%S")
