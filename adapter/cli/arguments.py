"""The arguments that `evaluate` and `explain` share, and what they must look like."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Callable
from datetime import date
from typing import get_args

from adapter import clock
from eligibility.facts import Completeness, Source

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PATIENT = re.compile(r"(https?://\S+/)?Patient/[^/\s]+|urn:(uuid|oid):\S+")


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
    words = ["FILE" if options.file == "-" else options.file]
    for name in ("plan", "as_of", "policy_date", "patient"):
        if (value := getattr(options, name)) is not None:
            words += [f"--{name.replace('_', '-')}", str(value)]
    for one in options.complete:
        words += ["--complete", f"{one.source}={one.first}..{one.last}"]
    return shlex.join(words)


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


def day(text: str) -> date:
    """A day written as YYYY-MM-DD, and nothing looser."""
    if _DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} does not exist in the calendar") from None
    raise argparse.ArgumentTypeError(f"{text!r} is not a day; write it as YYYY-MM-DD")


def patient(text: str) -> str:
    """A reference to a Patient resource: `Patient/p1`, or the fullUrl of its entry."""
    if _PATIENT.fullmatch(text):
        return text
    raise argparse.ArgumentTypeError(f"{text!r} is not a Patient; write it as Patient/ID")


def completeness(text: str) -> Completeness:
    """A declaration `SOURCE=FROM..TO`, both days included."""
    source, equals, days = text.partition("=")
    first, dots, last = days.partition("..")
    if not equals or not dots:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a declaration; write SOURCE=FROM..TO, "
            "for example encounters=2024-02-01..2025-02-01"
        )
    known: tuple[Source, ...] = get_args(Source)
    for name in known:
        if name == source:
            break
    else:
        raise argparse.ArgumentTypeError(
            f"{source!r} is not a source; choose one of {', '.join(known)}"
        )
    begins, ends = day(first), day(last)
    if ends < begins:
        raise argparse.ArgumentTypeError(
            f"{text!r} ends before it begins; write the earlier day first"
        )
    return Completeness(source=name, first=begins, last=ends)


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
