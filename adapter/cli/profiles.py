"""`ecm profiles`: publish what may be said on the wire, and check resources against it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from adapter.cli.arguments import Once
from adapter.errors import UnusableInput
from profiles.canonicals import DEFAULT_BASE

if TYPE_CHECKING:
    from profiles.validate import Fault

_Subparsers = argparse._SubParsersAction  # noqa: SLF001 - argparse names the type nowhere else


def register(subparsers: _Subparsers[argparse.ArgumentParser]) -> None:
    """Add the subcommand and its own two."""
    parser = subparsers.add_parser(
        "profiles",
        help="publish the FHIR profiles, codes and forms, or check resources against them",
        description="What may be said on the wire is data: profiles, codes, forms, topics.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _register_export(commands)
    _register_check(commands)


def _register_export(commands: _Subparsers[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "export",
        help="write them as a FHIR package",
        description="Writes DIR/package in the layout of FHIR packages, and the same as one .tgz.",
        allow_abbrev=False,
    )
    parser.add_argument("folder", metavar="DIR", type=Path, help="where; made if it is not there")
    _add_base(parser)
    parser.set_defaults(run=run_export)


def _register_check(commands: _Subparsers[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "check",
        help="find every fault of a resource or Bundle, with its place and remedy",
        description="Faults go to standard error, one a line, and the exit code is 2. A profile is "
        "checked where the resource claims it in meta.profile.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "files", metavar="FILE", nargs="+", help="FHIR R4 as JSON or XML; - for standard input"
    )
    parser.add_argument(
        "--warnings", action="store_true", help="tell what is only advised, too; no fault"
    )
    _add_base(parser)
    parser.set_defaults(run=run_check)


def _add_base(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--base",
        metavar="URL",
        type=_base,
        action=Once,
        help=f"the canonical base of the deployment; default: {DEFAULT_BASE}",
    )


def _base(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a base; write an address such as https://plan.example/fhir"
        )
    if any(sign in text for sign in '"\\<> '):
        raise argparse.ArgumentTypeError(f"{text!r} is not a base; it holds a sign no URL may hold")
    return text.rstrip("/")


def run_export(options: argparse.Namespace) -> int:
    """Write the package; 0 when it is there."""
    from profiles.package import NAME, VERSION, archive, files

    folder: Path = options.folder
    if (folder / "package").exists():
        raise UnusableInput(f"{folder} holds a package already; name another folder, or remove it")
    contents = files(options.base or DEFAULT_BASE)
    packed = folder / f"{NAME}-{VERSION}.tgz"
    try:
        for name, content in contents.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        packed.write_bytes(archive(contents))
    except OSError as fault:
        reason = fault.strerror or "cannot be written"
        raise UnusableInput(f"{folder}: {reason}; name a folder that can be written") from None
    print(f"{len(contents)} files in {folder / 'package'}, and as {packed}")
    return 0


def run_check(options: argparse.Namespace) -> int:
    """Write what was checked, or every fault; 2 when there is one."""
    from profiles.validate import validate

    found = 0
    for name in options.files:
        resource = _read(name)
        base = options.base or DEFAULT_BASE
        for fault in validate(resource, base=base, warnings=options.warnings):
            _tell(name, fault)
            found += fault.severity == "error"
    files = _counted(len(options.files), "file")
    if found:
        print(f"{files}, {_counted(found, 'fault')}", file=sys.stderr)
        return 2
    print(f"{files}, no faults")
    return 0


def _read(name: str) -> dict[str, Any]:
    """The resource, from JSON or XML.

    Raises:
        UnusableInput: it cannot be read as either.
    """
    from adapter.cli.inputs import opened_input
    from adapter.fhir_api.document import read_document
    from adapter.fhir_api.faults import Refused
    from profiles.xml import NotFhirXml, to_json

    with opened_input(name) as content:
        body = content if isinstance(content, bytes) else b"".join(content)
    try:
        document = to_json(body) if body.lstrip().startswith(b"<") else body
        return read_document(document).data
    except (NotFhirXml, Refused) as fault:
        shown = "standard input" if name == "-" else name
        raise UnusableInput(f"{shown}: {fault}") from None


def _tell(name: str, fault: Fault) -> None:
    shown = "standard input" if name == "-" else name
    kind = "warning: " if fault.severity == "warning" else ""
    print(f"{shown}: {kind}{fault}", file=sys.stderr)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
