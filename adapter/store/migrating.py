"""Tables are made, and those of older versions changed, where the store is opened (Alembic).

A store from before there were migrations is told by its table `store_version`; what it holds is
revision 0001. Of several processes that start at once one does it and the others wait. A process
that finds its tables as they should be looks once and loads nothing of Alembic.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from adapter.errors import UnusableInput
from adapter.store.tables import REVISION

#: What a store from before migrations is.
_FIRST = "0001"
#: What this program changes into its own.
_OLDER = (_FIRST, "0002")
#: Where Alembic notes the revision.
_NOTED = "alembic_version"

_SCRIPTS = Path(__file__).parent / "migrations"

#: Any number, the same in every process: who holds it makes the tables (PostgreSQL).
_SCHEMA_LOCK = 5_203_117


def check_tables(connection: Connection) -> None:
    """That the tables are those this program works with.

    Raises:
        UnusableInput: they are of another version.
        SQLAlchemyError: they cannot be read.
    """
    found = _revision(connection)
    if found != REVISION:
        raise _another_version(found)


def make_tables(durable: Engine) -> None:
    """Make what is missing and change what is older, all or nothing.

    Args:
        durable: its transactions in a SQLite file write alone from their beginning on.

    Raises:
        UnusableInput: the tables are of a newer version; they were left as they are.
        SQLAlchemyError: they cannot be made.
    """
    with durable.connect() as connection:
        if _revision(connection) == REVISION:
            return
    with durable.begin() as connection:
        if connection.dialect.name != "sqlite":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _SCHEMA_LOCK})
        found = _revision(connection)  # another process may have made them while this one waited
        if found != REVISION:
            _upgrade(connection, found)


def _revision(connection: Connection) -> str:
    """That of the tables; empty: there are none."""
    tables = inspect(connection).get_table_names()
    if _NOTED in tables:
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())
    if "store_version" not in tables:
        return ""
    version = connection.execute(text("SELECT version FROM store_version")).scalar()
    return _FIRST if version == 1 else f"of version {version}"


def _upgrade(connection: Connection, found: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    try:
        if found and _NOTED not in inspect(connection).get_table_names():
            command.stamp(config, found)
        command.upgrade(config, REVISION)
    except CommandError:
        raise _another_version(found) from None


def _another_version(found: str) -> UnusableInput:
    if not found:
        return UnusableInput(
            "the database has no tables of a store; name the one that the service uses, or start "
            "the service, which makes them"
        )
    remedy = (
        "start the service once, which changes them"
        if found in _OLDER
        else "use the version of this program that made them, or name a new database"
    )
    return UnusableInput(
        f"the tables of the store have revision {found}, and this program works with {REVISION}; "
        f"{remedy}"
    )
