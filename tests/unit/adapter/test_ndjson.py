"""Which lines of NDJSON may be about a member."""

from __future__ import annotations

import json

import pytest

from adapter.cli.ndjson import LinesAbout

MINE = (
    {"resourceType": "Patient", "id": "p1"},
    {"resourceType": "Encounter", "subject": {"reference": "Patient/p1"}},
    {"resourceType": "Coverage", "beneficiary": {"reference": "https://x.example/r4/Patient/p1"}},
    {"resourceType": "EpisodeOfCare", "patient": {"reference": "Patient/p1/_history/3"}},
    {"resourceType": "Condition", "subject": {"reference": "urn:uuid:p1"}},
    {"resourceType": "Condition", "subject": {"reference": "Patient?identifier=mrn|1"}},
    {"resourceType": "Condition", "subject": {"identifier": {"value": "1"}}},
    {"resourceType": "Organization", "id": "o1"},
    {"resourceType": "Encounter", "subject": "not a reference"},
)
OTHERS = (
    {"resourceType": "Patient", "id": "p11"},
    {"resourceType": "Encounter", "subject": {"reference": "Patient/p11"}},
    {"resourceType": "Condition", "note": "Patient/p1", "subject": {"reference": "Patient/p2"}},
    {"resourceType": "Condition", "subject": {"reference": "urn:uuid:p2"}},
)


@pytest.mark.parametrize("resource", MINE)
def test_a_line_that_may_be_about_the_member_is_kept(resource: object) -> None:
    """Where only the resources themselves can tell, the line is kept."""
    line = json.dumps(resource).encode()
    assert list(LinesAbout([line], "Patient/p1")) == [line]


@pytest.mark.parametrize("resource", OTHERS)
def test_a_line_about_somebody_else_is_dropped_and_counted(resource: object) -> None:
    """An empty line stands in its place, so that line numbers stay true."""
    lines = LinesAbout([json.dumps(resource).encode()], "Patient/p1")
    assert list(lines) == [b""]
    assert lines.left_out + lines.others == 1


def test_a_line_that_is_no_json_is_left_to_the_reader_of_resources() -> None:
    """Who reads the resources says which line it was."""
    assert list(LinesAbout([b"{oops\n"], "Patient/p1")) == [b"{oops\n"]
