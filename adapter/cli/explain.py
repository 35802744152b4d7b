"""`ecm explain`: every rule that was weighed, with its source, evidence and what is missing."""

from __future__ import annotations

import argparse

from adapter.cli.arguments import add_question, one_of
from eligibility.model import OVERLAYS, POPULATIONS


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "explain",
        help="say why, rule by rule",
        description="Shows each Population of Focus as the plan's text builds it: every rule with "
        "its document and section, the evidence with its dates, the window and the count, what "
        "is missing as a question, and the readings chosen where the text leaves room.",
        allow_abbrev=False,
    )
    add_question(parser)
    known = {id: id for id in (*POPULATIONS, *OVERLAYS)}
    known |= {str(number): id for id, number in POPULATIONS.items()}
    parser.add_argument(
        "--population",
        metavar="ID|NUMBER",
        type=one_of(known, "a Population of Focus"),
        action="append",
        help="only this population, by its id or by its number from 1 to 9; repeatable",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Make the determination and write its reasons; 0 whatever it says."""
    from adapter.cli.asking import determine
    from adapter.cli.output import write
    from adapter.cli.reasons import reasons

    write(reasons(determine(options), only=options.population))
    return 0
