"""The tables of resources: their versions, who sees them, what has to be done about them.

Instants are milliseconds since 1970 in UTC (`records`). Texts compare byte by byte in both
databases. Every row belongs to a tenant; a `key` belongs to one resource of one tenant for good.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from adapter.store.tables import METADATA

#: Prefix ranges find an index, and order is the same in both databases.
TEXT = Text().with_variant(Text(collation="C"), "postgresql")
#: Of SQLite its own row number, of PostgreSQL a sequence.
KEY = BigInteger().with_variant(Integer, "sqlite")

#: A row that is changed in no column of an index stays on its page where there is room for its next
#: version, and no index has to be written (PostgreSQL, heap-only tuples).
_ROOM = {"fillfactor": 80}

#: The present state of each resource, without its body; deleted ones too.
RESOURCE = Table(
    "resource",
    METADATA,
    Column("key", KEY, primary_key=True, autoincrement=True),
    Column("tenant", TEXT, nullable=False),
    Column("type", TEXT, nullable=False),
    Column("id", TEXT, nullable=False),
    #: The newest, from 1 on, without gaps.
    Column("version", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    #: create, update or delete.
    Column("method", TEXT, nullable=False),
    #: The party that created it.
    Column("author", TEXT, nullable=False),
    #: Id of the Patient it is about; null: about none.
    Column("patient", TEXT),
    #: Those of `resource_label` in order, separated by blanks; empty: none.
    Column("labels", TEXT, nullable=False),
    UniqueConstraint("tenant", "type", "id", name="resource_by_id"),
    Index("resource_in_order", "tenant", "type", "key"),
    postgresql_with=_ROOM,
)

#: Every version that ever was.
RESOURCE_VERSION = Table(
    "resource_version",
    METADATA,
    Column("key", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("tenant", TEXT, nullable=False),
    Column("type", TEXT, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("method", TEXT, nullable=False),
    #: JSON; empty: deleted.
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("key", "version"),
    Index("resource_version_by_update", "tenant", "type", "updated_at", "key", "version"),
)

#: Which party sees a resource, and by which other resource that is so.
RESOURCE_GRANT = Table(
    "resource_grant",
    METADATA,
    Column("key", BigInteger, nullable=False),
    #: `system|value`, `records.EVERYBODY` or `records.CLAIMERS`.
    Column("party", TEXT, nullable=False),
    #: Key of the resource through which it was given; the resource's own where it says so itself.
    Column("source", BigInteger, nullable=False),
    PrimaryKeyConstraint("key", "party", "source"),
    Index("resource_grant_by_party", "party", "key"),
    Index("resource_grant_by_source", "source"),
    sqlite_with_rowid=False,
)

#: Security labels that restrict who sees a resource, in lower case.
RESOURCE_LABEL = Table(
    "resource_label",
    METADATA,
    Column("key", BigInteger, nullable=False),
    Column("label", TEXT, nullable=False),
    PrimaryKeyConstraint("key", "label"),
    sqlite_with_rowid=False,
)

#: What Consents permit, as far as they are active.
PERMIT = Table(
    "permit",
    METADATA,
    Column("tenant", TEXT, nullable=False),
    Column("patient", TEXT, nullable=False),
    Column("party", TEXT, nullable=False),
    #: In lower case, or `records.ANYTHING`.
    Column("label", TEXT, nullable=False),
    #: Key of the Consent.
    Column("source", BigInteger, nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    #: The first instant at which it is permitted no more.
    Column("ends_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "patient", "party", "label", "source", "starts_at", "ends_at"),
    Index("permit_by_source", "source"),
    sqlite_with_rowid=False,
)

#: Live Tasks: who has to act, until when, and what comes next (`records.Work`).
WORKLIST = Table(
    "worklist",
    METADATA,
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("tenant", TEXT, nullable=False),
    Column("type", TEXT, nullable=False),
    Column("id", TEXT, nullable=False),
    Column("owner", TEXT, nullable=False),
    Column("queue", TEXT, nullable=False),
    Column("requester", TEXT, nullable=False),
    Column("status", TEXT, nullable=False),
    Column("business_status", TEXT, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("next_event", TEXT, nullable=False),
    Column("thread", TEXT, nullable=False),
    Column("priority", TEXT, nullable=False),
    Index("worklist_of_owner", "tenant", "owner", "due_at", "id"),
    Index("worklist_of_queue", "tenant", "queue", "due_at", "id"),
    Index("worklist_of_requester", "tenant", "requester", "due_at", "id"),
    Index("worklist_by_due", "tenant", "due_at", "id"),
    postgresql_with=_ROOM,
)

#: Business identifiers that an author may use once.
UNIQUE_IDENTIFIER = Table(
    "unique_identifier",
    METADATA,
    Column("tenant", TEXT, nullable=False),
    Column("author", TEXT, nullable=False),
    Column("type", TEXT, nullable=False),
    Column("kind", TEXT, nullable=False),
    Column("system", TEXT, nullable=False),
    Column("value", TEXT, nullable=False),
    Column("key", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "author", "type", "kind", "system", "value"),
    Index("unique_identifier_of_resource", "key"),
    sqlite_with_rowid=False,
)
