"""`ecm clients`: what is registered, what is wrong with it, and why a token is refused."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from adapter import clock
from adapter.cli.arguments import Once
from adapter.errors import UnusableInput

if TYPE_CHECKING:
    from adapter.security.keys import KeySet

_Subparsers = argparse._SubParsersAction  # noqa: SLF001 - argparse names the type nowhere else

EXAMPLE = """\
a client in the file:
  [[clients]]
  id = "valley-hospital"                    # its name in logs and reports
  issuer = "https://ehr.example.org"        # claim `iss` of its tokens
  jwks_url = "https://ehr.example.org/jwks" # or jwks_file = "valley.json"
  tenant = "valley"                         # whose data it brings
  plans = ["partnership"]                   # none: every plan
  fhir_servers = ["https://fhir.example.org/r4"]
  organization = "http://hl7.org/fhir/sid/us-npi|1234567893"  # its part in the referral exchange
  organization_name = "Valley Hospital"
  role = "partner"                          # or operator: who runs the tenant, and sees all of it
  covered_entity = true                     # under HIPAA; a business associate too
  scopes = ["system/Task.cru", "system/*.rs"]"""

#: Exit code where a fault or a broken rule was found.
_FOUND = 2

#: More than any token, so that the rule on its length is the one that speaks.
_MOST_CHARACTERS = 1 << 20


def register(subparsers: _Subparsers[argparse.ArgumentParser]) -> None:
    """Add the subcommand and its own three."""
    parser = subparsers.add_parser(
        "clients",
        help="who may call the service: list or check them, or explain why a token is refused",
        description="Clients are registered in a TOML file, which `ecm serve --clients` reads.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listing = commands.add_parser("list", help="every client on a line", allow_abbrev=False)
    _add_file(listing)
    listing.set_defaults(run=run_list)
    check = commands.add_parser(
        "check",
        help="find every fault, with its remedy",
        description="Faults go to standard error, one a line, and the exit code is 2.",
        allow_abbrev=False,
    )
    _add_file(check)
    check.set_defaults(run=run_check)
    _register_explain(commands)


def _register_explain(commands: _Subparsers[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "explain-token",
        help="say which rules refuse a token, and what to do",
        description="Reads a token from standard input and judges it as the service would, which "
        "itself says nothing but 401. Nothing is sent anywhere, no claim is printed. The exit "
        "code is 2 where a rule is broken. With the URL of the token endpoint, "
        "https://…/auth/token, it judges a client assertion.",
        allow_abbrev=False,
    )
    _add_file(parser)
    parser.add_argument(
        "--url",
        required=True,
        help="the endpoint called, e.g. https://ecm.example.org/cds-services/ecm-patient-view",
    )
    parser.add_argument(
        "--jwks", metavar="FILE", type=Path, help="the client's keys, where they are at a URL"
    )
    parser.add_argument(
        "--at",
        metavar="TIME",
        type=_instant,
        action=Once,
        help="when it was called, e.g. 2026-03-18T09:30:00-07:00; default: now",
    )
    parser.set_defaults(run=run_explain)


def _add_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="the clients file")


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a time with its zone; write 2026-03-18T09:30:00-07:00"
        )
    return instant


def run_list(options: argparse.Namespace) -> int:
    """Write id, tenant, plans, where the keys are, how it is shown its cards, and its part."""
    from adapter.security.clients import read_clients

    clients = list(read_clients(options.file))
    rows = [
        (
            *("client", "tenant", "plans", "purpose", "cards", "keys", "issuer"),
            *("organization", "role"),
        )
    ]
    rows += [
        (
            *(one.id, one.tenant, ", ".join(one.plans) or "every plan", one.purpose),
            *(one.card_profile, one.jwks_url or one.jwks_file or "in this file", one.issuer),
            *((one.organization, one.role) if one.organization else ("", "")),
        )
        for one in clients
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())
    return 0


def run_check(options: argparse.Namespace) -> int:
    """Write how many clients there are, or every fault."""
    from adapter.security.clients import check_clients

    clients, faults = check_clients(options.file)
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        return _FOUND
    print(f"{len(clients)} client{'' if len(clients) == 1 else 's'}, no faults")
    return 0


def run_explain(options: argparse.Namespace) -> int:
    """Write every rule the token breaks, or that it breaks none."""
    from adapter.security.clients import read_clients
    from adapter.security.explain import explain

    clients = read_clients(options.file)
    keys = _keys(options.jwks) if options.jwks else None
    if sys.stdin.isatty():
        print("Paste the token, then press Ctrl-D.", file=sys.stderr)
    sent = sys.stdin.read(_MOST_CHARACTERS)
    found = explain(sent, clients, url=options.url, at=options.at or clock.now(), keys=keys)
    if found.client:
        print(f"Judged as client {found.client}.")
    for rule in found.broken:
        detail = f": {found.details[rule]}" if rule in found.details else ""
        print(f"refused ({rule.kind}): {rule.says}{detail}")
        print(f"    {rule.remedy}")
    if not found.broken:
        print("No rule is broken.")
    for question in found.open:
        print(f"not judged here: {question}")
    return _FOUND if found.broken else 0


def _keys(file: Path) -> KeySet:
    from adapter.security.keys import NoKeySet, read_key_set

    try:
        return read_key_set(file.read_bytes())
    except OSError as fault:
        raise UnusableInput(f"{file} cannot be read: {fault.strerror}") from None
    except NoKeySet as fault:
        raise UnusableInput(f"{file} is no JSON Web Key Set: {fault}") from None
