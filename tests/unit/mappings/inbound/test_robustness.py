"""No data make a mapper raise, and no order of the data changes what is known."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.facts import MemberFacts
from mappings.errors import MappingError, NotJson
from mappings.inbound.bundle import read_member
from tests.unit.mappings.inbound.records import PATIENT, bundle, codes, facts
from tests.unit.mappings.inbound.whole_record import RECORD

Path_ = tuple[str | int, ...]

EXAMPLES = Path(__file__).parents[3] / "examples" / "data"


def leaves(value: Any, path: Path_ = ()) -> Iterator[Path_]:
    """The paths of every element, but those of the resource types."""
    if path:
        yield path
    if not isinstance(value, dict | list):
        return
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if key != "resourceType":
            yield from leaves(inner, (*path, key))


def changed(record: list[Any], path: Path_, value: Any) -> list[Any]:
    copy = deepcopy(record)
    holder: Any = copy
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return copy


def reads(document: bytes) -> MemberFacts | None:
    """What is known; None: refused, by the caller's own errors."""
    try:
        return read_member(document)
    except MappingError as fault:
        refused = str(fault)
    assert "\n" not in refused
    return None


PATHS = list(leaves(RECORD))
OTHER_VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 1e300, 2**70, "", "\x00", "x" * 70, [], {}, [None], [[]], {"": {}}, ["a", 1],
)  # fmt: skip


def test_the_record_has_something_of_everything():
    found = facts(*RECORD)
    assert len(found.visits) == 2
    assert all((found.answers, found.signs, found.screenings, found.enrolments, found.coverages))
    assert not found.issues


@pytest.mark.parametrize("value", OTHER_VALUES, ids=lambda value: repr(value)[:20])
def test_any_element_may_have_any_type(value):
    for path in PATHS:
        reads(bundle(*changed(RECORD, path, value)))


def test_any_element_may_be_missing():
    for path in PATHS:
        record: Any = deepcopy(RECORD)
        holder = record
        for key in path[:-1]:
            holder = holder[key]
        del holder[path[-1]]
        reads(bundle(*record))


@given(st.permutations(RECORD))
def test_the_order_of_the_resources_changes_nothing(shuffled):
    assert read_member(bundle(*shuffled)) == read_member(bundle(*RECORD))


@pytest.mark.parametrize("as_lines", (False, True))
@pytest.mark.parametrize("half", (b"\\ud83d", b"\\uDE00", b"\\udc00\\ud800", b"\\\\\\ud83d"))
def test_half_a_character_is_replaced_and_told(half, as_lines):
    """A lone surrogate, as a cut through an emoji leaves it, is JSON and yet no text."""
    record = bundle(*RECORD).replace(b"15100 Test Street", half)
    if as_lines:
        lines = [msgspec.json.encode(one) for one in RECORD]
        found = read_member([line.replace(b"15100 Test Street", half) for line in lines])
    else:
        found = read_member(record)
    assert set(codes(found)) == {"half-character"}
    assert not found.incomplete
    assert len(found.visits) == 2


def test_a_backslash_before_a_u_is_no_half_character():
    assert not read_member(bundle(*RECORD).replace(b"15100", b"\\\\ud83d")).issues


@pytest.mark.parametrize("text", (b"\\u0000", b"\xff", b"\xed\xa0\x80"))
def test_text_that_is_none_is_an_issue_and_no_crash(text):
    for word in (b"finished", b"2025-01-08", b"Z59.01", b"Solano", b"complex-need", b"Patient/p1"):
        assert word in bundle(*RECORD)
        reads(bundle(*RECORD).replace(word, text))


def test_a_resource_that_is_not_utf_8_is_an_issue_and_the_rest_is_read():
    found = read_member(bundle(*RECORD).replace(b"Z59.01", b"\xff"))
    assert codes(found) == ["unreadable"]
    assert found.incomplete == {"conditions"}
    assert len(found.visits) == 2


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["coding", "code", "system", "reference", "start", "value"]),
                      inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(PATHS), json_values), max_size=6))
def test_any_record_with_anything_in_it_is_read(changes):
    record = deepcopy(RECORD)
    for path, value in changes:
        try:
            record = changed(record, path, value)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away
    reads(bundle(*record))


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data):
    reads(data)


@given(st.integers(min_value=0), st.binary(max_size=3))
def test_a_damaged_file_is_read_or_refused(position, damage):
    document = bundle(*RECORD)
    place = position % len(document)
    reads(document[:place] + damage + document[place + 1 :])
    reads(document[:place])


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.bundle.json")), ids=lambda p: p.stem)
def test_a_worked_example_is_read_in_any_order(path: Path):
    document = json.loads(path.read_bytes())
    expected = read_member(path.read_bytes())
    document["entry"].reverse()
    assert read_member(msgspec.json.encode(document)) == expected


def test_every_published_file_is_read_or_refused(ecm_test_data: Path) -> None:
    read = 0
    for path in ecm_test_data.rglob("*.json"):
        if "bulk" not in path.parts:
            read += reads(path.read_bytes()) is not None
    assert read > 100


def test_broken_json_is_refused_as_such(ecm_test_data: Path) -> None:
    broken = sorted((ecm_test_data / "09_robustness_jsontestsuite").glob("n_*.json"))
    assert len(broken) > 150
    for path in broken:
        inside = bundle(PATIENT)[:-1] + b',"x":' + path.read_bytes() + b"}"
        for document in (path.read_bytes(), inside):
            with pytest.raises(NotJson):
                read_member(document)


def test_sound_json_is_never_called_broken(ecm_test_data: Path) -> None:
    sound = sorted((ecm_test_data / "09_robustness_jsontestsuite").glob("y_*.json"))
    assert len(sound) > 80
    for path in sound:
        document = bundle(PATIENT)[:-1] + b',"x":' + path.read_bytes() + b"}"
        assert read_member(document).member == "Patient/p1"


def test_naughty_strings_are_text_like_any_other(ecm_test_data: Path) -> None:
    strings = json.loads((ecm_test_data / "09_robustness_naughty_strings/blns.json").read_bytes())
    texts = [path for path in PATHS if isinstance(_at(path), str)]
    for number, string in enumerate(strings):
        record = RECORD
        for path in texts[number % 7 :: 7]:
            record = changed(record, path, string)
        reads(bundle(*record))


def _at(path: Path_) -> Any:
    value: Any = RECORD
    for key in path:
        value = value[key]
    return value


def test_a_known_patient_had_five_emergency_visits_on_local_days(ecm_test_data: Path) -> None:
    (path,) = (ecm_test_data / "01_synthea_smart_2021").glob("Isaiah_Schaden*")
    days = [
        str(visit.start.first)
        for visit in read_member(path.read_bytes()).visits
        if visit.kind == "emergency" and visit.start
    ]
    assert sorted(days)[-5:] == [
        "2019-11-28",
        "2019-12-26",
        "2020-01-02",
        "2020-01-23",
        "2020-02-20",
    ]
