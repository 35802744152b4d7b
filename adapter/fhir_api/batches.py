"""Bundles that are sent: a transaction as one unit of work, a batch as many.

https://hl7.org/fhir/R4/http.html#transaction. Each entry of a batch is answered for itself.
"""

from __future__ import annotations

from adapter.fhir_api.answers import bundle, refusal, response_entry
from adapter.fhir_api.call import Answer, Call
from adapter.fhir_api.carrying import Carrier
from adapter.fhir_api.entries import Entry, read_entries
from adapter.fhir_api.faults import Refused, refused
from adapter.fhir_api.interactions import Request
from adapter.fhir_api.preferences import preferences
from adapter.fhir_api.references import references
from adapter.fhir_api.routing import Route
from adapter.fhir_api.transactions import Transactions
from adapter.security.telling import notice
from adapter.store.records import AuditEntry, Viewer

_READS = frozenset({"GET", "HEAD"})


class Batches:
    """Carries out Bundles."""

    def __init__(self, carrier: Carrier) -> None:
        """`carrier`: of single calls."""
        self._carrier = carrier
        self._transactions = Transactions(
            carrier.exchange, carrier.interactions, carrier.route, carrier.carry_out
        )

    def answer(self, viewer: Viewer, call: Call, key: str | None) -> Answer:
        """The answer to a Bundle.

        Args:
            viewer: who sends it.
            call: with the Bundle as its body, in JSON.
            key: its Idempotency-Key; None: it has none. In a batch it is that of each entry.

        Raises:
            Refused: it is no Bundle that can be carried out, or a transaction was refused.
        """
        try:
            kind, entries = read_entries(call, self._carrier.interactions.bases(call))
            if kind == "transaction" and key is not None:
                _check_writes_only(entries)
        except Refused as fault:
            self._carrier.exchange.tell_refusal(viewer, fault)
            raise
        audited: list[AuditEntry] = []
        if kind == "batch":
            answers = [
                self._of_batch(viewer, call, entry, entries, key, audited) for entry in entries
            ]
        else:
            answers = self._of_transaction(viewer, call, entries, key, audited)
        listed = [response_entry(one, call.base) for one in answers]
        along = notice(audited)
        headers = along.headers if along is not None else {}
        return Answer(status=200, headers=headers, body=bundle(f"{kind}-response", listed))

    def _of_transaction(
        self,
        viewer: Viewer,
        call: Call,
        entries: list[Entry],
        key: str | None,
        audited: list[AuditEntry],
    ) -> list[Answer]:
        writing = any(entry.call.method not in _READS for entry in entries)
        with self._carrier.exchange.session(viewer, writing=writing) as unit:
            request = Request(
                unit=unit,
                viewer=viewer,
                call=call,
                route=Route(interaction="batch"),
                preferences=preferences(call),
            )
            answer = self._carrier.once(
                request,
                key,
                lambda: Answer(status=200, parts=self._transactions.run(request, entries)),
            )
            audited += unit.audited
            return answer.parts or []

    def _of_batch(
        self,
        viewer: Viewer,
        call: Call,
        entry: Entry,
        entries: list[Entry],
        key: str | None,
        audited: list[AuditEntry],
    ) -> Answer:
        try:
            found = self._carrier.route(entry.call)
            if found.interaction in ("batch", "capabilities"):
                raise refused(400, "not-supported", "this cannot be part of a batch")
            _check_alone(entry, entries)
        except Refused as fault:
            self._carrier.exchange.tell_refusal(viewer, fault)
            return refusal(fault)
        try:
            with self._carrier.exchange.session(viewer, writing=found.writes) as unit:
                request = Request(
                    unit=unit,
                    viewer=viewer,
                    call=entry.call,
                    route=found,
                    preferences=preferences(call),
                )
                # A read is the same however often it is done.
                own = f"{key} {entry.place}" if key is not None and found.writes else None
                answer = self._carrier.once(request, own, lambda: self._carrier.carry_out(request))
                audited += unit.audited
                return answer
        except Refused as fault:
            return refusal(fault)


def _check_writes_only(entries: list[Entry]) -> None:
    """What was read is not kept to be repeated: it may be seen no longer by then."""
    if any(entry.call.method in _READS for entry in entries):
        raise refused(
            400,
            "not-supported",
            "a transaction with an Idempotency-Key cannot read; read in a request of its own",
        )


def _check_alone(entry: Entry, entries: list[Entry]) -> None:
    """The entries of a batch know nothing of each other."""
    if entry.resource is None:
        return
    names = {one.full_url for one in entries if one.full_url and one.call.method == "POST"}
    if names.intersection(references(entry.resource)):
        raise refused(
            400,
            "not-supported",
            "an entry of a batch cannot refer to another one; send a transaction",
        )
