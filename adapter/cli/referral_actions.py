"""`ecm referral accept` and its like: a step of a referral, by the names that ECM has for them.

Each step says the version it was decided on, so of two people who act at once the second is told.
What is allowed is for the exchange to say.
"""

from __future__ import annotations

import argparse
from typing import Any

import msgspec
from msgspec import Struct

from adapter import clock, ids
from adapter.casework.access import Access
from adapter.cli.referral_access import opened
from adapter.cli.referral_outcome import procedure, read_output
from adapter.errors import UnusableInput
from adapter.fhir_client.partner_answers import (
    Resource,
    escaped,
    version_of,
)
from adapter.partners.referring import handed_on
from adapter.referrals.codes import reason, with_business_status
from adapter.referrals.lifecycle import is_live, path
from profiles.canonicals import SDOH_CODES
from profiles.referral_codes import status_reasons


class Action(Struct, frozen=True):
    """A step of a referral."""

    #: The status it leads to; empty: it stays.
    status: str = ""
    #: The business status; empty: the usual one.
    business: str = ""
    #: Code of the reason where none is given; empty: none.
    reason: str = ""


ACTIONS = {
    "acknowledge": Action(business="acknowledged"),
    "return": Action("rejected", "returned-for-correction", "needs-correction"),
    "authorize": Action("in-progress", "authorized"),
    "accept": Action("accepted"),
    "decline": Action("rejected", reason="other"),
    "contact": Action("in-progress", "outreach-initiated"),
    "enroll": Action("in-progress", "enrolled"),
    "hold": Action("on-hold", reason="other"),
    "resume": Action("in-progress"),
    "complete": Action("completed", reason="services-received"),
    "fail": Action("failed", reason="unable-to-reach"),
    "cancel": Action("cancelled", reason="withdrawn"),
}


def act(options: argparse.Namespace) -> int:
    """Take the step, and say where the referral stands then."""
    from adapter.casework.standing import line_of

    action = ACTIONS[options.action]
    if getattr(options, "unsuccessful", False):
        action = msgspec.structs.replace(action, business="outreach-unsuccessful")
    with opened(options) as access:
        task = read_task(access, options.id)
        if options.action == "complete":
            _complete(access, task, options)
        else:
            _take(access, task, action, options)
        print(line_of(access, read_task(access, options.id)))
    return 0


def assign(options: argparse.Namespace) -> int:
    """Ask a provider: a new order based on this one, and its Task."""
    with opened(options) as access:
        task = read_task(access, options.id)
        reference = str((task.get("focus") or {}).get("reference", ""))
        type, _, id = reference.partition("/")
        if type != "ServiceRequest":
            raise UnusableInput(
                f"the order of Task/{options.id} is on another server, so it cannot be handed on "
                "from here; ask its requester to send it along"
            )
        order = access.server.read("ServiceRequest", id).resource or {}
        bundle = handed_on(
            task,
            order,
            organization(access, options.provider),
            at=instant(),
            id=ids.new_uuid(),
            base=access.canonical,
        )
        response = access.server.transaction(bundle, key=ids.new_uuid())
        print(f"assigned: {places(response)[-1]} is part of Task/{options.id}")
    return 0


def read_task(access: Access, id: str) -> Resource:
    """The Task of an id, which may be written `Task/id` too.

    Raises:
        PartnerFault: it is not there for us.
    """
    return access.server.read("Task", id.removeprefix("Task/")).resource or {}


def organization(access: Access, who: str) -> Resource:
    """A reference to an Organization, named by reference or identifier.

    Raises:
        UnusableInput: there is none, or there are several.
    """
    if "|" not in who:
        if not who.startswith("Organization/"):
            raise UnusableInput(f"{who!r} is nobody; write Organization/ID or system|value")
        return {"reference": who}
    system, _, value = who.rpartition("|")
    query = ("identifier", f"{escaped(system)}|{escaped(value)}")
    found = access.server.search("Organization", query)
    if len(found) != 1:
        how_many = "no Organization has" if not found else f"{len(found)} Organizations have"
        raise UnusableInput(f"{how_many} the identifier {who}; name it as Organization/ID")
    return {"reference": f"Organization/{found[0]['id']}"}


def instant() -> str:
    """Now, as FHIR writes it."""
    return clock.now().isoformat(timespec="seconds").replace("+00:00", "Z")


def _take(access: Access, task: Resource, action: Action, options: argparse.Namespace) -> None:
    version = version_of(task)
    for elements in _steps(task, action, options, access.canonical):
        operations = [
            {"op": "replace" if name in task else "add", "path": f"/{name}", "value": value}
            for name, value in elements.items()
        ]
        answer = access.server.patch("Task", task["id"], operations, if_match=version)
        task = answer.resource or read_task(access, task["id"])
        version = version_of(task)


def _steps(
    task: Resource, action: Action, options: argparse.Namespace, base: str
) -> list[dict[str, Any]]:
    """What to change, one after the other, where the status is reached over others."""
    status = str(task.get("status"))
    wanted = action.status or status
    between = path(status, wanted)[:-1]
    last: dict[str, Any] = {}
    if wanted != status:
        last["status"] = wanted
    if action.business:
        last["businessStatus"] = with_business_status(task, action.business, base)
    if action.reason or options.reason:
        last["statusReason"] = _reason(action, options, base)
    return [*({"status": each} for each in between), last]


def _reason(action: Action, options: argparse.Namespace, base: str) -> Resource:
    code = options.code or action.reason or "other"
    if code not in status_reasons():
        raise UnusableInput(
            f"--code {code!r} is no reason; there are {', '.join(status_reasons())}"
        )
    return reason(code, base, options.reason or "")


def _complete(access: Access, task: Resource, options: argparse.Namespace) -> None:
    """Steps in between, then what was done and the end of the Task in one transaction."""
    status = str(task.get("status"))
    if not is_live(task):
        raise UnusableInput(f"the Task is {status!r} already, and stays as it is")
    if not (options.performed or options.output):
        raise UnusableInput("say what closes it: --performed YYYY-MM-DD, or --output FILE")
    given = read_output(options.output) if options.output else None
    between = path(status, "completed")[:-1]
    for each in between:
        access.server.patch(
            "Task",
            task["id"],
            [{"op": "replace", "path": "/status", "value": each}],
            if_match=version_of(task),
        )
        task = read_task(access, task["id"])
    done = given or procedure(access, task, options)
    urn = "urn:uuid:00000000-0000-4000-8000-000000000001"
    code = "resulting-activity" if done["resourceType"] == "Procedure" else "additional-content"
    coding = {"system": SDOH_CODES, "code": code}
    output = {"type": {"coding": [coding]}, "valueReference": {"reference": urn}}
    ended = {**task, "status": "completed", "output": [*(task.get("output") or []), output]}
    if options.reason or options.code:
        ended["statusReason"] = _reason(ACTIONS["complete"], options, access.canonical)
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "fullUrl": urn,
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
        ],
    }
    access.server.transaction(bundle, key=ids.new_uuid())


def places(response: Resource) -> list[str]:
    """`Task/12` of each entry of a transaction's answer."""
    found = []
    for entry in response.get("entry") or []:
        location = str((entry.get("response") or {}).get("location", ""))
        parts = location.partition("/_history/")[0].rsplit("/", 2)
        found.append("/".join(parts[-2:]))
    return found
