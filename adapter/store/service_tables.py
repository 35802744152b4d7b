"""The tables of what the service remembers of its callers: replies, tokens, sessions, accesses.

Instants are milliseconds since 1970 in UTC.
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
    text,
)

from adapter.store.resource_tables import TEXT
from adapter.store.tables import METADATA

#: What was answered to a write with an Idempotency-Key.
REPLY = Table(
    "reply",
    METADATA,
    Column("tenant", TEXT, nullable=False),
    Column("client", TEXT, nullable=False),
    Column("key", TEXT, nullable=False),
    #: SHA-256 of the request, so that the key is not used for another one.
    Column("digest", LargeBinary, nullable=False),
    Column("status", Integer, nullable=False),
    #: JSON object.
    Column("headers", TEXT, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
    PrimaryKeyConstraint("tenant", "client", "key"),
)

#: Access tokens given out, by digest.
ACCESS_TOKEN = Table(
    "access_token",
    METADATA,
    Column("digest", LargeBinary, primary_key=True),
    Column("client", TEXT, nullable=False),
    #: As granted, separated by blanks.
    Column("scopes", TEXT, nullable=False),
    Column("until", BigInteger, nullable=False, index=True),
    sqlite_with_rowid=False,
)

#: Where the next page of a search begins, for whoever asked for it.
SEARCH_PAGE = Table(
    "search_page",
    METADATA,
    Column("token", TEXT, primary_key=True),
    Column("tenant", TEXT, nullable=False),
    Column("client", TEXT, nullable=False),
    #: As the caller spelled it.
    Column("query", TEXT, nullable=False),
    Column("after", TEXT, nullable=False),
    Column("until", BigInteger, nullable=False, index=True),
    sqlite_with_rowid=False,
)

#: People who are signed in to the workbench, and those on their way to their identity provider.
SESSION = Table(
    "session",
    METADATA,
    #: SHA-256 of the id that the browser has.
    Column("digest", LargeBinary, primary_key=True),
    #: JSON object.
    Column("data", TEXT, nullable=False),
    Column("began", BigInteger, nullable=False),
    #: When somebody last did something in it.
    Column("used", BigInteger, nullable=False),
    #: When it may be forgotten.
    Column("until", BigInteger, nullable=False, index=True),
    sqlite_with_rowid=False,
)

#: Attempts to sign in of one account or from one address.
SIGN_IN_ATTEMPT = Table(
    "sign_in_attempt",
    METADATA,
    #: SHA-256 of which account or address.
    Column("digest", LargeBinary, primary_key=True),
    Column("attempts", Integer, nullable=False),
    #: From then on they count no more.
    Column("until", BigInteger, nullable=False, index=True),
    sqlite_with_rowid=False,
)

#: Who did what to whose data, each row chained to the one before it (`audit`).
AUDIT = Table(
    "audit",
    METADATA,
    Column("shard", Integer, nullable=False),
    #: From 1 on, without gaps.
    Column("number", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("tenant", TEXT, nullable=False),
    Column("client", TEXT, nullable=False),
    Column("party", TEXT, nullable=False),
    Column("action", TEXT, nullable=False),
    Column("outcome", TEXT, nullable=False),
    Column("entity", TEXT, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("patient", TEXT, nullable=False),
    Column("purpose", TEXT, nullable=False),
    Column("consent", TEXT, nullable=False),
    Column("labels", TEXT, nullable=False),
    Column("detail", TEXT, nullable=False),
    #: SHA-256 over this row and the hash before it.
    Column("hash", LargeBinary, nullable=False),
    PrimaryKeyConstraint("shard", "number"),
    Index("audit_by_time", "tenant", "at"),
    Index(
        "audit_by_patient",
        "tenant",
        "patient",
        "at",
        sqlite_where=text("patient <> ''"),
        postgresql_where=text("patient <> ''"),
    ),
)

#: Where each chain ends, so that rows cut off its end are missed.
AUDIT_HEAD = Table(
    "audit_head",
    METADATA,
    Column("shard", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
