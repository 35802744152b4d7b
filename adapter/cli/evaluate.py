"""`ecm evaluate`: a determination as text, JSON or FHIR Parameters (input contract, section 1)."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from adapter.cli.arguments import Once, add_question, spelled

if TYPE_CHECKING:
    from eligibility.determination import Determination

_FORMATS = ("text", "json", "fhir")


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "evaluate",
        help="say which Populations of Focus a member meets",
        description="Says of one member, one plan and one day which Populations of Focus are "
        "met, possible, not met or unknown, and what would have to be asked.",
        allow_abbrev=False,
    )
    add_question(parser)
    parser.add_argument(
        "--format",
        choices=_FORMATS,
        action=Once,
        help="text for a person (the default), json with the whole trace, or fhir (Parameters)",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Make the determination and write it; 0 whatever it says."""
    from adapter.cli.asking import determine
    from adapter.cli.output import write

    write(_rendered(determine(options), options))
    return 0


def _rendered(determination: Determination, options: argparse.Namespace) -> bytes:
    if options.format == "json":
        from eligibility.report import to_json

        return to_json(determination)
    if options.format == "fhir":
        import msgspec

        from mappings.outbound.parameters import as_parameters

        resource = msgspec.json.encode(as_parameters(determination))
        return msgspec.json.format(resource, indent=2) + b"\n"
    from adapter.cli.overview import overview

    return overview(determination, arguments=spelled(options))
