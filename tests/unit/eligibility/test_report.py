"""A determination as the contract's JSON object."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from eligibility.dates import Days
from eligibility.determination import Determination
from eligibility.evaluate import evaluate
from eligibility.facts import Answer, Completeness, Issue, MemberFacts, Sign, Visit
from eligibility.report import as_object, to_json

DAY = date(2025, 5, 10)


def on(year: int, month: int, day: int) -> Days:
    return Days(date(year, month, day), date(year, month, day))


def adult(**known: Any) -> MemberFacts:
    return MemberFacts(member="Patient/p1", born=on(1980, 4, 2), **known)


def visits(count: int) -> tuple[Visit, ...]:
    """Emergency visits a month apart, the newest ten days before the day."""
    days = [DAY - timedelta(days=10 + 30 * index) for index in range(count)]
    return tuple(
        Visit(kind="emergency", start=Days(day, day), ref=f"Encounter/e{index}")
        for index, day in enumerate(days)
    )


def determination(facts: MemberFacts, **asked: Any) -> Determination:
    default: dict[str, Any] = {"plan": "partnership", "as_of": DAY}
    return evaluate(facts, **default | asked)


def population(report: dict[str, Any], id: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in report["populations"] if one["id"] == id)
    return found


def criteria(nodes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in nodes:
        yield node
        yield from criteria(node.get("criteria", []))


def utilization(facts: MemberFacts, **asked: Any) -> dict[str, Any]:
    """The criterion of five avoidable emergency visits."""
    report = as_object(determination(facts, **asked))
    variant = population(report, "avoidable-utilization")["variants"][0]
    return next(one for one in criteria(variant["criteria"]) if "count" in one)


def test_keys_come_in_the_order_of_the_contract() -> None:
    """A reader finds the answer before its reasons."""
    keys = list(as_object(determination(adult())))
    contract = [
        "member", "plan", "asOf", "status", "membership", "populations", "overlays", "exclusions",
        "discretionaryReview", "planNarrowerThanState", "issues",
    ]  # fmt: skip
    assert [key for key in keys if key in contract] == contract


def test_a_count_is_a_range_open_upwards_until_the_source_is_complete() -> None:
    """`high` is null, and a number once the encounters are declared complete."""
    open_count = utilization(adult(visits=visits(3)))["count"]
    complete = (Completeness(source="encounters", first=date(2024, 1, 1), last=DAY),)
    closed = utilization(adult(visits=visits(3)), complete=complete)["count"]
    assert open_count == {"low": 0, "high": None, "atLeast": 5}
    assert closed == {"low": 0, "high": 3, "atLeast": 5}


def test_a_criterion_shows_its_number_with_the_days_and_text_it_comes_from() -> None:
    """The five of MCCP2032 VI.A.4.c.1, from the first day of ECM."""
    found = utilization(adult(visits=visits(1)))
    five = next(one for one in found["parameters"] if one["value"] == 5)
    assert five["from"] == "2022-01-01"
    assert "to" not in five
    assert five["source"]["section"] == "VI.A.4.c.1"
    assert five["source"]["title"]


def test_evidence_comes_in_the_order_of_its_days() -> None:
    """The oldest first, each day beside its reference."""
    found = utilization(adult(visits=visits(5)))
    assert found["evidence"] == [f"Encounter/e{index}" for index in (4, 3, 2, 1, 0)]
    assert list(found["evidenceDates"].values()) == sorted(found["evidenceDates"].values())


def test_an_undecided_visit_is_asked_about_by_its_day() -> None:
    """One question for each visit, with the visit it is about."""
    missing = utilization(adult(visits=visits(5)))["missing"]
    assert {one["kind"] for one in missing} == {"avoidability"}
    first = next(one for one in missing if one["reference"] == "Encounter/e0")
    assert first["question"].startswith("Could the visit of 2025-04-30 ")
    assert first["date"] == "2025-04-30"


def test_a_reading_of_the_text_is_told_with_its_effect() -> None:
    """Where the text leaves room the answer says what was chosen."""
    readings = utilization(adult(visits=visits(1)))["interpretations"]
    assert {"look-back", "avoidability"} <= {one["id"] for one in readings}
    assert all(one["question"] and one["choice"] and one["effect"] for one in readings)


def test_a_variant_for_another_age_says_so() -> None:
    """Not met for a reason, without criteria."""
    report = as_object(determination(adult()))
    child = population(report, "avoidable-utilization")["variants"][1]
    assert child["outcome"] == "not-met"
    assert child["criteria"] == []
    assert child["reason"] == "Applies under age 21."


def test_the_questions_are_those_of_possible_populations_each_once() -> None:
    """With the populations an answer would bear on."""
    report = as_object(determination(adult(visits=visits(5))))
    asked = report["questions"]
    assert len({(one["code"], one.get("reference")) for one in asked}) == len(asked)
    assert asked[0]["for"] == ["avoidable-utilization"]
    assert as_object(determination(adult()))["questions"] == []


def test_an_exclusion_that_something_points_to_is_asked_about() -> None:
    """A hospice procedure without an enrolment."""
    sign = Sign(concept="hospice-care", kind="procedure", on=on(2025, 4, 1), ref="Procedure/h1")
    report = as_object(determination(adult(signs={"hospice-care": (sign,)})))
    hospice = next(one for one in report["exclusions"] if one["id"] == "hospice")
    assert hospice["outcome"] == "unknown"
    assert hospice["evidence"] == ["Procedure/h1"]
    assert [one["for"] for one in report["questions"]] == [["hospice"]]


def test_where_the_states_text_is_wider_its_variants_are_shown() -> None:
    """A reader who sees `eligible` finds the criteria that made it so."""
    answered = {
        "avoidable-encounter": (
            Answer(code="avoidable-encounter", value=True, on=on(2025, 5, 5), ref="Observation/o1"),
        )
    }
    everything = tuple(
        Completeness(source=source, first=date(2024, 1, 1), last=DAY)
        for source in ("encounters", "conditions", "programs", "screenings")
    )
    sign = Sign(concept="pregnancy", kind="condition", recorded=on(2025, 4, 1), ref="Condition/c1")
    facts = adult(answers=answered, signs={"pregnancy": (sign,)})
    report = as_object(determination(facts, plan="anthem", complete=everything))
    for narrower in report["planNarrowerThanState"]:
        assert narrower["state"] != narrower["plan"]
        assert all(one["policy"].startswith("dhcs/") for one in narrower["variants"])


def test_issues_come_gravest_first_and_once() -> None:
    """However the data were ordered."""
    told = [
        Issue(severity="information", code="b", details="x"),
        Issue(severity="error", code="z", details="x", resource="Encounter/e2"),
        Issue(severity="error", code="z", details="x", resource="Encounter/e1"),
        Issue(severity="warning", code="a", details="x"),
        Issue(severity="information", code="b", details="x"),
    ]
    turned = [as_object(determination(adult(issues=tuple(each)))) for each in (told, told[::-1])]
    assert turned[0] == turned[1]
    assert [(one["severity"], one.get("resource")) for one in turned[0]["issues"]][:3] == [
        ("error", "Encounter/e1"),
        ("error", "Encounter/e2"),
        ("warning", None),
    ]


def test_equal_facts_in_another_order_give_equal_bytes() -> None:
    """Visits handed over in any order."""
    some = visits(6)
    assert to_json(determination(adult(visits=some))) == to_json(
        determination(adult(visits=some[::-1]))
    )
    assert json.loads(to_json(determination(adult(visits=some))))["member"] == "Patient/p1"
