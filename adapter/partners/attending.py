"""The work with partners: one after the other for each, side by side for all.

Whoever holds a partner's lease sends what waits, looks after the Subscription, asks for what is
missing and follows up what came in; so a partner is never called by two at once, in however many
processes. One that does not answer is left alone ever longer, and keeps nobody else waiting: each
has a thread of its own. What failed is tried again for days and then becomes a dead letter, which
`ecm referral list` shows.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from threading import Event as Signal
from threading import Thread

from adapter import ids
from adapter.partners.here import Here
from adapter.partners.partner import Partner
from adapter.partners.polling import poll
from adapter.partners.subscribing import fill_gaps, has_gap, is_wanted, look_after
from adapter.partners.turn import Turn
from adapter.store.partner_lines import Line
from cds_hooks.errors import NotStored

_LOG = logging.getLogger(__name__)

#: How often each partner's rows are looked at, where nobody said that there is something.
LOOK_SECONDS = 1.0
#: How long what was followed up is kept, so that a notification that comes twice is known.
_KEPT = 30 * 24 * 60 * 60 * 1000


class PartnerWork:
    """The background work; one for each process that does any."""

    name = "partners"

    def __init__(self, here: Here) -> None:
        self._here = here
        self._wakes = {partner.id: Signal() for partner in here.partners}

    def run(self, stopping: Signal) -> None:
        """Work until told to stop; what is under way is finished."""
        threads = [
            Thread(target=self._attend, args=(partner, stopping), name=f"partner-{partner.id}")
            for partner in self._here.partners
        ]
        for thread in threads:
            thread.start()
        stopping.wait()
        self.wake()
        for thread in threads:
            thread.join()

    def wake(self) -> None:
        """Look at once."""
        for signal in self._wakes.values():
            signal.set()

    def _attend(self, partner: Partner, stopping: Signal) -> None:
        holder = ids.new_uuid()
        while not stopping.is_set():
            did = False
            try:
                did = attend(self._here, partner, holder)
            except NotStored:
                pass  # It is in the log already.
            except Exception as fault:  # noqa: BLE001 - it is to be tried again, not to end
                _LOG.error("partner %s: %s", partner.id, type(fault).__name__)
            if not did:
                self._wakes[partner.id].wait(LOOK_SECONDS)
                self._wakes[partner.id].clear()


def attend(here: Here, partner: Partner, holder: str) -> bool:
    """Do what there is to do with one partner now.

    Args:
        here: the deployment.
        partner: whom.
        holder: names this worker.

    Returns:
        Whether anything was done.
    """
    now = here.now()
    with here.store.reading() as unit:
        lines = here.lines(unit, partner)
        line = lines.line()
        sending = here.outbound(unit, partner).waiting()
        events = here.received(unit, partner).waiting()
        cursor = lines.cursor()
    if line.next_at > now:
        return False
    turn = Turn(here, partner, holder)
    steps: list[Callable[[], None]] = []
    busy: set[str] = set()
    for row in sending:
        # What is told of one Task is told in its order.
        if row.due_at <= now and row.id not in busy:
            steps.append(partial(turn.tell, row))
        busy.add(row.id)
    if is_wanted(partner, line, now):
        steps.append(lambda: look_after(here, partner, turn.line()))
    if has_gap(line):
        steps.append(lambda: fill_gaps(here, partner, turn.line()))
    # One that notifies is asked when it was just subscribed to, or cannot be.
    asks = partner.changes == "poll" or not line.subscription or not cursor.due_at
    if asks and line.requesters and cursor.due_at <= now:
        steps.append(lambda: _poll(here, partner, line))
    due = [event for event in events if event.due_at <= now]
    if due:
        steps.append(lambda: turn.follow_up(due))
    return turn.take(steps) if steps else False


def _poll(here: Here, partner: Partner, line: Line) -> None:
    poll(here, partner, line.requesters)
    with here.store.unit() as unit:
        here.received(unit, partner).forget_before(unit.now - _KEPT)
