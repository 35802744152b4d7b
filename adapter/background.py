"""Work beside the answering of calls: a thread for each job, until told to stop.

`ecm worker` runs jobs in a process of its own; a service may run them in its workers. A job that
fails is begun again after a while: the log says so, and the others go on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from threading import Event, Thread
from time import monotonic
from typing import Protocol

from cds_hooks.errors import NotStored

_LOG = logging.getLogger(__name__)

#: How long to wait before a job that failed is begun again.
_AGAIN_SECONDS = 5.0


class Job(Protocol):
    """Something that is done all the time."""

    @property
    def name(self) -> str:
        """Names it in the log."""

    def run(self, stop: Event) -> None:
        """Do it until told to stop."""

    def wake(self) -> None:
        """There may be something to do: look at once."""


class Periodic:
    """A job that does one thing again and again.

    Args:
        name: for the log.
        seconds: how long to wait in between.
        action: what is done.
    """

    def __init__(self, name: str, seconds: float, action: Callable[[], object]) -> None:
        self.name = name
        self._seconds, self._action = seconds, action

    def run(self, stop: Event) -> None:
        """Do it until told to stop."""
        while not stop.is_set():
            self._action()
            stop.wait(self._seconds)

    def wake(self) -> None:
        """Nothing: it keeps its pace."""


class Background:
    """The jobs of a process, at work once they are started."""

    def __init__(self) -> None:
        self._jobs: tuple[Job, ...] = ()
        self._stop = Event()
        self._threads: list[Thread] = []

    def start(self, jobs: Sequence[Job]) -> None:
        """Begin every job in a thread of its own."""
        self._jobs = tuple(jobs)
        for job in self._jobs:
            thread = Thread(target=self._run, args=(job,), name=job.name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def wake(self) -> None:
        """There may be something to do; where no job was started, another process will see it."""
        for job in self._jobs:
            job.wake()

    def stop(self, seconds: float = 70) -> bool:
        """Tell every job to stop and wait for it, so long at most; whether all did."""
        self._stop.set()
        self.wake()
        until = monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _run(self, job: Job) -> None:
        while not self._stop.is_set():
            try:
                job.run(self._stop)
            except NotStored:
                _LOG.error("%s: the store failed; it is tried again", job.name)
            except Exception as fault:  # noqa: BLE001 - the job has to go on
                _LOG.error("%s failed: %s; it is begun again", job.name, type(fault).__name__)
            self._stop.wait(_AGAIN_SECONDS)
