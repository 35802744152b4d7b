"""The tables of the client side: what is to be sent to partners, what is whose copy, what came in.

A partner is an entry of the partners file, named by its id there; its FHIR server is another
organization's. None of these rows holds patient data but ids. Instants are milliseconds since 1970
in UTC.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from adapter.store.tables import METADATA

#: What is to be told to a partner; written in the transaction of the change it tells of.
OUTBOUND = Table(
    "outbound",
    METADATA,
    #: In the order in which they are due.
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("partner", Text, nullable=False),
    #: send: the referral as a whole. change: what its requester did to it since.
    Column("kind", Text, nullable=False),
    #: The local Task.
    Column("id", Text, nullable=False),
    #: Version of the Task at which it was decided.
    Column("version", BigInteger, nullable=False),
    #: waiting, done, dead.
    Column("state", Text, nullable=False),
    #: Attempts that may have reached the partner.
    Column("attempts", Integer, nullable=False),
    #: Not before this instant.
    Column("due_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    #: When it was done, or last failed; 0: not yet.
    Column("settled_at", BigInteger, nullable=False),
    #: The last failure in words that may be shown; empty: none.
    Column("fault", Text, nullable=False),
    UniqueConstraint("tenant", "partner", "kind", "id", "version", name="outbound_once"),
    Index("outbound_due", "state", "partner", "number"),
    Index("outbound_of_task", "tenant", "id"),
    sqlite_autoincrement=True,
)

#: A local resource and its counterpart at a partner, with the versions that were last seen to say
#: the same.
LINK = Table(
    "link",
    METADATA,
    Column("tenant", Text, nullable=False),
    Column("partner", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("remote_id", Text, nullable=False),
    #: `meta.versionId` there.
    Column("remote_version", Text, nullable=False),
    #: Version here.
    Column("version", BigInteger, nullable=False),
    #: here: we sent it. there: we copied it.
    Column("origin", Text, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "partner", "type", "id"),
    Index("link_of_remote", "tenant", "partner", "type", "remote_id"),
    sqlite_with_rowid=False,
)

#: How far a partner that is polled was read.
POLL_CURSOR = Table(
    "poll_cursor",
    METADATA,
    Column("tenant", Text, nullable=False),
    Column("partner", Text, nullable=False),
    #: `meta.lastUpdated` of the last searchset that was read to its end, in the partner's words
    #: and by its clock; empty: never.
    Column("watermark", Text, nullable=False),
    #: Not before this instant.
    Column("due_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "partner"),
    sqlite_with_rowid=False,
)

#: A notification event of a partner; kept before the notification is answered.
RECEIVED = Table(
    "received",
    METADATA,
    Column("tenant", Text, nullable=False),
    Column("partner", Text, nullable=False),
    #: Id of the Subscription there.
    Column("subscription", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    #: What it is about, `Task/12`, one after the other as a JSON array; empty: it was not said.
    Column("focuses", Text, nullable=False),
    #: waiting, done, dead.
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False, index=True),
    Column("fault", Text, nullable=False),
    PrimaryKeyConstraint("tenant", "partner", "subscription", "number"),
    Index("received_due", "state", "tenant", "partner"),
    sqlite_with_rowid=False,
)

#: The line to a partner: who talks to it now, whether it answers, what we subscribed to there.
PARTNER_LINE = Table(
    "partner_line",
    METADATA,
    Column("tenant", Text, nullable=False),
    Column("partner", Text, nullable=False),
    #: Who is at it, and until when nobody else is; empty: nobody.
    Column("lease", Text, nullable=False),
    Column("lease_until", BigInteger, nullable=False),
    #: Calls in a row that did not get through, and the instant before which no other is made.
    Column("failures", Integer, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    #: The last failure in words that may be shown; empty: it answered.
    Column("fault", Text, nullable=False),
    #: When it last answered; 0: never.
    Column("answered_at", BigInteger, nullable=False),
    #: Id of our Subscription there; empty: none yet.
    Column("subscription", Text, nullable=False),
    #: What its notifications bring to prove where they come from. No interface shows it.
    Column("secret", Text, nullable=False),
    #: Ids of the requesting Organizations there that it is about, as a JSON array.
    Column("requesters", Text, nullable=False),
    #: Every event up to this number is in `received` or older than the subscription.
    Column("events", BigInteger, nullable=False),
    #: The highest number the partner told of.
    Column("announced", BigInteger, nullable=False),
    #: When its `$status` is asked for next.
    Column("check_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "partner"),
    sqlite_with_rowid=False,
)
