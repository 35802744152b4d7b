"""The parts of a question to the evaluation, as callers write them: days, members, declarations.

The command line, the FHIR operation and the workbench take the same spellings and give the same
reasons when they cannot (docs/input-contract.md, section 1).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from datetime import date
from typing import get_args

from adapter.errors import UnusableInput
from eligibility.errors import NoPolicyInForce
from eligibility.facts import Completeness, Source

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PATIENT = re.compile(r"(https?://\S+/)?Patient/[^/\s]+|urn:(uuid|oid):\S+")


def read_day(text: str) -> date:
    """A day written as YYYY-MM-DD, and nothing looser.

    Raises:
        UnusableInput: it is written otherwise, or there is no such day.
    """
    if _DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise UnusableInput(f"{text!r} does not exist in the calendar") from None
    raise UnusableInput(f"{text!r} is not a day; write it as YYYY-MM-DD")


def read_patient(text: str) -> str:
    """A reference to a Patient resource: `Patient/p1`, or the fullUrl of its entry.

    Raises:
        UnusableInput: it is written otherwise.
    """
    if _PATIENT.fullmatch(text):
        return text
    raise UnusableInput(f"{text!r} is not a Patient; write it as Patient/ID")


def read_completeness(text: str) -> Completeness:
    """A declaration `SOURCE=FROM..TO`, both days included.

    Raises:
        UnusableInput: it is written otherwise, of another source, or ends before it begins.
    """
    source, equals, days = text.partition("=")
    first, dots, last = days.partition("..")
    if not equals or not dots:
        raise UnusableInput(
            f"{text!r} is not a declaration; write SOURCE=FROM..TO, "
            "for example encounters=2024-02-01..2025-02-01"
        )
    known: tuple[Source, ...] = get_args(Source)
    for name in known:
        if name == source:
            break
    else:
        raise UnusableInput(f"{source!r} is not a source; choose one of {', '.join(known)}")
    begins, ends = read_day(first), read_day(last)
    if ends < begins:
        raise UnusableInput(f"{text!r} ends before it begins; write the earlier day first")
    return Completeness(source=name, first=begins, last=ends)


def spelled(
    file: str,
    *,
    plan: str | None,
    as_of: date | None,
    policy_date: date | None,
    patient: str | None,
    complete: Sequence[Completeness],
) -> str:
    """FILE and the options of `ecm evaluate` that ask the question, as a shell takes them."""
    words = [file]
    given = {
        "plan": plan,
        "as-of": as_of,
        "policy-date": policy_date,
        "patient": patient,
    }
    for name, value in given.items():
        if value is not None:
            words += [f"--{name}", str(value)]
    for one in complete:
        words += ["--complete", f"{one.source}={one.first}..{one.last}"]
    return shlex.join(words)


def before_ecm(fault: NoPolicyInForce, remedy: str) -> str:
    """Why no policy answers for a day.

    Args:
        fault: as the evaluation raised it.
        remedy: how this caller gives a policy date, e.g. `give --policy-date {began} or later`.
    """
    return (
        f"no policy is in force on {fault.day}, since ECM began on {fault.began}; "
        f"{remedy.format(began=fault.began)}"
    )
