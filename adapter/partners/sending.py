"""Sends a referral to a partner: everything in one transaction, any number of times as if once."""

from __future__ import annotations

import re
from typing import Any

from adapter.fhir_client.partner_answers import identifier_query, objects, version_of
from adapter.partners.disclosing import NeverSent, disclosed
from adapter.partners.here import Here
from adapter.partners.identifying import URI, telling, with_organizations
from adapter.partners.packaging import Package
from adapter.partners.partner import Partner
from adapter.referrals.lifecycle import has_ended
from adapter.store.outbound import Link, Outgoing

_LOCATION = re.compile(
    r"(?:.*/)?([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/([A-Za-z0-9\-.]{1,64}))?"
)


def send(here: Here, partner: Partner, row: Outgoing) -> str:
    """Send the referral of a row.

    Returns:
        What is to be noted of it; empty: nothing.

    Raises:
        PartnerFault: the partner did not take it.
        NeverSent: it must not be sent.
    """
    server = here.servers.of(partner)
    with here.store.unit() as unit:
        task = here.current(unit, partner, "Task", row.id)
        if task is None:
            return "it was deleted before it was sent"
        if has_ended(task) and not row.attempts:
            return "it had ended before it was sent"
        packed = None if has_ended(task) else disclosed(here, unit, partner, task)
        here.outbound(unit, partner).attempt(row.number)
    if packed is None:
        return _find_again(here, partner, task)
    response = server.transaction(packed.bundle, key=packed.key, headers=packed.headers)
    links = _links(packed, response)
    with here.store.unit() as unit:
        rows = here.outbound(unit, partner)
        for link in links:
            known = rows.link(link.type, link.id)
            if known is None or link.type != "Task":
                rows.put_link(link, unit.now)
        lookup = here.lookup(unit, partner)
        told = with_organizations(task, lookup.organization_of).get("requester") or {}
        requester = lookup.place(str(told.get("reference", "")))
        there = requester and rows.link(*requester)
        if there:
            here.lines(unit, partner).ask_about(there.remote_id)
    return ""


def _links(packed: Package, response: dict[str, Any]) -> list[Link]:
    found = []
    for place, entry in zip(packed.places, response["entry"], strict=True):
        answer = entry.get("response") if isinstance(entry, dict) else None
        answer = answer if isinstance(answer, dict) else {}
        resource = entry.get("resource") if isinstance(entry, dict) else None
        match = _LOCATION.fullmatch(str(answer.get("location", "")))
        id, version = (match[2], match[3] or "") if match else ("", "")
        if isinstance(resource, dict):
            id, version = id or str(resource.get("id", "")), version or version_of(resource)
        version = version or str(answer.get("etag", "")).removeprefix("W/").strip('"')
        if not id:
            raise NeverSent(
                "the partner took the referral without saying where it is (no `location` in its "
                "answer), so nothing would be heard of it; ask the partner"
            )
        found.append(
            Link(
                type=place[0],
                id=place[1],
                remote_id=id,
                # A Task that was there already may have gone on: it is read from the beginning.
                remote_version=version if str(answer.get("status", "")).startswith("201") else "",
                version=0,
                origin="here",
            )
        )
    return found


def _find_again(here: Here, partner: Partner, task: dict[str, Any]) -> str:
    """Whether an attempt that was never answered came to something after all."""
    identifier = telling("Task", objects(task.get("identifier"))) or {
        "system": URI,
        "value": f"{here.fhir_base}/Task/{task['id']}",
    }
    query = identifier_query(identifier["system"], identifier["value"])
    found = next(here.servers.of(partner).pages(f"Task?{query}")).matches
    if not found:
        return "it had ended before it was sent"
    with here.store.unit() as unit:
        link = Link(
            type="Task",
            id=str(task["id"]),
            remote_id=str(found[0]["id"]),
            remote_version="",
            version=0,
            origin="here",
        )
        rows = here.outbound(unit, partner)
        rows.put_link(link, unit.now)
        rows.add("change", link.id, int(task["meta"]["versionId"]), unit.now)
    return ""
