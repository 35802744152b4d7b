"""The part of FHIRPath that rules are written in says what the specification says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.fhirpath import UnknownExpression, expression

TASK: dict[str, Any] = {
    "resourceType": "Task",
    "id": "t",
    "status": "completed",
    "priority": "urgent",
    "code": {"coding": [{"system": "s", "code": "a"}, {"system": "s", "code": "b"}]},
    "output": [
        {"type": {"text": "x"}, "valueReference": {"reference": "Procedure/1"}},
        {"type": {"text": "y"}, "valueInteger": 4},
        {"type": {"text": "z"}, "valueBoolean": False},
    ],
    "_authoredOn": {"extension": [{"url": "u", "valueCode": "unknown"}]},
    "executionPeriod": {"start": "2026-01", "end": "2026-01-15"},
    "contained": [{"resourceType": "Patient", "id": "p"}],
}

GIVEN: tuple[tuple[str, list[Any]], ...] = (
    ("status", ["completed"]),
    ("Task.status", ["completed"]),
    ("Patient.id", []),
    ("code.coding.code", ["a", "b"]),
    ("code.coding[1].code", ["b"]),
    ("code.coding[7].code", []),
    ("output.value", [{"reference": "Procedure/1"}, 4, False]),
    ("(Task.output.value as Reference)", [{"reference": "Procedure/1"}]),
    ("output.value.ofType(Reference).reference", ["Procedure/1"]),
    ("output.value.ofType(Period)", []),
    ("output[1].value is Integer", [True]),
    ("output[1].value is Reference", [False]),
    ("owner.value is Reference", []),
    ("contained.where($this is Patient).id", ["p"]),
    ("'a' in code.coding.code", [True]),
    ("code.coding.code contains 'c'", [False]),
    ("owner in code.coding.code", []),
    ("status = 'completed'", [True]),
    ("status != 'completed'", [False]),
    ("owner = 'x'", []),
    ("code.coding.code = ('a' | 'b')", [True]),
    ("status = 'draft' or priority = 'urgent'", [True]),
    ("owner.exists() and status = 'completed'", [False]),
    ("status = 'completed' xor priority = 'urgent'", [False]),
    ("status = 'draft' implies owner.exists()", [True]),
    ("status = 'completed' implies owner.exists()", [False]),
    ("owner.exists().not()", [True]),
    ("code.coding.count()", [2]),
    ("code.coding.code.isDistinct()", [True]),
    ("code.coding.system.isDistinct()", [False]),
    ("code.coding.system.distinct()", ["s"]),
    ("code.coding.all(system = 's')", [True]),
    ("code.coding.exists(code = 'c')", [False]),
    ("code.coding.select(code & system)", ["as", "bs"]),
    ("code.coding.first().code + 'x'", ["ax"]),
    ("code.coding.count() + 1", [3]),
    ("status.startsWith('comp') and status.endsWith('ted') and status.contains('plet')", [True]),
    ("status.matches('^[a-z]+$')", [True]),
    ("status.length() > 3", [True]),
    ("authoredOn.exists()", [True]),
    ("authoredOn.hasValue()", [False]),
    ("status.hasValue()", [True]),
    ("descendants().where($this = 'y').exists()", [True]),
    ("%resource.id", ["t"]),
    ("code.coding.select(%resource.id)", ["t", "t"]),
    ("%ucum", ["http://unitsofmeasure.org"]),
    ("exec", []),
    ("execution.start", ["2026-01"]),
    ("outpu", []),
    ("{} or true", [True]),
    ("{} and true", []),
    ("{} and false", [False]),
    ("{} implies true", [True]),
    ("'it\\'s'", ["it's"]),
    ("`status`", ["completed"]),
    ("'12'.toInteger() >= 12", [True]),
    ("1.5 < 2", [True]),
    ("'a' < 'b'", [True]),
    ("output.value.allTrue()", [False]),
)


@pytest.mark.parametrize(("text", "values"), GIVEN)
def test_an_expression_gives_what_the_specification_says(text, values):
    assert expression(text).values(TASK) == values


@pytest.mark.parametrize(
    ("start", "end", "values"),
    (
        ("2026-01-15", "2026-01-15", [True]),
        ("2026-01-16", "2026-01-15", [False]),
        ("2026-01", "2026-01-15", []),
        ("2026-02", "2026-01-15", [False]),
        ("2026-01-15T10:00:00Z", "2026-01-15T09:30:00-08:00", [True]),
        ("2026-01-15T10:00:00Z", "2026-01-15T11:30:00+02:00", [False]),
        ("2026-01-15T10:00:00", "2026-01-15T11:30:00+02:00", []),
        ("2026-01-15", "2026-01-15T10:00:00Z", []),
        ("2026-01-15", None, []),
    ),
)
def test_times_that_cannot_be_told_apart_decide_nothing(start, end, values):
    period = {"start": start, "end": end} if end else {"start": start}
    assert expression("start <= end").values(period) == values
    assert expression("start <= end").holds(period) == (values == [True])


@pytest.mark.parametrize(
    "text",
    (
        *("status =", "status)", "(status", "status.", "code.coding[", "'open", "#", "a b"),
        *("member.resolve()", "code.memberOf('x')", "%previous.status", "a.as(1)", "1 * 2", ""),
        *("$index", "$this.$this", "a.is(b, c)"),
    ),
)
def test_what_is_not_known_is_an_error_when_it_is_read(text):
    with pytest.raises(UnknownExpression):
        expression(text)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)


@given(element=ANY_JSON, index=st.integers(0, len(GIVEN) - 1))
def test_odd_json_raises_nothing(element, index):
    whole = {"status": element, "code": element, "output": [element], "executionPeriod": element}
    for one in (element, whole):
        assert isinstance(expression(GIVEN[index][0]).values(one), list)
