"""The small forms of steps: what they ask, what is wrong, what is said with them."""

from __future__ import annotations

from datetime import date

import pytest
from werkzeug.datastructures import MultiDict

from adapter.casework.steps import ACTIONS, Said
from adapter.workbench.referrals.steps.forms import action_of, fields_of, filled, said_with
from adapter.workbench.referrals.steps.words import TOLD, reasons_for, told
from profiles.referral_codes import status_reasons

TODAY = date(2026, 3, 1)


def _sent(step: str, *fields: tuple[str, str]) -> Said:
    form = filled(fields_of(step, "provider", today=TODAY), MultiDict(fields))
    assert not [one.fault for one in form if one.fault]
    return said_with(step, form, "Harbor")


def _faults(step: str, *fields: tuple[str, str]) -> list[str]:
    form = filled(fields_of(step, "provider", today=TODAY), MultiDict(fields))
    return [one.name for one in form if one.fault]


@pytest.mark.parametrize("step", (*ACTIONS, "assign", "refer"))
def test_every_step_is_told(step: str):
    for side in ("plan", "provider", "requester"):
        if (step, "") in TOLD or (step, side) in TOLD:
            assert told(step, side).title
            assert told(step, side).says
    assert any(known == step for known, _ in TOLD)


@pytest.mark.parametrize("status", ("rejected", "on-hold", "failed", "cancelled", "completed"))
def test_reasons_are_those_that_go_with_the_status(status: str):
    for side in ("plan", "provider", "requester"):
        codes = [code for code, _ in reasons_for(status, side)]
        assert all(status in status_reasons()[code].task_statuses for code in codes)
        assert len(codes) == len(set(codes))
        assert not {"needs-correction", "replaced", "referral-ended"} & set(codes)


def test_what_is_wrong_with_a_referral_is_said_in_words():
    said = _sent("return", ("faults", "cin"), ("faults", "birth"), ("words", "See the card"))
    assert said.words.startswith("The Client Index Number (CIN) is missing or wrong; The date")
    assert said.words.endswith("; See the card")


def test_how_outreach_went_is_a_note_of_its_day():
    fields = (("reached", "no"), ("on", "2026-02-27"), ("way", "by phone"), ("words", "Voicemail"))
    said = _sent("contact", *fields)
    assert (said.note, said.on, said.by) == (
        "Not reached by phone: Voicemail",
        "2026-02-27",
        "Harbor",
    )
    assert action_of("contact", dict(fields)).business == "outreach-unsuccessful"
    assert action_of("contact", {"reached": "yes"}).business == "outreach-initiated"


@pytest.mark.parametrize(
    ("step", "fields", "faulty"),
    (
        ("return", (), ["faults"]),
        ("return", (("faults", "nonsense"),), ["faults"]),
        ("decline", (), ["code"]),
        ("decline", (("code", "other"),), ["words"]),
        ("decline", (("code", "other"), ("words", "Closed for a move")), []),
        ("contact", (("on", "2026-03-02"),), ["reached", "on"]),
        ("enroll", (("on", "1.3.2026"),), ["on"]),
        ("complete", (("on", "2026-03-01"), ("code", "no-capacity")), ["code"]),
        ("assign", (("provider", "Organization/nobody"),), ["provider"]),
    ),
)
def test_what_is_missing_or_wrong_is_named(
    step: str, fields: tuple[tuple[str, str], ...], faulty: list[str]
):
    if step == "assign":
        asked = fields_of(step, "plan", today=TODAY, providers=[("Organization/1", "Harbor")])
        assert [one.name for one in filled(asked, MultiDict(fields)) if one.fault] == faulty
    else:
        assert _faults(step, *fields) == faulty
