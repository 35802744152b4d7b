"""`ecm referral show`: a thread as it happened, every Task and order of it, version by version."""

from __future__ import annotations

import argparse
from datetime import datetime

import msgspec

from adapter import clock
from adapter.casework.standing import names_of, standing
from adapter.casework.steps import read_task
from adapter.casework.thread import moments, thread
from adapter.cli.output import write
from adapter.cli.referral_access import opened
from adapter.cli.screen import Screen


def show(options: argparse.Namespace) -> int:
    """Write the thread of a Task."""
    with opened(options) as access:
        asked = read_task(access, options.id)
        tasks = thread(access, asked)
        names = names_of(access, tasks)
        happened = sorted(moments(access, tasks, names), key=lambda one: (one.at, one.what))
        standings = [standing(access, task, names) for task in tasks]
    if options.format == "json":
        found = {"tasks": standings, "history": happened}
        write(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
        return 0
    screen = Screen()
    for one in standings:
        screen.line((one.line(), "bold"))
    screen.line()
    for moment in happened:
        place = f"{moment.what} v{moment.version}" if moment.version else moment.what
        screen.line((f"{_local(moment.at)}  ", "dim"), f"{place}: {moment.says}")
    write(screen.content())
    return 0


def _local(at: str) -> str:
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        return at
    return found.astimezone(clock.MEMBER_ZONE).strftime("%Y-%m-%d %H:%M:%S")
