"""`ecm partners`: the organizations whose FHIR servers this service calls."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

EXAMPLE = """\
a partners file:

  [[partners]]
  id = "plan"
  organization = "http://hl7.org/fhir/sid/us-npi|1000000012"   # a Task it owns is sent to it
  name = "Example Plan"
  tenant = "hospital"                                # whose referrals go there
  fhir_base = "https://plan.example.org/fhir"
  client_id = "hospital"                             # as it registered us
  key_file = "plan-key/private-key.json"             # from `ecm cds-hooks new-key`
  covered_entity = true                              # HIPAA; false: a consent has to name it
  changes = "subscribe"                              # or "poll", every poll_minutes = 15

  ecm partners check partners.toml
  ecm serve --partners partners.toml ..."""

#: A fault was found.
_FOUND = 2


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand and its own."""
    parser = subparsers.add_parser(
        "partners",
        help="whose FHIR servers are called: list, check or call them",
        description="Partners are registered in a TOML file, which `ecm serve --partners` reads. "
        "Who calls us is registered as a client.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listing = commands.add_parser("list", help="every partner on a line", allow_abbrev=False)
    _add_file(listing)
    listing.set_defaults(run=run_list)
    check = commands.add_parser(
        "check",
        help="find every fault, with its remedy",
        description="Faults go to standard error, one a line, and the exit code is 2.",
        allow_abbrev=False,
    )
    _add_file(check)
    check.add_argument(
        "--call",
        action="store_true",
        help="also ask each partner for a token and for its CapabilityStatement",
    )
    check.add_argument(
        "--ca-file", metavar="FILE", type=Path, help="authorities to trust (PEM); default: certifi"
    )
    check.set_defaults(run=run_check)


def _add_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="the partners file")


def run_list(options: argparse.Namespace) -> int:
    """Write id, tenant, how changes are learned, the organization and its server."""
    from adapter.partners.registry import read_partners

    rows = [("partner", "tenant", "changes", "covered", "organization", "server")]
    rows += [
        (
            *(one.id, one.tenant, one.changes, "yes" if one.covered_entity else "no"),
            *(one.organization, one.fhir_base),
        )
        for one in read_partners(options.file)
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())
    return 0


def run_check(options: argparse.Namespace) -> int:
    """Write how many partners there are, or every fault."""
    from adapter.partners.registry import check_partners

    partners, found = check_partners(options.file)
    faults = list(found)
    if options.call and not faults:
        from adapter.fhir_client.partner_faults import PartnerFault
        from adapter.partners.here import Servers

        servers = Servers(partners, ca_file=options.ca_file)
        for partner in partners:
            try:
                servers.of(partner).operation("metadata")
                # Whatever is found: that it may be asked says that the token is taken.
                next(servers.of(partner).pages("Task", [("_count", "1")]))
            except PartnerFault as fault:
                faults.append(f"{options.file}: partner {partner.id!r}: {fault}")
    for words in faults:
        print(words, file=sys.stderr)
    if faults:
        return _FOUND
    called = ", each answered" if options.call else ""
    print(f"{len(partners)} partner{'' if len(partners) == 1 else 's'}, no faults{called}")
    return 0
