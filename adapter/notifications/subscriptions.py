"""The life of a Subscription: what a client may ask for, and who sets its status.

A client asks (`requested`), a handshake decides (`active` or `error`), the client ends it (`off`).
From `error` only the client comes back, by asking anew, for it has to know that it missed
something. Values of `channel.header` are secrets: they are kept apart, and the resource shows each
as `***` to everybody. A client that sends that back keeps what it sent before.
https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from adapter.fhir_api.faults import Issue, Refused
from adapter.notifications import endpoints
from adapter.notifications.definition import Definition, read_definition
from adapter.notifications.subscribers import Subscriber, Subscribers
from adapter.notifications.topics import Topic
from adapter.referrals.ruling import Ruling
from adapter.security.scopes import demand
from adapter.store.records import Viewer
from adapter.store.subscribing import Subscribed, keep_subscription, set_status, subscribed

if TYPE_CHECKING:
    from adapter.store.resources import Unit

#: Stands for the value of a header.
HIDDEN = "***"

_HEADER = re.compile(
    r"(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}):[ \t]*(?P<value>[!-~ \t]{0,4000})"
)
_MOST_HEADERS = 20
#: Headers that say how the call itself is made.
_OURS = frozenset({
    "connection", "content-encoding", "content-length", "content-type", "expect", "host",
    "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade",
})  # fmt: skip


class Subscriptions(Struct, frozen=True, kw_only=True):
    """Judges what is written of Subscriptions and keeps what deliveries need."""

    topics: Mapping[str, Topic]
    subscribers: Subscribers
    #: Whether a mail server is set up.
    has_mail: bool = False

    def rule(
        self,
        unit: Unit,
        before: dict[str, Any] | None,
        after: dict[str, Any] | None,
        viewer: Viewer,
    ) -> Ruling:
        """Judge one write, and keep what follows from it in the same unit of work.

        Args:
            unit: of the write.
            before: the version before; None: it is created.
            after: as it is to be, with its `id`; None: it is deleted.
            viewer: who writes.

        Raises:
            Refused: 422 for what is not supported, 403 for a topic it may not read of.
        """
        if after is None:
            set_status(unit.connection, viewer.tenant, str((before or {})["id"]), "deleted")
            return Ruling()
        id = str(after["id"])
        kept = subscribed(unit.connection, viewer.tenant, id) if before else None
        current = unit.current(viewer.tenant, "Subscription", id) if before else None
        author = current.author if current else viewer.party
        client = kept.client if kept and author != viewer.party else viewer.client
        subscriber = self.subscribers(viewer.tenant, client)
        if subscriber is None:
            raise _refused("forbidden", "only a registered client can subscribe", "", status=403)
        definition = self._definition(after, subscriber)
        secrets = _secrets(after, definition, kept)
        is_same = kept is not None and (
            kept.definition == _encoded(definition) and kept.secrets == _encoded(secrets)
        )
        status = _status(before, after, is_same=is_same)
        if not (is_same and kept and kept.status == status):
            keep_subscription(
                unit.connection,
                Subscribed(
                    tenant=viewer.tenant,
                    id=id,
                    status=status,
                    topic=definition.topic,
                    client=client,
                    channel=definition.channel,
                    origin=endpoints.origin(definition.channel, definition.endpoint),
                    definition=_encoded(definition),
                    secrets=_encoded(secrets),
                    ends_at=definition.ends_at,
                ),
            )
        amendments: dict[str, Any] = {"status": status, "error": None}
        if status == "error":
            amendments["error"] = (before or {}).get("error")
        if secrets:
            amendments["channel"] = {
                **after["channel"],
                "header": [_hidden(one) for one in secrets],
            }
        return Ruling(amendments=amendments, grants=frozenset({("Subscription", id, author)}))

    def _definition(self, after: dict[str, Any], subscriber: Subscriber) -> Definition:
        definition, issues = read_definition(after, self.topics)
        if definition is None:
            raise Refused(422, *issues)
        if definition.channel == "email" and not self.has_mail:
            words = "this server sends no e-mail; choose rest-hook"
            raise _refused("not-supported", words, "Subscription.channel.type")
        demand(subscriber.viewer, self.topics[definition.topic].type, "read")
        fault = endpoints.fault(definition.channel, definition.endpoint, subscriber.reach)
        if fault:
            raise _refused("not-supported", fault, "Subscription.channel.endpoint")
        return definition


def read_kept(row: Subscribed) -> tuple[Definition, tuple[str, ...]]:
    """The definition of a subscription and the headers to send."""
    return (
        msgspec.json.decode(row.definition, type=Definition),
        msgspec.json.decode(row.secrets, type=tuple[str, ...]),
    )


def _status(before: dict[str, Any] | None, after: dict[str, Any], *, is_same: bool) -> str:
    """The status that follows from what a client asks for."""
    asked, was = after.get("status"), (before or {}).get("status")
    if asked == "off":
        return "off"
    if asked == "error":
        if was == "error":
            return "error"
        raise _refused(
            "value", "`error` is set by this server; ask for `requested` or `off`",
            "Subscription.status",
        )  # fmt: skip
    if asked == "active" and was == "active" and is_same:
        return "active"
    return "requested"


def _secrets(
    after: dict[str, Any], definition: Definition, kept: Subscribed | None
) -> tuple[str, ...]:
    """The headers to send, those that were sent back hidden as they were kept."""
    before: dict[str, str] = {}
    origin = endpoints.origin(definition.channel, definition.endpoint)
    if kept is not None and kept.origin == origin:
        before = {_name(one): one for one in read_kept(kept)[1]}
    written = after["channel"].get("header") or []
    if written and definition.channel != "rest-hook":
        raise _refused("not-supported", "an e-mail takes no headers", "Subscription.channel.header")
    if len(written) > _MOST_HEADERS:
        raise _refused(
            "too-long", f"at most {_MOST_HEADERS} headers are sent", "Subscription.channel.header"
        )
    return tuple(_read_headers(written, before))


def _read_headers(written: Iterable[object], before: dict[str, str]) -> Iterable[str]:
    for place, one in enumerate(written):
        path = f"Subscription.channel.header[{place}]"
        match = _HEADER.fullmatch(str(one))
        if match is None or match["name"].lower() in _OURS:
            raise _refused(
                "value", "a header is `name: value` in ASCII, and none of those that HTTP sets",
                path,
            )  # fmt: skip
        if match["value"] != HIDDEN:
            yield str(one)
        elif _name(str(one)) in before:
            yield before[_name(str(one))]
        else:
            raise _refused(
                "value", "the value of a header is hidden, and none is kept for this endpoint; "
                "send the header with its value", path,
            )  # fmt: skip


def _name(header: str) -> str:
    return header.partition(":")[0].strip().lower()


def _hidden(header: str) -> str:
    return f"{header.partition(':')[0]}: {HIDDEN}"


def _encoded(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _refused(code: str, words: str, path: str, *, status: int = 422) -> Refused:
    return Refused(status, Issue(code=code, diagnostics=words, expression=path))
