"""`ecm referral accept` and its like: a step of a referral, taken from the command line."""

from __future__ import annotations

import argparse

import msgspec

from adapter import ids
from adapter.casework import closing, steps
from adapter.casework.access import Access
from adapter.casework.standing import line_of
from adapter.casework.steps import ACTIONS, Said, read_task
from adapter.cli.referral_access import opened
from adapter.cli.referral_outcome import read_output
from adapter.errors import UnusableInput
from adapter.fhir_client.partner_answers import Resource
from adapter.referrals.lifecycle import is_live
from profiles.referral_codes import status_reasons


def act(options: argparse.Namespace) -> int:
    """Take the step, and say where the referral stands then."""
    action = ACTIONS[options.action]
    if getattr(options, "unsuccessful", False):
        action = msgspec.structs.replace(action, business="outreach-unsuccessful")
    with opened(options) as access:
        task = read_task(access, options.id)
        if options.action == "complete":
            _complete(access, task, options)
        else:
            said = _said(options) if action.reason or options.reason else Said()
            steps.take(access, task, action, said)
        print(line_of(access, read_task(access, options.id)))
    return 0


def assign(options: argparse.Namespace) -> int:
    """Ask a provider: a new order based on this one, and its Task."""
    with opened(options) as access:
        task = read_task(access, options.id)
        place = steps.assign(access, task, options.provider, step=ids.new_uuid())
        print(f"assigned: {place} is part of Task/{options.id}")
    return 0


def _said(options: argparse.Namespace) -> Said:
    code = options.code or ""
    if code and code not in status_reasons():
        raise UnusableInput(
            f"--code {code!r} is no reason; there are {', '.join(status_reasons())}"
        )
    return Said(words=options.reason or "", code=code)


def _complete(access: Access, task: Resource, options: argparse.Namespace) -> None:
    if not is_live(task):
        raise UnusableInput(f"the Task is {str(task.get('status'))!r} already, and stays as it is")
    if not (options.performed or options.output):
        raise UnusableInput("say what closes it: --performed YYYY-MM-DD, or --output FILE")
    said = _said(options)
    done = (
        read_output(options.output)
        if options.output
        else closing.procedure(access, task, str(options.performed))
    )
    closing.complete(access, task, done, said)
