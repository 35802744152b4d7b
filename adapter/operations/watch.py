"""Watching the calls: one line of the log and a few counts for each, whatever became of it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from adapter.fhir_api.service import Served
from adapter.operations.log import event
from adapter.operations.metrics import Metrics
from cds_hooks.errors import NotTrusted
from cds_hooks.feedback import Feedback
from cds_hooks.host import CallRecord, Fetch, Fetched, Fetcher

_LOG = logging.getLogger(__name__)

#: Fields of a record under the name they have in the log, which is that of CDS Hooks where it has
#: one.
_NAMES = {"hook_instance": "hookInstance", "not_had": "notHad"}


class Watch:
    """Tells the log and the metrics of every call; `observe` fits `cds_hooks.host.Host.observe`."""

    def __init__(self, metrics: Metrics) -> None:
        self.metrics = metrics

    def observe(self, record: CallRecord) -> None:
        """Log and count one call. Never raises: the answer is ready and must go out."""
        try:
            # Whoever refused a caller logged why: that is the one line of the call.
            if record.error != NotTrusted.__name__:
                event(_LOG, "call", _fields(record))
            self._count(record)
        except Exception as fault:  # noqa: BLE001 - see above
            _LOG.error("a call could not be counted: %s", type(fault).__name__)

    def served(self, served: Served) -> None:
        """Log and count one request to the FHIR endpoint. Never raises."""
        try:
            if served.status != 401:  # whoever refused it logged why
                event(_LOG, "fhir", _told(msgspec.structs.asdict(served)))
            told = (served.client, served.interaction, served.type, str(served.status))
            self.metrics.requests.labels(*told).inc()
            self.metrics.request_seconds.labels(served.interaction).observe(
                served.milliseconds / 1000
            )
        except Exception as fault:  # noqa: BLE001 - the answer is ready and must go out
            _LOG.error("a request could not be counted: %s", type(fault).__name__)

    def feedback(self, client: str, service: str, taken: Iterable[Feedback]) -> None:
        """Count what was answered to cards."""
        for one in taken:
            self.metrics.feedback.labels(service, client, one.outcome).inc()

    def fetcher(self, fetcher: Fetcher, client: str) -> Fetcher:
        """The same fetcher, whose results are counted."""
        return _Counted(fetcher, client, self.metrics)

    def _count(self, record: CallRecord) -> None:
        metrics, service, client = self.metrics, record.service, record.client
        metrics.calls.labels(service, client, str(record.status), record.error).inc()
        metrics.seconds.labels(service).observe(record.milliseconds / 1000)
        for topic in record.cards:
            metrics.cards.labels(service, client, topic).inc()
        if record.suppressed:
            metrics.suppressed.labels(service, client).inc(record.suppressed)
        if record.not_had:
            metrics.lacking.labels(service, client).inc(record.not_had)
        for deviation in record.deviations:
            metrics.deviations.labels(client, deviation).inc()


class _Counted:
    def __init__(self, fetcher: Fetcher, client: str, metrics: Metrics) -> None:
        self._fetcher, self._client, self._metrics = fetcher, client, metrics

    def fetch(self, wanted: Sequence[Fetch]) -> tuple[Fetched, ...]:
        fetched = self._fetcher.fetch(wanted)
        for one in fetched:
            result = "had" if one.failure is None else one.failure.name.lower().replace("_", "-")
            self._metrics.fetches.labels(self._client, result).inc()
        return fetched


def _fields(record: CallRecord) -> dict[str, Any]:
    """What the record says, without what is empty."""
    return _told(msgspec.structs.asdict(record))


def _told(said: dict[str, Any]) -> dict[str, Any]:
    return {_NAMES.get(name, name): value for name, value in said.items() if value or value == 0}
