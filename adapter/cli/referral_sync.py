"""`ecm referral sync`: what waits for partners is sent, and what they did is fetched, now.

The service and `ecm worker` do this all the time; this does it once and says what came of it.
"""

from __future__ import annotations

import argparse
import time

from adapter import ids
from adapter.cli.referral_access import opened_store
from adapter.errors import UnusableInput
from adapter.partners.attending import attend
from adapter.partners.here import Here
from adapter.partners.partner import Partner
from adapter.partners.standing import partner_standing, try_at_once

#: Steps of one partner; each does all there is, and may lead to more.
_MOST_STEPS = 100
#: Seconds between two looks at what the service does.
_A_MOMENT = 0.1


def sync(options: argparse.Namespace) -> int:
    """Work with each partner until there is nothing to do, and say how it stands."""
    if options.service:
        raise UnusableInput("`sync` works on the store; leave --service out")
    with opened_store(options) as access:
        assert access.assembly is not None
        here = access.assembly.here
        partners = [one for one in here.partners if options.partner in (None, one.id)]
        if not partners:
            raise UnusableInput(
                f"there is no partner {options.partner!r}"
                if options.partner
                else "no partner is registered; name their file with --partners"
            )
        for partner in partners:
            _begin(here, partner, again=options.retry)
            holder = ids.new_uuid()
            for _ in range(_MOST_STEPS):
                if not attend(here, partner, holder) and not _is_busy(here, partner):
                    break
            print(f"{partner.id}: {_told(here, partner)}")
    return 0


def _begin(here: Here, partner: Partner, *, again: bool) -> None:
    with here.store.unit() as unit:
        try_at_once(here, unit, partner, again=again)


def _is_busy(here: Here, partner: Partner) -> bool:
    """Whether the service is at it; if so, after a moment in which it may have come to an end."""
    with here.store.reading() as unit:
        line = here.lines(unit, partner).line()
    busy = bool(line.lease) and line.lease_until > here.now()
    if busy:
        time.sleep(_A_MOMENT)
    return busy


def _told(here: Here, partner: Partner) -> str:
    with here.store.reading() as unit:
        found = partner_standing(here, unit, partner)
    line, rows, events = found.line, found.sent, found.heard
    parts = [f"{rows.get('done', 0)} sent", f"{rows.get('waiting', 0)} waiting"]
    if rows.get("dead"):
        parts.append(f"{rows['dead']} given up (--retry takes them up)")
    parts.append(f"{events.get('done', 0)} heard")
    if events.get("waiting") or events.get("dead"):
        behind = events.get("waiting", 0) + events.get("dead", 0)
        parts.append(f"{behind} not followed up yet")
    parts.append("notifies us" if line.subscription else "is polled")
    if line.fault:
        parts.append(f"does not answer: {line.fault}")
    return ", ".join(parts)
