"""Reads a policy file: one text on one Population of Focus and age group."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from eligibility.load.criteria import Criteria
from eligibility.load.dated import CITED, cited, in_force, source
from eligibility.load.names import Names
from eligibility.load.reader import Item
from eligibility.load.reading import Reading
from eligibility.model import OVERLAYS, POPULATIONS, AgeRange, Policy

_REQUIRED = ("policy", "title", "version", "source", "in_force", "indicators", "criteria")
_OPTIONAL = ("provisional", "provisional_because", "age", "parameters", "interpretations")


def policy(reading: Reading, item: Item, place: PurePosixPath) -> Policy | None:
    """The policy in `item`; None when the file has faults.

    `place` is the file's path below the policies folder: it must agree with the policy's id.
    """
    fields = reading.fields(item, "the policy", _REQUIRED, _OPTIONAL)
    cited_text = source(reading, fields.get("source"))
    reading.document = cited_text.document
    names = Names(reading, fields)
    force = in_force(reading, fields.get("in_force"), names.use_interpretations)
    days = (force.first, force.last) if force else None
    name = reading.text(fields.get("policy"), "policy")
    plan, population, variant = _parts(reading, fields.get("policy"), name, place)
    order = POPULATIONS.get(population, len(POPULATIONS) + 1)
    criteria = Criteria(reading, names, order)
    node = criteria.node(fields.get("criteria"), days)
    because = provisional_because(reading, item, fields)
    age = _age(reading, fields.get("age"), names)
    indicators = _indicators(reading, fields.get("indicators"), criteria)
    names.report_unused()
    if reading.faults or force is None:
        return None
    return Policy(
        id=name,
        plan=plan,
        population=population,
        variant=variant,
        title=reading.text(fields["title"], "title"),
        version=reading.text(fields["version"], "version"),
        source=cited_text,
        provisional=because is not None,
        provisional_because=because,
        in_force=force,
        age=age,
        indicators=indicators,
        criteria=node,
        parameters=names.parameters,
        interpretations=names.interpretations,
        file=str(place),
    )


def provisional_because(reading: Reading, item: Item, fields: dict[str, Item]) -> str | None:
    """Why a file is provisional; None when it is not."""
    marked = reading.flag(fields.get("provisional"), "provisional")
    because = reading.optional_text(fields.get("provisional_because"), "provisional_because")
    if marked and because is None:
        reading.fault(
            fields.get("provisional", item),
            "the file is provisional without a reason; nobody could tell what would settle it",
            "add `provisional_because:` with one sentence",
        )
    if because is not None and not marked:
        reading.fault(
            fields["provisional_because"],
            "a reason is given for a file that is not marked provisional; answers would not say so",
            "add `provisional: true`, or remove the reason",
        )
    return because if marked else None


def _parts(
    reading: Reading, item: Item | None, name: str, place: PurePosixPath
) -> tuple[str, str, str]:
    parts = name.split("/")
    if item is None or not name:
        return "", "", ""
    if len(parts) != 3 or not all(parts):
        reading.wrong_type(item, "policy", "an id", "write `<plan>/<population>/<variant>`")
        return "", "", ""
    plan, population, variant = parts
    known = (*POPULATIONS, *OVERLAYS)
    if population not in known:
        reading.fault(
            item,
            f"unknown population {population!r}; the answer would have no place to show it",
            f"use one of: {', '.join(known)}",
        )
        return plan, population, variant
    stem = f"{population}-{variant}"
    if place.parent.name != plan or not re.fullmatch(rf"{re.escape(stem)}(-\d{{4}})?", place.stem):
        reading.fault(
            item,
            f"policy {name!r} does not agree with the file's place {place}; "
            "a reader would look for it elsewhere",
            f"move it to {plan}/{stem}.yaml (or {stem}-<year>.yaml), or correct the id",
        )
    return plan, population, variant


def _age(reading: Reading, item: Item | None, names: Names) -> AgeRange | None:
    if item is None:
        return None
    fields = reading.fields(item, "age", (), ("at_least", "under", "interpretations", *CITED))
    at_least, under = fields.get("at_least"), fields.get("under")
    if at_least is None and under is None:
        reading.fault(
            item, "age has no bound; it says nothing", "add `at_least:` or `under:`, or remove it"
        )
    return AgeRange(
        at_least=None if at_least is None else reading.number(at_least, "at_least"),
        under=None if under is None else reading.number(under, "under"),
        source=cited(reading, item, fields, "age"),
        interpretations=names.use_interpretations(fields.get("interpretations")),
    )


def _indicators(
    reading: Reading, item: Item | None, criteria: Criteria
) -> tuple[tuple[str, ...], ...]:
    for each in reading.items(item, "indicators"):
        for name in reading.items(each, "an indicator"):
            if isinstance(name.content, str) and name.content not in criteria.ids:
                reading.fault(
                    name,
                    f"indicator {name.content!r} names no criterion of this file; "
                    "it could never have evidence",
                    "use the id of a criterion or a group",
                )
    return tuple(reading.texts(each, "an indicator") for each in reading.items(item, "indicators"))
