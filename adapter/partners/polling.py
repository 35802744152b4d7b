"""Asks a partner what changed: for those that cannot notify, and after a silence.

SDOH Clinical Care, "Checking Task Status": at least once a business day (task-11), not more often
than every 15 minutes (task-12), from the time of the search before by the server's own clock. As a
server may commit a change after it answered a search that should have shown it, each search reaches
back a little further; what was seen already is known by its version. The cursor moves in the
transaction that keeps what was found.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from adapter.fhir_client.partner_answers import Resource, version_of
from adapter.partners.here import Here
from adapter.partners.partner import Partner
from adapter.store.partner_lines import Cursor

if TYPE_CHECKING:
    from adapter.store.resources import Unit

#: How far a search reaches back before the one before it.
_OVERLAP = timedelta(minutes=5)
_MINUTE = 60_000


def poll(here: Here, partner: Partner, requesters: tuple[str, ...]) -> int:
    """Ask for the Tasks of these requesters that changed, and keep what is new to be followed up.

    Returns:
        How many changed.

    Raises:
        PartnerFault: the partner could not be asked; the cursor stays.
    """
    if not requesters:
        return 0
    with here.store.reading() as unit:
        watermark = here.lines(unit, partner).cursor().watermark
    query = [("requester", ",".join(f"Organization/{one}" for one in requesters))]
    if watermark:
        query.append(("_lastUpdated", f"ge{_before(watermark)}"))
    found: list[Resource] = []
    answered_at = ""
    for page in here.servers.of(partner).pages("Task", query):
        answered_at = answered_at or page.at
        found += (one for one in page.matches if one.get("resourceType") == "Task")
    with here.store.unit() as unit:
        changed = _unseen(here, unit, partner, found)
        lines = here.lines(unit, partner)
        received = here.received(unit, partner)
        # One number for each, higher than those before.
        number = max(unit.now, received.highest("") + 1)
        for place, focus in enumerate(changed):
            received.receive("", number + place, [focus], unit.now)
        due_at = unit.now + int(partner.poll_minutes * _MINUTE)
        lines.put_cursor(Cursor(watermark=answered_at or watermark, due_at=due_at))
    return len(changed)


def poll_soon(here: Here, partner: Partner) -> None:
    """Have it asked at the next opportunity: something may have been missed."""
    with here.store.unit() as unit:
        lines = here.lines(unit, partner)
        lines.put_cursor(msgspec.structs.replace(lines.cursor(), due_at=0))


def _unseen(here: Here, unit: Unit, partner: Partner, tasks: list[Resource]) -> list[str]:
    rows = here.outbound(unit, partner)
    found = []
    for task in tasks:
        link = rows.linked_from("Task", str(task.get("id")))
        if link is not None and link.remote_version != version_of(task):
            found.append(f"Task/{task['id']}")
    return list(dict.fromkeys(found))


def _before(watermark: str) -> str:
    try:
        at = datetime.fromisoformat(watermark)
    except ValueError:
        return watermark
    return (at - _OVERLAP).isoformat(timespec="milliseconds").replace("+00:00", "Z")
