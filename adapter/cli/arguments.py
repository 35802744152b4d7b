"""The arguments that `evaluate` and `explain` share, and what they must look like."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from typing import TypeVar

from adapter import clock, question
from adapter.errors import UnusableInput
from adapter.question import read_completeness, read_day, read_patient

T = TypeVar("T")


def add_question(parser: argparse.ArgumentParser) -> None:
    """Add FILE and the options that say what is asked of it."""
    parser.add_argument(
        "file",
        metavar="FILE",
        help="a FHIR Bundle of any type, NDJSON or a CDS Hooks request; - for standard input",
    )
    parser.add_argument(
        "--plan",
        action=Once,
        help="partnership, anthem, health-net or dhcs (the state); "
        "default: the plan of the active Coverage, else dhcs",
    )
    parser.add_argument(
        "--as-of",
        metavar="YYYY-MM-DD",
        type=day,
        action=Once,
        help="the day asked about; default: today in California",
    )
    parser.add_argument(
        "--policy-date",
        metavar="YYYY-MM-DD",
        type=day,
        action=Once,
        help="judge by the policies of this day instead (2022-01-01 or later)",
    )
    parser.add_argument(
        "--patient",
        metavar="Patient/ID",
        type=patient,
        action=Once,
        help="whom to ask about, where the input holds several Patients",
    )
    parser.add_argument(
        "--complete",
        metavar="SOURCE=FROM..TO",
        type=completeness,
        action="append",
        default=[],
        help="the input holds everything of SOURCE (encounters, conditions, programs or "
        "screenings) from the day FROM to the day TO; repeatable. Without it, what is absent "
        "is unknown",
    )


def spelled(options: argparse.Namespace) -> str:
    """FILE and the options that ask the same question again, as a shell takes them."""
    return question.spelled(
        "FILE" if options.file == "-" else options.file,
        plan=options.plan,
        as_of=options.as_of,
        policy_date=options.policy_date,
        patient=options.patient,
        complete=options.complete,
    )


class Once(argparse.Action):
    """Stores a value; a second, different one is an error instead of silently winning."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        """Store the value, as argparse asks."""
        given = getattr(namespace, self.dest)
        if given is not None and given != values:
            parser.error(f"{option_string} is given twice with different values; give it once")
        setattr(namespace, self.dest, values)


def _understood(read: Callable[[str], T]) -> Callable[[str], T]:
    """What reads an argument, with its reasons told as argparse tells them."""

    def of_argument(text: str) -> T:
        try:
            return read(text)
        except UnusableInput as fault:
            raise argparse.ArgumentTypeError(str(fault)) from None

    return of_argument


day = _understood(read_day)
patient = _understood(read_patient)
completeness = _understood(read_completeness)


def as_of(options: argparse.Namespace) -> date:
    """The day asked about."""
    given: date | None = options.as_of
    return given or clock.today()


def one_of(known: dict[str, str], what: str) -> Callable[[str], str]:
    """A type that takes an id or any of its other spellings, as `known` spells them."""

    def choose(text: str) -> str:
        try:
            return known[text]
        except KeyError:
            choices = ", ".join(dict.fromkeys(known.values()))
            raise argparse.ArgumentTypeError(
                f"{text!r} is not {what}; choose one of {choices}"
            ) from None

    return choose
