"""The tables of notifications: who subscribed to what, what happened, and how far each was told.

Three rows stand for one subscription, because three parties write them: the client its definition,
whoever writes a resource its counter, a worker its delivery. None waits for another's lock. An
event is a row of its own with the next number of its subscription; it is written in the transaction
of the change it tells of. Instants are milliseconds since 1970 in UTC.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, PrimaryKeyConstraint, Table

from adapter.store.resource_tables import TEXT
from adapter.store.tables import METADATA

#: What a Subscription asks for. It stays when the Subscription is deleted: a new one of the same id
#: goes on counting.
SUBSCRIPTION = Table(
    "subscription",
    METADATA,
    Column("tenant", TEXT, nullable=False),
    #: Of the Subscription.
    Column("id", TEXT, nullable=False),
    #: Raised with every change of this row.
    Column("revision", BigInteger, nullable=False),
    #: requested, active, error, off; deleted.
    Column("status", TEXT, nullable=False),
    #: Canonical URL.
    Column("topic", TEXT, nullable=False),
    #: Id of the client in the registry, whose rights count at each event and at each send.
    Column("client", TEXT, nullable=False),
    #: rest-hook, email
    Column("channel", TEXT, nullable=False),
    #: Scheme, host and port of the endpoint, or the domain of the mail address: what fails as one.
    Column("origin", TEXT, nullable=False),
    #: `adapter.notifications.definition.Definition` as JSON, without secrets.
    Column("definition", TEXT, nullable=False),
    #: Headers to send as a JSON array of `name: value`. No interface shows them.
    Column("secrets", TEXT, nullable=False),
    #: From when on nothing is told any more; 0: never.
    Column("ends_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
    Index("subscription_of_topic", "tenant", "topic"),
    sqlite_with_rowid=False,
)

#: The number of the last event. Locked from the numbering to the commit, so events become visible
#: in the order of their numbers, and a number that was not committed is given again.
EVENT_COUNTER = Table(
    "event_counter",
    METADATA,
    Column("tenant", TEXT, nullable=False),
    Column("subscription", TEXT, nullable=False),
    Column("events", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "subscription"),
    sqlite_with_rowid=False,
)

#: What happened, for one subscription.
EVENT = Table(
    "event",
    METADATA,
    Column("tenant", TEXT, nullable=False),
    Column("subscription", TEXT, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
    #: create, update, delete; none where nothing was written (a due date passed).
    Column("action", TEXT, nullable=False),
    #: The focus: type, id and version.
    Column("type", TEXT, nullable=False),
    Column("id", TEXT, nullable=False),
    Column("version", BigInteger, nullable=False),
    #: Id of the Patient the focus is about, for the audit; empty: none.
    Column("patient", TEXT, nullable=False),
    #: 1: the receiver refused it for good (a dead letter).
    Column("dead", Integer, nullable=False, server_default="0"),
    PrimaryKeyConstraint("tenant", "subscription", "number"),
    sqlite_with_rowid=False,
)

#: How far a subscription was told, and when it is to be looked at again.
DELIVERY = Table(
    "delivery",
    METADATA,
    Column("tenant", TEXT, nullable=False),
    Column("subscription", TEXT, nullable=False),
    #: Every event up to this number was delivered or is a dead letter.
    Column("position", BigInteger, nullable=False),
    #: Last number of the notification under way, so that a retry is the same one; 0: none.
    Column("batch_last", BigInteger, nullable=False),
    #: Failed attempts in a row, and the instant of the first; 0: none.
    Column("failures", Integer, nullable=False),
    Column("failing_since", BigInteger, nullable=False),
    #: Not before this instant.
    Column("next_at", BigInteger, nullable=False),
    #: Who is at it, and until when nobody else is; empty: nobody.
    Column("lease", TEXT, nullable=False),
    Column("lease_until", BigInteger, nullable=False),
    #: When the receiver last took anything; 0: never.
    Column("told_at", BigInteger, nullable=False),
    #: When to say that there is nothing to say; 0: not asked for.
    Column("beat_at", BigInteger, nullable=False),
    #: The last failure in words that may be shown; empty: none.
    Column("error", TEXT, nullable=False),
    PrimaryKeyConstraint("tenant", "subscription"),
    sqlite_with_rowid=False,
)

#: Events to be told again, as a client (`$resend`) or an operator asked.
RESEND = Table(
    "resend",
    METADATA,
    Column("tenant", TEXT, nullable=False),
    Column("subscription", TEXT, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "subscription", "first", "last"),
    sqlite_with_rowid=False,
)

#: Tasks whose passing of a due date was told, with that date.
OVERDUE = Table(
    "overdue",
    METADATA,
    Column("tenant", TEXT, nullable=False),
    Column("id", TEXT, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
    sqlite_with_rowid=False,
)
