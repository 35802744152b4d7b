"""A question to the evaluation, as forms of the workbench ask it, and its answer.

The chart comes with every question and lives in the visitor's page; the service keeps none on disk.
Field names are those of the address and of forms alike: `chart` (file or text), `plan`, `asOf`,
`policyDate`, `patient`, `complete` (may repeat) and `answer.<key>`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeVar

import msgspec
from msgspec import Struct
from werkzeug.datastructures import FileStorage, MultiDict

from adapter.errors import UnusableInput
from adapter.question import before_ecm, read_completeness, read_day, read_patient
from adapter.samples import sample
from adapter.workbench.evaluate.questions.amending import amended
from adapter.workbench.evaluate.questions.answers import (
    ANSWERED_HERE,
    completeness_of,
    documents_of,
)
from eligibility.determination import Determination
from eligibility.errors import NoPolicyInForce
from eligibility.evaluate import evaluate
from eligibility.facts import Completeness, MemberFacts
from eligibility.membership import STATE
from eligibility.packs import ECM_BEGAN, plans, texts
from mappings.inbound.bundle import map_member
from mappings.inbound.clearing import cleared
from mappings.inbound.collect import collect
from mappings.inbound.resources import Resources
from mappings.requirements import sources_by_key
from profiles.canonicals import ACT_CODE

#: What the names of fields begin with that answer open questions.
ANSWER = "answer."
#: The answer that says which plan covers the member on the day, by its id.
COVERAGE = "coverage"

T = TypeVar("T")


class Asked(Struct, frozen=True, kw_only=True):
    """One question: a chart, and what is asked of it."""

    #: As it was dropped: a Bundle, NDJSON, a CDS Hooks request or Parameters.
    chart: bytes
    #: None: the plan of the Coverage that covers the day, else the state.
    plan: str | None
    as_of: date
    #: None: the policies of `as_of`.
    policy_date: date | None
    #: None: the only member of the chart.
    patient: str | None
    #: What was entered below the open questions, by their keys.
    answers: Mapping[str, str]
    complete: tuple[Completeness, ...]


def read_asked(
    form: MultiDict[str, str], files: MultiDict[str, FileStorage], *, today: date
) -> Asked:
    """The question of a form.

    Args:
        form: its fields.
        files: its files; `chart` goes before the fields `pasted` and `chart`, and these before
            `sample`, the id of an invented member.
        today: the member's local day, where no day is asked about.

    Raises:
        UnusableInput: there is no chart, or a field cannot be understood.
    """
    chart = next((file.read() for file in files.getlist("chart") if file.filename), b"")
    for name in ("pasted", "chart"):
        chart = chart or form.get(name, "").encode()
    if not chart and form.get("sample"):
        chart = sample_chart(form["sample"], today)
    if not chart.strip():
        raise UnusableInput(
            "there is no chart to read: choose a FHIR file that is not empty, or paste its text"
        )
    return asked_of(chart, form, today=today)


def sample_chart(name: str, today: date) -> bytes:
    """The chart of an invented member, as of today.

    Raises:
        UnusableInput: there is no such sample.
    """
    return msgspec.json.encode(sample(name, today).bundle)


def asked_of(chart: bytes, fields: MultiDict[str, str], *, today: date) -> Asked:
    """What the fields of a form or an address ask of a chart.

    `jump` is a day that goes before `asOf`; from before ECM began it is judged by today's rules.

    Raises:
        UnusableInput: a field cannot be understood.
    """
    jump = _read(fields, "jump", "date", read_day)
    policy_date = _read(fields, "policyDate", "policy date", read_day)
    if jump is not None and policy_date is None and jump < ECM_BEGAN:
        policy_date = today
    return Asked(
        chart=chart,
        plan=fields.get("plan", "").strip() or None,
        as_of=jump or _read(fields, "asOf", "date", read_day) or today,
        policy_date=policy_date,
        patient=_read(fields, "patient", "member", read_patient),
        answers={
            name.removeprefix(ANSWER): text.strip()
            for name, text in fields.items()
            if name.startswith(ANSWER) and text.strip()
        },
        complete=tuple(
            read_completeness(text.strip()) for text in fields.getlist("complete") if text.strip()
        ),
    )


def _read(fields: MultiDict[str, str], name: str, words: str, read: Callable[[str], T]) -> T | None:
    text = fields.get(name, "").strip()
    if not text:
        return None
    try:
        return read(text)
    except UnusableInput as fault:
        raise UnusableInput(f"the {words}: {fault}") from None


class Chart(Struct, frozen=True, kw_only=True):
    """A chart that was read: the facts, and the resources they come from."""

    facts: MemberFacts
    resources: Resources
    #: What was declared complete, that of the answers included.
    complete: tuple[Completeness, ...] = ()


def read_chart(asked: Asked, *, base: str, clearance: frozenset[str] | None = None) -> Chart:
    """Reads what the chart and the answers say of the member.

    Args:
        asked: the question.
        base: our canonical base in this deployment.
        clearance: labels the visitor is cleared for; None: all.

    Raises:
        MappingError: the chart cannot be used, or it is not clear who is meant.
    """
    seen = cleared(asked.chart, clearance)
    if asked.answers:
        seen = amended(seen, asked.answers, patient=asked.patient)
    resources = collect(seen, sources_by_key())
    facts = map_member(resources, asked.patient, base=base)
    documents = (
        *documents_of(asked.answers, patient=facts.member, authored=asked.as_of, base=base),
        *_coverage(asked, facts.member),
    )
    if documents:
        beside = [(f"answers[{number}]", one) for number, one in enumerate(documents)]
        resources = collect(seen, sources_by_key(), beside)
        facts = map_member(resources, asked.patient, base=base)
    complete = (*asked.complete, *completeness_of(asked.answers))
    return Chart(facts=facts, resources=resources, complete=complete)


def _coverage(asked: Asked, member: str) -> tuple[bytes, ...]:
    """The coverage that the visitor says there is on the day, as FHIR."""
    plan = asked.answers.get(COVERAGE, "")
    if plan not in plans() or plan == STATE:
        return ()
    managed_care = {"system": ACT_CODE, "code": "MCPOL"}
    resource = {
        "resourceType": "Coverage",
        "id": f"{ANSWERED_HERE}-coverage",
        "status": "active",
        "type": {"coding": [managed_care]},
        "beneficiary": {"reference": member},
        "period": {"start": asked.as_of.isoformat()},
        "payor": [{"display": texts(plan).plan.title}],
    }
    return (msgspec.json.encode(resource),)


def determination_of(asked: Asked, facts: MemberFacts) -> Determination:
    """The answer to the question.

    Raises:
        UnusableInput: the day lies before ECM began.
        UnknownPlan: no policies are held for the plan.
    """
    try:
        return evaluate(
            facts,
            plan=asked.plan,
            as_of=asked.as_of,
            policy_date=asked.policy_date,
            complete=(*asked.complete, *completeness_of(asked.answers)),
        )
    except NoPolicyInForce as fault:
        remedy = "set the policy date to {began} or later to judge by later rules"
        raise UnusableInput(before_ecm(fault, remedy)) from None
