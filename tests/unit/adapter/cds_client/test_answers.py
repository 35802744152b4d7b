"""What a client is told of an answer that departs from the specification."""

from __future__ import annotations

from typing import Any

import pytest

from adapter.cds_client.answers import answer_faults
from tests.unit.adapter.cds_client.stub import CARD

SUGGESTION: dict[str, Any] = CARD["suggestions"][0]  # type: ignore[index]
LINK: dict[str, Any] = CARD["links"][0]  # type: ignore[index]


def test_an_answer_as_the_specification_has_it_has_no_fault():
    """With everything, with nothing, and with what 3.0 adds."""
    assert answer_faults({"cards": [CARD]}) == ()
    assert answer_faults({"cards": []}) == ()
    least = {"summary": "s", "indicator": "critical", "source": {"label": "l"}}
    deletes = {"type": "delete", "description": "d", "resourceId": "ServiceRequest/1"}
    more = CARD | {"suggestions": [SUGGESTION | {"actions": [deletes]}], "extension": {"a.b": 1}}
    smart = LINK | {"type": "smart", "appContext": "{}", "autolaunchable": True}
    assert answer_faults({"cards": [least, more, CARD | {"links": [smart]}]}) == ()


@pytest.mark.parametrize(
    ("change", "told"),
    (
        ({"summary": "x" * 140}, "cards.0.summary: a text shorter than 140 characters (…@83)"),
        ({"indicator": "hard-stop"}, "cards.0.indicator: info, warning or critical (…@88)"),
        ({"source": None}, "cards.0.source: an object that says whose guidance it is (…@90)"),
        ({"source": {}}, "cards.0.source.label: a text (…@105)"),
        ({"source": {"label": "l", "url": "/here"}}, "cards.0.source.url: an absolute URL (…@107)"),
        ({"selectionBehavior": "all"}, "cards.0.selectionBehavior: at-most-one or any (…@95)"),
        ({"links": []}, "cards.0.links: an array of links (…@103)"),
        ({"detail": ""}, "cards.0.detail: a text (…@85)"),
        (
            {"overrideReasons": [{"system": "s", "code": "c"}]},
            "cards.0.overrideReasons.0.display: words people read (…@219)",
        ),
        (
            {"links": [LINK | {"appContext": "x"}]},
            "cards.0.links.0.appContext: nothing, as the link is absolute (…@147)",
        ),
        (
            {"suggestions": [SUGGESTION | {"actions": [{"type": "create", "description": "d"}]}]},
            "cards.0.suggestions.0.actions.0.resource: a FHIR resource (…@130)",
        ),
    ),
)
def test_a_fault_is_told_with_place_and_rule(change: dict[str, Any], told: str):
    """Where, what belongs there, and by which rule; never the value."""
    assert answer_faults({"cards": [CARD | change]}) == (told.replace("…", "cds-hooks_2.0"),)


def test_suggestions_ask_for_a_selection_behavior():
    """A card with suggestions and without it."""
    card = {name: value for name, value in CARD.items() if name != "selectionBehavior"}
    (fault,) = answer_faults({"cards": [card]})
    assert fault.startswith("cards.0.selectionBehavior: at-most-one or any, as there are")


@pytest.mark.parametrize("answer", ({}, [], None, {"cards": {}}, {"cards": [5]}))
def test_what_is_no_answer_is_one_fault(answer: object):
    """Not a crash."""
    assert len(answer_faults(answer)) == 1
