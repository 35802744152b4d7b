"""Policies in words: days, values, tests, ages, kinds of exclusion, differences and passages.

Whoever shows a policy uses them, on the command line or on a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from eligibility.model import AgeRange, Exclusion, Exclusions, Parameter, Ref, Test, Value
from eligibility.packs import documents
from eligibility.pairing import Change, Resolved
from eligibility.provenance import Source
from eligibility.wording import EXCLUSION_KINDS

#: How the criteria of a group are joined.
OPERATORS: Mapping[str, str] = {"all": "all of", "any": "any of", "not": "not"}

#: Units whose name says nothing that the value does not.
_SILENT_UNITS = frozenset(("codes", "code", "kind", "outcome", "state", "states"))

_PHRASES: Mapping[str, str] = {
    "absent": "a no where the {} are declared complete",
    "answer": "asked as {}",
    "any_of": "any of {}",
    "at_least": "at least {}",
    "avoidable": "that could have been avoided",
    "behavioural": "due to mental health or substance use",
    "below": "fewer are {}",
    "counts_as": "counts as {}",
    "days": "within {} from the day asked about",
    "facility": "released from {} facility",
    "flags": "flagged {}",
    "groups": "any of {}",
    "kinds": "of kind {}",
    "look_back_months": "in the last {}",
    "meets": "met by codes for {}",
    "programs": "in {}",
    "review_suggested": "a person reviews what codes suggest",
    "short_term_days": "lasting up to {}",
    "signal": "evidence from {}",
    "state": "run by {}",
    "suggests": "suggested by codes for {}",
    "suggests_within_months": "suggested within {}",
    "under": "under {}",
    "unplanned": "unplanned, if in a hospital",
    "within_months": "within {}",
}


def days(first: date, last: date | None) -> str:
    """A period: `from 2022-01-01`, or `2022-01-01 to 2023-06-30`."""
    return f"from {first}" if last is None else f"{first} to {last}"


def amount(value: Resolved, unit: str | None) -> str:
    """A value with its unit, where that says more."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    words = ", ".join(value) if isinstance(value, tuple) else str(value)
    return words if unit is None or unit in _SILENT_UNITS else f"{words} {unit}"


def value_on(parameter: Parameter, day: date | None) -> str:
    """What a parameter is on the day; without one, all it has been."""
    values = parameter.values
    if day is not None:
        values = tuple(value for value in values if value.covers(day)) or values
    if len(values) == 1:
        return amount(values[0].value, parameter.unit)
    return " / ".join(_dated(value, parameter.unit) for value in values)


def _dated(value: Value, unit: str) -> str:
    return f"{amount(value.value, unit)} ({days(value.first, value.last)})"


def test_in_words(test: Test, parameters: Mapping[str, Parameter], day: date | None) -> str:
    """How a criterion is decided, with the numbers in force on the day."""
    words = []
    for option, given in test.options.items():
        if isinstance(given, Ref):
            value = value_on(parameters[given.name], day)
        else:
            value = amount(given, None)
        words.append(_PHRASES.get(option, option.replace("_", " ") + " {}").format(value))
    return f"{test.kind.replace('_', ' ')}: {'; '.join(words)}" if words else test.kind


def age_in_words(age: AgeRange) -> str:
    """Completed years: `from 18 and under 21 years`."""
    lower = f"from {age.at_least}" if age.at_least is not None else ""
    upper = f"under {age.under}" if age.under is not None else ""
    return f"{' and '.join(filter(None, (lower, upper)))} years"


def exclusion_kind(entry: Exclusion, file: Exclusions, day: date | None) -> str:
    """What an exclusion does on the day; without one, all it has done."""
    if not isinstance(entry.kind, Ref):
        return EXCLUSION_KINDS.get(entry.kind, entry.kind)
    parameter = file.parameters[entry.kind.name]
    values = [one for one in parameter.values if day is None or one.covers(day)]
    if len(values) == 1:
        kind = str(values[0].value)
        return f"{kind}, {EXCLUSION_KINDS.get(kind, kind)}"
    return value_on(parameter, day)


def change_in_words(change: Change) -> str:
    """What a difference is about: the rule, where it is one rule's, and the option."""
    option = change.option.replace("_", " ")
    rule = change.left_rule or change.right_rule
    return f"{option}:" if rule is None else f"{rule.rule.rstrip('.')} – {option}:"


def passage(source: Source, *, within: str | None = None) -> str:
    """Document and section to look up; `within` a document, the section alone."""
    words = source.section
    if source.document != within:
        held = documents().get(source.document)
        words = f"{held.title if held else source.document}, {source.section}"
    return f"{words}, provisional" if source.provisional else words
