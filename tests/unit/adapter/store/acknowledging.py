"""A process that writes until it is killed, and says of each write when it was acknowledged.

    python -m tests.unit.adapter.store.acknowledging URL NAME

Prints `begun ID N` before and `done ID N VERSION` after each unit, which creates or changes a Task,
puts it on a worklist and audits it.
"""

from __future__ import annotations

import sys
from itertools import count

from adapter.store.database import Database
from adapter.store.records import Work
from adapter.store.resources import ResourceStore
from tests.unit.adapter.store.drafting import PROVIDER, TENANT, put_next, rows

#: Tasks of one process.
TASKS = 7


def main(url: str, name: str) -> None:
    """Write until killed."""
    resources = ResourceStore(Database(url))
    for number in count():
        id = f"{name}-{number % TASKS}"
        say("begun", id, number)
        with resources.unit() as unit:
            stored = put_next(unit, id, body=b"%d" % number, index=rows(f"s{number}"))
            unit.work(TENANT, "Task", id, work(number))
        say("done", id, number, stored.version)


def say(*words: object) -> None:
    """Tell whoever started this, at once."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def work(number: int) -> Work:
    """Where the Task stands after its write of that number."""
    return Work(
        owner=PROVIDER,
        queue="",
        requester="r",
        status="requested",
        business_status="b",
        due_at=number,
        next_event="n",
        thread="t",
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
