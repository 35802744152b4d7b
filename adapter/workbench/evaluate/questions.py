"""What would decide it, as questions with a control each; an answer counts at once.

Which questions there are says the determination alone (`eligibility.report.questions` and its
traces); what answers become is for `adapter.workbench.evaluate.answers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from eligibility.determination import Determination
from eligibility.facts import MemberFacts

Control = Literal["choice", "number", "date", "none"]


class OpenQuestion(Struct, frozen=True, kw_only=True):
    """One question as the page shows it."""

    #: The field is `answer.<key>`.
    key: str
    text: str
    #: `none`: nobody can answer it here; `note` says why and what to do.
    control: Control
    #: Value and label of what can be chosen; the last has the empty value: not known.
    choices: tuple[tuple[str, str], ...] = ()
    #: What was entered; empty: nothing.
    value: str = ""
    #: Who can answer, in words; empty: anybody who keeps the records.
    who: str = ""
    #: To be asked where nobody else listens.
    sensitive: bool = False
    #: What it would help to settle: titles of populations and exclusions.
    settles: tuple[str, ...] = ()
    note: str = ""
    #: What is wrong with what was entered, and what to do.
    fault: str = ""


class Questions(Struct, frozen=True, kw_only=True):
    """All of them; each stands in one list only, however often it is asked."""

    #: Answered here, so that they can be changed or taken back.
    answered: tuple[OpenQuestion, ...] = ()
    #: What decides populations and exclusions that something points to; the most deciding first.
    first: tuple[OpenQuestion, ...] = ()
    #: What could be asked of populations that nothing points to, by title of the population.
    further: tuple[tuple[str, tuple[OpenQuestion, ...]], ...] = ()


def open_questions(
    determination: Determination, answers: Mapping[str, str], facts: MemberFacts
) -> Questions:
    """The questions of a determination.

    Args:
        determination: made with `answers` counted.
        answers: what was entered, by key.
        facts: those of the chart, for the visits that are asked about.
    """
    del determination, answers, facts
    return Questions()
