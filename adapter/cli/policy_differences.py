"""The differences between two plans, or two days of one, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable

from adapter.cli.screen import Screen
from eligibility.differences import Differences, Side, VariantDifference
from eligibility.model import POPULATIONS, Policy, Source
from eligibility.pairing import Asked, Given
from eligibility.policy_words import amount, change_in_words, days, passage
from eligibility.wording import POPULATION_TITLES

_STEP = 2
_LEFT, _RIGHT = ("< ", "red"), ("> ", "green")


def add_differences(screen: Screen, found: Differences) -> None:
    """Per population: rules of one side only, values that differ with both sources; exclusions."""
    screen.line(_LEFT, (_named(found.left), "bold"))
    screen.line(_RIGHT, (_named(found.right), "bold"))
    if not found.populations and not found.exclusions:
        screen.line("They say the same.")
    for population, variants in found.populations.items():
        number = POPULATIONS.get(population)
        title = POPULATION_TITLES.get(population, population)
        screen.heading(f"{number} {title}" if number else title)
        for variant in variants:
            _add_variant(screen, variant)
    if found.exclusions:
        screen.heading("Exclusions and competing programs")
    for one in found.exclusions:
        screen.line(f"{one.title} ({one.id})", indent=_STEP)
        _add_both(screen, one.left, one.right, "no such exclusion")


def _named(side: Side) -> str:
    return f"{side.plan} on {side.day}"


def _add_variant(screen: Screen, found: VariantDifference) -> None:
    inner = 2 * _STEP
    for lead, policy in ((_LEFT, found.left), (_RIGHT, found.right)):
        if policy is None:
            screen.line("no text in force", indent=_STEP, lead=lead)
        else:
            force = days(policy.in_force.first, policy.in_force.last)
            screen.line(policy.title, (f" · {policy.id}, {force}", "dim"), indent=_STEP, lead=lead)
    for lead, rules in ((_LEFT, found.only_left), (_RIGHT, found.only_right)):
        for rule in rules:
            where = (f"  [{passage(rule.source)}]", "cyan")
            screen.line(rule.rule, where, indent=inner, lead=(f"only {lead[0]}", lead[1]))
    for change in found.changes:
        screen.line(change_in_words(change), indent=inner)
        _add_both(screen, change.left, change.right, "not said")
    if found.joined_differently:
        screen.line("The same criteria, joined by another and, or or not.", indent=inner)


def _add_both(screen: Screen, left: Given | None, right: Given | None, absent: str) -> None:
    for lead, given in ((_LEFT, left), (_RIGHT, right)):
        if given is None:
            screen.line((absent, "dim"), indent=3 * _STEP, lead=lead)
        else:
            where = (f"  [{passage(given.source)}]", "cyan")
            screen.line(amount(given.value, given.unit), where, indent=3 * _STEP, lead=lead)


def as_json(found: Differences) -> dict[str, object]:
    """The same as one object; a side that does not say a thing is null."""
    return {
        "left": {"plan": found.left.plan, "asOf": str(found.left.day)},
        "right": {"plan": found.right.plan, "asOf": str(found.right.day)},
        "populations": [
            {
                "id": population,
                "number": POPULATIONS.get(population),
                "variants": [_variant_json(variant) for variant in variants],
            }
            for population, variants in found.populations.items()
        ],
        "exclusions": [
            {
                "id": one.id,
                "title": one.title,
                "left": _given_json(one.left),
                "right": _given_json(one.right),
            }
            for one in found.exclusions
        ],
    }


def _variant_json(found: VariantDifference) -> dict[str, object]:
    return {
        "left": _policy_json(found.left),
        "right": _policy_json(found.right),
        "onlyLeft": _rules_json(found.only_left),
        "onlyRight": _rules_json(found.only_right),
        "changes": [
            {
                "option": change.option,
                "leftCriterion": change.left_rule and change.left_rule.id,
                "rightCriterion": change.right_rule and change.right_rule.id,
                "left": _given_json(change.left),
                "right": _given_json(change.right),
            }
            for change in found.changes
        ],
        "joinedDifferently": found.joined_differently,
    }


def _policy_json(policy: Policy | None) -> dict[str, object] | None:
    if policy is None:
        return None
    return {"policy": policy.id, "version": policy.version, "file": policy.file}


def _rules_json(rules: Iterable[Asked]) -> list[dict[str, object]]:
    return [
        {"criterion": rule.id, "rule": rule.rule, "source": source_json(rule.source)}
        for rule in rules
    ]


def _given_json(given: Given | None) -> dict[str, object] | None:
    if given is None:
        return None
    return {"value": given.value, "unit": given.unit, "source": source_json(given.source)}


def source_json(source: Source) -> dict[str, object]:
    """Document, section, and whether the text is provisional."""
    return {
        "document": source.document,
        "section": source.section,
        "provisional": source.provisional,
    }
