"""What is done now and then: telling of due dates that passed, forgetting old events."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from adapter.notifications.recording import Recording
from adapter.notifications.retrying import DAY
from adapter.store.events import clear, overdue, tell_overdue

if TYPE_CHECKING:
    from adapter.store.resources import ResourceStore

#: For how long an event can be asked for again after it was delivered.
KEEP_DELIVERED = 35 * DAY
#: For how long one that could not be delivered waits.
KEEP_ANY = 365 * DAY

#: Done at once, so that no statement takes long.
_MOST = 500


class Sweeping(Struct, frozen=True, kw_only=True):
    """The sweeps; each may run in several processes at once."""

    store: ResourceStore
    recording: Recording
    #: URL of the topic of due dates.
    overdue_topic: str
    #: The clock, in milliseconds since 1970.
    now: Callable[[], int]

    def tell_overdue(self) -> int:
        """Raise an event for every Task whose due date passed, once; how many Tasks."""
        with self.store.reading() as unit:
            found = overdue(unit.connection, self.now(), _MOST)
        return sum(self._tell(*one) for one in found)

    def _tell(self, tenant: str, id: str, due_at: int) -> bool:
        with self.store.unit() as unit:
            current = unit.current(tenant, "Task", id)
            if not tell_overdue(unit.connection, tenant, id, due_at):
                return False
            if current is not None and not current.deleted:
                self.recording.raise_event(unit, tenant, self.overdue_topic, current, due_at)
            return True

    def forget(self) -> int:
        """Forget events that are old; how many."""
        now, count = self.now(), 0
        while True:
            with self.store.unit(durable=False) as unit:
                found = clear(unit.connection, now - KEEP_DELIVERED, now - KEEP_ANY, _MOST)
            count += found
            if found < _MOST:
                return count
