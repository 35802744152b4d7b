"""Which answer speaks, and what codes may do beside it (input contract, sections 2 and 5)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from eligibility.context import Context
from eligibility.criteria.stated import DateAhead, Fact, Number
from eligibility.determination import Finding
from eligibility.logic import MET, NOT_MET, UNKNOWN
from eligibility.registry import registry
from tests.policy.shorthand import completeness, facts

AS_OF = date(2025, 2, 15)
SHELTER = Fact(answer="in-shelter", meets=("homeless-sheltered",), absent="screenings")
NEED = Fact(answer="complex-need", suggests=("chronic-condition",))


def context(**words: Any) -> Context:
    return Context(facts(words, AS_OF), AS_OF, completeness(words, AS_OF), registry(), AS_OF)


def found(test: Any, **words: Any) -> Finding:
    finding: Finding = test.find(context(**words))
    return finding


def shelter(*given: str, **words: Any) -> Finding:
    return found(SHELTER, answers={"in-shelter": list(given)}, **words)


def test_an_answer_known_by_its_month_speaks_as_of_the_months_end():
    """February 2025 goes before February 10, though it may have been the 1st."""
    assert shelter("yes on 2025-02-10", "no on 2025-02").outcome is NOT_MET


def test_an_undated_answer_is_older_than_every_dated_one():
    assert shelter("no on undated", "yes on 2001-01-01").outcome is MET


def test_two_undated_answers_that_differ_dispute_each_other():
    assert shelter("no on undated", "yes on undated").outcome is UNKNOWN


def test_a_dispute_of_an_earlier_day_is_over():
    assert shelter("yes on 2025-01-01", "no on 2025-01-01", "yes on 2025-01-02").outcome is MET


def test_a_yes_and_a_declined_answer_of_one_day_dispute_each_other():
    finding = shelter("yes", "declined")
    assert finding.outcome is UNKNOWN
    assert len(finding.evidence) == 2


def test_a_code_does_not_settle_what_the_member_left_disputed():
    assert shelter("yes", "no", coded=["homeless-sheltered"]).outcome is UNKNOWN


def test_a_code_speaks_where_the_member_declined():
    assert shelter("declined", coded=["homeless-sheltered"]).outcome is MET


def test_a_declined_answer_is_shown_beside_the_open_question():
    finding = shelter("declined")
    assert [one.reference for one in finding.evidence] == ["Observation/in-shelter-0"]
    assert [one.code for one in finding.missing] == ["in-shelter"]


def test_declining_makes_silence_of_a_complete_source_no_no():
    assert shelter("declined", complete="everything").outcome is UNKNOWN


def test_a_dispute_is_told_once_however_many_criteria_ask():
    asked = context(answers={"in-shelter": [True, False]})
    SHELTER.find(asked)
    Fact(answer="in-shelter").find(asked)
    assert [one.code for one in asked.issues] == ["contradiction"]
    assert "in-shelter" in asked.issues[0].details


def test_an_answer_nobody_has_heard_yet_is_no_dispute():
    asked = context(answers={"in-shelter": [True, "no on 2025-02-16"]})
    assert SHELTER.find(asked).outcome is MET
    assert asked.issues == []


@pytest.mark.parametrize("value", ("youth", 4))
def test_an_answer_of_another_type_answers_nothing(value):
    """A word or a number is no yes."""
    assert found(SHELTER, answers={"in-shelter": value}).outcome is UNKNOWN


def test_yes_is_no_score_of_one():
    assert found(Number(answer="ace-score", at_least=1), answers={"ace-score": True}).outcome is (
        UNKNOWN
    )


def test_yes_and_one_are_two_answers():
    """Python's True equals 1; an answer of yes does not."""
    asked = context(answers={"ace-score": [True, 1]})
    assert Number(answer="ace-score", at_least=1).find(asked).outcome is UNKNOWN
    assert [one.code for one in asked.issues] == ["contradiction"]


def test_a_flag_or_an_encounter_only_suggests():
    """Conditions and procedures meet; other kinds of resources show."""
    for kind in ("flag", "encounter", "relation"):
        finding = found(SHELTER, coded=[f"homeless-sheltered {kind}"])
        assert (finding.outcome, finding.indicated) == (UNKNOWN, True)
    assert found(SHELTER, coded=["homeless-sheltered procedure"]).outcome is MET


