"""A chart, evaluated with answers given beside it, as the determination view does it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
from msgspec import Struct

from adapter.samples import sample
from adapter.workbench.evaluate.questions.amending import amended
from adapter.workbench.evaluate.questions.answers import completeness_of, documents_of
from adapter.workbench.evaluate.questions.controls import OpenQuestion
from adapter.workbench.evaluate.questions.questions import Questions, open_questions
from eligibility.determination import Determination
from eligibility.evaluate import evaluate
from eligibility.facts import MemberFacts
from mappings.inbound.bundle import read_member

DAY = date(2025, 6, 15)
BASE = "https://ecm.example.org/fhir"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


class Answered(Struct, frozen=True):
    """What comes of it."""

    facts: MemberFacts
    determination: Determination
    questions: Questions

    def outcome(self, population: str) -> str:
        """The plan's outcome of a population."""
        found = {one.id: one.outcome.value for one in self.determination.populations}
        return found[population]

    def shown(self, *, further: bool = True) -> list[OpenQuestion]:
        """Every question in its order; without `further` only what something points to."""
        groups = [*self.questions.first]
        if further:
            groups += [group for one in self.questions.further for group in one.groups]
            groups += self.questions.elsewhere
        return [one for group in groups for one in group.questions]

    def offered(self, *, further: bool = False) -> list[OpenQuestion]:
        """The questions without an answer that can be answered here."""
        return [
            one for one in self.shown(further=further) if not one.value and one.control != "none"
        ]


def chart_of(name: str) -> bytes:
    """A sample's Bundle."""
    return msgspec.json.encode(sample(name, DAY).bundle)


def bundle(*resources: Mapping[str, Any], born: str = "1980-01-01") -> bytes:
    """A chart of one adult."""
    patient = {"resourceType": "Patient", "id": "p", "birthDate": born}
    entries = [{"resource": one} for one in (patient, *resources)]
    return msgspec.json.encode({"resourceType": "Bundle", "type": "collection", "entry": entries})


def encounter(id: str, start: str | None, code: str = "EMER", **more: Any) -> dict[str, Any]:
    """A finished visit that began on a day."""
    stated: dict[str, Any] = {
        "resourceType": "Encounter",
        "id": id,
        "status": "finished",
        "class": {"system": ACT_CODE, "code": code},
        "subject": {"reference": "Patient/p"},
    }
    if start is not None:
        stated["period"] = {"start": start}
    return stated | more


def answered(
    chart: bytes, answers: Mapping[str, str] | None = None, *, plan: str | None = None
) -> Answered:
    """The answer to a chart with answers, on `DAY`."""
    given = answers or {}
    member = read_member(chart).member
    documents = documents_of(given, patient=member, authored=DAY, base=BASE)
    facts = read_member(
        amended(chart, given), more=[("answers", document) for document in documents]
    )
    complete = completeness_of(given)
    determination = evaluate(facts, plan=plan, as_of=DAY, complete=complete)
    return Answered(facts, determination, open_questions(determination, given, facts))
