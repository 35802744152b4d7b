"""`ecm policies`: list, show, check and compare the policy files that answer every question."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from datetime import date
from functools import wraps
from pathlib import Path

from adapter.cli.arguments import Once, day
from adapter.errors import UnusableInput

_Subparsers = argparse._SubParsersAction  # noqa: SLF001 - argparse names the type nowhere else


def register(subparsers: _Subparsers[argparse.ArgumentParser]) -> None:
    """Add the subcommand and its own four."""
    parser = subparsers.add_parser(
        "policies",
        help="list, show, check or compare the policies",
        description="The rules are data: one file per plan, Population of Focus and age group, "
        "every number with its dates and its source.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _register_list(commands)
    _register_show(commands)
    _register_check(commands)
    _register_diff(commands)


def _register_list(commands: _Subparsers[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("list", help="every policy file", allow_abbrev=False)
    parser.add_argument("--plan", action=Once, help="only this plan's")
    _add_as_of(parser, "only what is in force on this day")
    _add_format(parser)
    parser.set_defaults(run=run_list)


def _register_show(commands: _Subparsers[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "show",
        help="the rules in words, with their sections, values and readings",
        allow_abbrev=False,
    )
    parser.add_argument(
        "target",
        metavar="PLAN[/POPULATION[/VARIANT]]",
        help="for example partnership, partnership/2 or partnership/smi-sud/adult; "
        "PLAN/exclusions for the exclusions alone",
    )
    _add_as_of(parser, "only what is in force on this day; default: every period")
    parser.set_defaults(run=run_show)


def _register_check(commands: _Subparsers[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "check",
        help="find every fault, with its file and line",
        description="Without a path, checks the shipped policies. Faults go to standard error, "
        "one a line, and the exit code is 2.",
        allow_abbrev=False,
    )
    parser.add_argument("paths", metavar="PATH", nargs="*", type=Path, help="a file or a folder")
    parser.set_defaults(run=run_check)


def _register_diff(commands: _Subparsers[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "diff",
        help="what two plans, or one plan on two days, say differently",
        allow_abbrev=False,
    )
    parser.add_argument("plans", metavar="PLAN", nargs="+", help="two plans, or one")
    parser.add_argument(
        "--as-of",
        metavar="YYYY-MM-DD",
        type=day,
        action="append",
        default=[],
        help="the day of the comparison, default today; for one plan give it twice",
    )
    _add_format(parser)
    parser.set_defaults(run=run_diff)


def _add_as_of(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument("--as-of", metavar="YYYY-MM-DD", type=day, action=Once, help=what)


def _add_format(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("text", "json"), default="text")


def _told(run: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """A faulty policy file is told like any unusable input, with its file and line."""

    @wraps(run)
    def told(options: argparse.Namespace) -> int:
        from eligibility.errors import PolicyError

        try:
            return run(options)
        except PolicyError as fault:
            raise UnusableInput(str(fault)) from None

    return told


@_told
def run_list(options: argparse.Namespace) -> int:
    """Write every policy file, by plan and population number."""
    from adapter.cli.policy_list import list_as_json, list_as_text
    from eligibility.packs import plans, texts

    chosen = plans() if options.plan is None else (options.plan,)
    found = [
        policy
        for plan in chosen
        for policy in texts(plan).policies
        if options.as_of is None or policy.in_force.covers(options.as_of)
    ]
    if options.format == "json":
        _write_json(list_as_json(found, options.as_of))
    else:
        _write(list_as_text(found, options.as_of))
    return 0


@_told
def run_show(options: argparse.Namespace) -> int:
    """Write the rules of a plan, a population or a variant."""
    from adapter.cli.policy_pages import add_exclusions, add_plan, add_policy
    from adapter.cli.screen import Screen
    from eligibility.model import POPULATIONS
    from eligibility.packs import texts

    plan, *rest = options.target.strip("/").split("/")
    read = texts(plan)
    screen = Screen()
    if not rest:
        add_plan(screen, read, options.as_of)
    elif rest == ["exclusions"] and read.exclusions is not None:
        add_exclusions(screen, read.exclusions, options.as_of)
    else:
        names = {str(number): id for id, number in POPULATIONS.items()}
        wanted = [plan, names.get(rest[0], rest[0]), *rest[1:]]
        found = [
            policy for policy in read.policies if policy.id.split("/")[: len(wanted)] == wanted
        ]
        if not found:
            known = dict.fromkeys(policy.id for policy in read.policies)
            raise UnusableInput(
                f"{plan} has no policy {'/'.join(wanted[1:])!r}; choose one of {', '.join(known)}"
            )
        for policy in found:
            add_policy(screen, policy, options.as_of)
    content = screen.content().lstrip(b"\n")
    _write(content or f"Nothing of {options.target} is in force on {options.as_of}.\n".encode())
    return 0


def run_check(options: argparse.Namespace) -> int:
    """Write what was checked, or every fault; 2 when there is one."""
    from adapter.vocabulary import vocabulary
    from eligibility.load.checks import check
    from eligibility.load.folder import POLICIES

    checked = check(options.paths or [POLICIES], vocabulary())
    if not checked.files:
        raise UnusableInput("there is no policy file (*.yaml) in the folders named; name others")
    files = _counted(checked.files, "file")
    if not checked.faults:
        print(f"{files}, no faults")
        return 0
    _tell(map(str, checked.faults))
    _tell([f"{files}, {_counted(len(checked.faults), 'fault')}"])
    return 2


@_told
def run_diff(options: argparse.Namespace) -> int:
    """Write what differs; 0 whether or not anything does."""
    from adapter.cli.policy_differences import add_differences, as_json
    from adapter.cli.screen import Screen
    from eligibility.differences import Side, differences

    found = differences(*(Side(plan, on) for plan, on in _sides(options.plans, options.as_of)))
    if options.format == "json":
        _write_json(as_json(found))
        return 0
    screen = Screen()
    add_differences(screen, found)
    _write(screen.content())
    return 0


def _sides(plans: list[str], on: list[date]) -> list[tuple[str, date]]:
    from adapter import clock

    if len(plans) == 2 and len(on) <= 1:
        return [(plan, on[0] if on else clock.today()) for plan in plans]
    if len(plans) == 1 and len(on) == 2:
        return [(plans[0], each) for each in on]
    raise UnusableInput("compare two plans on one day, or one plan with --as-of given twice")


def _write(answer: bytes) -> None:
    from adapter.cli.output import write

    write(answer)


def _write_json(answer: object) -> None:
    _write(json.dumps(answer, indent=2, ensure_ascii=False).encode() + b"\n")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _tell(lines: Iterable[str]) -> None:
    for line in lines:
        print(line, file=sys.stderr)
