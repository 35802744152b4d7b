"""Why a card was set aside: in Epic's spelling, in other shapes, and in any JSON at all."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_hooks.feedback_reasons import MAX_COMMENT, MAX_PARTS, MAX_TOKEN
from tests.unit.cds_hooks.sent_feedback import CARD, one


def test_epics_plural_spelling():
    """As Epic documents it: an object called `overrideReasons`."""
    reason = {"code": "member-declined", "display": "bad", "system": "http: //example.org/reasons"}
    found, deviations = one(overrideReasons={"reason": reason, "userComment": "Free Text"})
    assert found.reasons == (("http: //example.org/reasons", "member-declined"),)
    assert found.comment == "Free Text"
    assert deviations == ("feedback.overrideReasons: spelled in the plural",)


def test_epics_reasons_of_its_own_build():
    """They come in an extension: a category, which is a number, and a title to read."""
    prefix = "com.epic.cdshooks.feedback.overrideReason"
    extension = {
        f"{prefix}.reasonCategory": "45",
        f"{prefix}.reasonDisplay": "Does not meet criteria",
        f"{prefix}.reasonTitle": "Does not meet criteria",
    }
    found, deviations = one(overrideReasons={"extension": extension, "userComment": "Free Text"})
    assert found.reasons == ((prefix, "45 Does not meet criteria"),)
    assert "feedback.overrideReason: in an extension" in deviations


@pytest.mark.parametrize(
    "fields",
    (
        {"overrideReasons": [{"reason": {"code": "a", "system": "s"}}, {"reason": {"code": "b"}}]},
        {
            "overrideReason": {"reason": {"code": "a", "system": "s"}},
            "overrideReasons": {"reason": {"code": "b"}},
        },
        {"overrideReason": {"reason": [{"code": "a", "system": "s"}, {"code": "b"}]}},
        {"overrideReason": {"reason": {"coding": [{"code": "a", "system": "s"}, {"code": "b"}]}}},
        {"overrideReasons": [{"code": "a", "system": "s"}, {"code": "b"}, {"code": "b"}]},
    ),
)
def test_reasons_in_every_shape_seen(fields: dict[str, Any]):
    """A list, both spellings, a list of codings, a CodeableConcept, bare codings."""
    found, deviations = one(**fields)
    assert found.reasons == (("s", "a"), ("", "b"))
    assert all(told.startswith("feedback.overrideReason") for told in deviations)


def test_long_texts_are_bounded():
    """A comment is cut, a code too long is none, lists end."""
    reason = {"code": "x" * (MAX_TOKEN + 1)}
    found, deviations = one(overrideReason={"reason": reason, "userComment": "y" * 100_000})
    assert found.reasons == ()
    assert found.comment == "y" * MAX_COMMENT
    assert "feedback.overrideReason.userComment: cut off" in deviations
    many = [{"reason": {"code": str(number)}} for number in range(500)]
    assert len(one(overrideReasons=many)[0].reasons) == MAX_PARTS


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
PARTS = st.sampled_from(("reason", "code", "system", "coding", "extension", "userComment"))
OVERRIDE = st.recursive(
    JSON, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PARTS, inner, max_size=4)
)


@given(OVERRIDE, OVERRIDE, JSON, JSON)
def test_whatever_stands_beside_the_answer_is_survived(
    override: Any, overrides: Any, suggestions: Any, at: Any
):
    """The answer itself is read, every part is a short text without NUL, deviations are ours."""
    found, deviations = one(
        overrideReason=override,
        overrideReasons=overrides,
        acceptedSuggestions=suggestions,
        outcomeTimestamp=at,
    )
    assert (found.card, found.outcome) == (CARD, "overridden")
    texts = [*found.suggestions, *(part for pair in found.reasons for part in pair), found.at]
    assert all(len(text) <= MAX_TOKEN for text in texts)
    assert "\0" not in "".join((*texts, found.comment))
    assert all(told.startswith("feedback.") for told in deviations)
