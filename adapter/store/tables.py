"""The tables of the store, the same in SQLite and PostgreSQL.

Instants are whole seconds since 1970 in UTC, lists are JSON arrays of texts.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)

#: The newest step of `migrations`, which makes these tables; `migrating` changes older ones.
REVISION = "0003"

METADATA = MetaData()

STORE_VERSION = Table(
    "store_version",
    METADATA,
    Column("version", Integer, primary_key=True, autoincrement=False),
)

#: Tokens that were used, until they could not be used again anyway.
USED_TOKEN = Table(
    "used_token",
    METADATA,
    #: `digests.token_digest`.
    Column("token", LargeBinary, primary_key=True),
    Column("until", BigInteger, nullable=False, index=True),
    sqlite_with_rowid=False,
)

#: Cards as they were sent.
CARD = Table(
    "card",
    METADATA,
    Column("client", Text, nullable=False),
    Column("uuid", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("topic", Text, nullable=False),
    #: `digests.member_digest`; null where one uuid was sent for two members.
    Column("member", LargeBinary),
    #: uuids of the suggestions.
    Column("suggestions", Text, nullable=False),
    #: Ids of the populations.
    Column("populations", Text, nullable=False),
    #: When it was first sent.
    Column("shown_at", BigInteger, nullable=False, index=True),
    PrimaryKeyConstraint("client", "uuid"),
)

#: What became of cards; a card may have several, or be one that is not known.
FEEDBACK = Table(
    "feedback",
    METADATA,
    #: `digests.feedback_digest`.
    Column("feedback", LargeBinary, primary_key=True),
    Column("client", Text, nullable=False),
    Column("card", Text, nullable=False),
    #: The service it was sent to.
    Column("service", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    #: uuids of the suggestions taken.
    Column("suggestions", Text, nullable=False),
    #: A pair of system and code for each reason.
    Column("reasons", Text, nullable=False),
    #: When the person acted; where the client did not say, when it came.
    Column("acted_at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False, index=True),
    Index("feedback_of_card", "client", "card"),
)

#: What people wrote. It may name the patient, so it is apart from what reports read.
COMMENT = Table(
    "feedback_comment",
    METADATA,
    Column("feedback", LargeBinary, primary_key=True),
    Column("text", Text, nullable=False),
    Column("received_at", BigInteger, nullable=False, index=True),
)

#: Cards of this topic are kept back from this member.
SUPPRESSION = Table(
    "suppression",
    METADATA,
    Column("member", LargeBinary, nullable=False),
    Column("topic", Text, nullable=False),
    Column("until", BigInteger, nullable=False, index=True),
    PrimaryKeyConstraint("member", "topic"),
)
