"""The `ecm` command: which subcommand is meant, and how every failure is told.

A failure is one line on standard error, and never a stack trace, which could carry patient data:
2 the input or the arguments cannot be used · 70 an error of this program · 74 the answer could not
be written · 130 interrupted · 141 the reader of the output went away.
"""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from typing import NoReturn

from adapter.cli.output import AnswerNotWritten
from adapter.errors import AdapterError, UnusableInput

#: Subcommand → the module whose `register(subparsers)` adds it, in the order of the help.
COMMANDS = {
    "evaluate": "adapter.cli.evaluate",
    "explain": "adapter.cli.explain",
    "policies": "adapter.cli.policies",
    "samples": "adapter.cli.samples",
    "serve": "adapter.cli.serve",
    "demo": "adapter.cli.demo",
    "clients": "adapter.cli.clients",
    "accounts": "adapter.cli.accounts",
    "referral": "adapter.cli.referral",
    "partners": "adapter.cli.partners",
    "settings": "adapter.cli.settings",
    "feedback": "adapter.cli.feedback",
    "worker": "adapter.cli.worker",
    "notifications": "adapter.cli.notifications",
    "audit": "adapter.cli.audit",
    "profiles": "adapter.cli.profiles",
    "cds-hooks": "adapter.cli.cds_hooks",
}

DESCRIPTION = """\
Finds members eligible for Medi-Cal Enhanced Care Management (ECM) from FHIR data,
with a reason for every answer."""

EPILOG = """\
examples:
  ecm evaluate chart.json                            one screen: what is met, open, or asked
  ecm evaluate chart.json --plan partnership --as-of 2025-02-01 --format json
  ecm explain chart.json --population homelessness   every rule, with its source and evidence
  zcat export.ndjson.gz | ecm evaluate - --patient Patient/p1
  ecm serve                                          answer CDS Hooks calls and FHIR on this machine
  ecm cds-hooks call http://127.0.0.1:8080 --hook patient-view --bundle chart.json

exit codes: 0 a determination was made, whatever it says;
            2 the input or the arguments cannot be used"""

#: Exit codes of failed runs.
EXIT_UNUSABLE, EXIT_INTERNAL, EXIT_UNWRITABLE, EXIT_INTERRUPTED, EXIT_PIPE = 2, 70, 74, 130, 141

#: What only an output says; faults of inputs and of addresses are told where they arise.
_UNWRITABLE = {errno.EBADF, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC}

_INTERNAL = "internal error ({}); please report what you ran, but no patient data"


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are exceptions, so that they are told in one line."""

    def error(self, message: str) -> NoReturn:
        """Raise what argparse found."""
        raise UnusableInput(f"{message}; see `{self.prog} --help`")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code. Never raises but for `SystemExit`."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    try:
        code = _run(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except BrokenPipeError:
        # The reader went away, as `head` does.
        _discard_output()
        return EXIT_PIPE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except AnswerNotWritten as fault:
        _discard_output()
        return _fail(EXIT_UNWRITABLE, str(fault))
    except OSError as fault:
        if fault.errno not in _UNWRITABLE:
            return _fail(EXIT_INTERNAL, _INTERNAL.format(type(fault).__name__))
        _discard_output()
        return _fail(EXIT_UNWRITABLE, f"the answer could not be written: {fault.strerror}")
    except Exception as fault:  # noqa: BLE001 - the last line of defence: no trace, no patient data
        if _is_usage(fault):
            return _fail(EXIT_UNUSABLE, str(fault))
        kind = type(fault).__name__ if not _is_clean(fault) else str(fault)
        return _fail(EXIT_INTERNAL, _INTERNAL.format(kind))


def _run(arguments: list[str]) -> int:
    options = build_parser(arguments).parse_args(arguments)
    result: int = options.run(options)
    return result


def build_parser(arguments: Sequence[str] = ()) -> Parser:
    """The parser of the command line; only the subcommand that `arguments` name is imported."""
    parser = Parser(
        prog="ecm",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=_Help,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    named = arguments[0] if arguments and arguments[0] in COMMANDS else None
    for command, module in COMMANDS.items():
        if named in (None, command):
            import_module(module).register(subparsers)
    return parser


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help with room for the longest command."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog)
        # argparse forgets that subcommands are indented once more when it looks for the longest.
        self._action_max_length = 4 + max(map(len, COMMANDS))


class _Version(argparse.Action):
    """Prints the version; reading the package's metadata is slow, so only when asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from importlib.metadata import version

        print(f"ecm {version('ecm-adapter')}")
        parser.exit()


def _is_usage(fault: Exception) -> bool:
    """Whether the fault is the caller's: the input, the arguments, or a day no policy covers."""
    from eligibility.errors import NoPolicyInForce, UnknownPlan
    from mappings.errors import MappingError

    return isinstance(fault, AdapterError | MappingError | NoPolicyInForce | UnknownPlan)


def _is_clean(fault: Exception) -> bool:
    """Whether the fault is one of the policies, whose messages hold no patient data."""
    from eligibility.errors import EligibilityError

    return isinstance(fault, EligibilityError)


def _discard_output() -> None:
    """Keep Python from complaining again when it flushes standard output at its end."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(code: int, message: str) -> int:
    """Tell the failure in one line, whatever the message quotes."""
    line = " ".join(message.split())
    printable = "".join(char if char.isprintable() else "�" for char in line)
    try:
        if isinstance(sys.stderr, TextIOWrapper):
            sys.stderr.reconfigure(errors="backslashreplace")
        print(f"ecm: {printable}", file=sys.stderr)
    except (OSError, AttributeError):
        pass
    return code


if __name__ == "__main__":
    sys.exit(main())
