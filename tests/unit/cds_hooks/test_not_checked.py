"""A record that could not be read is no silence: "unknown" is told apart from "nothing found"."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.cds_hooks.asked import a_call, advice

ERROR = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}


@pytest.mark.requirement("cds-hooks_2.0@50", "cds-hooks_2.0@52")
@pytest.mark.parametrize("key", ("encounters", "conditions"))
@pytest.mark.parametrize("value", (ERROR, "<html>HTTP Status 500</html>"))
def test_silence_never_hides_that_a_record_could_not_be_read(key: str, value: Any):
    """Nothing points to ECM, but the visits or conditions failed to come: staff is told."""
    call = a_call("nothing-to-say")
    assert advice(call).cards == ()
    call["prefetch"][key] = value
    (card,) = advice(call).cards
    assert card.source.topic is not None
    assert card.source.topic.code == "ecmNotChecked"
    assert f"{key} (the client sent an error instead)" in card.detail
    assert card.suggestions == ()
    call["context"]["userId"] = f"Patient/{call['context']['patientId']}"
    assert advice(call).cards == ()


def test_what_a_client_does_not_send_is_its_choice():
    """A client that sends the Patient alone and has no server to ask is not told at each chart."""
    call = a_call("nothing-to-say")
    call["prefetch"] = {"patient": call["prefetch"]["patient"]}
    assert advice(call).cards == ()


def test_an_answer_is_not_held_up_by_what_could_not_be_read():
    """Criteria are met by what came; the card says that, and what is missing."""
    call = a_call("five-emergency-visits")
    call["prefetch"]["conditions"] = ERROR
    (card,) = advice(call).cards
    assert card.source.topic is not None
    assert card.source.topic.code == "ecmEligible"
    assert "conditions (the client sent an error instead)" in card.detail
