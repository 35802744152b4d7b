"""`ecm samples`: the synthetic patients, listed or as a FHIR Bundle.

`ecm samples five-emergency-visits | ecm evaluate -` evaluates one.
"""

from __future__ import annotations

import argparse

import msgspec

from adapter import clock
from adapter.cli.arguments import Once, day
from adapter.cli.output import write
from adapter.samples import all_samples, sample


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "samples",
        help="list the invented sample patients, or print one as a FHIR Bundle",
        description="Lists the invented sample patients; with ID prints that one as a FHIR Bundle.",
        allow_abbrev=False,
    )
    parser.add_argument("sample", metavar="ID", nargs="?", help="which one to print")
    parser.add_argument(
        "--as-of",
        metavar="YYYY-MM-DD",
        type=day,
        action=Once,
        help="the day its dates are to fit; default: today in California",
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    as_of = options.as_of or clock.today()
    if options.sample is None:
        print_list()
    else:
        bundle = sample(options.sample, as_of).bundle
        write(msgspec.json.format(msgspec.json.encode(bundle), indent=1) + b"\n")
    return 0


def print_list() -> None:
    """Print every sample's id and title."""
    samples = all_samples(clock.today())
    width = max(len(one.id) for one in samples)
    for one in samples:
        print(f"{one.id:{width}}  {one.title}")
