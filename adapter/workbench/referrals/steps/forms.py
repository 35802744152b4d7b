"""The small form of each step of a referral: what it asks, and what was entered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

import msgspec
from msgspec import Struct
from werkzeug.datastructures import MultiDict

from adapter.casework.steps import ACTIONS, Action, Said
from adapter.workbench.referrals.steps.words import FAULTS, WAYS, Side, reasons_for

Kind = Literal["choice", "radio", "words", "date", "checks"]

_MOST_WORDS = 1000
#: Words are needed with it, as it says nothing by itself.
_OTHER = "other"


class Field(Struct, frozen=True, kw_only=True):
    """One control of a form."""

    name: str
    label: str
    kind: Kind
    #: Value and label of what can be chosen.
    options: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    required: bool = False
    #: What is chosen or written; of `checks`, several.
    values: tuple[str, ...] = ()
    #: The last day that makes sense, of a date.
    latest: str = ""
    #: What is wrong with what was entered.
    fault: str = ""

    @property
    def value(self) -> str:
        """What is chosen or written; empty: nothing."""
        return self.values[0] if self.values else ""


_WORDS = Field(name="words", label="In your words", kind="words")


def fields_of(
    step: str,
    side: Side,
    *,
    today: date,
    providers: Sequence[tuple[str, str]] = (),
    usual: str = "",
) -> tuple[Field, ...]:
    """What a step asks.

    Args:
        step: one of `adapter.casework.steps.ACTIONS`, or `assign`.
        side: who takes it.
        today: the member's local day.
        providers: reference and name of who can be assigned.
        usual: the provider who is chosen beforehand; empty: nobody.
    """
    day = Field(
        name="on",
        label="Day",
        kind="date",
        required=True,
        values=(today.isoformat(),),
        latest=today.isoformat(),
    )
    note = msgspec.structs.replace(_WORDS, label="Note (optional)")
    match step:
        case "assign":
            chosen = (usual,) if usual else ()
            return (
                Field(
                    name="provider",
                    label="ECM provider",
                    kind="choice",
                    options=tuple(providers),
                    required=True,
                    values=chosen,
                ),
            )
        case "return":
            return (
                Field(
                    name="faults", label="What has to be corrected", kind="checks", options=FAULTS
                ),
                msgspec.structs.replace(_WORDS, label="Something else, or more about it"),
            )
        case "contact":
            return (
                Field(
                    name="reached",
                    label="Was the member reached?",
                    kind="radio",
                    options=(("yes", "Yes"), ("no", "Not this time")),
                    required=True,
                ),
                day,
                Field(name="way", label="How", kind="choice", options=WAYS, values=(WAYS[0][0],)),
                note,
            )
        case "enroll":
            return (msgspec.structs.replace(day, label="Enrolled on"), note)
        case "complete":
            return (
                msgspec.structs.replace(day, label="Day of the service"),
                msgspec.structs.replace(
                    _reason("completed", side), values=(ACTIONS["complete"].reason,)
                ),
                note,
            )
        case "decline" | "hold" | "fail" | "cancel":
            return (_reason(ACTIONS[step].status, side), _more_words())
    return ()


def _reason(status: str, side: Side) -> Field:
    options = reasons_for(status, side)
    return Field(name="code", label="Reason", kind="choice", options=options, required=True)


def _more_words() -> Field:
    return msgspec.structs.replace(
        _WORDS, label="In words", hint="Needed where the reason is “Another reason”."
    )


def filled(fields: Sequence[Field], form: MultiDict[str, str]) -> tuple[Field, ...]:
    """The form as it was sent, with what is wrong with it."""
    return tuple(_with_fault(_entered(one, form), form) for one in fields)


def _entered(field: Field, form: MultiDict[str, str]) -> Field:
    given = [one.strip()[:_MOST_WORDS] for one in form.getlist(field.name)]
    return msgspec.structs.replace(field, values=tuple(one for one in given if one))


def _with_fault(field: Field, form: MultiDict[str, str]) -> Field:
    known = {value for value, _ in field.options}
    fault = ""
    if field.required and not field.values:
        fault = "Choose one." if field.options else "Fill this in."
    elif field.options and not known.issuperset(field.values):
        fault = "Choose one of these."
    elif field.kind == "date" and field.values:
        fault = _fault_of_day(field.value, field.latest)
    elif field.name == "words" and not field.values and form.get("code") == _OTHER:
        fault = "Say in words which reason it is."
    elif field.name == "faults" and not field.values and not form.get("words", "").strip():
        fault = "Say what has to be corrected: choose at least one, or write it below."
    return msgspec.structs.replace(field, fault=fault)


def _fault_of_day(text: str, latest: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text or day.year < 1900:
        return "Write the day as year-month-day, such as 2026-01-31."
    if latest and text > latest:
        return "This day has not come yet."
    return ""


def action_of(step: str, values: Mapping[str, str]) -> Action:
    """The step as the exchange knows it."""
    action = ACTIONS[step]
    if step == "contact" and values.get("reached") == "no":
        return msgspec.structs.replace(action, business="outreach-unsuccessful")
    return action


def said_with(step: str, fields: Sequence[Field], by: str) -> Said:
    """What is said with a step.

    Args:
        step: as for `fields_of`.
        fields: filled in without a fault.
        by: who says it.
    """
    values = {one.name: one.value for one in fields}
    words = values.get("words", "")
    match step:
        case "return":
            known = dict(FAULTS)
            chosen = next(one.values for one in fields if one.name == "faults")
            return Said(words="; ".join([*(known[one] for one in chosen), *filter(None, [words])]))
        case "contact":
            how = "Reached" if values["reached"] == "yes" else "Not reached"
            told = f"{how} {values['way']}" + (f": {words}" if words else "")
            return Said(note=told, by=by, on=values["on"])
        case "enroll":
            return Said(note=words or "Agreed to take part, and enrolled", by=by, on=values["on"])
        case "complete":
            return Said(code=values["code"], note=words, by=by, on=values["on"])
    return Said(code=values.get("code", ""), words=words)
