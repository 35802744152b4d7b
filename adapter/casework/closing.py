"""How a referral is closed: with what was done, as a resource that its Task names as its output."""

from __future__ import annotations

from adapter import ids
from adapter.casework.access import Access
from adapter.casework.steps import ACTIONS, NOTHING_SAID, Said, read_task, with_note
from adapter.fhir_client.partner_answers import Resource, version_of
from adapter.referrals.codes import reason
from adapter.referrals.lifecycle import path
from profiles.canonicals import SDOH_CODES

_DONE = "urn:uuid:00000000-0000-4000-8000-000000000001"


def complete(
    access: Access, task: Resource, done: Resource, said: Said = NOTHING_SAID, *, key: str = ""
) -> None:
    """Close a Task with what was done: both in one transaction.

    One that nobody has accepted is accepted first, in a write of its own, since a transaction
    writes a Task once.

    Args:
        access: where the Task is, and as whom.
        task: under way, as it was looked at; with its version.
        done: a resource that is not stored yet.
        said: a code has to be one of `status_reasons()`.
        key: names this step: taken twice by one key, it is taken once. Empty: each is its own.

    Raises:
        PartnerFault: the exchange refuses it, or the Task has another version meanwhile.
    """
    for each in path(str(task.get("status")), "completed")[:-1]:
        access.server.patch(
            "Task",
            task["id"],
            [{"op": "replace", "path": "/status", "value": each}],
            if_match=version_of(task),
            key=f"{key}-{each}" if key else "",
        )
        task = read_task(access, task["id"])
    code = "resulting-activity" if done["resourceType"] == "Procedure" else "additional-content"
    coding = {"system": SDOH_CODES, "code": code}
    output = {"type": {"coding": [coding]}, "valueReference": {"reference": _DONE}}
    ended = {**task, "status": "completed", "output": [*(task.get("output") or []), output]}
    if said.words or said.code:
        usual = ACTIONS["complete"].reason
        ended["statusReason"] = reason(said.code or usual, access.canonical, said.words)
    if said.note:
        ended["note"] = with_note(task, said)
    entries = [
        {
            "fullUrl": _DONE,
            "resource": done,
            "request": {"method": "POST", "url": done["resourceType"]},
        },
        {
            "resource": ended,
            "request": {
                "method": "PUT",
                "url": f"Task/{task['id']}",
                "ifMatch": f'W/"{version_of(task)}"',
            },
        },
    ]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    access.server.transaction(bundle, key=key or ids.new_uuid())


def procedure(access: Access, task: Resource, performed: str) -> Resource:
    """What was done, by the code of the order, on a day (`YYYY-MM-DD`)."""
    focus = str((task.get("focus") or {}).get("reference", ""))
    type, _, id = focus.partition("/")
    order = (access.server.read(type, id).resource or {}) if type == "ServiceRequest" else {}
    made = {
        "resourceType": "Procedure",
        "basedOn": [task["focus"]],
        "status": "completed",
        "code": order.get("code") or {"text": "Enhanced Care Management"},
        "subject": task.get("for"),
        "performedDateTime": performed,
    }
    security = (task.get("meta") or {}).get("security")
    return made | ({"meta": {"security": security}} if security else {})
