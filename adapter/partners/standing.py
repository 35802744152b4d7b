"""How it stands with a partner: whether it answers, what waits, what was given up; and trying anew.

An operator looks at it with a command and on a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from adapter.partners.here import Here
from adapter.partners.partner import Partner
from adapter.store.outbound import Outgoing
from adapter.store.partner_lines import Cursor, Line
from adapter.store.received import Unsettled

if TYPE_CHECKING:
    from adapter.store.resources import Unit


class PartnerStanding(Struct, frozen=True, kw_only=True):
    """A partner and how it stands with it."""

    partner: Partner
    line: Line
    cursor: Cursor
    #: How much was sent and heard, by state: waiting, done, dead.
    sent: Mapping[str, int]
    heard: Mapping[str, int]
    #: What of it was not settled, what was given up first.
    outgoing: tuple[Outgoing, ...] = ()
    received: tuple[Unsettled, ...] = ()

    @property
    def waiting(self) -> int:
        """What is still to be sent or followed up."""
        return self.sent.get("waiting", 0) + self.heard.get("waiting", 0)

    @property
    def dead(self) -> int:
        """What was given up."""
        return self.sent.get("dead", 0) + self.heard.get("dead", 0)


def partner_standing(here: Here, unit: Unit, partner: Partner, most: int = 0) -> PartnerStanding:
    """How it stands with a partner; `most`: how much of what is not settled is told."""
    lines, rows = here.lines(unit, partner), here.outbound(unit, partner)
    events = here.received(unit, partner)
    return PartnerStanding(
        partner=partner,
        line=lines.line(),
        cursor=lines.cursor(),
        sent=rows.counts(),
        heard=events.counts(),
        outgoing=tuple(rows.unsettled(most)) if most else (),
        received=tuple(events.unsettled(most)) if most else (),
    )


def try_at_once(here: Here, unit: Unit, partner: Partner, *, again: bool) -> None:
    """Have everything be due, whatever failed before; with `again` what was given up, too."""
    rows, events = here.outbound(unit, partner), here.received(unit, partner)
    if again:
        rows.requeue_all(unit.now)
        events.requeue_all(unit.now)
    else:
        rows.hurry(unit.now)
        events.hurry(unit.now)
    here.lines(unit, partner).try_now()
