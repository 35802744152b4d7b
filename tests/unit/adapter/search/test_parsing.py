"""How a search is read, and what is refused instead of finding more than was asked for."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.fhir_api.faults import Refused
from adapter.search.parameters import PATIENT_COMPARTMENT, TYPES, parameter
from adapter.search.parsing import parse
from adapter.search.query import Query
from adapter.search.results import MOST_COUNT


def read(type: str, search: str, *, strict: bool = False) -> Query:
    """The search, written as in a URL without escapes of its own."""
    pairs = [tuple(each.split("=", 1)) for each in search.split("&") if each]
    return parse(type, [(name, value) for name, value in pairs], strict=strict)


def refusal(type: str, search: str, *, strict: bool = False) -> Refused:
    with pytest.raises(Refused) as caught:
        read(type, search, strict=strict)
    assert caught.value.status == 400
    return caught.value


def test_a_comma_parts_values_unless_a_backslash_stands_before_it() -> None:
    clause = read("Task", r"identifier=urn:a|x\,y,urn:a|x\|y,plain\\").clauses[0]
    assert [(one.system, one.text) for one in clause.values] == [
        ("urn:a", "x,y"), ("urn:a", "x|y"), (None, "plain\\"),
    ]  # fmt: skip


def test_a_code_may_be_asked_for_in_any_system_in_none_or_a_system_for_any_code() -> None:
    values = read("Task", "code=x,|x,urn:c|x,urn:c|").clauses[0].values
    assert [(one.system, one.text) for one in values] == [
        (None, "x"), ("", "x"), ("urn:c", "x"), ("urn:c", ""),
    ]  # fmt: skip


def test_a_parameter_that_is_asked_twice_has_to_hold_twice() -> None:
    clauses = read("Task", "code=x&code=y").clauses
    assert [clause.values[0].text for clause in clauses] == ["x", "y"]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    (
        ("2024", 1704067200000, 1735689599999),
        ("2024-02", 1706745600000, 1709251199999),
        ("2024-02-29", 1709164800000, 1709251199999),
        ("2024-02-29T10:30", 1709202600000, 1709202659999),
        ("2024-02-29T10:30:00Z", 1709202600000, 1709202600999),
        ("2024-02-29T10:30:00.1Z", 1709202600100, 1709202600199),
        ("2024-02-29T02:30:00-08:00", 1709202600000, 1709202600999),
        # A plus sign that was not encoded.
        ("2024-02-29T11:30:00 01:00", 1709202600000, 1709202600999),
        ("0001", -62135596800000, -62104060800001),
        ("9999-12-31T23:59:59.999-12:00", 253402343999999, 253402343999999),
    ),
)
def test_a_date_stands_for_as_long_as_it_is_precise(text: str, low: int, high: int) -> None:
    value = read("Task", f"authored-on=ge{text}").clauses[0].values[0]
    assert (value.prefix, value.low, value.high) == ("ge", low, high)


@pytest.mark.parametrize(
    "text",
    ("0000", "10000", "2023-02-29", "2024-13", "20240229", "2024-W09-4", "gt", "x",
     "\uff12\uff10\uff12\uff14", "2024-02-29T25:00:00Z", "2024-2-9", "-2024"),
)  # fmt: skip
def test_what_is_no_date_is_refused_and_told_how_to_write_one(text: str) -> None:
    assert "write a date such as 2026" in str(refusal("Task", f"authored-on={text}"))


@pytest.mark.parametrize(
    ("text", "low", "high"),
    (
        ("100", 99.5, 100.49999999999999),
        ("100.00", 99.995, 100.00499999999998),
        ("1e2", 50.0, 149.99999999999997),
        ("gt100", 100.0, 100.0),
        ("ap-100", -110.0, -90.0),
        ("1e999", 1.7976931348623157e308, 1.7976931348623157e308),
        ("1e-999999999", 0.0, 0.0),
    ),
)
def test_a_number_stands_for_what_rounds_to_it(text: str, low: float, high: float) -> None:
    value = read("Observation", f"value-quantity={text}||mg").clauses[0].values[0]
    assert (value.low, value.high, value.text) == (low, high, "mg")


def test_who_leaves_out_an_unknown_parameter_is_told_what_was_applied() -> None:
    query = read("Task", "colour=red&status=requested&_sort=colour&_count=5&_format=json")
    assert query.applied == (("status", "requested"), ("_count", "5"))
    assert len(query.clauses) == 1


@pytest.mark.parametrize(
    "search", ("colour=red", "_sort=colour", "_include=Task:colour", "status=", "patient.colour=x",
               "_has:Task:colour:status=x", "_include=Nothing:at"),
)  # fmt: skip
def test_strict_handling_refuses_what_is_left_out_otherwise(search: str) -> None:
    assert read("Task", search).applied == ()
    refusal("Task", search, strict=True)


@pytest.mark.parametrize(
    "search",
    ("code:above=x", "code:below=x", "code:in=x", "code:not-in=x", "subject:below=x", "name:x=y",
     "status:exact=x", "_id:missing=true", "authored-on:not=2024", "patient:Task=1",
     "identifier:of-type=a|b", "owner:identifier=|", "code=|", "code=a|b|c", "code:missing=maybe",
     "status.name=x", "patient:Organization.name=x", "focus.status=active", "_count=-1",
     "_count=ten", "_total=some", "_summary=all", "_elements=a%20b", "_include:once=Task:focus",
     "_has:Task=x", "patient=#p1", "owner:Practitioner.colour:missing=x&status:what=x"),
)  # fmt: skip
def test_a_modifier_or_value_that_cannot_be_honoured_is_refused(search: str) -> None:
    refusal("Questionnaire" if search.startswith("name") else "Task", search)


def test_a_refusal_does_not_repeat_what_was_searched_for() -> None:
    assert "Smith" not in str(refusal("Task", "authored-on=Smith"))
    assert "Smith" not in str(refusal("Task", "code=Smith|a|b"))


def test_a_chain_without_a_type_is_followed_to_each_type_that_has_the_parameter() -> None:
    clause = read("ServiceRequest", "requester.name=ann").clauses[0]
    assert {one.parameter.param for one in clause.chain} == {
        "Organization.name", "Patient.name", "Practitioner.name", "RelatedPerson.name",
    }  # fmt: skip


def test_a_chain_may_be_reversed_on_its_way() -> None:
    clause = read("Task", "patient._has:Observation:patient:code=x").clauses[0]
    reverse = clause.chain[0]
    assert (reverse.type, reverse.parameter.param) == ("Patient", "Observation.subject")
    assert reverse.has[0].parameter.param == "Observation.code"


@pytest.mark.parametrize(
    "search",
    ("part-of.part-of.part-of.part-of.status=x", "_id=" + ",".join("a" * 501),
     "&".join("status=x" for _ in range(41)), "_sort=" + ",".join(["status"] * 6)),
)  # fmt: skip
def test_a_search_that_asks_for_too_much_is_refused(search: str) -> None:
    assert refusal("Task", search).issues[0].code == "too-costly"


def test_a_page_has_no_more_than_the_most() -> None:
    assert read("Task", "_count=" + "9" * 5000).count == MOST_COUNT
    assert read("Task", "_count=0").count == 0
    assert read("Task", "_summary=count").count == 0


def test_an_absolute_reference_to_this_server_finds_the_same_as_a_relative_one() -> None:
    base = "https://exchange.example/fhir"
    (value,) = parse("Task", [("owner", f"{base}/Organization/1")], bases=(base,)).clauses[0].values
    assert (value.target_type, value.target_id, value.url) == ("Organization", "1", "")


@pytest.mark.parametrize("text", ("\0", "a\0b", "\ud800"))
def test_what_no_database_takes_is_refused_in_every_place(text: str) -> None:
    for pair in ((f"status{text}", "x"), ("status", text), ("_sort", text), ("_id", text)):
        with pytest.raises(Refused):
            parse("Task", [pair])


def test_a_compartment_is_all_the_ways_into_it() -> None:
    clause = parse("Task", [], compartment=("Patient", "p1")).clauses[0]
    names = [one.name for one in (clause.parameter, *clause.alternatives)]
    assert names == ["patient", "focus"]


def test_the_compartment_names_parameters_that_exist() -> None:
    for type, names in PATIENT_COMPARTMENT.items():
        for name in names:
            found = parameter(type, name)
            assert found is not None, (type, name)
            assert found.kind == "reference"


@pytest.mark.parametrize(("type", "of"), (("Organization", "Patient"), ("Task", "Device")))
def test_what_is_in_no_compartment_is_not_searched_there(type: str, of: str) -> None:
    with pytest.raises(Refused) as caught:
        parse(type, [], compartment=(of, "1"))
    assert caught.value.status == 404


NAMES = st.sampled_from((
    "status", "owner", "patient.name", "_has:Task:owner:status", "authored-on", "_sort", "_count",
    "_include", "_revinclude:iterate", "_elements", "identifier:of-type", "owner:identifier",
    "patient:Patient.birthdate", "code:text", "_lastUpdated", "_id", "period:missing",
)) | st.text(max_size=20)  # fmt: skip


@given(st.sampled_from(sorted(TYPES)), st.lists(st.tuples(NAMES, st.text(max_size=40)), max_size=3))
def test_whatever_is_asked_is_a_search_or_a_refusal(
    type: str, pairs: list[tuple[str, str]]
) -> None:
    for strict in (False, True):
        with suppress(Refused):
            parse(type, pairs, strict=strict)
