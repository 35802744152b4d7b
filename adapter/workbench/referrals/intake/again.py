"""A referral that is sent again, corrected: what was sent, as the intake form shows it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from adapter.casework.access import Access
from adapter.casework.beginning import replaced
from adapter.casework.steps import read_task
from adapter.fhir_client.partner_answers import Resource, objects
from adapter.referrals.codes import code_in
from adapter.workbench.referrals.intake.chart import of_patient
from adapter.workbench.referrals.intake.entered import POPULATIONS, Entered
from adapter.workbench.referrals.intake.items import Group, questions_of
from profiles.canonicals import canonicals


class Again(Struct, frozen=True, kw_only=True):
    """A referral that is sent again: what was sent."""

    task: Resource
    #: With its thread.
    order: Resource
    patient: Resource
    #: The form that was filled in; empty: none.
    form: Resource


def sent_before(access: Access, task: str) -> Again:
    """What was sent with a referral.

    Raises:
        PartnerFault: it is not there for the visitor, or lies on another server.
    """
    found = read_task(access, task)
    order = replaced(access, str((found.get("focus") or {}).get("reference", "")))
    patient = str((found.get("for") or {}).get("reference", "")).removeprefix("Patient/")
    forms = [
        str(one["reference"]).partition("/")[2]
        for one in objects(order.get("supportingInfo"))
        if str(one.get("reference", "")).startswith("QuestionnaireResponse/")
    ]
    form: Resource = {}
    if forms:
        form = access.server.read("QuestionnaireResponse", forms[-1]).resource or {}
    member = access.server.read("Patient", patient).resource or {}
    return Again(task=found, order=order, patient=member, form=form)


def filled_in_again(again: Again, begun: Entered, base: str) -> Entered:
    """The form with what was sent filled in.

    Args:
        again: what was sent.
        begun: what is filled in without it.
        base: our canonical base.
    """
    values = {**begun.values, **dict(_answers(again.form.get("item"))), **of_patient(again.patient)}
    system = canonicals(base).population_of_focus
    named = [code_in(one, system) for one in objects(again.order.get("reasonCode"))]
    group: Group = "child" if values.get(POPULATIONS["child"]) else "adult"
    for each in ("adult", "child"):
        known = {one.link_id: one for one in questions_of(each, base)}[POPULATIONS[each]]
        chosen = tuple(value for value, _ in known.options if value in named)
        if chosen and POPULATIONS[each] not in values:
            values[POPULATIONS[each]], group = chosen, each
    provider = next(iter(objects(again.order.get("performer"))), {})
    return msgspec.structs.replace(
        begun,
        group=group,
        values=values,
        plan=str((again.task.get("owner") or {}).get("reference", "")),
        provider=str(provider.get("reference", "")),
        urgent=again.order.get("priority") == "urgent",
        again=str(again.task["id"]),
    )


def _answers(items: Any) -> Iterable[tuple[str, tuple[str, ...]]]:
    for one in objects(items):
        given = tuple(filter(None, map(_text, objects(one.get("answer")))))
        if given:
            yield str(one.get("linkId")), given
        yield from _answers(one.get("item"))


def _text(answer: Resource) -> str:
    if "valueBoolean" in answer:
        return "yes" if answer["valueBoolean"] else "no"
    if "valueCoding" in answer:
        return str(answer["valueCoding"].get("code", ""))
    return str(next((answer[name] for name in answer if name.startswith("value")), ""))
