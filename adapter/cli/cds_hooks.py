"""`ecm cds-hooks`: what an integration engineer needs beside the service itself.

`call`, `feedback`, `token` and `new-key` play the part of a client, of any CDS service; `lint`
reads a service's discovery critically; `vendor-sheet` writes what an EHR vendor's form asks for.
Exit codes: 0 the service answered with success · 1 it answered with an error · 2 discovery has
faults, or the arguments cannot be used.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from adapter.cli.arguments import patient
from adapter.cli.cds_service_arguments import (
    add_service,
    add_signing,
    add_timeout,
    add_url,
    signer_of,
)
from adapter.errors import UnusableInput

_Subparsers = argparse._SubParsersAction  # noqa: SLF001 - argparse names the type nowhere else

_HOOKS = (
    "patient-view",
    "encounter-start",
    "encounter-discharge",
    "order-select",
    "order-sign",
    "order-dispatch",
    "appointment-book",
    "problem-list-item-create",
)


EXAMPLES = """\
examples:
  ecm samples five-emergency-visits > chart.json
  ecm cds-hooks call http://127.0.0.1:8080 --hook patient-view --bundle chart.json
  ecm cds-hooks new-key --out keys
  ecm cds-hooks call https://cds.example.org --hook order-sign --bundle chart.json \\
      --key keys/private-key.json --issuer https://ehr.example.org
  ecm cds-hooks lint https://cds.example.org
  ecm cds-hooks vendor-sheet epic --url https://ecm.example.org > epic.md"""


