"""`/workbench/operations/audit`: who did what to whose data, and whether the record was changed.

What is looked for may name a patient, so it is sent in a form and stands in no address. That
somebody looked is audited.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, render_template, request

from adapter.dates import day_of
from adapter.errors import UnusableInput
from adapter.security.audit_events import note_look
from adapter.security.audit_search import Asked, Place, exported, look, who_saw
from adapter.store.audit import read_note, verify_audit
from adapter.workbench.operations.access import Answer, demand_operator, for_role
from adapter.workbench.operations.naming import Naming
from adapter.workbench.visiting import current_visitor

if TYPE_CHECKING:
    from adapter.workbench.site import Site

#: Entries of a page, of an export, and lines of who saw whom.
_PAGE, _EXPORT, _LINES = 50, 10_000, 500
_MOST_LETTERS = 300
_PLACE = re.compile(r"([0-9]{1,15})-([0-9]{1,4})-([0-9]{1,18})")

_WORDS = ("client", "party", "patient", "entity", "action", "outcome")
#: What may stand in an address: nothing that names a person's record.
_IN_ADDRESSES = frozenset({"client", "party", "action", "outcome", "since", "until"})

#: What the audit calls an action, in the order they are offered.
ACTIONS = (
    "read", "vread", "history", "search", "create", "update", "patch", "delete", "notify",
    "send", "resend", "token", "verify",
)  # fmt: skip
OUTCOMES = ("success", "refused", "failed")


def add_audit_pages(blueprint: Blueprint, site: Site) -> None:
    """Add the search, its export, and the verification."""
    #: A verification reads all there is; one at a time is enough.
    one_at_a_time = BoundedSemaphore(1)

    @blueprint.route("/audit", methods=["GET", "POST"])
    @for_role("auditor")
    def audit() -> Answer:
        visitor = current_visitor()
        demand_operator(visitor, "The audit")
        given = request.form if request.method == "POST" else _from_address()
        asked, by_people = _asked(given), given.get("view") == "people"
        page, people = None, []
        with site.assembly.store.reading() as unit:
            if by_people:
                people = who_saw(unit, visitor.viewer, asked, _LINES)
            else:
                page = look(unit, visitor.viewer, asked, _PAGE, _place(given.get("before", "")))
        return render_template(
            "workbench/operations/audit.html",
            asked=asked,
            page=page,
            people=people,
            by_people=by_people,
            is_later=bool(given.get("before")),
            actions=ACTIONS,
            outcomes=OUTCOMES,
            parties=site.assembly.parties.of(visitor.viewer.tenant),
            naming=Naming(site),
            tenant=visitor.viewer.tenant,
        )

    @blueprint.post("/audit/export")
    @for_role("auditor")
    def export() -> Answer:
        visitor = current_visitor()
        demand_operator(visitor, "The audit")
        assembly = site.assembly
        with assembly.store.reading() as unit:
            body = exported(
                unit,
                visitor.viewer,
                _asked(request.form),
                assembly.parties,
                assembly.fhir_base,
                _EXPORT,
            )
        answer = Response(body, mimetype="application/fhir+ndjson")
        answer.headers["Content-Disposition"] = 'attachment; filename="audit-events.ndjson"'
        return answer

    @blueprint.post("/audit/verify")
    @for_role("auditor")
    def verify() -> Answer:
        visitor = current_visitor()
        demand_operator(visitor, "The audit")
        note = request.form.get("note", "").strip()
        try:
            noted = read_note(note.encode()) if note else None
        except ValueError:
            raise UnusableInput(
                "That is no note of an earlier verification; paste what it gave, all of it."
            ) from None
        if not one_at_a_time.acquire(blocking=False):
            abort(409, "the audit is being verified already; try again in a moment")
        try:
            with site.assembly.store.reading() as unit:
                found = verify_audit(unit.connection, noted)
                faults = len(found.faults)
                told = f"{faults} faults" if faults else f"{found.entries} entries, unchanged"
                note_look(unit, visitor.viewer, "verify", "AuditEvent", told)
        finally:
            one_at_a_time.release()
        return render_template(
            "workbench/operations/verified.html",
            found=found,
            note=found.note().decode(),
            compared=noted is not None,
        )


def _from_address() -> dict[str, str]:
    return {name: text for name, text in request.args.items() if name in _IN_ADDRESSES}


def _asked(given: Mapping[str, str]) -> Asked:
    """What is looked for.

    Raises:
        UnusableInput: no date, or something that is too long.
    """
    words = {name: given.get(name, "").strip() for name in _WORDS}
    if any(len(text) > _MOST_LETTERS for text in words.values()):
        raise UnusableInput("What is looked for is too long for anything the audit holds.")
    return Asked(since=_day(given.get("since", "")), until=_day(given.get("until", "")), **words)


def _day(text: str) -> date | None:
    return day_of(text, date.min) if text else None


def _place(text: str) -> Place | None:
    match = _PLACE.fullmatch(text)
    return (int(match[1]), int(match[2]), int(match[3])) if match else None
