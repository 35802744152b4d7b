"""AuditEvents over FHIR: read and search, from the record of accesses.

Who looks at the record is recorded too, with one entry for a page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from adapter.fhir_api.answers import of_version
from adapter.fhir_api.call import Answer
from adapter.fhir_api.exchange import Exchange
from adapter.fhir_api.interactions import Request
from adapter.fhir_api.searches import Searches
from adapter.fhir_api.sessions import named
from adapter.search.query import Query
from adapter.security.audit_events import AuditEvents, note_look
from adapter.store.records import Found, Viewer

if TYPE_CHECKING:
    from adapter.store.resources import Unit

_TYPE = "AuditEvent"


class AuditAnswers:
    """Answers every request for AuditEvents.

    Args:
        events: where they come from.
        bases: FHIR base URLs under which this server is known.
    """

    def __init__(self, events: AuditEvents, bases: tuple[str, ...] = ()) -> None:
        self._events = events
        # Of an exchange a search needs nothing but that it searches.
        self._searches = Searches(cast("Exchange", _Searched(events)), bases)

    def __call__(self, request: Request) -> Answer:
        """The answer to a read or a search; the table has no other interaction."""
        if request.route.interaction == "search-type":
            return self._searches.search(request)
        unit, viewer, id = request.unit, request.viewer, request.route.id
        with named("read", _TYPE, id):
            found = self._events.read(unit, viewer, id)
        note_look(unit, viewer, "read", f"{_TYPE}/{id}")
        return of_version(found)


class _Searched:
    def __init__(self, events: AuditEvents) -> None:
        self._events = events

    def search(self, unit: Unit, viewer: Viewer, query: Query) -> Found:
        """A page."""
        with named("search", _TYPE):
            found = self._events.search(unit, viewer, query)
        note_look(unit, viewer, "search", _TYPE, f"{len(found.matches)} found")
        return found
