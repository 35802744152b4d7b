"""`ecm referral`: referrals sent, followed and acted on, at a running service or on its store."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from adapter.cli.arguments import Once, day
from adapter.cli.referral_arguments import add_access

EXAMPLES = """\
examples:
  ecm referral send referral.json --store sqlite:////var/lib/ecm/store.sqlite
  ecm referral send --patient Patient/p1 --requester Organization/hospital \\
      --owner "http://hl7.org/fhir/sid/us-npi|1000000012" --population homelessness-adult
  ecm referral list --overdue
  ecm referral show TASK                    the whole thread, as it happened
  ecm referral acknowledge TASK
  ecm referral authorize TASK
  ecm referral assign TASK --provider "http://hl7.org/fhir/sid/us-npi|1000000020"
  ecm referral accept TASK --service https://ecm.example.org --client-id provider --key key.json
  ecm referral complete TASK --performed 2026-04-01
  ecm referral sync                         with partners, now

TASK is the id of a Task. What is shown names patients by id and reasons in words: treat it like a
chart. The exit code is 2 where the exchange refuses."""

#: What `ACTIONS` of `adapter.casework.steps` says, for the help.
_ACTIONS = {
    "acknowledge": "say that the referral was received",
    "return": "send it back to be corrected",
    "authorize": "authorize Enhanced Care Management",
    "accept": "take the member on",
    "decline": "not take the member on, or not authorize",
    "contact": "say that the member is being reached, or could not be this time",
    "enroll": "say that the member has agreed and is enrolled",
    "hold": "pause it",
    "resume": "go on with it",
    "complete": "close it: services received",
    "fail": "close it: the member cannot be reached, or is not eligible any more",
    "cancel": "withdraw it; where the owner's server decides, ask it to stop",
}

#: Of which a reason in words is needed.
_WITH_REASON = frozenset({"return", "decline", "hold", "fail", "cancel"})


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand and its own."""
    parser = subparsers.add_parser(
        "referral",
        help="send referrals, follow them and act on them",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _register_sending(commands)
    _register_looking(commands)
    for name, words in _ACTIONS.items():
        _register_action(commands, name, words)
    assign = _command(commands, "assign", "ask an ECM provider, as the owner of the Task", _assign)
    assign.add_argument("id", metavar="TASK")
    assign.add_argument(
        "--provider",
        metavar="WHO",
        required=True,
        help="Organization/ID, or system|value of its identifier",
    )
    sync = _command(commands, "sync", "send to partners and hear from them, now", _sync)
    sync.add_argument("--partner", metavar="ID", action=Once, help="one partner alone")
    sync.add_argument(
        "--retry", action="store_true", help="first take up what had been given up (dead letters)"
    )


def _register_sending(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
) -> None:
    send = _command(commands, "send", "begin a referral; sent twice, it is one", _send)
    send.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        help="a transaction Bundle with the order, its Task and what they refer to; - for "
        "standard input",
    )
    made = send.add_argument_group("or made of what the exchange has")
    made.add_argument("--patient", metavar="Patient/ID", action=Once)
    made.add_argument(
        "--requester", metavar="WHO", action=Once, help="Organization/ID or system|value"
    )
    made.add_argument(
        "--owner", metavar="WHO", action=Once, help="who is asked; none: whoever claims it"
    )
    made.add_argument("--performer", metavar="WHO", action=Once, help="preferred ECM provider")
    made.add_argument(
        "--population",
        metavar="CODE",
        action="append",
        default=[],
        help="Population of Focus, such as homelessness-adult; repeatable",
    )
    for name, words in (
        ("coverage", "Coverage/ID"),
        ("reason", "Condition/ID or Observation/ID"),
        ("supporting", "Consent/ID, QuestionnaireResponse/ID …"),
    ):
        made.add_argument(f"--{name}", metavar="REFERENCE", action="append", default=[], help=words)
    made.add_argument("--urgent", action="store_true")
    made.add_argument("--note", metavar="TEXT", action=Once, default="")
    made.add_argument(
        "--replaces", metavar="ServiceRequest/ID", action=Once, help="the order it replaces"
    )
    made.add_argument(
        "--id", metavar="TEXT", action=Once, help="our number of it; default: a new one"
    )


def _register_looking(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
) -> None:
    status = _command(commands, "status", "where a referral stands, on a line", _status)
    status.add_argument("id", metavar="TASK")
    show = _command(commands, "show", "the whole thread of a referral, as it happened", _show)
    show.add_argument("id", metavar="TASK")
    listing = _command(commands, "list", "live referrals, the earliest due first", _list)
    listing.add_argument("--overdue", action="store_true", help="whose due date has passed")
    listing.add_argument("--queue", metavar="NAME", action=Once, help="that nobody owns")
    listing.add_argument("--owner", metavar="SYSTEM|VALUE", action=Once, help="who has to act")
    listing.add_argument("--requester", metavar="SYSTEM|VALUE", action=Once, help="who asked")
    listing.add_argument("--all", action="store_true", help="those that have ended too")
    listing.add_argument("--stuck", action="store_true", help="that could not be sent (the store)")
    for one in (status, show, listing):
        one.add_argument("--format", choices=("table", "json"), default="table")


def _register_action(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, words: str
) -> None:
    parser = _command(commands, name, words, _act)
    parser.set_defaults(action=name)
    parser.add_argument("id", metavar="TASK")
    parser.add_argument(
        "--reason",
        metavar="TEXT",
        action=Once,
        required=name in _WITH_REASON,
        help="why, in words" + ("" if name in _WITH_REASON else "; not needed"),
    )
    parser.add_argument(
        "--code", metavar="CODE", action=Once, help="why, as a code of ecm-referral-status-reason"
    )
    if name == "contact":
        parser.add_argument(
            "--unsuccessful", action="store_true", help="the member was not reached this time"
        )
    if name == "complete":
        parser.add_argument(
            "--performed",
            metavar="YYYY-MM-DD",
            type=day,
            action=Once,
            help="the day of the service, of which a Procedure of the order's code is made",
        )
        parser.add_argument(
            "--output",
            metavar="FILE",
            type=Path,
            action=Once,
            help="what was done, as a FHIR resource",
        )


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    words: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=words, allow_abbrev=False)
    add_access(parser)
    parser.set_defaults(run=run)
    return parser


def _send(options: argparse.Namespace) -> int:
    from adapter.cli.referral_sending import send

    return send(options)


def _act(options: argparse.Namespace) -> int:
    from adapter.cli.referral_actions import act

    return act(options)


def _assign(options: argparse.Namespace) -> int:
    from adapter.cli.referral_actions import assign

    return assign(options)


def _status(options: argparse.Namespace) -> int:
    from adapter.cli.referral_list import status

    return status(options)


def _list(options: argparse.Namespace) -> int:
    from adapter.cli.referral_list import list_referrals

    return list_referrals(options)


def _show(options: argparse.Namespace) -> int:
    from adapter.cli.referral_show import show

    return show(options)


def _sync(options: argparse.Namespace) -> int:
    from adapter.cli.referral_sync import sync

    return sync(options)
