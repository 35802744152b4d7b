"""Open questions have a control each, and an answer decides as if it stood in the record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from zlib import crc32

import msgspec
import pytest

from adapter.samples import all_samples
from adapter.workbench.evaluate.questions.controls import OpenQuestion
from eligibility.logic import UNKNOWN
from eligibility.packs import plans
from tests.unit.adapter.workbench.answering import (
    DAY,
    answered,
    bundle,
    chart_of,
    encounter,
)

NAMES = [one.id for one in all_samples(DAY)]


def yes(question: OpenQuestion) -> str:
    """The answer in favour."""
    match question.control:
        case "choice":
            return question.choices[0][0]
        case "number":
            return "5"
        case "date":
            return DAY.isoformat()
        case _:
            return "Sonoma" if question.key == "data.county" else "F20.9"


def no(question: OpenQuestion) -> str:
    """The answer against; a programme is denied by the question whether there is any other."""
    kind = question.key.partition(".")[0]
    match question.control:
        case "choice" if kind == "programme":
            return ""
        case "choice" if kind == "complete":
            return question.choices[0][0]
        case "choice":
            return question.choices[-2][0]
        case "number":
            return "0"
        case "date":
            return "1990-01-01"
        case _:
            return "Sonoma" if question.key == "data.county" else "J44.1"


def mixed(question: OpenQuestion) -> str:
    """Now one, now the other, the same each time."""
    return (yes if crc32(question.key.encode()) % 2 else no)(question)


@pytest.mark.parametrize("way", (yes, no, mixed))
@pytest.mark.parametrize("plan", plans())
@pytest.mark.parametrize("name", NAMES)
def test_answering_all_that_is_offered_decides_or_says_why_not(
    name: str, plan: str, way: Callable[[OpenQuestion], str]
) -> None:
    """Populations that something points to: met or not met in the end, or a sentence why not."""
    chart, answers = chart_of(name), dict[str, str]()
    now = answered(chart, answers, plan=plan)
    shown = {one.id for one in now.determination.populations if one.possible}
    while new := {
        one.key: text for one in now.offered() if one.key not in answers and (text := way(one))
    }:
        answers |= new
        now = answered(chart, answers, plan=plan)
    assert not any(one.fault for one in now.shown())
    left = [
        one
        for one in now.determination.populations
        if one.id in shown and one.outcome is UNKNOWN and one.possible
    ]
    why = [*now.questions.waiting]
    why += [one.note for one in now.shown() if one.note and (one.value or one.control == "none")]
    assert not left or why


@pytest.mark.parametrize("way", (yes, no, mixed))
@pytest.mark.parametrize("name", NAMES)
def test_answering_everything_leaves_open_only_what_no_answer_decides(
    name: str, way: Callable[[OpenQuestion], str]
) -> None:
    """By all questions: a person's review, or a number that a text does not give, stays open."""
    chart, answers = chart_of(name), dict[str, str]()
    now = answered(chart, answers)
    while new := {
        one.key: text
        for one in now.offered(further=True)
        if one.key not in answers and (text := way(one))
    }:
        answers |= new
        now = answered(chart, answers)
    for result in now.determination.populations:
        if result.outcome is UNKNOWN:
            reviewed = any("review" in variant.flags for variant in result.variants)
            kinds = {one.kind for variant in result.variants for one in variant.missing}
            assert reviewed or kinds <= {"policy", "population"}, result.id


def test_no_field_is_asked_for_twice() -> None:
    """A form with one field twice would answer one question with another's value."""
    for name in NAMES:
        now = answered(chart_of(name), {"attestation.in-shelter": "no"})
        keys = [one.key for one in now.shown()]
        assert len(keys) == len(set(keys)), name


def test_one_question_left_is_asked_first_and_decides() -> None:
    """The question on the shortest way to yes comes first, and a yes makes the member eligible."""
    before = answered(chart_of("one-question-left"))
    first = before.questions.first[0].questions[0]
    assert first.key == "attestation.coordination-would-help"
    assert first.settles == ("Homelessness",)
    assert first.who == "a clinician"
    after = answered(chart_of("one-question-left"), {first.key: "yes"})
    assert after.outcome("homelessness") == "met"
    assert after.determination.status == "eligible"


def test_visits_are_judged_one_by_one_below_one_question() -> None:
    """Of five that are needed two count; three yeses decide, and the answers stay in place."""
    chart = chart_of("visits-nobody-judged")
    group = answered(chart).questions.first[0]
    assert group.kind == "visits"
    assert group.note == "3 more would have to be avoidable."
    assert group.questions[0].about == "Emergency visit, Apr 5, 2025"
    answers = {one.key: "yes" for one in group.questions[:3]}
    after = answered(chart, answers)
    assert after.outcome("avoidable-utilization") == "met"
    assert [one.key for one in after.questions.first[0].questions] == [*answers]
    noes = dict.fromkeys((one.key for one in group.questions), "no")
    closed = noes | {"complete.encounters": "2024-06-15..2025-06-15"}
    assert answered(chart, closed).outcome("avoidable-utilization") == "not-met"


