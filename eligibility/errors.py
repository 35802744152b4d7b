"""What can go wrong with policies, as exceptions. Faults in a member's data are `Issue`s instead.

EligibilityError
├── PolicyError           a policy file cannot be used as it stands: file, line, fault, remedy
├── UnknownPlan           no policies are held for a plan of that id
├── NoPolicyInForce       the day lies before the first day any policy is in force
└── NoValueInForce        a parameter has no value on the day asked about

Every message says what was found, where, why it matters and what to do; none holds patient data.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date


class EligibilityError(Exception):
    """Any failure this package raises."""


class PolicyError(EligibilityError):
    """A policy file cannot be used; its message reads `file:line: fault. Remedy.`."""

    def __init__(self, *, file: str, line: int, fault: str, remedy: str) -> None:
        self.file = file
        self.line = line
        #: What was found and why it matters.
        self.fault = fault
        #: What to do about it.
        self.remedy = remedy
        super().__init__(f"{file}:{line}: {fault}. {remedy[:1].upper()}{remedy[1:]}.")


class UnknownPlan(EligibilityError):
    """No policies are held for `plan`."""

    def __init__(self, plan: str, known: Iterable[str]) -> None:
        self.plan = plan
        self.known = tuple(sorted(known))
        super().__init__(
            f"no policies are held for plan {plan!r}; choose one of {', '.join(self.known)}"
        )


class NoPolicyInForce(EligibilityError):
    """ECM had not begun on `day`, so no text says who was eligible."""

    def __init__(self, day: date, began: date) -> None:
        self.day = day
        self.began = began
        super().__init__(
            f"ECM began on {began}; no policy is in force on {day}; choose a later policy date"
        )


class NoValueInForce(EligibilityError):
    """No source gives the parameter `name` a value on `day`; none is ever carried over."""

    def __init__(self, name: str, day: date) -> None:
        self.name = name
        self.day = day
        super().__init__(
            f"parameter {name!r} has no value on {day}; "
            "add a dated value with its source, or narrow the days the policy is in force"
        )
