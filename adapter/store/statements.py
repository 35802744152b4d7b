"""SQL as the driver of PostgreSQL takes it: many rows, and many statements, as one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from adapter.store.transactions import Row, Rows

_NAME = re.compile(r"(?<![:\w]):([a-z]\w*)")


def columns(kind: Rows, fixed: Row, rows: Sequence[Row]) -> dict[str, Any]:
    """The values of `add_all` and `drop_all`: of each column an array."""
    by_name = zip(kind.columns, zip(*rows, strict=True), strict=True)
    return {
        **dict(zip(kind.fixed, fixed, strict=True)),
        **{f"all_{name}": list(values) for name, values in by_name},
    }


def _unnested(kind: Rows) -> str:
    arrays = (f":all_{name}::{type}[]" for name, type in zip(kind.columns, kind.types, strict=True))
    return f"unnest({', '.join(arrays)})"


@lru_cache(maxsize=64)
def add_all(kind: Rows) -> str:
    """Inserts rows."""
    names = ", ".join((*kind.fixed, *kind.columns))
    fixed = ", ".join(f":{name}" for name in kind.fixed)
    return (
        f"INSERT INTO {kind.table} ({names})"  # noqa: S608
        f" SELECT {fixed}, one.* FROM {_unnested(kind)} AS one"
    )


@lru_cache(maxsize=64)
def drop_all(kind: Rows) -> str:
    """Deletes rows."""
    alike = [f"{kind.table}.{name} = :{name}" for name in kind.fixed]
    for name, type in zip(kind.columns, kind.types, strict=True):
        # Only what is told which order its texts have is compared with a column of another order.
        order = ' COLLATE "C"' if type == "text" else ""
        alike.append(f"{kind.table}.{name} = one.{name}{order}")
    return (
        f"DELETE FROM {kind.table} USING {_unnested(kind)} AS one ({', '.join(kind.columns)})"  # noqa: S608
        f" WHERE {' AND '.join(alike)}"
    )


@lru_cache(maxsize=1024)
def numbered(sql: str, number: str) -> str:
    """As the driver takes it, with names that differ from those of other parts."""
    return _NAME.sub(rf"%(\g<1>{number})s", sql.replace("%", "%%"))


@lru_cache(maxsize=1024)
def joined(definitions: tuple[str, ...]) -> str:
    """One statement that carries out several, of which none sees what another writes."""
    parts = (
        numbered(one.replace("{n}", str(number)), f"_{number}")
        for number, one in enumerate(definitions)
    )
    return f"WITH RECURSIVE {', '.join(parts)} SELECT 1"