def register(subparsers: _Subparsers[argparse.ArgumentParser]) -> None:
    """Add the subcommand and its own six."""
    parser = subparsers.add_parser(
        "cds-hooks",
        help="call a CDS service, check one, or write what a vendor's form asks for",
        description="Aids for connecting a client: of this service, or of any other.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _register_call(commands)
    _register_feedback(commands)
    _register_new_key(commands)
    _register_token(commands)
    _register_lint(commands)
    _register_sheet(commands)


def _register_call(commands: _Subparsers[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "call",
        help="fire a hook at a service and show its cards",
        description="Reads the service's discovery, answers its prefetch from FILE, signs the call "
        "if a key is given, sends it, and shows status, time and cards.",
        allow_abbrev=False,
    )
    add_url(parser)
    parser.add_argument("--hook", help=f"which hook: {', '.join(_HOOKS)}, or another")
    parser.add_argument(
        "--bundle",
        metavar="FILE",
        required=True,
        help="the patient's chart: a FHIR Bundle or NDJSON; - for standard input",
    )
    add_service(parser)
    parser.add_argument(
        "--patient", metavar="Patient/ID", type=patient, help="whose chart, if FILE holds several"
    )
    parser.add_argument("--user", metavar="TYPE/ID", help="default: Practitioner/example")
    parser.add_argument(
        "--encounter", metavar="ID", help="default: the latest, where one is needed"
    )
    parser.add_argument(
        "--context",
        metavar="FILE",
        type=Path,
        help="a JSON object whose fields stand in the context as they are",
    )
    parser.add_argument(
        "--prefetch",
        choices=("full", "none", "null", "error"),
        default="full",
        help="what to send: everything asked for (the default), nothing, null for every key, or "
        "an OperationOutcome for every key",
    )
    parser.add_argument(
        "--leave-out", metavar="KEY", action="append", default=[], help="do not send this key"
    )
    parser.add_argument("--fhir-server", metavar="URL", help="sent as fhirServer")
    parser.add_argument(
        "--token-file",
        metavar="FILE",
        type=Path,
        help="holds the access token of that FHIR server; sent as fhirAuthorization",
    )
    parser.add_argument(
        "--scope", default="patient/*.rs", help="scope of that token; default: %(default)s"
    )
    add_signing(parser)
    parser.add_argument(
        "--dry-run", action="store_true", help="print the request's body and send nothing"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    add_timeout(parser)
    parser.set_defaults(run=_call)


def _register_feedback(commands: _Subparsers[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "feedback",
        help="tell a service what became of a card",
        allow_abbrev=False,
    )
    add_url(parser)
    add_service(parser)
    parser.add_argument("--card", metavar="UUID", required=True, help="the card's uuid")
    outcome = parser.add_mutually_exclusive_group(required=True)
    outcome.add_argument(
        "--accepted", metavar="UUID", action="append", help="the suggestion that was taken"
    )
    outcome.add_argument("--overridden", action="store_true", help="the card was set aside")
    parser.add_argument("--reason", metavar="SYSTEM|CODE", help="the override reason chosen")
    parser.add_argument("--comment", metavar="TEXT", help="what the user wrote")
    add_signing(parser)
    add_timeout(parser)
    parser.set_defaults(run=_feedback)


def _register_new_key(commands: _Subparsers[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "new-key",
        help="make a key pair to sign calls with",
        description="Writes private-key.json, which stays with the client, and jwks.json, the JWK "
        "Set that the service is given.",
        allow_abbrev=False,
    )
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="where to write")
    parser.add_argument(
        "--algorithm", choices=("ES384", "RS384"), default="ES384", help="default: %(default)s"
    )
    parser.set_defaults(run=_new_key)


def _register_token(commands: _Subparsers[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "token",
        help="print a signed token for one call of one endpoint",
        description="Prints a JWT for the endpoint URL, to use once, for example with curl or "
        "`ecm clients explain-token`.",
        allow_abbrev=False,
    )
    parser.add_argument("url", metavar="URL", help="the endpoint exactly as it will be called")
    add_signing(parser)
    parser.set_defaults(run=_token)


def _register_lint(commands: _Subparsers[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "lint",
        help="find what clients may stumble over in a service's discovery",
        description="Checks discovery: required fields, and that prefetch stays in the subset of "
        "FHIR that CDS Hooks recommends, by which every client can answer it.",
        allow_abbrev=False,
    )
    parser.add_argument("source", metavar="URL|FILE", help="the service, or its discovery as JSON")
    add_signing(parser)
    add_timeout(parser)
    parser.set_defaults(run=_lint)


def _register_sheet(commands: _Subparsers[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "vendor-sheet",
        help="write what an EHR vendor has to be told about this service",
        description="Written from what the service says of itself: its hooks, prefetch, override "
        "reasons and topics. Markdown.",
        allow_abbrev=False,
    )
    parser.add_argument("vendor", choices=("epic", "oracle", "athena"))
    parser.add_argument(
        "--url", help="where clients will reach the service; default: the setting public_base"
    )
    parser.add_argument("--settings", metavar="FILE", type=Path, help="the settings of the service")
    parser.set_defaults(run=_sheet)


def _call(options: argparse.Namespace) -> int:
    from adapter.cli.cds_hooks_call import run

    return run(options)


def _feedback(options: argparse.Namespace) -> int:
    from adapter.cli.cds_hooks_feedback import run

    return run(options)


def _lint(options: argparse.Namespace) -> int:
    from adapter.cli.cds_hooks_lint import run

    return run(options)


def _new_key(options: argparse.Namespace) -> int:
    from adapter.cds_client.keys import write_key

    private, public = write_key(options.out, options.algorithm)
    print(f"{private}  the private key: keep it with the client, readable by nobody else")
    print(f"{public}         the JWK Set: give it to the service, or publish it")
    return 0


def _token(options: argparse.Namespace) -> int:
    signer = signer_of(options)
    if signer is None:
        raise UnusableInput("a token needs --key and --issuer; `ecm cds-hooks new-key` makes a key")
    print(signer.token(options.url))
    return 0


def _sheet(options: argparse.Namespace) -> int:
    from adapter.cds_client.vendor_sheets import vendor_sheet
    from adapter.cli.output import encoded, write
    from adapter.settings import load

    settings = load(file=options.settings)
    url = options.url or settings.public_base or "https://YOUR-SERVICE"
    sheet = vendor_sheet(options.vendor, url, canonical_base=settings.canonical_base)
    write(encoded(sheet))
    return 0
