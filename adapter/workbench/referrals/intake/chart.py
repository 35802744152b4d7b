"""What the intake form takes from a chart: who the member is, what is met, what goes along.

Nothing sensitive is filled in: what the reasons of a determination keep back a person has to say.
Where no population is met, those that are possible are chosen beforehand, for whoever refers to
look at; not so one whose name is sensitive, as a guess of that kind is a person's to make.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Literal

import msgspec
from msgspec import Struct

from adapter.casework.evidence import Entry, found, told
from adapter.casework.intake import drafted, references_of
from adapter.casework.member import contacts, languages, name_of
from adapter.fhir_client.partner_answers import Resource, objects
from adapter.workbench.evaluate.asked import Asked, Chart, determination_of, read_chart
from adapter.workbench.referrals.intake.entered import POPULATIONS, Entered, age_group
from adapter.workbench.referrals.intake.items import GROUPS, Group, questions_of
from eligibility.dates import Days
from eligibility.determination import Determination
from eligibility.facts import MemberFacts
from eligibility.reasons import WITHHELD, better, met_variants
from mappings.outbound.service_request import REFERABLE, Order
from profiles.codes import attestations, populations_of_focus

#: Told by a person only; the end of a pregnancy may be a loss.
_NOT_FILLED_IN = WITHHELD | {"pregnancy-end-date"}

Mark = Literal["met", "possible"]


class Seen(Struct, frozen=True, kw_only=True):
    """A chart, and what was determined of it."""

    asked: Asked
    facts: MemberFacts
    determination: Determination
    chart: Chart
    #: The Patient; empty: the chart holds none by that name.
    patient: Resource

    @property
    def referable(self) -> bool:
        """Whether the determination calls for a referral."""
        return self.determination.status in REFERABLE

    @property
    def marks(self) -> Mapping[str, Mark]:
        """What is met and what is possible, by the code an order names it with."""
        possible: dict[str, Mark] = dict.fromkeys(_possible(self.determination), "possible")
        met: dict[str, Mark] = dict.fromkeys(_met(self.determination), "met")
        return possible | met

    @property
    def suggested(self) -> tuple[str, ...]:
        """What is chosen beforehand: all that is met; else what is possible and may be guessed."""
        met = tuple(dict.fromkeys(_met(self.determination)))
        return met or tuple(dict.fromkeys(_possible(self.determination, guessed=True)))

    @property
    def is_uncertain(self) -> bool:
        """Whether something is possible and nothing is met."""
        return bool(self.marks) and "met" not in self.marks.values()

    def draft(self, populations: tuple[str, ...], key: str, today: date) -> Resource | None:
        """The order that is suggested for populations; None: none."""
        order = Order(
            patient=self.facts.member, authored=today, identifier=key or "new", client="workbench"
        )
        return drafted(self.determination, populations, order)

    def evidence(self, draft: Resource | None) -> dict[str, Resource]:
        """What an order refers to of the chart, by name."""
        return found(self.chart.resources, references_of(draft or {}))

    def entries(self, today: date) -> tuple[Entry, ...]:
        """What goes along for all that is met, in words."""
        draft = self.draft(tuple(_met(self.determination)), "", today)
        return tuple(told(name, one) for name, one in self.evidence(draft).items())


def see(asked: Asked, *, base: str, clearance: frozenset[str] | None) -> Seen:
    """Reads a chart and determines what it shows.

    Raises:
        MappingError: the chart cannot be used.
        UnusableInput: the question cannot be answered.
    """
    chart = read_chart(asked, base=base, clearance=clearance)
    facts = chart.facts
    return Seen(
        asked=asked,
        facts=facts,
        determination=determination_of(asked, facts),
        chart=chart,
        patient=found(chart.resources, [facts.member]).get(facts.member, {}),
    )


def filled_in(seen: Seen, begun: Entered, today: date, base: str) -> Entered:
    """The form with what a chart says filled in.

    Args:
        seen: the chart.
        begun: what is filled in without it.
        today: the member's local day.
        base: our canonical base.
    """
    born = seen.facts.born
    whole = born is not None and born.first == born.last
    group = _group(seen, age_group(born.last, today), base) if born is not None else begun.group
    values = {**begun.values, **of_patient(seen.patient)}
    if born is not None and whole:
        values["member-birth-date"] = (born.first.isoformat(),)
    for each in GROUPS:
        options = _options(each, base)
        if chosen := tuple(code for code in seen.suggested if code in options):
            values[POPULATIONS[each]] = chosen
    values |= dict(_answers(seen.facts))
    programs = tuple(_programs(seen.facts))
    if programs:
        values["other-program"] = programs
    return msgspec.structs.replace(
        begun,
        group=group,
        values=values,
        along=tuple(one.name for one in seen.entries(today)),
    )


def _group(seen: Seen, by_age: Group, base: str) -> Group:
    """Whose form it is: by age, but for whoever grew out of foster care and is still young."""
    found = [each for each in GROUPS if not _options(each, base).isdisjoint(seen.marks)]
    return "child" if found == ["child"] else by_age


def _options(group: Group, base: str) -> frozenset[str]:
    """Codes of the populations an age group can be in, by its form."""
    known = {one.link_id: one for one in questions_of(group, base)}
    return frozenset(value for value, _ in known[POPULATIONS[group]].options)


def of_patient(patient: Resource) -> dict[str, tuple[str, ...]]:
    """What a Patient resource answers of the form, by linkId."""
    reached = contacts(patient)
    filled = {
        "member-name": name_of(patient),
        "member-cin": cin_of(patient),
        "member-birth-date": str(patient.get("birthDate", "")),
        "member-phone": next((one.value for one in reached if one.kind[:4] == "Tele"), ""),
        "member-address": next((one.value for one in reached if one.kind[:7] == "Address"), ""),
        "member-language": next(iter(languages(patient)), ""),
        "member-guardian": next((one.value for one in reached if one.kind[:7] == "Contact"), ""),
    }
    return {name: (value,) for name, value in filled.items() if value}


def cin_of(patient: Resource) -> str:
    """The Client Index Number among a Patient's identifiers; empty: there is none."""
    for one in objects(patient.get("identifier")):
        codes = [each.get("code") for each in objects((one.get("type") or {}).get("coding"))]
        if "MA" in codes or str(one.get("system", "")).endswith("/medi-cal-cin"):
            return str(one.get("value", ""))
    return ""


