"""Every word an answer can carry has words a person can read."""

from __future__ import annotations

from datetime import date
from typing import get_args

import pytest

from eligibility.determination import Missing, Status
from eligibility.model import EXCLUSION_KINDS, OVERLAYS, POPULATIONS, Leaf, Node, Test, walk
from eligibility.packs import pack, plans
from eligibility.wording import EXCLUSION_KINDS as KIND_WORDS
from eligibility.wording import POPULATION_TITLES, STATUSES, ask

DAY = date(2025, 1, 1)


def test_every_population_and_overlay_has_a_title() -> None:
    """Short enough for a line."""
    assert set(POPULATION_TITLES) == {*POPULATIONS, *OVERLAYS}


def test_every_status_and_kind_of_exclusion_has_words() -> None:
    """None is shown by its code alone."""
    assert set(STATUSES) == set(get_args(Status))
    assert set(KIND_WORDS) == set(EXCLUSION_KINDS)


@pytest.mark.parametrize(
    ("missing", "question"),
    (
        (Missing("attestation", "complex-need"), "Does the member have a complex health need"),
        (Missing("programme", "ccs"), "Is the member enrolled in California Children's Services "),
        (Missing("avoidability", "avoidable-encounter", "Encounter/1", DAY), "of 2025-01-01 "),
        (Missing("avoidability", "avoidable-encounter", "Encounter/1"), "visit of an unknown day "),
        (Missing("encounters", "hospital-or-snf"), "hospital stays or nursing facility stays "),
        (Missing("data", "birth-date"), "date of birth?"),
        (Missing("data", "principal-diagnosis", "Encounter/1", DAY), "of the visit of 2025-01-01?"),
        (Missing("data", "snf-end", "Encounter/e1"), "nursing facility stay end?"),
        (Missing("population", "ccs"), "California Children's Services"),
        (Missing("policy", "no-number-in-text"), "How many "),
        (Missing("data", "something-new"), "What is known of something-new?"),
    ),
)  # fmt: skip
def test_what_is_missing_is_asked_in_words(missing: Missing, question: str) -> None:
    """The question names what it is about."""
    assert question in ask(missing).text


def test_a_question_says_who_can_answer_and_whether_it_reveals_something() -> None:
    """A card must not show a sensitive question to anybody."""
    asked = ask(Missing("attestation", "high-risk-overdose"))
    assert asked.who == ("clinician",)
    assert asked.sensitive


def test_every_attestation_a_policy_asks_for_has_a_question() -> None:
    """In every plan."""
    for plan in plans():
        for policy in pack(plan, DAY).policies:
            for test in _tests(policy.criteria):
                answer = test.options.get("answer")
                if isinstance(answer, str):
                    assert ask(Missing("attestation", answer)).who, (policy.file, answer)


def _tests(node: Node) -> list[Test]:
    return [one.test for one in walk(node) if isinstance(one, Leaf)]