@pytest.mark.parametrize(
    ("written", "outcome"),
    (
        ("2024-01-01..2025-02-16 inactive", MET),
        ("2024-01-01..2025-02-15 inactive", UNKNOWN),
        ("2024-01-01..2025-02-15", MET),
        ("2024-01-01..2025-02-14", UNKNOWN),
        ("2025-02", MET),
        ("2025-02-16", UNKNOWN),
    ),
)
def test_a_condition_stands_from_its_onset_to_its_end(written, outcome):
    """One that is over by now was current on a day before its end."""
    assert found(SHELTER, coded=[f"homeless-sheltered {written}"]).outcome is outcome


def test_what_suggests_is_an_indicator_and_never_a_flag_by_itself():
    finding = found(NEED, coded=["chronic-condition"])
    assert (finding.outcome, finding.indicated, finding.flags) == (UNKNOWN, True, ())


def test_a_code_keeps_a_complete_source_from_saying_no():
    """Complete screenings make an absent limb a no; a code that suggests it is not absence."""
    test = Fact(answer="x", suggests=("housing-merged",), absent="screenings")
    assert found(test, coded=["housing-merged"], complete="everything").outcome is UNKNOWN


def test_the_latest_screening_speaks():
    given = ["71802-3 homeless-sheltered 2024-10-01", "71802-3 nothing 2025-01-10"]
    assert found(SHELTER, screened=given).outcome is UNKNOWN
    assert found(SHELTER, screened=given[:1]).outcome is MET


def test_an_undated_screening_speaks_until_a_dated_one_does():
    given = ["71802-3 homeless-sheltered", "71802-3 nothing 2001-01-10"]
    assert found(SHELTER, screened=given[:1]).outcome is MET
    assert found(SHELTER, screened=given).outcome is UNKNOWN


def test_a_screening_of_the_day_speaks_and_one_of_the_day_after_does_not_yet():
    assert found(SHELTER, screened=["71802-3 homeless-sheltered 2025-02-15"]).outcome is MET
    assert found(SHELTER, screened=["71802-3 homeless-sheltered 2025-02-16"]).outcome is UNKNOWN


def test_another_question_does_not_take_a_screening_back():
    given = ["71802-3 homeless-sheltered 2024-10-01", "93033-9 nothing 2025-01-10"]
    assert found(SHELTER, screened=given).outcome is MET


def test_two_screenings_of_one_day_that_differ_are_neither_used():
    asked = context(
        screened=["71802-3 homeless-sheltered 2025-01-10", "71802-3 nothing 2025-01-10"]
    )
    assert SHELTER.find(asked).outcome is UNKNOWN
    assert [one.code for one in asked.issues] == ["contradiction"]


def test_a_screening_that_was_declined_beside_a_positive_one_is_no_contradiction():
    asked = context(
        screened=["71802-3 homeless-sheltered 2025-01-10", "71802-3 declined 2025-01-10"]
    )
    assert SHELTER.find(asked).outcome is MET
    assert asked.issues == []


def test_a_concept_coded_often_is_shown_by_its_latest_records():
    finding = found(
        SHELTER, coded=[f"homeless-sheltered 2024-0{month}-01" for month in range(1, 9)]
    )
    assert [one.on for one in finding.evidence] == [date(2024, m, 1) for m in (8, 7, 6, 5, 4)]


@pytest.mark.parametrize(
    ("day", "other"),
    (("2025-03-17", (MET, MET, NOT_MET)), ("2025-02-15", (MET, NOT_MET, MET)), ("2025-03-01", ())),
)
def test_a_date_on_the_edge_of_the_days_ahead_says_how_it_would_be_read_otherwise(day, other):
    finding = found(
        DateAhead(answer="housing-loss-date", days=30), answers={"housing-loss-date": day}
    )
    assert (finding.outcome, finding.alternatives) == (MET, other)


def test_a_date_that_has_passed_says_so():
    finding = found(
        DateAhead(answer="housing-loss-date", days=30), answers={"housing-loss-date": "2025-01-01"}
    )
    assert finding.reason == "The date given has passed."
    assert not finding.indicated
