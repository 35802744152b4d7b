"""Writing the events of a unit of work, within it: they are committed with what they tell of.

Every change is an event of its own, also if the same resource changed twice; none is left out or
put together with another. A subscriber gets an event of what it may see when it happens. That a
subscription is failing changes nothing: its numbers go on, so that its client can see what it
missed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from adapter.notifications.definition import Definition
from adapter.notifications.filters import condition, matches
from adapter.notifications.subscribers import Subscriber, Subscribers, seen
from adapter.notifications.topics import Topic
from adapter.search.indexing import about, index
from adapter.search.matching import Entry
from adapter.store.events import NewEvent, append
from adapter.store.records import Change, IndexRows, Version
from adapter.store.subscribing import Subscribed, listening

if TYPE_CHECKING:
    from adapter.store.resources import Unit


class _Occurrence(Struct):
    """Something that happened, and the topics it is an event of."""

    event: NewEvent
    resource: Mapping[str, Any]
    topics: frozenset[str]
    entry: Entry


class Recording(Struct, frozen=True, kw_only=True):
    """Writes events; one for all units of work."""

    topics: Mapping[str, Topic]
    subscribers: Subscribers
    #: URLs of this server, so that absolute references to it are local ones.
    bases: tuple[str, ...] = ()

    def record(self, unit: Unit, tenant: str) -> int:
        """Write the events of everything the unit changed; the last thing before its commit.

        Args:
            unit: with its changes.
            tenant: whose.

        Returns:
            How many events there are, of all subscriptions.
        """
        return self._tell(unit, tenant, list(self._occurrences(unit.changes)))

    def raise_event(self, unit: Unit, tenant: str, topic: str, focus: Version, at: int) -> int:
        """Write an event of a topic that no change sets off.

        Args:
            unit: the unit of work.
            tenant: whose.
            topic: URL of the topic.
            focus: what it is about, as it is now.
            at: when it happened, in milliseconds since 1970.
        """
        resource = msgspec.json.decode(focus.body, type=dict[str, Any])
        event = NewEvent(
            at=at,
            action="",
            type=focus.type,
            id=focus.id,
            version=focus.version,
            patient=about(resource) or "",
        )
        occurrence = _Occurrence(event, resource, frozenset({topic}), self._entry(focus, resource))
        return self._tell(unit, tenant, [occurrence])

    def _occurrences(self, changes: Iterable[Change]) -> Iterable[_Occurrence]:
        for change in changes:
            after = change.after
            found = [
                topic
                for topic in self.topics.values()
                if topic.type == after.type and after.method in topic.methods
            ]
            if not found:
                continue
            entry = self._entry(after, change.resource, change.found_by)
            event = NewEvent(
                at=after.updated_at,
                action=after.method,
                type=after.type,
                id=after.id,
                version=after.version,
                patient=about(change.resource) or "",
            )
            urls = frozenset(
                topic.url for topic in found if matches(topic.type, condition(topic.current), entry)
            )
            if urls:
                yield _Occurrence(event, change.resource, urls, entry)

    def _entry(
        self, version: Version, resource: Mapping[str, Any], rows: IndexRows | None = None
    ) -> Entry:
        if rows is None:
            rows = index(version.type, resource, self.bases)
        return Entry(id=version.id, updated_at=version.updated_at, rows=rows)

    def _tell(self, unit: Unit, tenant: str, occurrences: Sequence[_Occurrence]) -> int:
        if not occurrences:
            return 0
        wanted = sorted(frozenset[str]().union(*(one.topics for one in occurrences)))
        sight = _Sight(unit, tenant, self.subscribers)
        found: dict[str, list[NewEvent]] = {}
        for row in listening(unit.connection, tenant, wanted, unit.now):
            definition = _read(row.definition)
            for one in occurrences:
                if (
                    row.topic in one.topics
                    and matches(one.event.type, definition.filters, one.entry)
                    and sight.sees(row, one.event)
                ):
                    found.setdefault(row.id, []).append(one.event)
        if found:
            append(unit.connection, tenant, found)
        return sum(map(len, found.values()))


class _Sight:
    """What subscribers see within one unit of work, each asked once."""

    def __init__(self, unit: Unit, tenant: str, subscribers: Subscribers) -> None:
        self._unit, self._tenant, self._subscribers = unit, tenant, subscribers
        self._known: dict[str, Subscriber | None] = {}
        self._seen: dict[tuple[str, str, str], bool] = {}

    def sees(self, row: Subscribed, event: NewEvent) -> bool:
        """Whether the subscriber may be told of the focus now."""
        if row.client not in self._known:
            self._known[row.client] = self._subscribers(self._tenant, row.client)
        subscriber = self._known[row.client]
        if subscriber is None:
            return False
        place = (row.client, event.type, event.id)
        if place not in self._seen:
            found = seen(self._unit, subscriber.viewer, event.type, event.id)
            self._seen[place] = found is not None
        return self._seen[place]


@lru_cache(maxsize=1024)
def _read(definition: str) -> Definition:
    return msgspec.json.decode(definition, type=Definition)
