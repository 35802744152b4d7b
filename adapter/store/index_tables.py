"""The tables that resources are found by (`records.IndexRows`), of present versions alone.

Every table answers two questions: which resources have a value, and which values a resource has.
`param` is `Task.status`, type and parameter. A deleted resource has no rows.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Index,
    PrimaryKeyConstraint,
    Table,
    text,
)

from adapter.store.resource_tables import TEXT
from adapter.store.tables import METADATA

#: UTF-8 bytes of one text in these tables: PostgreSQL takes at most 2,704 for all columns of an
#: index, which are up to three texts.
INDEX_BYTES = 800


def clipped(written: str) -> str:
    """The text as far as it is kept in an index: as stored and as asked for."""
    if len(written) * 4 <= INDEX_BYTES:
        return written
    return written.encode()[:INDEX_BYTES].decode(errors="ignore")


TOKEN_INDEX = Table(
    "token_index",
    METADATA,
    Column("key", BigInteger, nullable=False),
    Column("param", TEXT, nullable=False),
    Column("code", TEXT, nullable=False),
    Column("system", TEXT, nullable=False),
    Column("tenant", TEXT, nullable=False),
    PrimaryKeyConstraint("key", "param", "code", "system"),
    Index("token_index_by_code", "tenant", "param", "code", "key", "system"),
    sqlite_with_rowid=False,
)

REFERENCE_INDEX = Table(
    "reference_index",
    METADATA,
    Column("key", BigInteger, nullable=False),
    Column("param", TEXT, nullable=False),
    Column("target_id", TEXT, nullable=False),
    Column("target_type", TEXT, nullable=False),
    Column("url", TEXT, nullable=False),
    #: `system|value`
    Column("identifier", TEXT, nullable=False),
    Column("tenant", TEXT, nullable=False),
    PrimaryKeyConstraint("key", "param", "target_id", "target_type", "url", "identifier"),
    Index("reference_index_by_target", "tenant", "target_id", "target_type", "param", "key"),
    Index(
        "reference_index_by_identifier",
        "tenant",
        "param",
        "identifier",
        "key",
        sqlite_where=text("identifier <> ''"),
        postgresql_where=text("identifier <> ''"),
    ),
    Index(
        "reference_index_by_url",
        "tenant",
        "param",
        "url",
        "key",
        sqlite_where=text("url <> ''"),
        postgresql_where=text("url <> ''"),
    ),
    sqlite_with_rowid=False,
)

DATE_INDEX = Table(
    "date_index",
    METADATA,
    Column("key", BigInteger, nullable=False),
    Column("param", TEXT, nullable=False),
    #: First and last instant, both in the range.
    Column("low", BigInteger, nullable=False),
    Column("high", BigInteger, nullable=False),
    Column("tenant", TEXT, nullable=False),
    PrimaryKeyConstraint("key", "param", "low", "high"),
    Index("date_index_by_low", "tenant", "param", "low", "high", "key"),
    sqlite_with_rowid=False,
)

STRING_INDEX = Table(
    "string_index",
    METADATA,
    Column("key", BigInteger, nullable=False),
    Column("param", TEXT, nullable=False),
    Column("norm", TEXT, nullable=False),
    Column("exact", TEXT, nullable=False),
    Column("tenant", TEXT, nullable=False),
    PrimaryKeyConstraint("key", "param", "norm", "exact"),
    Index("string_index_by_norm", "tenant", "param", "norm", "key"),
    sqlite_with_rowid=False,
)

NUMBER_INDEX = Table(
    "number_index",
    METADATA,
    Column("key", BigInteger, nullable=False),
    Column("param", TEXT, nullable=False),
    Column("low", Double, nullable=False),
    Column("high", Double, nullable=False),
    Column("system", TEXT, nullable=False),
    Column("code", TEXT, nullable=False),
    Column("tenant", TEXT, nullable=False),
    PrimaryKeyConstraint("key", "param", "low", "high", "system", "code"),
    Index("number_index_by_low", "tenant", "param", "low", "high", "key"),
    sqlite_with_rowid=False,
)
