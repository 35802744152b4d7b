"""The steps of a referral, by the names that ECM has for them, and how each is taken.

Each step says the version it was decided on, so of two people who act at once the second is told.
What is allowed is for the exchange to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from adapter import clock, ids
from adapter.casework.access import Access
from adapter.errors import UnusableInput
from adapter.fhir_client.partner_answers import Resource, escaped, version_of
from adapter.fhir_client.partner_faults import Missing
from adapter.partners.referring import handed_on
from adapter.referrals.codes import reason, with_business_status
from adapter.referrals.lifecycle import path
from adapter.search.references import ID
from profiles.canonicals import DEFAULT_BASE


class Action(Struct, frozen=True):
    """A step of a referral."""

    #: The status it leads to; empty: it stays.
    status: str = ""
    #: The business status; empty: the usual one.
    business: str = ""
    #: Code of the reason where none is given; empty: none.
    reason: str = ""


ACTIONS: Mapping[str, Action] = MappingProxyType({
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
})  # fmt: skip


class Said(Struct, frozen=True, kw_only=True):
    """What somebody says with a step."""

    #: Why, in words; empty: what the code says.
    words: str = ""
    #: Why, as a code of `ecm-referral-status-reason`; empty: the usual one of the step.
    code: str = ""
    #: Added to the notes of the Task; empty: nothing.
    note: str = ""
    #: Who says the note, and the day it is about (`YYYY-MM-DD`); empty: not told.
    by: str = ""
    on: str = ""


NOTHING_SAID = Said()


def take(
    access: Access, task: Resource, action: Action, said: Said = NOTHING_SAID, *, key: str = ""
) -> Resource:
    """Take a step, and those in between where the status is reached over others.

    Args:
        access: where the Task is, and as whom.
        task: as it was looked at; with its version.
        action: one of `ACTIONS`, or one like it.
        said: a code has to be one of `status_reasons()`.
        key: names this step: taken twice by one key, it is taken once. Empty: each is its own.

    Returns:
        The Task as it is then.

    Raises:
        PartnerFault: the exchange refuses it, or the Task has another version meanwhile.
    """
    for number, elements in enumerate(writes(task, action, said, access.canonical)):
        operations = [
            {"op": "replace" if name in task else "add", "path": f"/{name}", "value": value}
            for name, value in elements.items()
        ]
        answer = access.server.patch(
            "Task",
            task["id"],
            operations,
            if_match=version_of(task),
            key=f"{key}-{number}" if key else "",
        )
        task = answer.resource or read_task(access, task["id"])
    return task


def writes(
    task: Resource, action: Action, said: Said = NOTHING_SAID, base: str = DEFAULT_BASE
) -> list[dict[str, Any]]:
    """The elements to write, one write after the other where the status is reached over others."""
    status = str(task.get("status"))
    wanted = action.status or status
    between = path(status, wanted)[:-1]
    last: dict[str, Any] = {}
    if wanted != status:
        last["status"] = wanted
    if action.business:
        last["businessStatus"] = with_business_status(task, action.business, base)
    if action.reason or said.words:
        last["statusReason"] = reason(said.code or action.reason or "other", base, said.words)
    if said.note:
        last["note"] = with_note(task, said)
    return [*({"status": each} for each in between), last]


def with_note(task: Resource, said: Said) -> list[Resource]:
    """The notes of a Task with one more at their end."""
    note = {"authorString": said.by, "time": said.on, "text": said.note}
    return [*(task.get("note") or []), {name: value for name, value in note.items() if value}]


def assign(access: Access, task: Resource, provider: str, *, step: str) -> str:
    """Ask a provider: a new order based on this one, and its Task, in one transaction.

    Args:
        access: as for `take`.
        task: that is handed on.
        provider: as for `organization`.
        step: names this step; taken twice by one name, it is taken once.

    Returns:
        Where the new Task is, `Task/12`.

    Raises:
        UnusableInput: the order is on another server, or the provider is nobody.
        PartnerFault: the exchange refuses it.
    """
    reference = str((task.get("focus") or {}).get("reference", ""))
    type, _, id = reference.partition("/")
    if type != "ServiceRequest":
        raise UnusableInput(
            f"the order of Task/{task['id']} is on another server, so it cannot be handed on "
            "from here; ask its requester to send it along"
        )
    order = access.server.read("ServiceRequest", id).resource or {}
    who = organization(access, provider)
    bundle = handed_on(task, order, who, at=instant(), id=step, base=access.canonical)
    return places(access.server.transaction(bundle, key=ids.new_uuid()))[-1]


def read_task(access: Access, id: str) -> Resource:
    """The Task of an id, which may be written `Task/id` too.

    Raises:
        PartnerFault: it is not there for us.
    """
    wanted = id.removeprefix("Task/")
    # What comes from an address is no path: it may lead to something else than a Task.
    if not ID.fullmatch(wanted) or not wanted.strip("."):
        raise Missing("there is no Task of that id", status=404)
    return access.server.read("Task", wanted).resource or {}


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


def places(response: Resource) -> list[str]:
    """`Task/12` of each entry of a transaction's answer."""
    found = []
    for entry in response.get("entry") or []:
        location = str((entry.get("response") or {}).get("location", ""))
        parts = location.partition("/_history/")[0].rsplit("/", 2)
        found.append("/".join(parts[-2:]))
    return found
