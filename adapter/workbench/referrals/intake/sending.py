"""Sends an intake form: what was entered as a Patient, a form, an order and its Task."""

from __future__ import annotations

import re
from datetime import date

from msgspec import Struct

from adapter.casework.access import Access
from adapter.casework.allowing import is_own
from adapter.casework.beginning import send
from adapter.casework.intake import Intake, cin_identifier, transaction
from adapter.casework.populations import population_displays
from adapter.casework.steps import instant
from adapter.fhir_client.partner_answers import Resource, escaped
from adapter.fhir_client.partner_faults import PartnerFault
from adapter.workbench.referrals.intake.again import Again
from adapter.workbench.referrals.intake.chart import Seen
from adapter.workbench.referrals.intake.entered import Entered
from adapter.workbench.referrals.intake.records import (
    form_of,
    labels_on,
    member_of,
    own_identifier,
)
from profiles.canonicals import canonicals

#: Which question is at fault where the exchange names an element.
_QUESTIONS = {
    "Patient.birthDate": "member-birth-date",
    "Patient.name": "member-name",
    "Patient.identifier": "member-cin",
    "Patient.telecom": "member-phone",
    "Patient.address": "member-address",
    "Patient.communication": "member-language",
}


def task_of(access: Access, key: str) -> str:
    """Id of the Task that a form was sent as; empty: it was not sent."""
    system = canonicals(access.canonical).identifier_system("referral-task")
    found = access.server.search("Task", ("identifier", f"{system}|{escaped(key)}"))
    return str(found[0]["id"]) if found else ""


class AnotherMember(Exception):
    """Whom the form names by number is somebody else here."""


class Filled(Struct, frozen=True, kw_only=True):
    """A form without faults, and what it comes with."""

    entered: Entered
    #: Reference to the organization that refers.
    requester: str
    #: Of the preferred provider; empty: none.
    provider_name: str = ""
    #: The chart; None: it was filled in by hand.
    seen: Seen | None = None
    #: What it takes the place of; None: nothing.
    again: Again | None = None
    #: The member's local day.
    today: date


def send_intake(access: Access, filled: Filled) -> str:
    """Send a form; sent twice, it is one.

    Returns:
        Id of the Task.

    Raises:
        AnotherMember: by the number that was entered, the member here was born on another day.
        PartnerFault: the exchange refuses it.
    """
    entered, seen, again = filled.entered, filled.seen, filled.again
    known = task_of(access, entered.key)
    if known:
        return known
    displays = population_displays()
    populations = [(code, displays.get(code, code)) for code in entered.populations]
    draft = seen.draft(entered.populations, entered.key, filled.today) if seen else None
    held = seen.evidence(draft) if seen else {}
    before = again.patient if again else seen.patient if seen else {}
    stored = again.patient if again else _stored(access, entered, before)
    if not again and not entered.value("member-birth-date").startswith(stored.get("birthDate", "")):
        # A slip in a number must not make one member's record that of another.
        raise AnotherMember
    ours = not stored or is_own(access, f"Patient/{stored['id']}")
    own = own_identifier(before)
    form = form_of(
        entered,
        populations,
        filled.provider_name,
        filled.today,
        access.canonical,
        labels=labels_on(before),
    )
    bundle = transaction(
        Intake(
            key=entered.key,
            at=instant(),
            requester=filled.requester,
            plan=entered.plan,
            provider=entered.provider,
            patient=member_of(entered, before, stored, access.canonical),
            writes_patient=ours,
            whose=f"{own['system']}|{own['value']}" if own else entered.key,
            populations=populations,
            urgent=entered.urgent,
            note=entered.consent,
            form=form,
            draft=draft,
            evidence={name: one for name, one in held.items() if name in entered.along},
            member=seen.facts.member if seen else "",
            replaces=again.order if again else None,
            base=access.canonical,
        )
    )
    return send(access, bundle)[-1].removeprefix("Task/")


def _stored(access: Access, entered: Entered, before: Resource) -> Resource:
    """The member where they are here already; empty: they are not."""
    cin = entered.value("member-cin").upper()
    known = [own_identifier(before), cin_identifier(cin, access.canonical) if cin else None]
    for one in filter(None, known):
        query = ("identifier", f"{escaped(one['system'])}|{escaped(one['value'])}")
        found = access.server.search("Patient", query)
        if len(found) == 1:
            return found[0]
    return {}


def faults_told(fault: PartnerFault) -> dict[str, str]:
    """What the exchange says is wrong with an answer of the form, by linkId."""
    found = {}
    for words in fault.diagnostics:
        for element, link_id in _QUESTIONS.items():
            if re.search(rf"\b{re.escape(element)}\b", words):
                found[link_id] = words
    return found
