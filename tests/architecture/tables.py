"""Writes the SQL of the newest step of the store's migrations from the tables as they are declared.

    python -m tests.architecture.tables

Once a version is released its step stays as it is, and the next change of a table gets a step of
its own, written by hand.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from adapter.store import migrations
from adapter.store.audit import SHARDS
from adapter.store.schema import METADATA

VERSIONS = Path(migrations.__file__).parent / "versions"
DIALECTS: tuple[Dialect, ...] = (sqlite.dialect(), postgresql.dialect())
#: The tables that a step makes; what none of these makes is the second's.
FIRST = ("card", "feedback", "feedback_comment", "store_version", "suppression", "used_token")
THIRD = ("session", "sign_in_attempt")
#: What it writes into them. A program from before there were migrations refuses a version 2.
WRITTEN = {
    "r0001_calls": ("INSERT INTO store_version (version) VALUES (1)",),
    "r0002_exchange": (
        "UPDATE store_version SET version = 2",
        *(f"INSERT INTO audit_head VALUES ({shard}, 0, {{}})" for shard in range(SHARDS)),  # noqa: S608
    ),
    "r0003_sessions": (),
}
NOTHING = {"sqlite": "x''", "postgresql": "''::bytea"}


def scripts() -> dict[str, str]:
    """Name of a file → what is in it."""
    tables = METADATA.sorted_tables
    made = {
        "r0001_calls": [one for one in tables if one.name in FIRST],
        "r0002_exchange": [one for one in tables if one.name not in FIRST + THIRD],
        "r0003_sessions": [one for one in tables if one.name in THIRD],
    }
    return {
        f"{step}.{dialect.name}.sql": _script(made[step], dialect)
        + "".join(one.format(NOTHING[dialect.name]) + migrations.END for one in WRITTEN[step])
        for step in made
        for dialect in DIALECTS
    }


def _script(tables: list[Table], dialect: Dialect) -> str:
    statements: list[CreateTable | CreateIndex] = []
    for table in sorted(tables, key=lambda one: one.name):
        statements.append(CreateTable(table))
        indexes = sorted(table.indexes, key=lambda one: str(one.name))
        statements += [CreateIndex(index) for index in indexes]
    written = (str(one.compile(dialect=dialect)).strip() for one in statements)
    return "".join(
        "\n".join(line.rstrip().replace("\t", "    ") for line in one.splitlines()) + migrations.END
        for one in written
    )


def main() -> None:
    """Write the files."""
    for name, script in scripts().items():
        (VERSIONS / name).write_text(script, encoding="utf-8")


if __name__ == "__main__":
    main()
