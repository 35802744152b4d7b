"""The store as the service uses it: tokens once, cards shown, feedback taken, members left alone.

One transaction for each method, or for each card shown; several threads and processes may use one
database. What fails in the database is `NotStored`, after one line in the log that holds no value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import count
from operator import attrgetter

import msgspec
from sqlalchemy import Connection, text

from adapter import clock
from adapter.setting_values import SUPPRESSION_DAYS
from adapter.store.database import Database
from adapter.store.digests import feedback_digest, member_digest, token_digest
from adapter.store.report import Comment, Report, read_comments, read_report
from adapter.store.retention import CLEAR_EVERY, clear
from adapter.store.suppression import days_kept_back, topics_kept_back
from cds_hooks.caller import Caller
from cds_hooks.errors import NotStored
from cds_hooks.feedback import Feedback
from cds_hooks.host import Issued

_DAY_SECONDS = 24 * 60 * 60

#: Changes nothing, and shows that something could be changed.
_READY = text("UPDATE store_version SET version = version")
_USE_TOKEN = text(
    "INSERT INTO used_token (token, until) VALUES (:token, :until) ON CONFLICT DO NOTHING"
)
_SHOW_CARD = text(
    "INSERT INTO card (client, uuid, service, topic, member, suggestions, populations, shown_at)"
    " VALUES (:client, :uuid, :service, :topic, :member, :suggestions, :populations, :shown_at)"
    " ON CONFLICT (client, uuid) DO UPDATE SET member = NULL WHERE card.member <> excluded.member"
)
_TAKE_FEEDBACK = text(
    "INSERT INTO feedback (feedback, client, card, service, outcome, suggestions, reasons,"
    " acted_at, received_at) VALUES (:feedback, :client, :card, :service, :outcome, :suggestions,"
    " :reasons, :acted_at, :received_at) ON CONFLICT DO NOTHING"
)
_KEEP_COMMENT = text(
    "INSERT INTO feedback_comment (feedback, text, received_at)"
    " VALUES (:feedback, :text, :received_at)"
)
_FIND_CARD = text("SELECT member, topic FROM card WHERE client = :client AND uuid = :uuid")
_SUPPRESS = text(
    "INSERT INTO suppression (member, topic, until) VALUES (:member, :topic, :until)"
    " ON CONFLICT (member, topic) DO UPDATE SET until = excluded.until"
    " WHERE suppression.until < excluded.until"
)
_IS_SUPPRESSED = text(
    "SELECT 1 FROM suppression WHERE member = :member AND topic = :topic AND until > :now"
)


class Store:
    """An open store."""

    def __init__(
        self,
        database: Database,
        *,
        suppression_days: Mapping[str, int],
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        """`now` is asked for what may be forgotten; answers depend on the instants given alone."""
        self._database = database
        self._suppression_days = suppression_days
        self._now = now
        self._writes = count()
        self._ready = database.in_drivers_words(_READY)
        self._use_token = database.in_drivers_words(_USE_TOKEN)
        self._show_card = database.in_drivers_words(_SHOW_CARD)
        self._is_suppressed = database.in_drivers_words(_IS_SUPPRESSED)

    @classmethod
    def open(cls, url: str, *, suppression_days: Mapping[str, int] = SUPPRESSION_DAYS) -> Store:
        """Open the database of that URL for the service; its tables are made where missing.

        Args:
            url: `sqlite:////path/to/file` or `postgresql://user@host/name`.
            suppression_days: for how many days cards are kept back, by our override reason or
                `accepted`.

        Raises:
            UnusableInput: the database cannot be used, with what to do.
        """
        return cls(Database(url), suppression_days=suppression_days)

    @classmethod
    def open_to_report(cls, url: str) -> Store:
        """The same for reports, which may take minutes; a file has to be there."""
        return cls(Database(url, create=False, timeout_seconds=600), suppression_days={})

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    def ready(self) -> bool:
        """Whether the database takes what is written, which every call needs."""
        try:
            with self._database.at_once() as connection:
                connection.execute(self._ready)
        except NotStored:
            return False
        return True

    def first_time(self, issuer: str, jti: str, until: datetime) -> bool:
        """Whether this token was never used before; from now on it was.

        Args:
            issuer: the claim `iss`; only a digest of it and of the next is kept.
            jti: the claim of that name.
            until: when the token is refused for its age alone, from where on it may be forgotten.
        """
        self._clear_at_times()
        row = {"token": token_digest(issuer, jti), "until": _seconds(until)}
        with self._database.at_once() as connection:
            added: int = connection.execute(self._use_token, row).rowcount
        return added == 1

    def remember(self, caller: Caller, cards: Sequence[Issued], now: datetime) -> None:
        """Keep what was shown; a card that is sent again stays as it was first sent."""
        if not cards:
            return
        rows = [
            {
                "client": caller.client,
                "uuid": card.uuid,
                "service": card.service,
                "topic": card.topic,
                "member": member_digest(caller.tenant, card.server, card.patient_id),
                "suggestions": _json(card.suggestions),
                "populations": _json(card.populations),
                "shown_at": _seconds(now),
            }
            for card in cards
        ]
        self._clear_at_times()
        with self._database.at_once() as connection:
            for row in rows:
                connection.execute(self._show_card, row)

    def is_suppressed(
        self, caller: Caller, server: str, patient_id: str, topic: str, now: datetime
    ) -> bool:
        """Whether what was answered to an earlier card keeps this topic from the member for now."""
        member = member_digest(caller.tenant, server, patient_id)
        asked = {"member": member, "topic": topic, "now": _seconds(now)}
        with self._database.at_once() as connection:
            found = connection.execute(self._is_suppressed, asked).fetchall()
        return bool(found)

    def take_feedback(
        self, caller: Caller, service: str, feedback: Sequence[Feedback], now: datetime
    ) -> None:
        """Store all of it, on the disk when this returns, or nothing.

        What was stored before changes nothing. A card that is not known, or was sent to another
        client, is kept for the report and suppresses nothing.

        Raises:
            NotStored: nothing was kept.
        """
        if not feedback:
            return
        with self._database.durable() as connection:
            # In one order everywhere, so that two batches do not wait for each other in a ring.
            for one in sorted(feedback, key=attrgetter("card")):
                self._take(connection, caller, service, one, now)

    def _take(
        self, connection: Connection, caller: Caller, service: str, one: Feedback, now: datetime
    ) -> None:
        digest = feedback_digest(caller.client, one)
        acted = min(one.acted or now, now)
        row = {
            "feedback": digest,
            "client": caller.client,
            "card": one.card,
            "service": service,
            "outcome": one.outcome,
            "suggestions": _json(one.suggestions),
            "reasons": _json(one.reasons),
            "acted_at": _seconds(acted),
            "received_at": _seconds(now),
        }
        if connection.execute(_TAKE_FEEDBACK, row).rowcount == 0:
            return
        if one.comment:
            kept = {"feedback": digest, "text": one.comment, "received_at": _seconds(now)}
            connection.execute(_KEEP_COMMENT, kept)
        days = days_kept_back(one, self._suppression_days)
        card = connection.execute(_FIND_CARD, {"client": caller.client, "uuid": one.card}).first()
        if not days or card is None or card.member is None:
            return
        until = _seconds(acted) + days * _DAY_SECONDS
        for topic in topics_kept_back(card.topic):
            kept_back = {"member": bytes(card.member), "topic": topic, "until": until}
            connection.execute(_SUPPRESS, kept_back)

    def feedback_report(self, since: datetime, until: datetime) -> Report:
        """What became of the cards shown from one instant on and before another."""
        with self._database.reading() as connection:
            return read_report(connection, since, until)

    def comments(self, since: datetime, until: datetime) -> tuple[Comment, ...]:
        """What people wrote, as far as it is still kept; it may name patients."""
        with self._database.reading() as connection:
            return read_comments(connection, since, until)

    def _clear_at_times(self) -> None:
        """A failure is in the log and no reason to fail the call."""
        if next(self._writes) % CLEAR_EVERY == 0:
            with suppress(NotStored), self._database.quick() as connection:
                clear(connection, self._now())


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