def _met(determination: Determination) -> Iterator[str]:
    for result, variant in met_variants(determination):
        yield _code(result.id, variant.policy.variant)


def _possible(determination: Determination, *, guessed: bool = False) -> Iterator[str]:
    for result, _ in better(determination):
        if result.possible and not (guessed and populations_of_focus()[result.id].labels):
            yield from (
                _code(result.id, one.policy.variant) for one in result.variants if one.possible
            )


def _code(population: str, variant: str) -> str:
    known = populations_of_focus()[population]
    return known.variants.get(variant, (known.code, known.display))[0]


def _answers(facts: MemberFacts) -> Iterator[tuple[str, tuple[str, ...]]]:
    for code, given in facts.answers.items():
        known = attestations().get(code)
        if known is None or known.per_encounter or code in _NOT_FILLED_IN:
            continue
        latest = max(given, key=lambda one: one.on.last if one.on else date.min)
        value = latest.value
        if isinstance(value, Days):
            value = value.first.isoformat() if value.first == value.last else None
        if isinstance(value, bool):
            value = "yes" if value else "no"
        if value is not None:
            yield code, (str(value),)


def _programs(facts: MemberFacts) -> Iterator[str]:
    for program, periods in facts.enrolments.items():
        goes_on = any(not one.ended and one.span.end is None for one in periods)
        if goes_on and program not in _NOT_FILLED_IN:
            yield program
