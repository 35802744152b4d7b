"""`ecm referral list` and `status`: where referrals stand, who has to act and until when."""

from __future__ import annotations

import argparse
from datetime import date

import msgspec

from adapter import clock
from adapter.casework.standing import names_of, standing
from adapter.casework.steps import read_task
from adapter.cli.output import encoded, write
from adapter.cli.referral_access import opened
from adapter.errors import UnusableInput
from adapter.fhir_client.partner_answers import escaped
from adapter.referrals.codes import kind_of
from adapter.referrals.lifecycle import LIVE
from adapter.referrals.worklist import CLAIMABLE


def status(options: argparse.Namespace) -> int:
    """Write where one referral stands."""
    with opened(options) as access:
        task = read_task(access, options.id)
        found = standing(access, task, names_of(access, [task]))
    if options.format == "json":
        write(msgspec.json.encode(found) + b"\n")
    else:
        write(encoded(found.line() + "\n"))
    return 0


def list_referrals(options: argparse.Namespace) -> int:
    """Write the referrals that are asked for, the earliest due first."""
    if options.queue and options.owner:
        raise UnusableInput("--queue is of referrals that nobody owns; leave --owner out")
    if options.stuck and options.service:
        raise UnusableInput("--stuck reads the store; leave --service out")
    with opened(options) as access:
        tasks = access.server.search("Task", *_query(options))
        if options.queue == CLAIMABLE:
            tasks = [one for one in tasks if not one.get("owner")]
        names = names_of(access, tasks)
        found = [standing(access, one, names) for one in tasks if kind_of(one) == "fulfill"]
    today = clock.today()
    found = [
        one
        for one in found
        if (not options.overdue or (one.due is not None and one.due < today))
        and (not options.queue or one.queue == options.queue)
        and (not options.stuck or one.delivery)
    ]
    found.sort(key=lambda one: (one.due or date.max, one.id))
    if options.format == "json":
        write(b"".join(msgspec.json.encode(one) + b"\n" for one in found))
    else:
        write(encoded("".join(one.line() + "\n" for one in found) or "No referral.\n"))
    return 0


def _query(options: argparse.Namespace) -> list[tuple[str, str]]:
    query = [("_count", "200")]
    if not options.all:
        query.append(("status", ",".join(LIVE["Task"])))
    for name in ("owner", "requester"):
        party = getattr(options, name)
        if party:
            system, bar, value = party.rpartition("|")
            if not bar:
                raise UnusableInput(f"--{name} {party!r} is no identifier; write system|value")
            written = f"{escaped(system)}|{escaped(value)}"
            query.append((f"{name}:Organization.identifier", written))
    if options.queue == CLAIMABLE:
        query.append(("owner:missing", "true"))
    return query
