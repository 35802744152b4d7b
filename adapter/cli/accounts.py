"""`ecm accounts`: who may sign in to the workbench, and what is wrong with the file of them."""

from __future__ import annotations

import argparse
import sys
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING

from adapter.errors import UnusableInput

if TYPE_CHECKING:
    from adapter.security.viewers import Parties

_Subparsers = argparse._SubParsersAction  # noqa: SLF001 - argparse names the type nowhere else

EXAMPLE = """\
a sign-in file, readable by the service alone (chmod 600):

  idle_minutes = 30                         # signed out after so long without doing anything
  session_hours = 8                         # and after so long in any case

  [[accounts]]                              # somebody with a password here
  name = "ana"                              # what she types; the audit has it as user:ana
  full_name = "Ana Reyes"
  password_hash = "scrypt:..."              # from `ecm accounts hash`
  role = "plan"                             # engineer, referrer, plan, provider or auditor
  tenant = "plan"                           # organization and tenant of the clients file
  organization = "http://hl7.org/fhir/sid/us-npi|1000000012"
  clearance = ["*"]                         # sensitive labels she may see; left out: none

  [openid]                                  # and/or an identity provider
  issuer = "https://login.example.org/realms/care"
  client_id = "ecm-workbench"
  client_secret_file = "openid-secret"      # beside this file

  [[groups]]                                # whom it says is in this group
  value = "ecm-referrers"                   # what claim `groups` of the ID Token holds
  role = "referrer"
  tenant = "plan"
  organization = "http://hl7.org/fhir/sid/us-npi|1234567893"

  ecm accounts check sign-in.toml --clients clients.toml
  ecm serve --clients clients.toml --sign-in sign-in.toml ..."""

#: A fault was found.
_FOUND = 2
_MOST_CHARACTERS = 2000


def register(subparsers: _Subparsers[argparse.ArgumentParser]) -> None:
    """Add the subcommand and its own three."""
    parser = subparsers.add_parser(
        "accounts",
        help="who may sign in to the workbench: list or check them, or hash a password",
        description="Accounts and the identity provider stand in a TOML file, which "
        "`ecm serve --sign-in` reads. It is read again when it changed.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listing = commands.add_parser(
        "list", help="every account and group on a line", allow_abbrev=False
    )
    _add_file(listing)
    listing.set_defaults(run=run_list)
    check = commands.add_parser(
        "check",
        help="find every fault, with its remedy",
        description="Faults go to standard error, one a line, and the exit code is 2.",
        allow_abbrev=False,
    )
    _add_file(check)
    for name in ("clients", "partners"):
        check.add_argument(
            f"--{name}",
            metavar="FILE",
            type=Path,
            help=f"the {name} file; organizations are looked up there",
        )
    check.set_defaults(run=run_check)
    hashing = commands.add_parser(
        "hash",
        help="ask for a password and print what the file keeps of it",
        description="The password is not shown while it is typed. From a pipe, the first line of "
        "standard input is the password. Prints the value of `password_hash`.",
        allow_abbrev=False,
    )
    hashing.add_argument(
        "--name", default="", help="of the account; a password made of it is refused"
    )
    hashing.set_defaults(run=run_hash)


def _add_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="the sign-in file")


def run_list(options: argparse.Namespace) -> int:
    """Write who may sign in, as what, for whom, and what they are cleared for."""
    from adapter.workbench.sign_in.registry import read_accounts

    known = read_accounts(options.file)
    rows = [("who", "role", "tenant", "organization", "clearance", "patient data")]
    people = [
        *(("account " + one.name, one) for one in known.accounts.values()),
        *(("group " + one.value, one) for one in known.groups),
    ]
    rows += [
        (
            *(called, one.role, one.tenant, one.organization),
            *(", ".join(sorted(one.clearance)) or "none", _sees(one.role, more=one.patient_data)),
        )
        for called, one in people
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())
    return 0


def _sees(role: str, *, more: bool) -> str:
    if role in ("engineer", "auditor"):
        return "yes" if more else "no"
    return "of referrals"


def run_check(options: argparse.Namespace) -> int:
    """Write how many accounts and groups there are, or every fault."""
    from adapter.workbench.sign_in.registry import check_accounts

    known, faults = check_accounts(options.file, _parties(options))
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        return _FOUND
    accounts, groups = len(known.accounts), len(known.groups)
    counted = f"{accounts} account{'' if accounts == 1 else 's'}"
    if known.openid is not None:
        counted += f" and {groups} group{'' if groups == 1 else 's'} of {known.openid.issuer}"
    print(f"{counted}, no faults")
    if options.clients is None:
        print("Organizations were not looked up; name the clients file with --clients.")
    return 0


def _parties(options: argparse.Namespace) -> Parties | None:
    """The organizations there are; None: not known."""
    if options.clients is None:
        if options.partners is not None:
            raise UnusableInput("--partners is read beside the clients; name those with --clients")
        return None
    from adapter.assembly import parties_together
    from adapter.partners.registry import Partners, read_partners
    from adapter.security.clients import read_clients

    partners = read_partners(options.partners) if options.partners else Partners()
    return parties_together(read_clients(options.clients), partners)


def run_hash(options: argparse.Namespace) -> int:
    """Write the hash of a password that was typed."""
    from adapter.workbench.sign_in.passwords import hashed, unfit

    password = _asked()
    if why := unfit(password, options.name):
        raise UnusableInput(why)
    print(hashed(password))
    return 0


def _asked() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline(_MOST_CHARACTERS).rstrip("\r\n")
    password = getpass("Password: ")
    if getpass("The same again: ") != password:
        raise UnusableInput("the two are not the same; nothing was made")
    return password
