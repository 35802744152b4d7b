"""Cards: one at most, neutral in the summary, exact in the detail."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from cds_hooks.cards import cards_for
from cds_hooks.cards.detail import question_line
from cds_hooks.cards.questions import Ask
from eligibility.dates import Span
from eligibility.determination import Missing
from eligibility.evaluate import evaluate
from eligibility.facts import Answer, CoverageSpan, Sign, Visit
from tests.unit.cds_hooks.members import (
    AS_OF,
    HOMELESS,
    PARTNERSHIP,
    READER,
    card_of,
    covered,
    days,
    member,
)


def test_a_met_population_is_shown_with_rule_evidence_and_section():
    """Which rule, on which evidence, where it stands."""
    card = card_of(member(HOMELESS))
    assert card.summary == "May qualify for Enhanced Care Management (ECM): criteria are met"
    assert card.indicator == "info"
    assert "**Adults experiencing homelessness** (Population of Focus 1;" in card.detail
    assert "section VI.A.4.b.2.b" in card.detail
    assert "`Observation/place-not-for-habitation` (2026-03-09)" in card.detail
    assert PARTNERSHIP in card.detail


def test_counted_visits_are_shown_with_numbers_and_window():
    """Five visits that a blanket answer calls avoidable."""
    visits = tuple(
        Visit(kind="emergency", start=days(ago), ref=f"Encounter/e{ago}")
        for ago in (20, 50, 80, 110, 140)
    )
    card = card_of(member({"avoidable-encounter": True}, visits=visits))
    assert "At least 5 counted, 5 needed, from 2025-10-29 to 2026-03-18." in card.detail
    assert "`Encounter/e20` (2026-02-26)" in card.detail


def test_one_open_question_is_the_summary_and_the_detail_asks_it():
    """Fewest questions first, and what is met already."""
    card = card_of(member(HOMELESS | {"coordination-would-help": None}))
    assert card.summary == (
        "May qualify for Enhanced Care Management (ECM): one question would decide"
    )
    before, asked = card.detail.split("What would decide it:")
    assert "?" not in before
    question = asked.split("Met already:")[0]
    assert question.count("- ") == 1
    assert "coordinated care" in question


def test_undecided_visits_make_one_question():
    """Two of four undecided visits more would do, so that is asked, with the visits."""
    visits = tuple(
        Visit(kind="emergency", start=days(ago), ref=f"Encounter/e{ago}")
        for ago in (20, 50, 80, 110, 140, 150, 160)
    )
    facts = member(visits=visits)
    judged = tuple(
        Answer(
            code="avoidable-encounter",
            value=True,
            on=days(1),
            encounter=f"Encounter/e{ago}",
            ref=f"Observation/a{ago}",
        )
        for ago in (20, 50, 80)
    )
    card = card_of(replace(facts, answers={"avoidable-encounter": judged}))
    assert card.summary.endswith("one question would decide")
    assert "Could at least 2 of these 4 visits have been avoided" in card.detail
    assert "`Encounter/e110`" in card.detail
    assert "`Encounter/e20`" not in card.detail


def test_other_populations_that_would_do_are_one_question():
    """Where any of several populations is asked for, they are named in a line."""
    both = (Missing("population", "homelessness"), Missing("population", "child-welfare"))
    assert question_line(Ask(missing=both)) == (
        "Does the member meet another population? One of: Homelessness; Involved in child welfare."
    )
    assert question_line(Ask(missing=both[:1])) == (
        "Does the member meet the population “Homelessness”?"
    )


def test_while_criteria_are_open_programs_are_not_listed_one_by_one():
    """The list belongs before a referral; a question comes first."""
    still_open = card_of(member(HOMELESS | {"coordination-would-help": None})).detail
    assert "Ask whether another program or service excludes ECM." in still_open
    assert "Family Mosaic Project" not in still_open
    assert "Family Mosaic Project" in card_of(member(HOMELESS)).detail


def test_several_populations_make_one_card():
    """Two populations met: one card that names both."""
    facts = member(
        HOMELESS
        | {
            "snf-level-of-care": True,
            "environmental-factor": True,
            "can-reside-in-community": True,
            "nf-resident": False,
        }
    )
    card = card_of(facts)
    assert "2 Populations of Focus" in card.detail
    assert card.detail.count("(Population of Focus") == 2


def test_an_exclusion_is_shown_with_its_alternative():
    """Hospice: who coordinates care instead."""
    card = card_of(member(HOMELESS, programs=("hospice",)))
    assert "excludes it" in card.summary
    assert "**Hospice**" in card.detail
    assert "`EpisodeOfCare/hospice`" in card.detail
    assert card.detail.index("**Hospice**") < card.detail.index("**Adults experiencing")


def test_a_choice_between_programs_is_a_warning():
    """Taking up one ends the other, so somebody has to choose first."""
    card = card_of(member(HOMELESS, programs=("mssp",)))
    assert card.indicator == "warning"
    assert "choose between programs" in card.summary
    assert "Multipurpose Senior Services Program" in card.detail


def test_an_exclusion_with_evidence_is_asked_before_anything_else():
    """A hospice code without an enrolment: one question, and why it is asked."""
    hospice = Sign(concept="hospice-care", kind="procedure", on=days(30), ref="Procedure/h")
    card = card_of(member(HOMELESS, signs={"hospice-care": (hospice,)}))
    assert card.summary.endswith("one question would decide")
    assert "hospice" in card.detail
    assert "`Procedure/h`" in card.detail


def test_who_is_no_member_gets_a_card_only_when_criteria_are_met():
    """Fee-for-service: coverage is to be checked, else silence."""
    other = CoverageSpan(
        payors=("Medi-Cal",),
        type="public",
        active=True,
        span=Span(start=days(70)),
        ref="Coverage/f",
    )
    card = card_of(member(HOMELESS, coverages=(other,)))
    assert "membership has to be checked" in card.summary
    nothing = evaluate(member(coverages=(other,)), as_of=AS_OF)
    assert cards_for(nothing, READER) == ()


@pytest.mark.requirement("cds-hooks_2.0@77")
def test_nothing_to_do_is_no_card():
    """Unknown without a sign of need is silence."""
    determination = evaluate(member(), as_of=AS_OF)
    assert determination.status == "undetermined"
    assert cards_for(determination, READER) == ()


def test_the_state_speaks_where_the_plan_is_narrower():
    """Anthem names pregnancy only; seven months after a birth the state's text decides."""
    birth = Sign(concept="delivery", kind="condition", on=days(210), ref="Condition/birth")
    transport = Sign(
        concept="transportation-insecurity", kind="condition", on=days(90), ref="Condition/t"
    )
    facts = member(
        programs=("smhs",),
        signs={"delivery": (birth,), "transportation-insecurity": (transport,)},
        coverages=covered("Anthem Blue Cross"),
    )
    card = card_of(facts)
    assert "by the state's text" in card.detail
    assert "narrower" in card.detail
