"""docs/referral-lifecycle.md says what the tables say."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from adapter.referrals import deadlines, lifecycle
from adapter.referrals.business_status import NOT_OWNERS, REQUESTERS
from profiles.referral_codes import business_statuses, next_events, status_reasons
from tests.architecture.sources import ROOT

PAGE = ROOT / "docs" / "referral-lifecycle.md"
NEEDS = {
    "reason": "`statusReason.text`",
    "output": "an `output`",
    "owner": "an `owner`",
    "order": "an active ServiceRequest, nobody asked twice",
    "no-live-task": "no Task under way",
}
UNITS = {"business-days": "business days", "days": "days", "hours": "hours"}


def table(*rows: Iterable[str]) -> str:
    lines = [f"| {' | '.join(one)} |" for one in rows]
    return "\n".join([lines[0], "|" + "---|" * lines[0].count(" | ") + "---|", *lines[1:]])


def steps(type: str) -> str:
    """Steps that differ in nothing but where they lead stand in one row."""
    rows: dict[tuple[str, str, str], list[str]] = {}
    for one in lifecycle.edges(type):
        if one.target != "entered-in-error":
            actors = " or ".join(sorted(one.actors, reverse=True))
            needs = ", ".join(NEEDS[need] for need in one.needs)
            rows.setdefault((one.source, actors, needs), []).append(one.target)
    found = [(a, ", ".join(to), b, c) for (a, b, c), to in rows.items()]
    return table(
        ("from", "to", "by its", "needs"), *found, ("any", "entered-in-error", "requester", "")
    )


def said() -> str:
    rows = []
    for one in business_statuses().values():
        who = "requester" if one.code in NOT_OWNERS else "owner"
        who = "either" if one.code in REQUESTERS - NOT_OWNERS else who
        next_one = f"`{one.next_event}`" if one.next_event else ""
        rows.append((f"`{one.code}`", ", ".join(one.task_statuses), one.hop, who, next_one))
    return table(("business status", "with status", "Task of", "said by", "next"), *rows)


def span(timer: deadlines.Timer | deadlines.Span) -> str:
    if timer.unit == "month-end":
        return "the last business day of the next month"
    return f"{timer.count} {UNITS[timer.unit]}"


def due() -> str:
    rows = []
    for one in deadlines.timers().values():
        event = next_events().get(one.id)
        urgent = f"; {span(one.urgent)} if urgent" if one.urgent else ""
        checked = "to be checked" if "ecalled" in one.provisional else "ours"
        rows.append(
            (
                f"`{one.id}`",
                event.actor if event else "",
                span(one) + urgent,
                checked if one.provisional else "by the text",
            )
        )
    return table(("what", "by", "within", "the number is"), *rows)


def reasons() -> str:
    rows = [
        (f"`{one.code}`", ", ".join(one.task_statuses), "an `output`" if one.output else "")
        for one in status_reasons().values()
    ]
    return table(("reason", "with status", "needs"), *rows)


TABLES = {
    "the steps of a Task": steps("Task"),
    "the steps of a ServiceRequest": steps("ServiceRequest"),
    "business statuses": said(),
    "reasons": reasons(),
    "deadlines": due(),
}


@pytest.mark.parametrize("name", TABLES)
def test_the_page_shows_the_table(name):
    """Whoever changes the one changes the other."""
    expected = TABLES[name]
    assert expected in PAGE.read_text(encoding="utf-8"), f"docs/referral-lifecycle.md:\n{expected}"