def test_a_programme_is_denied_only_by_saying_that_there_is_no_other() -> None:
    """Hospice codes leave hospice open; that no other programme is known closes it."""
    chart = chart_of("hospice-question")
    before = answered(chart)
    assert [one.key for one in before.offered()] == ["programme.hospice", "complete.programs"]
    assert before.questions.first[0].settles == ("exclusion by Hospice",)
    assert answered(chart, {"programme.hospice": "enrolled"}).determination.status == "excluded"
    none_other = before.offered()[1].choices[0][0]
    assert none_other == "2024-06-15..2025-06-15"
    assert answered(chart, {"complete.programs": none_other}).determination.status == "eligible"


def test_nothing_moves_while_it_is_answered() -> None:
    """Whatever is answered, the questions that stay keep their order, and no answer is lost."""
    for name in NAMES:
        chart, answers = chart_of(name), dict[str, str]()
        before = [one.key for one in answered(chart).shown()]
        for question in answered(chart).offered(further=True)[:12]:
            answers[question.key] = mixed(question)
            now = answered(chart, answers)
            keys = [one.key for one in now.shown()]
            assert [key for key in before if key in keys] == [key for key in keys if key in before]
            given = {key for key, text in answers.items() if text}
            assert given <= {one.key for one in now.shown() if one.value}


def test_an_end_is_asked_for_when_a_programme_has_ended() -> None:
    """Foster care that ended lately is a door; the day it ended is asked for, and decides."""
    chart = bundle(born="2012-01-01")
    waiting = answered(chart, {"programme.foster-care": "ended"})
    assert waiting.outcome("child-welfare") == "unknown"
    keys = [one.key for one in waiting.shown()]
    assert keys.index("ended.foster-care") == keys.index("programme.foster-care") + 1
    lately = {"programme.foster-care": "ended", "ended.foster-care": "2025-03-01"}
    assert answered(chart, lately).outcome("child-welfare") == "met"


def test_what_cannot_be_used_is_told_and_does_not_count() -> None:
    """A word where a number is asked for stays in its field with what to do."""
    now = answered(bundle(), {"attestation.ace-score": "many", "nonsense.x": "y"})
    (shown,) = [one for one in now.shown() if one.value]
    assert (shown.key, shown.value) == ("attestation.ace-score", "many")
    assert shown.fault.startswith("Write a whole number")
    assert "ace-score" not in now.facts.answers


def test_what_is_said_of_a_visit_is_written_into_it() -> None:
    """A stay that nobody called planned counts when it is said to have been unplanned."""
    stays = [
        encounter(
            f"s{month}",
            f"2025-0{month}-03",
            "IMP",
            period={"start": f"2025-0{month}-03", "end": f"2025-0{month}-06"},
        )
        for month in (2, 3, 4)
    ]
    chart = bundle(*stays)
    keys = [f"data.admission-type.Encounter/s{month}" for month in (2, 3, 4)]
    before = answered(chart, plan="health-net")
    assert set(keys) <= {one.key for one in before.offered(further=True)}
    after = answered(chart, dict.fromkeys(keys, "unplanned"), plan="health-net")
    assert after.outcome("avoidable-utilization") == "met"
    planned = answered(chart, dict.fromkeys(keys, "planned"), plan="health-net")
    assert planned.outcome("avoidable-utilization") == "unknown"


def test_questions_that_reveal_something_are_marked() -> None:
    """Pregnancy is sensitive, the birth date is not."""
    marked = {one.key: one.sensitive for one in answered(bundle()).offered(further=True)}
    assert marked["attestation.pregnant"]
    assert not marked["attestation.in-shelter"]


def test_a_declaration_for_another_day_stays_visible() -> None:
    """It was made for other days than are looked at now; it is shown as it was made."""
    other = "2023-01-01..2024-01-01"
    now = answered(chart_of("visits-nobody-judged"), {"complete.encounters": other})
    (shown,) = [one for one in now.shown() if one.value]
    assert shown.value == other
    assert (other, "No, from Jan 1, 2023 to Jan 1, 2024") in shown.choices
    assert shown.note == "This answer alone does not settle it."


def test_documents_name_the_member_and_nothing_that_cannot_be_referred_to() -> None:
    """A member without an id is named by nobody; the answers are read all the same."""
    chart = msgspec.json.encode({"resourceType": "Patient", "birthDate": "1980-01-01"})
    now = answered(chart, {"attestation.in-shelter": "yes"})
    assert now.facts.answers["in-shelter"][0].value is True


def test_of_hundreds_of_visits_the_latest_are_asked_about() -> None:
    """The others are judged by one answer for all, which decides as well."""
    days = [(DAY - timedelta(days=number // 2)).isoformat() for number in range(300)]
    visits = [
        encounter(f"e{number}", on, serviceProvider={"display": f"Hospital {number}"})
        for number, on in enumerate(days)
    ]
    chart = bundle(*visits)
    before = answered(chart)
    (group,) = [one for one in before.questions.first if one.kind == "visits"]
    assert [one.key for one in group.questions][-1] == "attestation.avoidable-encounter"
    assert len(group.questions) == 26
    assert group.note.endswith("The latest 25 of 300 are named.")
    assert len(before.shown()) < 150
    after = answered(chart, {"attestation.avoidable-encounter": "yes"})
    assert after.outcome("avoidable-utilization") == "met"
