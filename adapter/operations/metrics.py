"""The metrics, in the format of Prometheus: how many calls, how long, what was shown and accepted.

Labels are words of ours and ids from the configuration (service, client), never from a request, so
that their number stays small and nobody can write into them. With several processes each keeps its
counts in a file of one folder, and whichever is asked adds them up.
"""

from __future__ import annotations

from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

#: What `exposition` is served as.
CONTENT_TYPE = CONTENT_TYPE_LATEST

#: Around what a person notices (0.5 s) and what clients wait for (some 5 s).
_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The counters of this process.

    Args:
        folder: where all processes of this service keep their counts
            (`adapter.settings.share_metrics` was called with it before this module was imported);
            None: this process is the only one.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._registry = CollectorRegistry()

        def counter(name: str, words: str, *labels: str) -> Counter:
            return Counter(name, words, labels, registry=self._registry)

        self.calls = counter(
            "ecm_cds_calls",
            "Calls of CDS services and of their feedback, by HTTP status and kind of error.",
            *("service", "client", "status", "error"),
        )
        self.seconds = Histogram(
            "ecm_cds_call_seconds",
            "From the request's arrival to its answer.",
            ("service",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.cards = counter(
            "ecm_cds_cards", "Cards shown, by topic.", "service", "client", "topic"
        )
        self.suppressed = counter(
            "ecm_cds_cards_suppressed", "Cards kept back after feedback.", "service", "client"
        )
        self.feedback = counter(
            "ecm_cds_feedback", "Feedback received on cards.", "service", "client", "outcome"
        )
        self.fetches = counter(
            "ecm_cds_fetches",
            "Fetches from clients' FHIR servers, by what became of them: had, or the failure.",
            *("client", "result"),
        )
        self.lacking = counter(
            "ecm_cds_keys_lacking",
            "Prefetch keys that were neither sent nor could be fetched.",
            *("service", "client"),
        )
        self.deviations = counter(
            "ecm_cds_deviations",
            "Requests accepted though the specification says otherwise.",
            *("client", "deviation"),
        )
        self.requests = counter(
            "ecm_fhir_requests",
            "Requests to the FHIR endpoint, by interaction, type and HTTP status.",
            *("client", "interaction", "type", "status"),
        )
        self.request_seconds = Histogram(
            "ecm_fhir_request_seconds",
            "From a request to the FHIR endpoint to its answer.",
            ("interaction",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.log_lines = counter("ecm_log_lines", "Lines written to the log.", "level")

    def count_line(self, level: str) -> None:
        """Count a line of the log; alarms look at those of level `error`."""
        self.log_lines.labels(level).inc()

    def exposition(self) -> bytes:
        """Everything counted so far, by all processes."""
        if self._folder is None:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        MultiProcessCollector(together, str(self._folder))  # type: ignore[no-untyped-call]
        return generate_latest(together)
