"""Calls of a CDS service from the playground, and everything that is shown of their answers."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from adapter.cds_client.calling import CdsService, Reply
from adapter.cds_client.hook_calls import HookCall
from adapter.workbench.hooks.choosing import entry_of
from adapter.workbench.hooks.clients import Again, View, views
from adapter.workbench.hooks.conformance.findings import Sent
from adapter.workbench.hooks.conformance.report import Report, report
from adapter.workbench.hooks.evidence import Evidence, answered, as_profile, evidence_of
from adapter.workbench.hooks.form import Wanted, chart_of, made
from adapter.workbench.hooks.reach import Room, own_base, service_for
from adapter.workbench.hooks.refusals import ADVICE, issues_told
from cds_hooks.answering import Advice
from cds_hooks.caller import Caller
from cds_hooks.host import Host, OpenHost

if TYPE_CHECKING:
    from adapter.workbench.roles import Visitor
    from adapter.workbench.site import Site

#: Headers of an answer that say something to who integrates.
_HEADERS = frozenset(
    {
        "access-control-allow-origin",
        "cache-control",
        "content-type",
        "date",
        "etag",
        "location",
        "retry-after",
        "server",
        "www-authenticate",
    }
)


class Request(Struct, frozen=True, kw_only=True):
    """A request that was made, and to whom it goes."""

    url: str
    service_id: str
    #: Ids of all services for this hook there.
    services: tuple[str, ...]
    #: The keys asked for, by name their query.
    template: dict[str, str]
    body: str
    #: By prefetch key, what is sent for it, in words.
    sent: dict[str, str]
    notes: tuple[str, ...]


class Exchange(Struct, frozen=True, kw_only=True):
    """One call and its answer."""

    service_id: str
    reply: Reply
    #: The body, indented where it is JSON.
    answer: str
    headers: tuple[tuple[str, str], ...]
    #: Of an answer that is no success: what it says, and what to do.
    issues: tuple[str, ...]
    advice: str
    views: tuple[View, ...]
    report: Report
    evidence: Evidence | None
    #: Whether the service called is this one.
    is_own: bool


class Playground:
    """The calls that this service makes for visitors."""

    def __init__(self, site: Site, room: Room) -> None:
        self._site, self._room = site, room
        # A token is good once, so that whom it names cannot be asked a second time: with
        # registered clients the evidence is that of one which is cleared for nothing.
        self._caller = Caller(client="workbench", tenant="workbench")
        self._host: Host = OpenHost(self._caller)
        if site.settings.development:
            self._host = site.host
            self._caller = site.host.identify(None, "", "127.0.0.1")
        self._own: list[dict[str, Any]] = msgspec.json.decode(site.services.discovery())["services"]

    def request(self, visitor: Visitor, wanted: Wanted) -> Request:
        """The request that the form asks for; another service's discovery is asked first.

        Raises:
            UnusableInput: it cannot be made; the message says why.
        """
        service = self._service(visitor, wanted)
        chart = chart_of(wanted, self._site.today())
        if self._is_own(service):
            found = entry_of(service, wanted, self._own)
        else:
            with self._room.to_call(service):
                found = entry_of(service, wanted, None)
        call: HookCall = made(found.entry, chart, wanted)
        return Request(
            url=service.endpoint(found.entry["id"]),
            service_id=found.entry["id"],
            services=found.others,
            template=dict(found.entry.get("prefetch") or {}),
            body=_indented(call.body),
            sent=call.sent,
            notes=call.notes,
        )

    def call(self, visitor: Visitor, wanted: Wanted, text: str, service_id: str) -> Exchange:
        """Send a request as it stands.

        Args:
            visitor: who calls.
            wanted: where to, and as whom.
            text: the request; it may be no JSON at all.
            service_id: which service; empty: that of the hook.

        Raises:
            UnusableInput: nothing was answered.
        """
        service = self._service(visitor, wanted)
        body = text.encode()
        service_id = service_id or self._usual(wanted.hook)
        with self._room.to_call(service):
            reply = service.call(service_id, body)
        is_own = self._is_own(service)
        entry = next((one for one in self._own if one["id"] == service_id), None)
        sent = Sent(body=body, reply=reply, entry=entry if is_own else None, token=wanted.token)
        is_success = reply.status == 200
        again = self._again(body, service_id, wanted) if is_own else None
        return Exchange(
            service_id=service_id,
            reply=reply,
            answer=_indented(reply.body) if not reply.other else reply.text,
            headers=tuple(one for one in reply.headers if one[0].lower() in _HEADERS),
            issues=() if is_success else tuple(issues_told(reply.body)),
            advice=ADVICE.get(reply.status, ""),
            views=views(reply.body, again) if is_success else (),
            report=report(sent),
            evidence=evidence_of(again("")) if again is not None else None,
            is_own=is_own,
        )

    def feedback(self, visitor: Visitor, wanted: Wanted, item: dict[str, Any]) -> tuple[str, Reply]:
        """Send feedback on one card: what was sent, and its answer.

        Raises:
            UnusableInput: nothing was answered.
        """
        service = self._service(visitor, wanted)
        timestamp = self._site.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        body = {"feedback": [item | {"outcomeTimestamp": timestamp}]}
        with self._room.to_call(service):
            reply = service.feedback(wanted.service_id or self._usual(wanted.hook), body)
        return _indented(body), reply

    def endpoint(self, visitor: Visitor, wanted: Wanted) -> str:
        """The URL that is called."""
        service_id = wanted.service_id or self._usual(wanted.hook)
        return self._service(visitor, wanted).endpoint(service_id)

    def _service(self, visitor: Visitor, wanted: Wanted) -> CdsService:
        return service_for(self._site, visitor, wanted.service, token=wanted.token or None)

    def _is_own(self, service: CdsService) -> bool:
        return service.base == own_base(self._site)

    def _usual(self, hook: str) -> str:
        return next((str(one["id"]) for one in self._own if one["hook"] == hook), hook)

    def _again(self, body: bytes, service_id: str, wanted: Wanted) -> Again:
        """Answers the call as registered with a profile; empty: as it was answered."""

        def answer(profile: str) -> Advice | None:
            caller = as_profile(self._caller, profile, wanted.plan or None)
            return answered(self._site.services, self._host, service_id, body, caller)

        return answer


def _indented(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
