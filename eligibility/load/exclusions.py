"""Reads a plan's `exclusions.yaml`: who may not receive ECM, or must choose."""

from __future__ import annotations

from pathlib import PurePosixPath

from eligibility.load.criteria import Criteria
from eligibility.load.dated import CITED, Days, cited, in_force, source, within
from eligibility.load.names import Names, ParameterValue
from eligibility.load.policy import provisional_because
from eligibility.load.reader import Item
from eligibility.load.reading import Reading
from eligibility.model import EXCLUSION_KINDS, Exclusion, Exclusions, NotEvaluated, Ref

_REQUIRED = ("exclusions", "version", "source", "in_force", "entries")
_OPTIONAL = (
    "not_evaluated",
    "parameters",
    "interpretations",
    "provisional",
    "provisional_because",
)


def exclusions(reading: Reading, item: Item, place: PurePosixPath) -> Exclusions | None:
    """The exclusions in `item`; None when the file has faults."""
    fields = reading.fields(item, "the exclusions", _REQUIRED, _OPTIONAL)
    cited_text = source(reading, fields.get("source"))
    reading.document = cited_text.document
    names = Names(reading, fields)
    force = in_force(reading, fields.get("in_force"), names.use_interpretations)
    days = (force.first, force.last) if force else None
    plan = plan_of_folder(reading, fields.get("exclusions"), "exclusions", place)
    criteria = Criteria(reading, names, order=0)
    entries = tuple(
        _entry(reading, each, names, criteria, days)
        for each in reading.items(fields.get("entries"), "entries")
    )
    _report_repeated(reading, fields.get("entries"), entries)
    not_evaluated = tuple(
        _not_evaluated(reading, each)
        for each in reading.items(fields.get("not_evaluated"), "not_evaluated")
    )
    because = provisional_because(reading, item, fields)
    names.report_unused()
    if reading.faults or force is None:
        return None
    return Exclusions(
        plan=plan,
        version=reading.text(fields["version"], "version"),
        source=cited_text,
        provisional=because is not None,
        provisional_because=because,
        in_force=force,
        entries=entries,
        not_evaluated=not_evaluated,
        parameters=names.parameters,
        interpretations=names.interpretations,
        file=str(place),
    )


def plan_of_folder(reading: Reading, item: Item | None, what: str, place: PurePosixPath) -> str:
    """The plan a file says it belongs to, which must be its folder."""
    plan = reading.text(item, what)
    if item is not None and plan and plan != place.parent.name:
        reading.fault(
            item,
            f"the file is of plan {plan!r} and lies in folder {place.parent.name!r}; "
            "it would be read for the wrong plan",
            "move it, or correct the plan",
        )
    return plan


def _entry(reading: Reading, item: Item, names: Names, criteria: Criteria, days: Days) -> Exclusion:
    fields = reading.fields(
        item,
        "an exclusion",
        ("exclusion", "title", "kind", "criteria"),
        ("in_force", "alternative", "interpretations"),
    )
    narrower = in_force(reading, fields.get("in_force"), names.use_interpretations)
    if "in_force" in fields:
        days = within(days, narrower)
    return Exclusion(
        id=reading.identifier(fields.get("exclusion"), "the exclusion's id"),
        title=reading.text(fields.get("title"), "title"),
        kind=_kind(reading, fields.get("kind"), names, days),
        in_force=narrower,
        alternative=reading.optional_text(fields.get("alternative"), "alternative"),
        criteria=criteria.node(fields.get("criteria"), days),
        interpretations=names.use_interpretations(fields.get("interpretations")),
    )


def _kind(reading: Reading, item: Item | None, names: Names, days: Days) -> Ref | str:
    if item is not None and isinstance(item.content, str) and item.content.startswith("$"):
        return names.use_parameter(item, "the kind of an exclusion", days, _not_a_kind)
    return reading.word(item, "exclusion kind", EXCLUSION_KINDS)


def _not_a_kind(value: ParameterValue) -> str | None:
    if value in EXCLUSION_KINDS:
        return None
    return f"a known exclusion kind, one of {', '.join(EXCLUSION_KINDS)}"


def _report_repeated(reading: Reading, item: Item | None, entries: tuple[Exclusion, ...]) -> None:
    seen: set[str] = set()
    for at, entry in zip(reading.items(item, "entries"), entries, strict=False):
        if entry.id in seen:
            reading.fault(
                at,
                f"exclusion {entry.id!r} is there already; the answer lists each once",
                "join the two, or rename one",
            )
        seen.add(entry.id)


def _not_evaluated(reading: Reading, item: Item) -> NotEvaluated:
    fields = reading.fields(item, "a rule not evaluated", ("id", "rule", "because"), CITED)
    return NotEvaluated(
        id=reading.identifier(fields.get("id"), "id"),
        rule=reading.text(fields.get("rule"), "rule"),
        source=cited(reading, item, fields, "a rule not evaluated"),
        because=reading.text(fields.get("because"), "because"),
    )
