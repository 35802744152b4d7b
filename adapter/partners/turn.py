"""One partner while we are the ones who talk to it: what comes of each thing there is to do."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from threading import Event as Signal
from threading import Thread

from adapter.fhir_client.partner_faults import NotAuthorized, PartnerFault, Rejected, Unreachable
from adapter.notifications.retrying import LONGEST_ASKED, is_hopeless, wait_ms
from adapter.partners.disclosing import NeverSent
from adapter.partners.here import Here
from adapter.partners.mirroring import NotApplied, pull
from adapter.partners.partner import Partner
from adapter.partners.polling import poll_soon
from adapter.partners.sending import send
from adapter.partners.stopping import stop
from adapter.store.outbound import Outgoing
from adapter.store.partner_lines import Line
from adapter.store.received import Event
from cds_hooks.errors import NotStored

_LOG = logging.getLogger(__name__)

#: How long a lease lasts that nobody renews: whoever dies holding one keeps others waiting so long.
_LEASE_MS = 10_000
_RENEWED_SECONDS = 2.5


class Turn:
    """One partner, while we are the ones who talk to it."""

    def __init__(self, here: Here, partner: Partner, holder: str) -> None:
        self._here, self._partner, self._holder = here, partner, holder

    def line(self) -> Line:
        """As it is now."""
        with self._here.store.reading() as unit:
            return self._here.lines(unit, self._partner).line()

    def take(self, steps: list[Callable[[], None]]) -> bool:
        """Go through the steps, unless somebody else is at it; a silence ends them."""
        here, partner = self._here, self._partner
        if not self._hold():
            return False
        ended = Signal()
        holding = Thread(target=self._hold_on, args=(ended,), daemon=True)
        holding.start()
        try:
            for step in steps:
                if not self._hold():
                    return False
                step()
            with here.store.unit() as unit:
                here.lines(unit, partner).answered(unit.now)
        except PartnerFault as fault:
            self._silence(fault)
        finally:
            ended.set()
            holding.join()
            with here.store.unit() as unit:
                here.lines(unit, partner).release(self._holder)
        return True

    def tell(self, row: Outgoing) -> None:
        """Send, or carry a change; what comes of it is noted.

        Raises:
            PartnerFault: the partner does not answer at all; nothing else is worth a try.
        """
        here, partner = self._here, self._partner
        try:
            said = (send if row.kind == "send" else stop)(here, partner, row)
        except (Rejected, NeverSent, NotApplied) as fault:
            self._settle(row, "dead", str(fault))
        except PartnerFault as fault:
            self._again(row, str(fault))
            if _is_silence(fault):
                raise
        else:
            self._settle(row, "done", said)

    def follow_up(self, events: list[Event]) -> None:
        """Fetch what the events are about, each thing once.

        Raises:
            PartnerFault: the partner does not answer at all.
        """
        failed = self._failed({focus for one in events for focus in one.focuses or ("",)})
        with self._here.store.unit() as unit:
            received = self._here.received(unit, self._partner)
            for event in events:
                words = next((failed[one] for one in event.focuses if one in failed), None)
                if words is None:
                    received.settle(event, "done")
                elif is_hopeless(unit.now, event.received_at):
                    received.settle(event, "dead", words)
                else:
                    wait = wait_ms(event.attempts + 1, f"{self._partner.id} {event.number}")
                    received.postpone(event, unit.now + wait, words)

    def _hold(self) -> bool:
        """Take the lease, or keep it for longer; whether it is ours."""
        with self._here.store.unit(durable=False) as unit:
            lines = self._here.lines(unit, self._partner)
            return lines.take(self._holder, unit.now, unit.now + _LEASE_MS)

    def _hold_on(self, ended: Signal) -> None:
        while not ended.wait(_RENEWED_SECONDS):
            # A failure is in the log already, and there is time for another try.
            with suppress(NotStored):
                self._hold()

    def _failed(self, focuses: set[str]) -> dict[str, str]:
        """Look at each, and say why some could not be followed up."""
        found = {}
        for focus in sorted(focuses):
            type, _, id = focus.partition("/")
            try:
                if not focus:
                    poll_soon(self._here, self._partner)
                elif type == "Task":
                    pull(self._here, self._partner, id)
            except (PartnerFault, NotApplied) as fault:
                if _is_silence(fault):
                    raise
                found[focus] = str(fault)
        return found

    def _again(self, row: Outgoing, words: str) -> None:
        with self._here.store.unit() as unit:
            rows = self._here.outbound(unit, self._partner)
            if is_hopeless(unit.now, row.created_at):
                rows.settle(row.number, "dead", unit.now, words)
            else:
                wait = wait_ms(row.attempts + 1, f"{self._partner.id} {row.number}")
                rows.postpone(row.number, unit.now + wait, unit.now, words)

    def _settle(self, row: Outgoing, state: str, words: str) -> None:
        with self._here.store.unit() as unit:
            self._here.outbound(unit, self._partner).settle(row.number, state, unit.now, words)

    def _silence(self, fault: PartnerFault) -> None:
        asked = min(int((fault.retry_after_seconds or 0) * 1000), LONGEST_ASKED)
        with self._here.store.unit() as unit:
            lines = self._here.lines(unit, self._partner)
            failures = lines.line().failures + 1
            wait = max(wait_ms(failures, self._partner.id), asked)
            lines.silent(failures, unit.now + wait, str(fault))
        _LOG.warning("partner %s: %s", self._partner.id, fault)


def _is_silence(fault: Exception) -> bool:
    """Whether it is about the partner as a whole, so that nothing else is worth a try now."""
    if isinstance(fault, NotAuthorized):
        return fault.status != 403
    return isinstance(fault, Unreachable)
