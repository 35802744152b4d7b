"""How tables came to be what they are, one step in each module of `versions` (Alembic).

A step is written once and stays as it is: it carries out a file of SQL for each database, so that
it does not change when tables do.
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

_VERSIONS = Path(__file__).parent / "versions"
#: Ends a statement.
END = ";\n"


def carry_out(name: str) -> None:
    """Carry out the file of that name for the database at hand."""
    database = op.get_bind().dialect.name
    script = (_VERSIONS / f"{name}.{database}.sql").read_text(encoding="utf-8")
    for statement in script.split(END):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement)
