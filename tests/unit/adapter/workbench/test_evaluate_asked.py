"""A question is read from a form: which chart counts, which day, and what cannot be understood."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from werkzeug.datastructures import FileStorage, MultiDict

from adapter.errors import UnusableInput
from adapter.workbench.evaluate.asked import asked_of, determination_of, read_asked, read_chart
from eligibility.errors import UnknownPlan
from eligibility.logic import MET
from profiles.canonicals import DEFAULT_BASE
from tests.unit.adapter.workbench.answering import DAY, chart_of

FIELDS: MultiDict[str, str] = MultiDict()


def a_file(content: bytes, name: str = "chart.json") -> FileStorage:
    """A file as a browser sends it."""
    return FileStorage(BytesIO(content), filename=name)


def test_a_file_goes_before_text_and_text_before_an_invented_member():
    """An input without a file is sent too, with no name: it counts for nothing."""
    none, some = a_file(b"", ""), a_file(b'{"a": 1}')
    form = MultiDict({"pasted": "pasted", "chart": "kept", "sample": "hospice"})
    assert read_asked(form, MultiDict([("chart", none), ("chart", some)]), today=DAY).chart == (
        b'{"a": 1}'
    )
    assert read_asked(form, MultiDict([("chart", a_file(b"", ""))]), today=DAY).chart == b"pasted"
    form.pop("pasted")
    assert read_asked(form, MultiDict(), today=DAY).chart == b"kept"
    form.pop("chart")
    assert read_asked(form, MultiDict(), today=DAY).chart == chart_of("hospice")


def test_no_chart_says_what_to_do():
    """Empty, white space, or nothing at all."""
    for form in ({}, {"chart": " \n"}):
        with pytest.raises(UnusableInput, match="choose a FHIR file"):
            read_asked(MultiDict(form), MultiDict(), today=DAY)


def test_the_day_is_today_unless_one_is_given():
    """A jump to a day goes before it, and before ECM began takes the rules of today."""
    assert asked_of(b"", FIELDS, today=DAY).as_of == DAY
    given = MultiDict({"asOf": "2025-03-01"})
    assert asked_of(b"", given, today=DAY).as_of == date(2025, 3, 1)
    jump = asked_of(b"", MultiDict({"asOf": "2025-03-01", "jump": "2020-02-20"}), today=DAY)
    assert (jump.as_of, jump.policy_date) == (date(2020, 2, 20), DAY)


@pytest.mark.parametrize(
    ("field", "text", "says"),
    (
        ("asOf", "2025-02-30", "the date: '2025-02-30' does not exist"),
        ("policyDate", "soon", "the policy date: 'soon' is not a day"),
        ("patient", "somebody", "the member: 'somebody' is not a Patient"),
        ("complete", "visits=2024-01-01..2025-01-01", "'visits' is not a source"),
    ),
)
def test_what_cannot_be_understood_is_named(field: str, text: str, says: str):
    """The field, what was found, and how to write it."""
    with pytest.raises(UnusableInput, match=says):
        asked_of(b"", MultiDict({field: text}), today=DAY)


def test_a_plan_there_is_not_and_a_day_before_ecm_are_told():
    """Nobody is judged by rules that were not in force."""
    asked = asked_of(chart_of("hospice"), MultiDict({"plan": "kaiser"}), today=DAY)
    facts = read_chart(asked, base=DEFAULT_BASE).facts
    with pytest.raises(UnknownPlan):
        determination_of(asked, facts)
    early = asked_of(chart_of("hospice"), MultiDict({"asOf": "2021-05-01"}), today=DAY)
    with pytest.raises(UnusableInput, match="ECM began on 2022-01-01; set the policy date"):
        determination_of(early, facts)


def test_what_was_found_out_about_the_coverage_counts():
    """Fee-for-service by the record; a plan's member by what somebody checked."""
    chart = chart_of("fee-for-service")
    as_recorded = asked_of(chart, FIELDS, today=DAY)
    facts = read_chart(as_recorded, base=DEFAULT_BASE).facts
    assert determination_of(as_recorded, facts).status == "not-a-member"
    checked = asked_of(chart, MultiDict({"answer.coverage": "anthem"}), today=DAY)
    determination = determination_of(checked, read_chart(checked, base=DEFAULT_BASE).facts)
    assert determination.plan == "anthem"
    assert determination.membership.outcome is MET
    nobody = asked_of(chart, MultiDict({"answer.coverage": "<script>"}), today=DAY)
    assert read_chart(nobody, base=DEFAULT_BASE).facts == facts
