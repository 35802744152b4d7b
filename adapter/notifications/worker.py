"""The worker that tells subscriptions: it looks for what there is to do and hands it to threads.

Any number of workers may run, in any number of processes. What goes to one endpoint goes through
few threads, and endpoints that fail or are slow share half of them (`retrying.Breakers`), so a dead
one delays nobody else.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock

from adapter import ids
from adapter.notifications.retrying import Breakers, Verdict
from adapter.notifications.telling import Telling
from adapter.store.deliveries import Lease
from cds_hooks.errors import NotStored

_LOG = logging.getLogger(__name__)

#: How long to wait before looking again, where there was nothing to do.
LOOK_SECONDS = 0.5


class Worker:
    """Looks for notifications to send and sends them.

    Args:
        telling: sends those of one subscription.
        now: the clock, in milliseconds since 1970.
        places: how many notifications may be under way.
    """

    name = "notifications"

    def __init__(self, telling: Telling, now: Callable[[], int], places: int = 16) -> None:
        self._telling, self._now, self._places = telling, now, places
        self._breakers = Breakers(places)
        self._free = places
        self._lock = Lock()
        self._wake = Event()

    def run(self, stop: Event) -> None:
        """Work until told to stop; what is under way is finished."""
        with ThreadPoolExecutor(self._places, thread_name_prefix="notify") as pool:
            while not stop.is_set():
                try:
                    found = self.look(pool)
                except NotStored:
                    # It is in the log already.
                    found = 0
                if not found:
                    self._wake.wait(LOOK_SECONDS)
                    self._wake.clear()

    def wake(self) -> None:
        """Look again at once."""
        self._wake.set()

    def look(self, pool: ThreadPoolExecutor) -> int:
        """Hand out what there is to do now; how many subscriptions that is."""
        with self._lock:
            free, closed = self._free, self._breakers.closed_to(self._now())
        if not free:
            return 0
        begun = 0
        for held in self._telling.lease(ids.new_uuid(), closed, free):
            with self._lock:
                may = self._breakers.may_try(held.origin, self._now())
                if may:
                    self._breakers.begin(held.origin)
                    self._free -= 1
            if may and self._hand_out(pool, held):
                begun += 1
            else:
                self._telling.release(held)
        return begun

    def _hand_out(self, pool: ThreadPoolExecutor, held: Lease) -> bool:
        try:
            pool.submit(self._work, held)
        except RuntimeError:
            # The process is about to end: others shall not have to wait for the lease.
            with self._lock:
                self._breakers.end(held.origin, Verdict(kind="taken"), self._now())
                self._free += 1
            return False
        return True

    def _work(self, held: Lease) -> None:
        verdict = Verdict(kind="later")
        try:
            verdict = self._telling.tell(held)
        except NotStored:
            # It is in the log already, and the lease runs out.
            verdict = Verdict(kind="taken")
        except Exception as fault:  # noqa: BLE001 - the others have to be told all the same
            _LOG.error("a subscription could not be told: %s", type(fault).__name__)
        finally:
            with self._lock:
                self._breakers.end(held.origin, verdict, self._now())
                self._free += 1
            self._wake.set()
